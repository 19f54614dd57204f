"""Files that browsers may keep for a year: their address changes with what is in them."""

import functools
import hashlib
from pathlib import Path

from flask import Flask, Response, current_app, request, session

KEPT = "public, max-age=31536000, immutable"  # a year
KEPT_BRIEFLY = "public, max-age=60"


def init_app(app: Flask) -> None:
    app.url_defaults(add_hash)
    if not app.config["PRODUCTION"]:
        app.before_request(hash_of.cache_clear)  # an edited file counts without a restart
    app.after_request(keep)


def add_hash(endpoint: str, values: dict) -> None:
    """Make url_for("static", filename="style.css") lead to /static/style.css?v=hash."""
    if endpoint == "static":
        values["v"] = hash_of(values["filename"])


def keep(response: Response) -> Response:
    """Say how long a file may be kept.

    While a new version is rolled out, a server may be asked for what it does not have yet.
    What it answers instead must not be kept under the new address.
    """
    if request.endpoint == "static":
        # Flask itself answers OPTIONS, for files that do not exist as well.
        is_found = response.status_code < 400 and request.method != "OPTIONS"
        is_meant = is_found and request.args.get("v") == hash_of(request.view_args["filename"])
        response.headers["Cache-Control"] = KEPT if is_meant else KEPT_BRIEFLY
        # Flask-Login looked into the session; with Vary: Cookie a browser would load
        # every file anew after each sign-in.
        session.accessed = False
    return response


@functools.cache
def hash_of(filename: str) -> str:
    file = Path(current_app.static_folder, filename)
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]
