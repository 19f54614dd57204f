"""flask kakao doctor: check the configuration."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from urllib.parse import urlsplit

import click
from flask import current_app, url_for
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from database import db

from .extensions import kakao
from .kakao import KakaoError, diagnostics

OK, WARN, FAIL = "ok  ", "warn", "FAIL"  # the first word of each line of output
CheckResults = Iterator[tuple[str, str]]  # status and message

# The format of Kakao's keys. A mismatch is only a warning: check_kakao tests whether a key works.
HEXADECIMAL = "32 characters, 0 to 9 and a to f"
KEY_FORMATS = {
    "KAKAO_CLIENT_ID": ("[0-9a-f]{32}", HEXADECIMAL),
    "KAKAO_CLIENT_SECRET": ("[0-9A-Za-z]{32}", "32 letters and digits"),
    "KAKAO_ADMIN_KEY": ("[0-9a-f]{32}", HEXADECIMAL),
    "KAKAO_APP_ID": ("[0-9]+", "digits only"),
    "KAKAO_JAVASCRIPT_KEY": ("[0-9a-f]{32}", HEXADECIMAL),
}


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check the configuration, signing no one in. Exit status 1 when anything fails."""
    site_url = current_app.config["SITE_URL"]
    with current_app.test_request_context(base_url=site_url):
        start_url = url_for("auth.start", _external=True)
        redirect_uri = url_for("auth.callback", _external=True)
        home_url = url_for("pages.home", _external=True)
    checks = (
        check_keys(),
        check_cookies(site_url),
        check_redirect_uri(redirect_uri),
        check_running_site(start_url, redirect_uri),
        check_database(),
        check_webhook_permission(),
        check_kakao(redirect_uri, home_url),
    )
    failed = False
    for status, message in chain.from_iterable(checks):
        click.echo(f"{status}  {message}")
        failed = failed or status == FAIL
    raise SystemExit(1 if failed else 0)


def check_keys() -> CheckResults:
    """Check that the keys are set and look like Kakao's; their values are never shown."""
    if current_app.config["SANDBOX"]:
        yield WARN, "KAKAO_CLIENT_ID is not set: what follows is about the Kakao sandbox"
        return
    for name, (pattern, description) in KEY_FORMATS.items():
        value = current_app.config[name]
        if not value and name == "KAKAO_CLIENT_SECRET":
            yield WARN, f"{name} is not set: right only while it is off in the Kakao console"
        elif value is None:
            yield OK, f"{name} is not set, and signing in does not need it"
        elif re.fullmatch(pattern, value):
            yield OK, f"{name} looks like Kakao's"
        else:
            yield WARN, f"{name} does not look like Kakao's ({description}): was it copied whole?"
    pattern, description = KEY_FORMATS["KAKAO_ADMIN_KEY"]
    others = set(current_app.config["KAKAO_WEBHOOK_KEY"]) - {current_app.config["KAKAO_ADMIN_KEY"]}
    if not all(re.fullmatch(pattern, key) for key in others):
        yield WARN, f"KAKAO_WEBHOOK_KEY does not look like Kakao's ({description})"


def check_cookies(site_url: str) -> CheckResults:
    """Check that the session cookie's attributes fit the site's URL."""
    config = current_app.config
    is_https = site_url.startswith("https://")
    if is_https and not config["PRODUCTION"]:
        yield WARN, "APP_ENV is development: set APP_ENV=production where people come"
    expected = {
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }
    mismatches = {name: value for name, value in expected.items() if config[name] != value}
    for name, value in mismatches.items():
        yield FAIL, f"{name} has to be {value} for {site_url}"
    if not mismatches:
        yield OK, f"cookies fit {site_url}"


def check_redirect_uri(redirect_uri: str) -> CheckResults:
    """Show the redirect URI that has to be registered."""
    yield OK, f"register exactly this redirect URI in the Kakao console: {redirect_uri}"


def check_running_site(start_url: str, redirect_uri: str) -> CheckResults:
    """Check where the button of the running site leads."""
    try:
        location = diagnostics.redirect_target(start_url)
    except KakaoError as error:
        yield WARN, f"{start_url} is {error} from here: check again once the site runs"
        return
    sent = diagnostics.query_params(location).get("redirect_uri")
    if sent == redirect_uri:
        yield OK, "the running site sends this redirect URI"
    elif sent:
        yield FAIL, f"the running site sends {sent}: restart it with the SITE_URL checked here"
    elif location == start_url:
        yield (
            FAIL,
            f"the running site redirects {start_url} to itself: a proxy in front of it has to "
            "pass on Host, and the visitor's scheme as X-Forwarded-Proto (docs/deploy.md)",
        )
    elif location and urlsplit(location).path == urlsplit(start_url).path:
        yield (
            FAIL,
            f"{start_url} redirects to {location}: set SITE_URL to where people end up, or "
            "correct the proxy's redirect",
        )
    else:
        yield WARN, f"{start_url} does not lead to Kakao: check again once the site runs there"


def check_database() -> CheckResults:
    """Check that the database responds and has the newest tables."""
    # Imported here, because a web server loads this file and never needs Alembic.
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    try:
        with db.engine.connect() as connection:
            applied = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError as failure:
        yield FAIL, f"the database does not respond ({type(failure).__name__}): check DATABASE_URL"
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


def check_kakao(redirect_uri: str, home_url: str) -> CheckResults:
    """Run the checks that call Kakao; stop with one line when Kakao does not respond."""
    for name, check in kakao_checks(redirect_uri, home_url).items():
        try:
            check()
        except KakaoError as error:
            if fix := error.failure.fix:
                code = f" ({error.code})" if error.code else ""
                yield FAIL, f"Kakao, {name}: {fix}{code}"
                continue
            if error.failure.retry_after:
                advice = "temporary trouble at Kakao"
            else:
                advice = (
                    "check the connection from here to KAKAO_AUTH_URL and KAKAO_API_URL "
                    "(DNS, firewall)"
                )
            yield FAIL, f"Kakao, {name}: {error}: {advice}. Stopped here"
            return
        yield OK, f"Kakao, {name}"


def kakao_checks(redirect_uri: str, home_url: str) -> dict[str, Callable[[], None]]:
    """Return the checks that the settings call for, by the subject of each."""
    config = current_app.config
    checks: dict[str, Callable[[], None]] = {
        "discovery and signing keys": diagnostics.check_discovery,
        "clock": diagnostics.check_clock,
        "client id and secret": partial(diagnostics.check_client_credentials, redirect_uri),
        "redirect URI and consent items": partial(
            diagnostics.check_authorization_request, redirect_uri
        ),
        "user info": diagnostics.check_user_info,
    }
    if config["KAKAO_ADMIN_KEY"]:
        checks["admin key"] = diagnostics.check_admin_key
    if config["KAKAO_LOGOUT_REDIRECT"]:
        checks[f"log-out redirect URI {home_url}"] = partial(
            diagnostics.check_logout_redirect, kakao.logout_url(home_url)
        )
    if config["KAKAO_JAVASCRIPT_KEY"]:
        checks["JavaScript key, its domain and redirect URI"] = partial(
            diagnostics.check_javascript_key, redirect_uri
        )
        checks["JavaScript SDK and its hash"] = diagnostics.check_sdk
    return checks
