"""flask kakao doctor: check the configuration.

A site can replace the command by one of its own, with these checks and more.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import NamedTuple
from urllib.parse import urlsplit

import click
from flask import current_app, request, url_for
from flask.cli import AppGroup

from . import diagnostics
from .errors import KakaoError
from .state import current_state

OK, WARN, FAIL = "ok  ", "warn", "FAIL"  # the first word of each line of output
CheckResults = Iterator[tuple[str, str]]  # status and message
DEVELOPMENT_URL = "http://localhost:5000"  # of flask run

# The format of Kakao's keys. A mismatch is only a warning: check_kakao tests whether a key works.
HEXADECIMAL = "32 characters, 0 to 9 and a to f"
KEY_FORMATS = {
    "KAKAO_CLIENT_ID": ("[0-9a-f]{32}", HEXADECIMAL),
    "KAKAO_CLIENT_SECRET": ("[0-9A-Za-z]{32}", "32 letters and digits"),
    "KAKAO_ADMIN_KEY": ("[0-9a-f]{32}", HEXADECIMAL),
    "KAKAO_JAVASCRIPT_KEY": ("[0-9a-f]{32}", HEXADECIMAL),
}

kakao_group = AppGroup("kakao", help="Kakao: check the settings.")


def check_url(_context: click.Context, _option: click.Parameter, url: str | None) -> str | None:
    """Return the URL of the site, or end the command if it is none."""
    if url and not re.fullmatch("https?://[A-Za-z0-9.:_-]+", url.rstrip("/")):
        raise click.BadParameter("takes a URL without a path, like https://your.site")
    return url.rstrip("/") if url else None


@kakao_group.command("doctor")
@click.option("--url", callback=check_url, help="Where people open the site: https://your.site.")
def doctor(url: str | None) -> None:
    """Check the configuration without a sign-in. Exit status 1 when anything fails."""
    state = current_state()
    base_url = url or (None if current_app.config["SERVER_NAME"] else DEVELOPMENT_URL)
    endpoints = (state.login, state.callback)
    if missing := [name for name in endpoints if name not in current_app.view_functions]:
        checks = [check_keys(), check_endpoints(missing)]
    else:
        with current_app.test_request_context(base_url=base_url):
            start_url = url_for(state.login, _external=True)
            redirect_uri = url_for(state.callback, _external=True)
            site_url = request.host_url.rstrip("/")
        checks = [
            check_keys(),
            check_cookies(site_url),
            check_redirect_uri(redirect_uri),
            check_running_site(start_url, redirect_uri, Advice()),
            check_kakao(redirect_uri),
        ]
    run(checks)


def run(checks: Iterable[CheckResults]) -> None:
    """Print the results of the checks, and exit with status 1 when one failed."""
    failed = False
    for status, message in chain.from_iterable(checks):
        click.echo(f"{status}  {message}")
        failed = failed or status == FAIL
    raise SystemExit(1 if failed else 0)


def check_endpoints(missing: Iterable[str]) -> CheckResults:
    """Name the endpoints that do not exist."""
    for name in missing:
        yield FAIL, f"no view is called {name}: name yours, Kakao(app, login=…, callback=…)"


def check_keys(formats: Mapping[str, tuple[str, str]] = KEY_FORMATS) -> CheckResults:
    """Check that the keys are set and look like Kakao's; their values are never shown.

    :param formats: by setting, a pattern and its description.
    """
    for name, (pattern, description) in formats.items():
        value = current_app.config[name]
        if not value and name == "KAKAO_CLIENT_SECRET":
            yield WARN, f"{name} is not set: right only while it is off in the Kakao console"
        elif not value:
            yield OK, f"{name} is not set, and signing in does not need it"
        elif re.fullmatch(pattern, value):
            yield OK, f"{name} looks like Kakao's"
        else:
            yield WARN, f"{name} does not look like Kakao's ({description}): was it copied whole?"


def check_cookies(site_url: str) -> CheckResults:
    """Check that the session cookie's attributes fit the site's URL."""
    allowed = {
        "SESSION_COOKIE_SECURE": (site_url.startswith("https://"),),
        "SESSION_COOKIE_HTTPONLY": (True,),
        # With Strict, browsers would not send the session along when Kakao redirects back.
        "SESSION_COOKIE_SAMESITE": ("Lax", None),
    }
    config = current_app.config
    mismatches = [name for name, values in allowed.items() if config[name] not in values]
    for name in mismatches:
        yield FAIL, f"{name} has to be {allowed[name][0]} for {site_url}"
    if not mismatches:
        yield OK, f"cookies fit {site_url}"


def check_redirect_uri(redirect_uri: str) -> CheckResults:
    """Show the redirect URI that has to be registered."""
    yield OK, f"register exactly this redirect URI in the Kakao console: {redirect_uri}"


class Advice(NamedTuple):
    """What to do when the running site, or a proxy in front of it, does not fit the URL.

    :ivar other_uri: it sends another redirect URI.
    :ivar loop: it redirects the login view to itself; where to read how to set up a proxy.
    :ivar other_url: it redirects the login view to another host.
    """

    other_uri: str = "check again with the --url where people open it, or correct the proxy"
    loop: str = "Werkzeug's ProxyFix"
    other_url: str = "check again with that --url"


def check_running_site(start_url: str, redirect_uri: str, advice: Advice) -> CheckResults:
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
        yield FAIL, f"the running site sends {sent}: {advice.other_uri}"
    elif location == start_url:
        yield (
            FAIL,
            f"the running site redirects {start_url} to itself: a proxy in front of it has to "
            f"pass on Host, and the visitor's scheme as X-Forwarded-Proto ({advice.loop})",
        )
    elif location and urlsplit(location).path == urlsplit(start_url).path:
        yield (
            FAIL,
            f"{start_url} redirects to {location}: {advice.other_url}, or correct the proxy's "
            "redirect",
        )
    else:
        yield WARN, f"{start_url} does not lead to Kakao: check again once the site runs there"


def check_kakao(
    redirect_uri: str, more: Mapping[str, Callable[[], None]] | None = None
) -> CheckResults:
    """Run the checks that call Kakao; stop with one line when Kakao does not respond.

    :param more: further checks of the site, by what they check.
    """
    for name, check in (kakao_checks(redirect_uri) | dict(more or {})).items():
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


def kakao_checks(redirect_uri: str) -> dict[str, Callable[[], None]]:
    """Return the checks that the settings call for, by the subject of each."""
    config = current_state().config
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
    if config["KAKAO_JAVASCRIPT_KEY"]:
        checks["JavaScript key, its domain and redirect URI"] = partial(
            diagnostics.check_javascript_key, redirect_uri
        )
        checks["JavaScript SDK and its hash"] = diagnostics.check_sdk
    return checks
