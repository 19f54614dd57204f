"""What `flask kakao doctor` asks Kakao; nobody is signed in by it.

Each question raises KakaoError unless the answer is the one that a good configuration gets.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

import requests
from flask import current_app

from . import errors, tokens
from .client import failures_told_apart, read, read_as_admin, registered
from .errors import KakaoError

MADE_UP = "made-up-by-the-doctor"  # neither a code nor a token of anybody's


def find_signing_keys() -> None:
    """Whether OpenID Connect's discovery leads to the keys that id_tokens are checked with."""
    document = read(ask("GET", discovery_url()))
    jwks_uri = document.get("jwks_uri")
    if not isinstance(jwks_uri, str):
        raise KakaoError(errors.ODD)
    if document.get("issuer") != current_app.config["KAKAO_AUTH_URL"]:
        raise KakaoError(errors.misconfigured("another issuer answers: check KAKAO_AUTH_URL"))
    if not read(ask("GET", jwks_uri)).get("keys"):
        raise KakaoError(errors.ODD)


def compare_clocks() -> None:
    """Whether this machine and Kakao agree on the time: what Kakao signs says when it ends."""
    headers = ask("GET", discovery_url()).headers
    try:
        theirs = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
        age = int(headers.get("Age", 0))  # seconds since a cache on the way fetched the answer
    except (KeyError, ValueError) as failure:
        raise KakaoError(errors.ODD) from failure
    ahead = round((datetime.now(UTC) - theirs).total_seconds() - age)
    if abs(ahead) > tokens.LEEWAY:
        astray = f"{abs(ahead)} seconds {'fast' if ahead > 0 else 'slow'}"
        raise KakaoError(errors.misconfigured(f"this machine's clock is {astray}: switch on NTP"))


def discovery_url() -> str:
    return f"{current_app.config['KAKAO_AUTH_URL']}/.well-known/openid-configuration"


def try_client(redirect_uri: str) -> None:
    """Whether client id and secret are accepted: then only the code is to blame.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-token
    """
    config = current_app.config
    form = {
        "grant_type": "authorization_code",
        "client_id": config["KAKAO_CLIENT_ID"],
        "client_secret": config["KAKAO_CLIENT_SECRET"],  # left out when there is none
        "redirect_uri": redirect_uri,
        "code": MADE_UP,
    }
    must_be_refused(ask("POST", f"{config['KAKAO_AUTH_URL']}/oauth/token", data=form))


def try_consent(redirect_uri: str) -> None:
    """Ask for the consent page as the button does: mistakes in the console show there.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-code
    """
    response = ask("GET", registered().create_authorization_url(redirect_uri)["url"])
    status = response.status_code
    if error := query_of(response).get("error"):
        raise KakaoError(errors.REFUSALS.get(error, errors.ODD))
    if number := re.search("KOE[0-9]{3}", response.headers.get("Location", "") + response.text):
        raise KakaoError(errors.cause_of(number[0], status), number[0])
    if status >= 500:
        raise KakaoError(errors.PASSING, f"HTTP {status}")
    if status >= 400:
        look = "refused; press the button in a browser, where Kakao shows the reason"
        raise KakaoError(errors.misconfigured(look), f"HTTP {status}")


def try_user_info() -> None:
    """Whether the other of Kakao's hosts answers: it has to refuse a made-up token."""
    url = f"{current_app.config['KAKAO_API_URL']}/v2/user/me"
    must_be_refused(ask("GET", url, headers={"Authorization": f"Bearer {MADE_UP}"}))


def must_be_refused(response: requests.Response) -> None:
    """What was made up has to be refused, and for no other reason."""
    try:
        read(response)
    except KakaoError as error:
        if error.cause is errors.USED:
            return
        raise
    raise KakaoError(errors.ODD)


def try_admin_key() -> None:
    """Whether the admin key is accepted: it may list the members' numbers; one is enough."""
    url = f"{current_app.config['KAKAO_API_URL']}/v1/user/ids"
    key = f"KakaoAK {current_app.config['KAKAO_ADMIN_KEY']}".encode()
    read_as_admin(ask("GET", url, params={"limit": 1}, headers={"Authorization": key}))


def redirect_uri_sent_by(start_url: str) -> str | None:
    """The redirect address that a running site sends to Kakao; None if nothing like it runs there.

    Behind a proxy it is right only if the proxy tells host and scheme, and is believed.
    """
    return query_of(ask("GET", start_url)).get("redirect_uri")


def query_of(response: requests.Response) -> dict[str, str]:
    """What a redirect takes along."""
    return dict(parse_qsl(urlsplit(response.headers.get("Location", "")).query))


def ask(method: str, url: str, **kwargs) -> requests.Response:
    """One call with the limits of every other: a deadline, a largest answer, no redirects."""
    adapter = current_app.extensions["kakao_transport"]
    with requests.Session() as client, adapter.trip(), failures_told_apart():
        client.mount("https://", adapter)
        client.mount("http://", adapter)
        return client.request(method, url, allow_redirects=False, **kwargs)
