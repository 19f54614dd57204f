"""The Jinja environment: constant sentences are translated at compile time, and URLs are cached.

docs/decisions/translated-templates.md says what that saves.
"""

from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from typing import Any, cast

from flask import Flask, url_for
from flask.templating import DispatchingJinjaLoader
from flask.templating import Environment as FlaskEnvironment
from flask_babel import gettext
from jinja2 import FunctionLoader, Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from .language import language


class Environment(FlaskEnvironment):
    """Flask's environment, with each template compiled once for each language: `en/error.html`."""

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """Return a template in the language of this request."""
        return super().get_template(f"{language()}/{name}", parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return all of a template's globals in one dict."""
        # Jinja's ChainMap is slow, and each import of a macro walks through it.
        return {**self.globals, **(d or {})}


class TranslateConstants(Extension):
    """Replace `_("…")` by its translation when a template is compiled.

    A sentence with placeholders is still translated when a page is shown.
    """

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Yield a template's tokens; the four tokens of `_("…")` become one string."""
        tokens = list(stream)
        while tokens:
            match [(token.type, token.value) for token in tokens[:4]]:
                case [("name", "_"), ("lparen", _), ("string", text), ("rparen", _)]:
                    yield Token(tokens[0].lineno, "string", gettext(text))
                    del tokens[:4]
                case _:
                    yield tokens.pop(0)


def init_app(app: Flask) -> None:
    """Set up the app's Jinja environment, before any other module adds to it."""
    app.jinja_environment = Environment
    app.jinja_env.add_extension(TranslateConstants)

    loader = DispatchingJinjaLoader(app)  # finds the extension's templates, too
    app.jinja_env.loader = FunctionLoader(
        lambda name: loader.get_source(app.jinja_env, name.partition("/")[2])
    )
    app.jinja_env.globals |= {
        "SITE_NAME": app.config["SITE_NAME"],
        "url_for": cached_url_for,
        "PARTS": {},
    }
    if not app.config["PRODUCTION"]:
        app.before_request(cached_url.cache_clear)  # the URL of an edited file changes


def add_parts(app: Flask, **templates: str) -> None:
    """Add a package's templates to pages of other packages, which need not know of it.

    :param templates: by place; a page includes each template in PARTS.me, PARTS.home and so on.
    """
    parts = cast(dict[str, list[str]], app.jinja_env.globals["PARTS"])
    for place, template in templates.items():
        parts.setdefault(place, []).append(template)


def cached_url_for(endpoint: str, **values: Any) -> str:
    """Return url_for(…), cached per process."""
    # An external URL begins with the host of this request.
    return url_for(endpoint, **values) if "_external" in values else cached_url(endpoint, **values)


cached_url = lru_cache(maxsize=5000, typed=True)(url_for)  # these URLs take some megabytes
