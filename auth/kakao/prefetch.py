"""Requests that no person waits for: HEAD, prefetches, previews. They must not use anything up."""

from flask import abort, make_response, render_template, request

from . import language


def is_prefetch() -> bool:
    """Return whether a program requests this URL before a person opens it, or without anyone.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose
    """
    names = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    purpose = " ".join(request.headers.get(name, "") for name in names)
    return request.method == "HEAD" or "prefetch" in purpose or "preview" in purpose


def refuse() -> None:
    """End a prefetch with a page that links to the same URL, in case a person sees it later.

    :raises HTTPException: with that page.
    """
    if is_prefetch():
        page = render_template("flask_kakao/continue.html", language=language.preferred())
        abort(language.set_headers(make_response(page)))
