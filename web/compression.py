"""What is made of words travels compressed; a proxy that compresses finds nothing left to do."""

import gzip

from flask import Flask, Response, request

WORDS = {
    "text/html",
    "text/css",
    "text/javascript",
    "image/svg+xml",
    "application/manifest+json",
}
SMALLEST = 500  # bytes; below, it is hardly worth it
LEVEL = 6  # gzip's own; higher ones cost more time and save nothing here


def init_app(app: Flask) -> None:
    app.after_request(compress)


# BREACH guesses a secret from the lengths of many answers that repeat it beside words of the
# attacker's choice. Of a CSRF token it could guess the random part, which is worth nothing
# without the signature, and that is another one every second.
def compress(response: Response) -> Response:
    if response.mimetype not in WORDS:
        return response
    response.vary.add("Accept-Encoding")
    is_part = response.status_code == 206
    if is_part or not request.accept_encodings["gzip"]:  # its weight; 0 is a no
        return response
    response.direct_passthrough = False  # a file is read here
    body = response.get_data()
    if len(body) < SMALLEST:
        return response
    response.set_data(gzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        # Two encodings of one thing are equal, but not byte by byte: RFC 9110, 8.8.3.3.
        response.set_etag(etag, weak=True)
    return response
