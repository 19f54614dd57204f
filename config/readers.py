"""Read one setting from the environment, or raise a ConfigError that names it."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ConfigError(Exception):
    """A setting is missing or invalid; the message names it and says what to do."""


def drop_unset(env: Mapping[str, str | None]) -> dict[str, str]:
    """Return the variables that have a value, without spaces around it."""
    return {name: value.strip() for name, value in env.items() if value and value.strip()}


def read_choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return a setting that is one of the allowed values.

    :raises ConfigError: if it is another.
    """
    value = env.get(name, default)
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}, not one of {', '.join(allowed)}")
    return value


def read_number(env: Mapping[str, str], name: str, default: int, minimum: int, maximum: int) -> int:
    """Return a setting that is a whole number within bounds, both included.

    :raises ConfigError: if it is not.
    """
    value = env.get(name, str(default))
    is_number = value.isascii() and value.isdigit() and len(value) <= len(str(maximum))
    if not (is_number and minimum <= int(value) <= maximum):
        raise ConfigError(f"{name} is {value!r}, not a number from {minimum} to {maximum}")
    return int(value)


def read_flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    """Return whether a setting is 1.

    :raises ConfigError: if it is neither 1 nor 0.
    """
    return read_choice(env, name, "1" if default else "0", ("0", "1")) == "1"


def read_list(env: Mapping[str, str], name: str, default: str = "") -> list[str]:
    """Return the items of a comma-separated setting, without spaces and empty items."""
    return [item.strip() for item in env.get(name, default).split(",") if item.strip()]


def read_url(env: Mapping[str, str], name: str, default: str, https_only: bool = False) -> str:
    """Return a setting that is an http or https URL, without a slash at its end.

    :param https_only: reject http, unless it stays on this machine.
    :raises ConfigError: if it is not such a URL.
    """
    value = env.get(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        is_url = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # invalid brackets or port
        is_url = False
    if not is_url or re.search(r"[\s?#]", value):
        raise ConfigError(f"{name} is {value!r}, not a URL that begins with https://")
    # Secrets travel there, and http is readable on every network but the loopback one.
    if https_only and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ConfigError(f"{name} is {value!r}; it needs https://")
    return value


def read_optional_url(env: Mapping[str, str], name: str, https_only: bool) -> str | None:
    """Return a setting as read_url() does; None if it is not set."""
    return read_url(env, name, "", https_only) if name in env else None
