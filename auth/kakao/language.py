"""Korean or English: what the visitor's browser prefers."""

from flask import Response, request


def preferred() -> str:
    """Return the code of the language of this response: ko, or en if the browser prefers it."""
    return request.accept_languages.best_match(("ko", "en"), "ko")


def set_headers(response: Response) -> Response:
    """Keep a page in the visitor's language out of the cache of anyone else."""
    response.content_language = preferred()
    response.vary.add("Accept-Language")
    response.cache_control.no_store = True
    return response
