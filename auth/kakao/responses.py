"""What Kakao responds: a JSON object, or an error."""

import codecs
import io
import json
import re
from typing import Any

import requests

from . import errors
from .errors import KakaoError


def check_token_response(response: requests.Response) -> requests.Response:
    """Reduce Kakao's token response to the fields that we use, before Authlib parses it.

    Authlib would drop the error_code of a failure, and stumble over a malformed `expires_in`.

    :raises KakaoError: if there is no access token in it.
    """
    payload = parse_response(response)
    token = payload.get("access_token")
    if not isinstance(token, str) or not re.fullmatch("[!-~]{1,4096}", token):  # fits a header
        raise KakaoError(errors.UNEXPECTED_RESPONSE)
    used_fields = {"access_token": token, "id_token": payload.get("id_token")}
    reduced = requests.Response()
    reduced.status_code = response.status_code
    reduced.raw = io.BytesIO(json.dumps(used_fields).encode())
    return reduced


def parse_response(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object in Kakao's response.

    :raises KakaoError: if it is an error, or not a JSON object.
    """
    if response.content.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<"):
        # Kakao's maintenance page has this word; a failing gateway's page does not.
        is_announced = "점검".encode() in response.content
        failure = errors.MAINTENANCE if is_announced else errors.TEMPORARY
        raise KakaoError(failure, f"HTTP {response.status_code}")
    try:
        payload = response.json()
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        payload = {}
    if response.status_code != 200 or "error" in payload or "msg" in payload:
        code = str(payload.get("error_code") or payload.get("code") or payload.get("error") or "")
        code = re.sub(r"[^\w-]", "", code)[:20]  # it is logged, and comes from outside
        # Kakao has no code of its own for this: https://devtalk.kakao.com/t/topic/134883
        if code == "-401" and "ip mismatched" in str(payload.get("msg")).lower():
            raise KakaoError(errors.IP_NOT_ALLOWED, code)
        raise KakaoError(errors.failure_for(code, response.status_code), code)
    return payload


def parse_admin_response(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object in the response to a call with the admin key.

    :raises KakaoError: as parse_response; a wrong admin key is the operator's to fix.
    """
    try:
        return parse_response(response)
    except KakaoError as error:
        if error.failure is errors.CODE_USED:
            raise KakaoError(errors.FIX_ADMIN_KEY, error.code) from error
        if error.code == "-3":
            raise KakaoError(errors.ADMIN_KEY_NOT_ALLOWED, error.code) from error
        raise
