"""create_app() wires everything up; `python app.py` serves it, for development."""

import logging
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Thread

import click
from dotenv import load_dotenv
from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.debug import DebuggedApplication
from werkzeug.serving import is_running_from_reloader, select_address_family

import auth
import config
import database
import houses
import moderation
import pages
from database import copies, db
from operations import chores, doctor, recovery, stats
from web import (
    canonical_url,
    compression,
    errors,
    headers,
    language,
    limits,
    logs,
    session_cookie,
    static,
    templates,
    times,
)
from web.request import Request


def create_app(env: Mapping[str, str] | None = None) -> Flask:
    """Return the site as a WSGI application.

    :param env: settings as in .env.example; by default the environment and .env.
    :raises SystemExit: if a setting is missing or invalid.
    """
    app = Flask(__name__)
    app.request_class = Request
    load_settings(app, env)
    templates.init_app(app)
    logs.init_app(app)
    session_cookie.init_app(app)
    db.init_app(app)
    # Runs before Flask-SQLAlchemy's teardown, which raises when the connection is lost and would
    # turn a finished page into a 500.
    app.teardown_appcontext(lambda _: database.close_session())
    if click.get_current_context(silent=True):  # `flask db …`
        # Importing Alembic takes a fifth of all imports' time, and a web server never needs it.
        from flask_migrate import Migrate

        Migrate(app, db)
    csrf = CSRFProtect(app)
    limits.limiter.init_app(app)
    for module in (headers, canonical_url, errors, static, compression, language, times):
        module.init_app(app)
    auth.init_app(app, csrf)
    houses.init_app(app, csrf)
    moderation.init_app(app)
    pages.init_app(app)
    commands = (chores.chores_group, copies.copy_database, doctor.doctor, recovery.recover)
    for command in (show_version, stats.show_stats, *commands):
        app.cli.add_command(command)
    if app.config["METRICS_TOKEN"]:  # importing metrics takes a tenth of a second
        from operations import metrics

        metrics.init_app(app)
    return app


@click.command("version")
def show_version() -> None:
    """Show the version of the site."""
    click.echo(config.VERSION)


def load_settings(app: Flask, env: Mapping[str, str] | None) -> None:
    """Fill app.config.

    :param env: as for create_app.
    :raises SystemExit: with status 3 and one line, if a setting is missing or invalid.
    """
    try:
        if env is None:
            load_env_file(Path(app.root_path) / ".env")
            env = os.environ
        app.config.from_mapping(config.load(env, Path(app.instance_path)))
    except config.ConfigError as error:
        print(f"The site does not start: {error}", file=sys.stderr)
        sys.exit(3)  # gunicorn stops at exit status 3; at any other it would retry forever


def load_env_file(file: Path) -> None:
    """Add the settings in a file, if there is one, to the environment.

    :raises config.ConfigError: if it is not UTF-8 text.
    """
    try:
        load_dotenv(file)
    except ValueError as error:
        raise config.ConfigError(f"{file} is not UTF-8 text: save it as UTF-8") from error


def serve() -> None:
    """Serve the site on this machine; without a Kakao key, start the sandbox on the next port.

    In development it restarts when a file is saved, and shows tracebacks in the browser.
    """
    app = create_app()
    # Werkzeug's line for each request would contain the authorization code.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    if not is_running_from_reloader():  # this process survives restarts of the site
        check_ports(app)
        print(f"{app.config['SITE_NAME']} {config.VERSION}: {app.config['SITE_URL']}", flush=True)
        if app.config["SANDBOX"]:
            start_sandbox(app)
    in_development = not app.config["PRODUCTION"]
    if in_development:
        app.config["PROPAGATE_EXCEPTIONS"] = app.jinja_env.auto_reload = True
        # Without evalex, no one can run code on the page with the traceback.
        app.wsgi_app = DebuggedApplication(app.wsgi_app, evalex=False, pin_security=False)  # type: ignore[method-assign]
    host, port = app.config["LISTEN_HOST"], app.config["PORT"]
    app.run(host=host, port=port, threaded=True, use_reloader=in_development)


def check_ports(app: Flask) -> None:
    """Check that the ports of the site and the sandbox are free.

    :raises SystemExit: with status 1 and one line, if another program listens there.
    """
    host, port = app.config["LISTEN_HOST"], app.config["PORT"]
    for number in [port, port + 1] if app.config["SANDBOX"] else [port]:
        try:
            socket.create_server((host, number), family=select_address_family(host, number)).close()
        except OSError as error:
            reason = str(error.strerror).partition(" (")[0]  # Python adds the address
            problem = f"port {number} of {host} cannot be used ({reason})"
            print(f"The site does not start: {problem}; set another PORT", file=sys.stderr)
            sys.exit(1)


def start_sandbox(app: Flask) -> None:
    """Start the Kakao sandbox in a thread, and add sample members in another."""
    import sandbox
    from sandbox.server import make_server

    kakao = sandbox.create_app(
        client_id=app.config["KAKAO_CLIENT_ID"],
        client_secret=app.config["KAKAO_CLIENT_SECRET"],
        admin_key=app.config["KAKAO_ADMIN_KEY"],
        javascript_key=app.config["KAKAO_JAVASCRIPT_KEY"] or "",
        site=app.config["SITE_URL"],
    )
    server = make_server(kakao, app.config["LISTEN_HOST"], app.config["PORT"] + 1)
    Thread(target=server.serve_forever, daemon=True).start()
    # Converting their photos takes seconds, which would hold up the start.
    Thread(target=add_sample_members, args=[app], daemon=True).start()


def add_sample_members(app: Flask) -> None:
    """Add sample members with photos, unless there are members already."""
    from houses import samples

    with app.app_context():
        if not samples.has_members():
            samples.add_sample_members()


if __name__ == "__main__":
    serve()
