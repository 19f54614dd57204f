"""The settings in app.config: their defaults, and what is wrong with them."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import Config

REQUIRED = ("SECRET_KEY", "KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET")
# Kakao's JavaScript SDK 2.8.3 of 2026-09-03; URL and hash are changed together.
# https://developers.kakao.com/docs/latest/ko/javascript/download
KAKAO_SDK_URL = "https://t1.kakaocdn.net/kakao_js_sdk/2.8.3/kakao.min.js"
KAKAO_SDK_INTEGRITY = "sha384-oroumrnFVE0xtgqyDZJARgERibXg2C28380uaUZz2kHDS5CR7tu20eGiOU6GkTpy"
DEFAULTS = {
    "KAKAO_ADMIN_KEY": None,
    "KAKAO_JAVASCRIPT_KEY": None,
    "KAKAO_SERVICE_TERMS": None,
    "KAKAO_SCOPE": "",
    "KAKAO_OIDC": False,
    "KAKAO_CALL_SLOTS": 4,
    "KAKAO_AUTH_URL": "https://kauth.kakao.com",
    "KAKAO_API_URL": "https://kapi.kakao.com",
    "KAKAO_SDK_URL": KAKAO_SDK_URL,
}


def complete(config: Config) -> None:
    """Add the defaults of settings that are missing.

    :raises ValueError: if a setting is missing or wrong; one line that names each of them.
    """
    for name, default in DEFAULTS.items():
        config.setdefault(name, default)
    # A browser would refuse to run another script than the one with this hash.
    is_default_sdk = config["KAKAO_SDK_URL"] == KAKAO_SDK_URL
    config.setdefault("KAKAO_SDK_INTEGRITY", KAKAO_SDK_INTEGRITY if is_default_sdk else "")
    if problems := list(find_problems(config)):
        raise ValueError(f"Flask-Kakao: {', '.join(problems)}")
    for name in ("KAKAO_AUTH_URL", "KAKAO_API_URL"):
        config[name] = config[name].rstrip("/")  # paths are appended


def find_problems(config: Config) -> Iterator[str]:
    """Yield what is wrong with each setting, without its value: it may be a secret."""
    for name in REQUIRED:
        if config.get(name) is None:
            yield f"{name} is not set"
    for name in ("SECRET_KEY", "KAKAO_CLIENT_ID"):
        if config.get(name) in ("", b""):
            yield f"{name} is empty"
    for name in ("KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET", "KAKAO_ADMIN_KEY"):
        yield from find_text_problems(name, config.get(name))
    for name in ("KAKAO_JAVASCRIPT_KEY", "KAKAO_SERVICE_TERMS"):
        yield from find_text_problems(name, config[name])
    for name in ("KAKAO_SCOPE", "KAKAO_SDK_INTEGRITY"):
        if not isinstance(config[name], str):
            yield f"{name} is not a text"
    if not isinstance(config["KAKAO_OIDC"], bool):
        yield "KAKAO_OIDC is neither True nor False"
    slots = config["KAKAO_CALL_SLOTS"]
    if type(slots) is not int or slots < 1:  # type() and not isinstance(): True is an int, too
        yield "KAKAO_CALL_SLOTS is not a number from 1"
    for name in ("KAKAO_AUTH_URL", "KAKAO_API_URL", "KAKAO_SDK_URL"):
        if not is_url(config[name]):
            yield f"{name} is not a URL that begins with https:// or http://"


def find_text_problems(name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with a setting that is None or a text."""
    if value is not None and not isinstance(value, str):
        yield f"{name} is not a text"
    elif value and (value != value.strip() or not value.isprintable()):
        yield f"{name} has spaces around it, or characters that cannot be printed"


def is_url(value: object) -> bool:
    """Return whether a value is a URL with a host that can be called over HTTP."""
    if not isinstance(value, str) or not re.fullmatch(r"https?://[!-~]+", value):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def requested_scope(config: Config, scope: str | None = None) -> str:
    """Return the consent items to ask for, separated by spaces; with `openid` for an id_token.

    :param scope: other items than those of KAKAO_SCOPE, for one authorization request.
    """
    items = (scope or config["KAKAO_SCOPE"]).replace(",", " ").split()
    needs_openid = config["KAKAO_OIDC"] and "openid" not in items
    return " ".join(["openid", *items] if needs_openid else items)
