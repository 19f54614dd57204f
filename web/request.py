"""Flask's request, for any bytes in the query string and for bodies that arrive slowly."""

import string
from typing import IO, Any
from urllib.parse import quote

import flask
from werkzeug.utils import cached_property

import database


class Request(flask.Request):
    """Flask's request, with a query string in ASCII and no connection held for the body."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Browsers percent-encode everything but ASCII. Werkzeug fails on other bytes that are not
        # UTF-8, and not on percent-encoded ones.
        if not self.query_string.isascii():
            self.query_string = quote(self.query_string, safe=string.punctuation).encode()

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body; no connection to the database is held while it arrives."""
        database.release_connection()
        return super().stream
