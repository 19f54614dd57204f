"""Korean or English: the visitor's choice on this site, or else their browser's preference."""

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from babel import Locale
from flask import Flask, Response, g, request
from flask_babel import Babel
from werkzeug import Response as BaseResponse
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from .cookies import full_name, set_cookie

LANGUAGES = {"ko": "한국어", "en": "English"}
LOCALES = {code: Locale(code) for code in LANGUAGES}
LANGUAGE_TAG = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, roughly
COOKIE = "language"  # without a prefix it is a cookie of the first release, and still read
COOKIE_MAX_AGE = 365 * 24 * 60 * 60  # seconds


def init_app(app: Flask) -> None:
    """Add to templates: _(), and the names language and LANGUAGES."""
    Babel(app, default_locale="ko", locale_selector=lambda: LOCALES[language()])
    app.jinja_env.globals |= {"language": language, "LANGUAGES": LANGUAGES}
    app.after_request(set_language_headers)


def language() -> str:
    """Return the code of the language of this request's response."""
    try:
        return g.language  # called a dozen times for each page
    except AttributeError:
        chosen = request.cookies.get(full_name(COOKIE), request.cookies.get(COOKIE))
        header = request.headers.get("Accept-Language", "")
        g.language = chosen if chosen in LANGUAGES else negotiate(header)
        return g.language


def cached_by_language(function: Callable[..., Any]) -> Any:
    """Decorate a function whose result depends on its arguments and the language of this request.

    A thousand results are kept; `function.cache_clear()` drops them.
    """

    @lru_cache(maxsize=1000)
    def cached(_language: str, *args: object) -> Any:
        return function(*args)

    @wraps(function)
    def wrapper(*args: object) -> Any:
        return cached(language(), *args)

    wrapper.cache_clear = cached.cache_clear  # type: ignore[attr-defined]
    return wrapper


# There are few different headers, and parsing one takes as long as translating ten sentences.
@lru_cache(maxsize=1000)
def negotiate(header: str) -> str:
    """Return the language that an Accept-Language header prefers (RFC 9110, 12.5.4).

    Korean if it names no language, English if it names neither.
    """
    accepted = parse_accept_header(header, LanguageAccept)
    named = [(code, quality) for code, quality in accepted if LANGUAGE_TAG.fullmatch(code)]
    names_another = any(quality for _, quality in named) and ("en", 0) not in named
    default = "en" if names_another else "ko"
    return LanguageAccept(named).best_match(LANGUAGES, default=default)


def set_language_headers(response: Response) -> Response:
    """Add the page's language, and the request headers that it depends on.

    A choice in a cookie of the first release moves to the prefixed one.
    """
    if "language" in g:
        response.headers["Content-Language"] = g.language
        response.vary.update(("Accept-Language", "Cookie"))
        if COOKIE in request.cookies and full_name(COOKIE) != COOKIE:
            response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax")
            if full_name(COOKIE) not in request.cookies:
                save_choice(response, g.language)
    return response


def save_choice(response: BaseResponse, code: str) -> BaseResponse:
    """Set the cookie that stores the chosen language for a year."""
    set_cookie(response, COOKIE, code, COOKIE_MAX_AGE)
    return response
