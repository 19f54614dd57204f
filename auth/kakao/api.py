"""Calls to Kakao's API."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import requests

from . import errors
from .errors import KakaoError
from .profile import KakaoProfile, parse_profile, parse_terms, parse_user_id
from .responses import parse_admin_response, parse_response
from .state import current_state


def fetch_profile(access_token: str) -> KakaoProfile:
    """Fetch the profile of the access token's owner, and with Kakao Sync the terms they agreed to.

    :raises KakaoError: if a call fails, or the profile has no usable id.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#req-user-info
    https://developers.kakao.com/docs/latest/ko/kakaosync/rest-api#get-service-terms
    """
    # secure_resource: image URLs with https.
    profile = parse_profile(api_get(access_token, "/v2/user/me", secure_resource="true"))
    if profile is None:
        raise KakaoError(errors.UNEXPECTED_RESPONSE)
    if current_state().config["KAKAO_SERVICE_TERMS"]:
        terms = parse_terms(api_get(access_token, "/v2/user/service_terms"))
        profile = replace(profile, agreed_terms=terms)
    return profile


def api_get(access_token: str, path: str, **params: str) -> dict[str, Any]:
    """Fetch a JSON object with the person's own access token.

    :param path: on Kakao's API host.
    :raises KakaoError: if the call fails twice.
    """
    url = current_state().config["KAKAO_API_URL"] + path
    return get_json(url, parse_response, params=params, token={"access_token": access_token})


def get_json(
    url: str, parse: Callable[[requests.Response], dict[str, Any]], **kwargs: Any
) -> dict[str, Any]:
    """Fetch a JSON object, and try again once after a failure that may be over.

    Only for calls that change nothing. Both attempts share the deadline of the call slot.

    :param parse: parse_response, or parse_admin_response.
    :param kwargs: for Authlib's client, such as token or withhold_token.
    :raises KakaoError: if the second attempt fails, too, or the first for a lasting reason.
    """

    def send() -> dict[str, Any]:
        with translate_request_errors():
            response = current_state().client.get(url, allow_redirects=False, **kwargs)
        return parse(response)

    try:
        return send()
    except KakaoError as error:
        if error.failure not in errors.RETRIABLE:
            raise
        return send()


def log_out(kakao_id: int) -> None:
    """Ask Kakao, with the admin key, to end all tokens that this app has for a person.

    :raises KakaoError: unless the tokens are ended, or there are none.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#logout
    """
    post("/v1/user/logout", kakao_id)


def unlink(kakao_id: int, access_token: str | None = None) -> None:
    """Unlink a person from the app at Kakao; with the admin key if there is one.

    :param access_token: the person's own, for a site without an admin key.
    :raises KakaoError: unless they are unlinked now, or were before.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#unlink
    """
    post("/v1/user/unlink", kakao_id, access_token)


def post(path: str, kakao_id: int, access_token: str | None = None) -> None:
    """Change something about a person at Kakao; someone already unlinked counts as done.

    :param access_token: the person's own, for a site without an admin key.
    :raises KakaoError: if that fails.
    """
    config = current_state().config
    headers, target = admin_request(kakao_id)
    parse = parse_admin_response
    if access_token and not config["KAKAO_ADMIN_KEY"]:
        headers, target = {"Authorization": f"Bearer {access_token}"}, {}
        parse = parse_response
    with current_state().adapter.call_slot(), translate_request_errors():
        response = current_state().client.post(
            config["KAKAO_API_URL"] + path,
            data=target,
            headers=headers,
            withhold_token=True,
            allow_redirects=False,
        )
    try:
        payload = parse(response)
    except KakaoError as error:
        if error.code in errors.ALREADY_UNLINKED_CODES:
            return
        raise
    if parse_user_id(payload.get("id")) != kakao_id:
        raise KakaoError(errors.UNEXPECTED_RESPONSE)


def admin_request(kakao_id: int) -> tuple[dict[str, str], dict[str, object]]:
    """Return the headers and the parameters of a call with the admin key about a person."""
    headers = {"Authorization": f"KakaoAK {current_state().config['KAKAO_ADMIN_KEY']}"}
    return headers, {"target_id_type": "user_id", "target_id": kakao_id}


def is_linked(kakao_id: int) -> bool:
    """Ask Kakao, with the admin key, whether a person is linked to the app right now.

    :raises KakaoError: if the call fails.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#req-user-info
    """
    url = f"{current_state().config['KAKAO_API_URL']}/v2/user/me"
    headers, target = admin_request(kakao_id)
    try:
        with current_state().adapter.call_slot():
            payload = get_json(
                url, parse_admin_response, params=target, headers=headers, withhold_token=True
            )
    except KakaoError as error:
        if error.code in errors.ALREADY_UNLINKED_CODES:
            return False
        raise
    if parse_user_id(payload.get("id")) != kakao_id:
        raise KakaoError(errors.UNEXPECTED_RESPONSE)
    return True


def fetch_jwks() -> dict[str, Any]:
    """Fetch the keys that Kakao signs with, as a JWK set (RFC 7517).

    :raises KakaoError: if the call fails, or brings no JWK set.
    """
    url = f"{current_state().config['KAKAO_AUTH_URL']}/.well-known/jwks.json"
    payload = get_json(url, parse_response, withhold_token=True)
    if not isinstance(payload.get("keys"), list):  # invalid; the cached keys stay
        raise KakaoError(errors.UNEXPECTED_RESPONSE)
    return payload


@contextmanager
def translate_request_errors() -> Iterator[None]:
    """Raise a KakaoError for whatever requests raises inside."""
    try:
        yield
    except requests.Timeout as error:  # first: a ConnectTimeout is a ConnectionError too
        raise KakaoError(errors.TIMED_OUT) from error
    except requests.RequestException as error:
        raise KakaoError(errors.UNREACHABLE, name_cause(error)) from error
    except ValueError as error:  # requests parses Location even when it follows no redirect
        raise KakaoError(errors.UNEXPECTED_RESPONSE) from error


def name_cause(error: requests.RequestException) -> str:
    """Return for the log what failed: NameResolutionError, SSLError, NewConnectionError …"""
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    return type(getattr(inner, "reason", None) or inner).__name__
