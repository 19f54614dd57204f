"""flask kakao doctor: the extension's checks, and those of this site."""

import re
from collections.abc import Callable
from functools import partial

import click
from flask import current_app, url_for
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from database import db, driver_error

from .extensions import kakao
from .kakao import diagnostics
from .kakao import doctor as kakao_doctor
from .kakao.doctor import FAIL, OK, WARN, CheckResults

KEY_FORMATS = kakao_doctor.KEY_FORMATS | {"KAKAO_APP_ID": ("[0-9]+", "digits only")}
ADVICE = kakao_doctor.Advice(
    other_uri="restart it with the SITE_URL checked here",
    loop="docs/deploy.md",
    other_url="set SITE_URL to where people end up",
)


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check the configuration without a sign-in. Exit status 1 when anything fails.

    flask doctor checks more.
    """
    kakao_doctor.run(checks())


def checks() -> list[CheckResults]:
    """Return the checks of the keys, the database, the running site and Kakao."""
    site_url = current_app.config["SITE_URL"]
    with current_app.test_request_context(base_url=site_url):
        start_url = url_for("auth.start", _external=True)
        redirect_uri = url_for("auth.callback", _external=True)
        home_url = url_for("pages.home", _external=True)
    return [
        check_keys(),
        check_environment(site_url),
        kakao_doctor.check_cookies(site_url),
        kakao_doctor.check_redirect_uri(redirect_uri),
        kakao_doctor.check_running_site(start_url, redirect_uri, ADVICE),
        check_database(),
        check_webhook_permission(),
        kakao_doctor.check_kakao(redirect_uri, logout_checks(home_url)),
    ]


def check_keys() -> CheckResults:
    """Check that the keys are set and look like Kakao's; their values are never shown."""
    config = current_app.config
    if config["SANDBOX"]:
        yield WARN, "KAKAO_CLIENT_ID is not set: what follows is about the Kakao sandbox"
        return
    yield from kakao_doctor.check_keys(KEY_FORMATS)
    pattern, description = KEY_FORMATS["KAKAO_ADMIN_KEY"]
    others = set(config["KAKAO_WEBHOOK_KEY"]) - {config["KAKAO_ADMIN_KEY"]}
    if not all(re.fullmatch(pattern, key) for key in others):
        yield WARN, f"KAKAO_WEBHOOK_KEY does not look like Kakao's ({description})"


def check_environment(site_url: str) -> CheckResults:
    """Check that the site knows that it is in production."""
    if site_url.startswith("https://") and not current_app.config["PRODUCTION"]:
        yield WARN, "APP_ENV is development: set APP_ENV=production where people come"


def check_database() -> CheckResults:
    """Check that the database responds and has the newest tables."""
    # Imported here, because a web server loads this file and never needs Alembic.
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    try:
        with db.engine.connect() as connection:
            applied = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError as failure:
        yield FAIL, f"the database cannot be used: {driver_error(failure)}"
        return
    migrations = ScriptDirectory(f"{current_app.root_path}/migrations")
    known = {migration.revision for migration in migrations.walk_revisions()}
    if set(applied) == set(migrations.get_heads()):
        yield OK, "the database responds and its schema is up to date"
    elif not known.issuperset(applied):
        yield WARN, "the database is that of a newer release; this one works on it, too"
    else:
        yield FAIL, "the database schema is out of date: flask --app app db upgrade"


def check_webhook_permission() -> CheckResults:
    """Check that the admin key can fetch user info; only webhooks need it, so never a failure."""
    if current_app.config["KAKAO_ADMIN_KEY"] and not diagnostics.can_fetch_user_info():
        yield (
            WARN,
            "KAKAO_ADMIN_KEY may not read user info: unlink webhooks wait until it is in the "
            "list of this key: Kakao console, App > Platform key > Admin key",
        )


def logout_checks(home_url: str) -> dict[str, Callable[[], None]]:
    """Return the check of where Kakao redirects after signing someone out there, too."""
    if not current_app.config["KAKAO_LOGOUT_REDIRECT"]:
        return {}
    check = partial(diagnostics.check_logout_redirect, kakao.logout_url(home_url))
    return {f"log-out redirect URI {home_url}": check}
