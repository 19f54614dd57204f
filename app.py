"""create_app() puts the house together; `python app.py` serves it for trying out."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
from dotenv import load_dotenv
from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import auth
import config
import pages
from models import db
from web import compression, errors, headers, language, limits, logs, static, times
from web.request import Request


def create_app(env: Mapping[str, str] | None = None) -> Flask:
    """The whole site as a WSGI application.

    :param env: settings as in .env.example; the environment and .env when not given.
    """
    app = Flask(__name__)
    app.request_class = Request
    if env is None:
        load_dotenv(Path(app.root_path) / ".env")
        env = os.environ
    try:
        app.config.from_mapping(config.read(env, Path(app.instance_path)))
    except config.ConfigError as problem:
        print(f"오늘은 너네집 does not start: {problem}", file=sys.stderr)
        sys.exit(3)  # gunicorn gives up at 3; at other statuses it would try for ever
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies)  # for, proto, host
    logs.init_app(app)
    db.init_app(app)
    if click.get_current_context(silent=True):  # `flask db …`
        # Alembic is a fifth of all there is to load, and a web server never needs it.
        from flask_migrate import Migrate

        Migrate(app, db)
    csrf = CSRFProtect(app)
    limits.limiter.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    static.init_app(app)
    compression.init_app(app)
    language.init_app(app)
    times.init_app(app)
    auth.init_app(app, csrf)
    app.register_blueprint(pages.bp)
    return app


def serve() -> None:
    """Serve the site on this machine, with the stand-in Kakao on the next port when needed."""
    app = create_app()
    port = app.config["PORT"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # ended so, end the stand-in as well
    sandbox = None
    if app.config["SANDBOX"]:
        command = [sys.executable, "-m", "sandbox", "--port", str(port + 1)]
        command += ["--site", f"http://localhost:{port}"]
        sandbox = subprocess.Popen(command)  # noqa: S603, nothing in it came from outside
    # Its line per request would hold the authorization code.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    print(f"오늘은 너네집: http://localhost:{port}", flush=True)
    try:
        app.run(port=port, threaded=True)
    finally:
        if sandbox:
            sandbox.terminate()
            sandbox.wait()


if __name__ == "__main__":
    serve()
