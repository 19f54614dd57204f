"""A request as Flask knows it, whatever bytes stand behind the "?" of its address."""

import string
from urllib.parse import quote

import flask


class Request(flask.Request):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Browsers quote what is not ASCII. Werkzeug takes the rest for UTF-8, and fails where
        # it is none; in quotes it may be anything.
        if not self.query_string.isascii():
            self.query_string = quote(self.query_string, safe=string.punctuation).encode()
