"""Flask's request, with what the site needs of its query string and its body."""

import string
from typing import IO, Any
from urllib.parse import quote

import flask
from werkzeug.utils import cached_property

import database


class Request(flask.Request):
    """Flask's request, for any bytes after the "?" of the URL and for slow senders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Browsers percent-encode everything but ASCII. Werkzeug decodes other bytes as UTF-8, and
        # fails if they are not UTF-8; percent-encoded bytes can be anything.
        if not self.query_string.isascii():
            self.query_string = quote(self.query_string, safe=string.punctuation).encode()

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body; no connection to the database is held while it arrives."""
        database.release_connection()
        return super().stream
