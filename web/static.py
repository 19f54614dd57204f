"""Hashed URLs of static files, which browsers can cache for a year.

Without WhiteNoise or Flask-Static-Digest: a hash in the query needs no build step and no second set
of files.
"""

import functools
import hashlib
from pathlib import Path
from posixpath import normpath

from flask import Flask, Response, current_app, request

ENDPOINTS = ("static", "flask_kakao.static")
IMMUTABLE = "public, max-age=31536000, immutable"  # a year
SHORT_LIVED = "public, max-age=60"


def init_app(app: Flask) -> None:
    """Add hashes to the URLs of static files, and cache headers to their responses."""
    app.url_defaults(add_hash)
    if not app.config["PRODUCTION"]:
        app.before_request(hash_of.cache_clear)  # an edited file is served without a restart
    app.after_request(set_cache_control)


def add_hash(endpoint: str, values: dict) -> None:
    """Make url_for("static", filename="style.css") return /static/style.css?v=hash."""
    if endpoint in ENDPOINTS:
        values["v"] = hash_of(endpoint, values["filename"])


def set_cache_control(response: Response) -> Response:
    """Allow browsers to cache a static file for a year if the URL has its hash.

    During a deploy, a server may receive a request for a version that it does not have yet. Its
    response must not be cached under the new URL.
    """
    if request.endpoint in ENDPOINTS:
        filename = (request.view_args or {}).get("filename", "")
        # Flask itself responds to OPTIONS, even for files that do not exist.
        is_found = response.status_code < 400 and request.method != "OPTIONS"
        # style.css is also found as ./style.css and as x/../style.css, with any x. Each spelling
        # would be hashed, and its hash would stay in memory.
        is_plain = filename == normpath(filename)
        is_current = (
            is_found and is_plain and request.args.get("v") == hash_of(request.endpoint, filename)
        )
        response.headers["Cache-Control"] = IMMUTABLE if is_current else SHORT_LIVED
    return response


@functools.cache
def hash_of(endpoint: str, filename: str) -> str:
    """Return the first ten digits of a static file's SHA-256, which tell its versions apart."""
    owner = current_app.blueprints.get(endpoint.rpartition(".")[0], current_app)
    file = Path(owner.static_folder or "", filename)
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]
