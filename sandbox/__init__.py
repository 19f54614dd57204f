"""The Kakao sandbox: plays kauth and kapi on one origin, for development and tests."""

import os

from flask import Flask, render_template
from flask.json.provider import DefaultJSONProvider

from . import api, authorize, errors, faults, oauth, talk, webhooks
from .store import Store, store


def create_app(
    client_id: str = "sandbox-rest-api-key",
    client_secret: str = "sandbox-client-secret",
    admin_key: str = "sandbox-admin-key",
    javascript_key: str = "sandbox-javascript-key",
    site: str = "http://localhost:8000",
) -> Flask:
    """Return the sandbox of one app, which has these keys. It stores everything in memory.

    :param site: the base URL of that app, where webhooks go.
    :raises SystemExit: in production, where anyone could sign in as anyone.
    """
    if os.environ.get("APP_ENV") == "production":
        raise SystemExit("sandbox: the Kakao sandbox does not run with APP_ENV=production.")
    app = Flask(__name__)
    json_provider = DefaultJSONProvider(app)
    json_provider.ensure_ascii = False
    json_provider.sort_keys = False
    app.json = json_provider
    app.config["SITE"] = site
    app.extensions["store"] = Store(client_id, client_secret, admin_key, javascript_key)
    app.extensions["active_faults"] = faults.ActiveFaults()
    app.register_error_handler(404, lambda _: errors.page("KOE002"))  # unknown URLs
    for module in (authorize, oauth, api, talk, faults, webhooks):
        app.register_blueprint(module.bp)
    app.add_url_rule("/", "home", home)
    return app


def home() -> str:
    """Show an introduction, the test accounts, and the forms for faults and webhooks."""
    return render_template("home.html", people=store.people.values())
