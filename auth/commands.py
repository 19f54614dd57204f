"""What an operator types: flask sessions sweep, flask kakao …"""

import re
from collections.abc import Iterator
from itertools import chain

import click
from flask import current_app, url_for
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from models import db

from . import account_events, leaving, renaming, sessions
from .kakao import KakaoError, probes

sessions_group = AppGroup("sessions", help="The members' sign-ins.")


@sessions_group.command("sweep")
def sweep_sessions():
    """Delete what is kept for a while only, such as old sign-ins. Safe at any time."""
    click.echo(f"{sessions.sweep()} sessions swept")
    click.echo(f"{account_events.sweep()} events forgotten")
    click.echo(f"{renaming.sweep()} former nicknames forgotten")


kakao_group = AppGroup("kakao", help="What there is to do at Kakao.")


@kakao_group.command("retry-unlinks")
def retry_unlinks():
    """Tell Kakao of those who left while it did not answer. Safe at any time."""
    done, left = leaving.retry_unlinks()
    click.echo(f"{done} done, {left} left for later")


OK, LOOK, FAIL = "ok  ", "look", "FAIL"  # how a line of the doctor's begins
Lines = Iterator[tuple[str, str]]

# What Kakao's keys look like. A warning and no more: whether a key works, Kakao is asked.
HEXADECIMAL = "32 characters, 0 to 9 and a to f"
SHAPES = {
    "KAKAO_CLIENT_ID": ("[0-9a-f]{32}", HEXADECIMAL),
    "KAKAO_CLIENT_SECRET": ("[0-9A-Za-z]{32}", "32 letters and digits"),
    "KAKAO_ADMIN_KEY": ("[0-9a-f]{32}", HEXADECIMAL),
    "KAKAO_APP_ID": ("[0-9]+", "digits only"),
}


@kakao_group.command("doctor")
@click.option("--site", help="Where people open the site, such as https://your.site.")
def doctor(site: str | None):
    """Check the configuration, signing nobody in. Exit status 1 when anything fails."""
    site = address_of(site)
    try:
        with current_app.test_request_context(base_url=site):
            start_url = url_for("auth.start", _external=True)
            redirect_uri = url_for("auth.callback", _external=True)
    except ValueError as problem:
        raise click.UsageError(f"{site} is no address: {problem}") from problem
    checks = (
        check_keys(),
        check_cookies(site),
        check_redirect_uri(redirect_uri),
        check_running_site(start_url, redirect_uri),
        check_database(),
        check_kakao(redirect_uri),
    )
    failed = False
    for begins, says in chain.from_iterable(checks):
        click.echo(f"{begins}  {says}")
        failed = failed or begins == FAIL
    raise SystemExit(1 if failed else 0)


def address_of(site: str | None) -> str:
    """Where the site is: scheme and host; where `make run` is, if nobody says otherwise."""
    if site is None and current_app.config["PRODUCTION"]:
        raise click.UsageError("say where people open the site: --site https://your.site")
    if site is None:
        site = f"http://localhost:{current_app.config['PORT']}"
    address = re.fullmatch(r"(https?://[^/?#@:\s]+(:[0-9]{1,5})?)/?", site)
    if not address:
        raise click.UsageError("--site takes an address without a path, such as https://your.site")
    return address[1]


def check_keys() -> Lines:
    """Whether the keys are there and look like Kakao's; what they are is never said."""
    if current_app.config["SANDBOX"]:
        yield LOOK, "KAKAO_CLIENT_ID is not set: what follows is about the stand-in Kakao"
        return
    for name, (shape, described) in SHAPES.items():
        value = current_app.config[name]
        if value is None and name == "KAKAO_CLIENT_SECRET":
            yield LOOK, f"{name} is not set: right only while it is off in the Kakao console"
        elif value is None:
            yield OK, f"{name} is not set, and signing in does not need it"
        elif re.fullmatch(shape, value):
            yield OK, f"{name} looks like Kakao's"
        else:
            yield LOOK, f"{name} does not look like Kakao's ({described}): was it copied whole?"


def check_cookies(site: str) -> Lines:
    config = current_app.config
    is_https = site.startswith("https://")
    if config["PRODUCTION"] and not is_https:
        yield FAIL, f"{site} is not https: end TLS before the site, and say --site https://…"
        return
    if is_https and not config["PRODUCTION"]:
        yield LOOK, "APP_ENV is development: set APP_ENV=production where people come"
    wanted = {
        "SESSION_COOKIE_SECURE": is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }
    wrong = {name: value for name, value in wanted.items() if config[name] != value}
    for name, value in wrong.items():
        yield FAIL, f"{name} has to be {value} for {site}"
    if not wrong:
        yield OK, f"cookies fit {site}"


def check_redirect_uri(redirect_uri: str) -> Lines:
    yield OK, f"in the Kakao console, to the character, this redirect URI: {redirect_uri}"


def check_running_site(start_url: str, redirect_uri: str) -> Lines:
    """What proxies hide from the site shows in the redirect URI that it sends to Kakao."""
    try:
        sent = probes.redirect_uri_sent_by(start_url)
    except KakaoError as error:
        yield LOOK, f"{start_url} is {error} from here: ask again once the site runs"
        return
    if sent is None:
        yield LOOK, f"{start_url} does not lead to Kakao: ask again once the site runs there"
    elif sent == redirect_uri:
        yield OK, "the running site sends this redirect URI"
    else:
        yield (
            FAIL,
            f"the running site sends {sent}: set TRUSTED_PROXIES to the number of proxies "
            "before it, and let them pass on Host and X-Forwarded-Proto",
        )


def check_database() -> Lines:
    # Here and not above: a web server loads this file, and never needs Alembic.
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    try:
        with db.engine.connect() as connection:
            applied = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError as failure:
        yield FAIL, f"the database does not answer ({type(failure).__name__}): check DATABASE_URL"
        return
    migrations = ScriptDirectory(f"{current_app.root_path}/migrations")
    if set(applied) == set(migrations.get_heads()):
        yield OK, "the database answers and has its tables"
    else:
        yield FAIL, "the database's tables are not these: flask --app app db upgrade"


def check_kakao(redirect_uri: str) -> Lines:
    """What only Kakao knows. Where it does not answer, one line says so, and no more is asked."""
    questions = {
        "discovery and signing keys": probes.find_signing_keys,
        "clock": probes.compare_clocks,
        "client id and secret": lambda: probes.try_client(redirect_uri),
        "redirect URI and consent items": lambda: probes.try_consent(redirect_uri),
        "user info": probes.try_user_info,
        "admin key": probes.try_admin_key,
    }
    if not current_app.config["KAKAO_ADMIN_KEY"]:
        del questions["admin key"]
    for about, ask in questions.items():
        try:
            ask()
        except KakaoError as error:
            if operator := error.cause.operator:
                yield FAIL, f"Kakao, {about}: {operator}" + (error.number and f" ({error.number})")
                continue
            todo = (
                "Kakao's own trouble, which passes"
                if error.cause.retry_after
                else "check the way from here to KAKAO_AUTH_URL and KAKAO_API_URL (DNS, firewall)"
            )
            yield FAIL, f"Kakao, {about}: {error}: {todo}. No more was asked"
            return
        yield OK, f"Kakao, {about}"
