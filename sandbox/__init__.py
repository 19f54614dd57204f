"""The stand-in Kakao: kauth and kapi on one origin, for trying things out and for tests."""

import os

from flask import Flask, render_template

from sandbox import api, authorize, errors, faults, notices, oauth
from sandbox.memory import Memory, memory


def create_app(
    client_id: str = "sandbox-rest-api-key",
    client_secret: str = "sandbox-client-secret",
    admin_key: str = "sandbox-admin-key",
    site: str = "http://localhost:8000",
) -> Flask:
    """Build the stand-in; it knows one app, by these keys, and forgets all when it stops.

    :param site: where that app is, for what Kakao tells it without being asked.
    :raises SystemExit: in production, where anybody could sign in as anybody.
    """
    if os.environ.get("APP_ENV") == "production":
        raise SystemExit("sandbox: the stand-in Kakao does not run with APP_ENV=production.")
    app = Flask(__name__)
    app.json.ensure_ascii = False
    app.json.sort_keys = False
    app.config["SITE"] = site
    app.extensions["memory"] = Memory(client_id, client_secret, admin_key)
    for room in (errors, faults, authorize, oauth, api, notices):
        room.init_app(app)
    app.add_url_rule("/", "home", home)
    return app


def home():
    """What this is, who can sign in, and where the switches are."""
    return render_template("home.html", people=memory.people.values())
