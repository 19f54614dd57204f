"""The doctor's checks that call Kakao; they sign no one in.

Each raises KakaoError unless Kakao responds as it does to a correct configuration.
"""

import base64
import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import requests

from . import errors, tokens
from .api import is_linked, translate_request_errors, unlink
from .errors import JAVASCRIPT_KEY_FIXES, KakaoError
from .profile import MAX_USER_ID
from .responses import parse_response
from .state import current_state

FAKE_CREDENTIAL = "made-up-by-the-doctor"  # no one's code or token
FAKE_USER_ID = MAX_USER_ID


def check_discovery() -> None:
    """Check that OpenID Connect's discovery leads to the keys that sign id_tokens."""
    document = parse_response(send_request("GET", discovery_url()))
    jwks_uri = document.get("jwks_uri")
    if not isinstance(jwks_uri, str):
        raise KakaoError(errors.UNEXPECTED_RESPONSE)
    if document.get("issuer") != current_state().config["KAKAO_AUTH_URL"]:
        raise KakaoError(errors.misconfigured("another issuer responds: check KAKAO_AUTH_URL"))
    if not parse_response(send_request("GET", jwks_uri)).get("keys"):
        raise KakaoError(errors.UNEXPECTED_RESPONSE)


def check_clock() -> None:
    """Check that this machine and Kakao agree on the time: what Kakao signs expires."""
    headers = send_request("GET", discovery_url()).headers
    try:
        kakao_time = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
        age = int(headers.get("Age", 0))  # seconds since a cache on the way got the response
    except (KeyError, ValueError) as error:
        raise KakaoError(errors.UNEXPECTED_RESPONSE) from error
    offset = round((datetime.now(UTC) - kakao_time).total_seconds() - age)
    if abs(offset) > tokens.LEEWAY:
        description = f"{abs(offset)} seconds {'fast' if offset > 0 else 'slow'}"
        raise KakaoError(
            errors.misconfigured(f"this machine's clock is {description}: switch on NTP")
        )


def discovery_url() -> str:
    """Return the URL of OpenID Connect's discovery document."""
    return f"{current_state().config['KAKAO_AUTH_URL']}/.well-known/openid-configuration"


def check_client_credentials(redirect_uri: str) -> None:
    """Check that client id and secret are accepted: then Kakao rejects only the made-up code.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-token
    """
    config = current_state().config
    form = {
        "grant_type": "authorization_code",
        "client_id": config["KAKAO_CLIENT_ID"],
        "client_secret": config["KAKAO_CLIENT_SECRET"],  # left out when there is none
        "redirect_uri": redirect_uri,
        "code": FAKE_CREDENTIAL,
    }
    expect_rejection(send_request("POST", f"{config['KAKAO_AUTH_URL']}/oauth/token", data=form))


def check_authorization_request(redirect_uri: str) -> None:
    """Request the consent page as the button does, which shows mistakes in the console.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-code
    """
    url = current_state().client.create_authorization_url(redirect_uri)["url"]
    response = send_request("GET", url)
    params = query_params(response.headers.get("Location"))
    if error := params.get("error"):
        raise errors.authorization_error(error, params.get("error_description", ""))
    expect_page(response)


def check_javascript_key(redirect_uri: str) -> None:
    """Request the consent page as the JavaScript SDK does, which names the domain it runs on.

    https://developers.kakao.com/docs/latest/ko/kakaologin/js
    """
    config = current_state().config
    origin = urlsplit(redirect_uri)._replace(path="").geturl()
    params = {
        "client_id": config["KAKAO_JAVASCRIPT_KEY"],
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "ka": f"sdk/2.8.3 os/javascript sdk_type/javascript origin/{quote(origin, safe='')}",
    }
    try:
        expect_page(
            send_request("GET", f"{config['KAKAO_AUTH_URL']}/oauth/authorize", params=params)
        )
    except KakaoError as error:
        if fix := JAVASCRIPT_KEY_FIXES.get(error.code):
            raise KakaoError(errors.misconfigured(fix), error.code) from error
        raise


def check_sdk() -> None:
    """Check that the SDK's script has the configured hash: browsers run no other."""
    response = send_request("GET", current_state().config["KAKAO_SDK_URL"])
    if response.status_code != 200:
        raise KakaoError(
            errors.misconfigured("KAKAO_SDK_URL is wrong"), f"HTTP {response.status_code}"
        )
    algorithm, _, expected = current_state().config["KAKAO_SDK_INTEGRITY"].partition("-")
    if not expected:
        return
    digest = hashlib.new(algorithm, response.content).digest()
    if base64.b64encode(digest).decode() != expected:
        fix = (
            "KAKAO_SDK_INTEGRITY is not the hash of KAKAO_SDK_URL: copy both from "
            "https://developers.kakao.com/docs/latest/ko/javascript/download"
        )
        raise KakaoError(errors.misconfigured(fix))


def check_logout_redirect(logout_url: str) -> None:
    """Check that Kakao redirects back after signing someone out there, too.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#logout-of-service-and-kakaoaccount
    """
    expect_page(send_request("GET", logout_url))


def expect_page(response: requests.Response) -> None:
    """Check that this is the requested page, and not one of Kakao's error pages.

    :raises KakaoError: if it is an error page.
    """
    status = response.status_code
    if code := re.search("KOE[0-9]{3}", response.headers.get("Location", "") + response.text):
        raise KakaoError(errors.failure_for(code[0], status), code[0])
    if status >= 500:
        raise KakaoError(errors.TEMPORARY, f"HTTP {status}")
    if status >= 400:
        fix = "Kakao rejects it: try the same in a browser, where Kakao shows the reason"
        raise KakaoError(errors.misconfigured(fix), f"HTTP {status}")


def check_user_info() -> None:
    """Check that Kakao's API host responds: it has to reject a made-up token."""
    url = f"{current_state().config['KAKAO_API_URL']}/v2/user/me"
    expect_rejection(
        send_request("GET", url, headers={"Authorization": f"Bearer {FAKE_CREDENTIAL}"})
    )


def expect_rejection(response: requests.Response) -> None:
    """Check that Kakao rejected a made-up credential, and for no other reason.

    :raises KakaoError: if it was accepted, or rejected for another reason.
    """
    try:
        parse_response(response)
    except KakaoError as error:
        if error.failure is errors.CODE_USED:
            return
        raise
    raise KakaoError(errors.UNEXPECTED_RESPONSE)


def check_admin_key() -> None:
    """Check that the admin key can unlink: no one has the made-up Kakao id."""
    unlink(FAKE_USER_ID)


def can_fetch_user_info() -> bool:
    """Return whether the admin key's allowed APIs include user info, as webhooks need it."""
    try:
        is_linked(FAKE_USER_ID)
    except KakaoError as error:
        return error.failure is not errors.ADMIN_KEY_NOT_ALLOWED
    return True


def redirect_target(url: str) -> str | None:
    """Return the URL that a GET of this URL is redirected to; None if it is not redirected."""
    location = send_request("GET", url).headers.get("Location")
    return urljoin(url, location) if location else None


def query_params(url: str | None) -> dict[str, str]:
    """Return the parameters in a URL's query; none without a URL."""
    return dict(parse_qsl(urlsplit(url or "").query))


def send_request(method: str, url: str, **kwargs: Any) -> requests.Response:
    """Send one request, within the limits of every call: a deadline, a size, no redirects.

    :param kwargs: for requests, such as params, data or headers.
    """
    adapter = current_state().adapter
    with requests.Session() as client, adapter.call_slot(), translate_request_errors():
        client.mount("https://", adapter)
        client.mount("http://", adapter)
        return client.request(method, url, allow_redirects=False, **kwargs)
