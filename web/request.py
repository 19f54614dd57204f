"""Query strings that are not UTF-8."""

import string
from typing import Any
from urllib.parse import quote

import flask


class Request(flask.Request):
    """Flask's request, for any bytes after the "?" of the URL."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Browsers percent-encode everything but ASCII. Werkzeug decodes other bytes as UTF-8, and
        # fails if they are not UTF-8; percent-encoded bytes can be anything.
        if not self.query_string.isascii():
            self.query_string = quote(self.query_string, safe=string.punctuation).encode()
