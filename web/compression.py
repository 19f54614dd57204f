"""Compress text responses with gzip, so that the proxy does not have to.

Without Flask-Compress, which breaks RFC 9110; see docs/decisions/compression.md.
"""

import gzip

from flask import Flask, Response, request

TEXT_TYPES = {
    "text/html",
    "text/css",
    "text/javascript",
    "image/svg+xml",
    "application/manifest+json",
}
MIN_BYTES = 500  # a smaller response would hardly shrink
LEVEL = 6  # gzip's default; higher levels take longer and save nothing here


def init_app(app: Flask) -> None:
    """Compress the responses of the app."""
    app.after_request(compress)


# BREACH guesses a secret from the lengths of many responses that contain the secret next to text of
# the attacker's choice. It could guess the random part of a CSRF token. That part is worthless
# without the signature, which changes every second.
def compress(response: Response) -> Response:
    """Compress a response if the browser accepts gzip."""
    if response.mimetype not in TEXT_TYPES:
        return response
    response.vary.add("Accept-Encoding")
    is_part = response.status_code == 206
    if is_part or not request.accept_encodings["gzip"]:  # the weight; 0 means no
        return response
    response.direct_passthrough = False  # a static file is read into memory
    body = response.get_data()
    if len(body) < MIN_BYTES:
        return response
    response.set_data(gzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        # Two encodings of a file are equivalent, but not byte for byte: RFC 9110, 8.8.3.3.
        response.set_etag(etag, weak=True)
    return response
