"""Korean or English: what a visitor chose here, else what their browser asks for."""

from functools import lru_cache

import flask_babel
from babel import Locale
from flask import Flask, Response, current_app, g, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LANGUAGES = {"ko": "한국어", "en": "English"}  # the first is spoken when nothing fits
LOCALES = {code: Locale(code) for code in LANGUAGES}
COOKIE = "language"
KEPT = 365 * 24 * 60 * 60  # seconds


def N_(text: str) -> str:
    """Mark a sentence for translation where it is written; it is translated where it is shown."""
    return text


def init_app(app: Flask) -> None:
    """Add to templates: _() and the names language and LANGUAGES."""
    babel = flask_babel.Babel()
    babel.init_app(app, default_locale="ko", locale_selector=lambda: LOCALES[language()])
    # Flask-Babel's own callables find the catalogue anew for each of a page's many sentences.
    app.jinja_env.install_gettext_callables(
        gettext=lambda text: catalogue().gettext(text),
        ngettext=lambda one, many, number: catalogue().ngettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals |= {"language": language, "LANGUAGES": LANGUAGES}
    app.after_request(tell)


def language() -> str:
    """The code of the language in which this request is answered."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE)
        wished = request.headers.get("Accept-Language", "")
        g.language = chosen if chosen in LANGUAGES else best(wished)
    return g.language


@lru_cache(maxsize=1000)  # few differ, and reading one takes as long as ten sentences
def best(wished: str) -> str:
    """The language that an Accept-Language header prefers (RFC 9110, 12.5.4)."""
    return parse_accept_header(wished, LanguageAccept).best_match(LANGUAGES, default="ko")


def catalogue():
    """The translations into the language of this request: gettext and ngettext."""
    try:
        return g.catalogue  # asked for with every sentence
    except AttributeError:
        g.catalogue = flask_babel.get_translations()
        return g.catalogue


def tell(response: Response) -> Response:
    """Say in which language an answer is, and that it depends on who asks."""
    if "language" in g:
        response.headers["Content-Language"] = g.language
        response.vary.update(("Accept-Language", "Cookie"))
    return response


def keep(response: Response, code: str) -> Response:
    """Let the browser remember the language that was chosen."""
    response.set_cookie(
        COOKIE,
        code,
        max_age=KEPT,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
    return response
