"""The settings, read once from the environment; a missing or invalid one stops the start."""

import os
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

import documents
from auth.kakao.settings import KAKAO_SDK_INTEGRITY, KAKAO_SDK_URL

from .readers import (
    ConfigError,
    drop_unset,
    read_choice,
    read_flag,
    read_list,
    read_number,
    read_optional_url,
    read_url,
)

# The version of the site. A release changes it here and in the files that tests/test_version.py
# reads (CONTRIBUTING.md).
VERSION = "1.0.0"

# The keys of the Kakao sandbox, used while no real key is set.
SANDBOX_KEYS = {
    "KAKAO_CLIENT_ID": "sandbox-rest-api-key",
    "KAKAO_CLIENT_SECRET": "sandbox-client-secret",
    "KAKAO_ADMIN_KEY": "sandbox-admin-key",
}

REQUIRED_IN_PRODUCTION = (
    "SITE_URL",
    "SECRET_KEY",
    "KAKAO_CLIENT_ID",
    "KAKAO_CLIENT_SECRET",
    "OPERATOR_NAME",
    "OPERATOR_CONTACT",
)
MIN_SECRET_KEY_LENGTH = 32  # characters
DATABASE_TIMEOUT = 5  # seconds to wait for a connection to the database


def load(env: Mapping[str, str], instance: Path) -> dict:
    """Turn environment variables into the settings of the app.

    :param env: the environment, or a dict in tests; an empty value counts as unset.
    :param instance: the folder for what this machine creates: the database, the key.
    :raises ConfigError: if a required value is missing or invalid.
    """
    env = drop_unset(env)
    app_env = read_choice(env, "APP_ENV", "development", ("development", "production"))
    production = app_env == "production"
    for name in REQUIRED_IN_PRODUCTION:
        if production and name not in env:
            raise ConfigError(f"{name} is not set; production does not start without it")
    return (
        {"PRODUCTION": production}
        | read_site_settings(env, production)
        | read_session_settings(env, production, instance)
        | read_database_settings(env, instance)
        | read_rate_limit_settings(env)
        | read_photo_settings(env, instance)
        | read_kakao_settings(env, production)
    )


def read_site_settings(env: Mapping[str, str], production: bool) -> dict:
    """Return the site's name, where it is served, what it logs, and who operates it."""
    site = read_site_url(env, production)
    return {
        "SITE_URL": site,
        "ALLOW_LOCAL_HOSTS": "SITE_URL" not in env,
        "LISTEN_HOST": listen_host(site),
        "HSTS": read_choice(env, "HSTS", "host", ("host", "subdomains", "preload")),
        "PORT": read_port(env),
        "WEB_THREADS": read_web_threads(env),
        "HALF_OF_THREADS": read_half_of_threads(env),
        "MAX_CONTENT_LENGTH": 64 * 1024,  # bytes; only uploads exceed a few hundred
        "LOG_FORMAT": read_choice(env, "LOG_FORMAT", "text", ("text", "json")),
        "METRICS_TOKEN": read_metrics_token(env),
        "TRUSTED_PROXIES": read_number(env, "TRUSTED_PROXIES", 0, minimum=0, maximum=10),
        "SITE_NAME": env.get("SITE_NAME", "오늘은 너네집"),
        "OPERATOR_NAME": env.get("OPERATOR_NAME", "김이장 (개발용)"),
        "OPERATOR_CONTACT": env.get("OPERATOR_CONTACT", "privacy@home.example"),
        **read_document_settings(env),
    }


def read_document_settings(env: Mapping[str, str]) -> dict:
    """Return the versions of the terms and the privacy policy, and the folder of their texts.

    :raises ConfigError: if a version or its text is missing or invalid.
    """
    folder = Path(env.get("DOCUMENTS_FOLDER", Path(__file__).parent.parent / "templates/documents"))
    try:
        return {"DOCUMENTS_FOLDER": folder, "DOCUMENTS": documents.load(folder)}
    except documents.DocumentError as error:
        raise ConfigError(f"DOCUMENTS_FOLDER: {error}") from error


def read_session_settings(env: Mapping[str, str], production: bool, instance: Path) -> dict:
    """Return the settings of the session cookie, of CSRF tokens, and of how long they last."""
    secure = read_flag(env, "SESSION_COOKIE_SECURE", production)
    key, *fallbacks = read_secret_keys(env, production, instance)
    longest = read_number(env, "SESSION_LONGEST_DAYS", 180, minimum=1, maximum=3650)
    return {
        "SECRET_KEY": key,
        "SECRET_KEY_FALLBACKS": fallbacks,
        "WTF_CSRF_SECRET_KEY": [*fallbacks, key],  # itsdangerous signs with the last
        # Browsers accept a __Host- cookie only from exactly this host, over https.
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_HTTPONLY": True,
        # Lax, not Strict: the callback from Kakao must bring the cookie along.
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=longest),
        "SESSION_IDLE_DAYS": read_number(env, "SESSION_IDLE_DAYS", 30, minimum=1, maximum=3650),
        # The cookie is written only when it changed, so that parallel responses
        # do not undo each other.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session it belongs to
        # The token is proof enough, and in-app browsers often send no Referer.
        "WTF_CSRF_SSL_STRICT": False,
        # Forms have messages of their own; WTForms would load its translation file for every form.
        "WTF_I18N_ENABLED": False,
    }


def read_secret_keys(env: Mapping[str, str], production: bool, instance: Path) -> list[str]:
    """Return the key that signs cookies, then the earlier keys that are still accepted.

    :raises ConfigError: if a key contains control characters, or is too short for production.
    """
    key = env.get("SECRET_KEY") or development_secret_key(instance / "secret_key")
    keys = [key, *read_list(env, "SECRET_KEY_FALLBACKS")]
    shortest = min(len(key) for key in keys)
    if not all(map(str.isprintable, keys)):
        raise ConfigError("SECRET_KEY or one of its fallbacks contains control characters")
    if production and shortest < MIN_SECRET_KEY_LENGTH:
        raise ConfigError(
            f"SECRET_KEY or one of its fallbacks has {shortest} characters; production needs "
            f"{MIN_SECRET_KEY_LENGTH} or more"
        )
    return keys


def read_database_settings(env: Mapping[str, str], instance: Path) -> dict:
    """Return the database's URL and how connections to it are pooled."""
    url = database_url(env.get("DATABASE_URL") or f"sqlite:///{instance / 'neonejip.sqlite3'}")
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(env, url),
    }


def read_rate_limit_settings(env: Mapping[str, str]) -> dict:
    """Return the settings of Flask-Limiter: whether and where it counts requests."""
    return {
        "RATELIMIT_ENABLED": read_flag(env, "RATELIMIT_ENABLED", True),
        "RATELIMIT_STORAGE_URI": read_rate_limit_storage(env),
        # A Redis that hangs must not hold up the pages; web/limits.py then counts without it.
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # seconds
    }


def read_photo_settings(env: Mapping[str, str], instance: Path) -> dict:
    """Return where the files of photos are stored, and from where browsers load them."""
    options = {
        # http is allowed here: requests are signed and carry no secret key, and a store beside the
        # site often has no certificate. Photos can be read on the way.
        "endpoint": read_optional_url(env, "AWS_ENDPOINT_URL", https_only=False),
        "access_key_id": env.get("AWS_ACCESS_KEY_ID"),
        "secret_access_key": env.get("AWS_SECRET_ACCESS_KEY"),
        "region": env.get("AWS_REGION"),
    }
    # Browsers load no image over http: the Content-Security-Policy forbids it.
    public_url = read_optional_url(env, "PHOTOS_PUBLIC_URL", https_only=True)
    return {
        "PHOTOS_URL": read_photos_url(env, instance),
        "PHOTOS_PUBLIC_URL": public_url,
        # obstore looks up unset values as every AWS tool does, such as the role of the machine.
        "PHOTOS_S3_OPTIONS": {name: value for name, value in options.items() if value},
    }


def read_kakao_settings(env: Mapping[str, str], production: bool) -> dict:
    """Return the keys and URLs of Kakao, or of its sandbox if no key is set in development."""
    sandbox = not production and "KAKAO_CLIENT_ID" not in env
    if sandbox:
        env = {**sandbox_defaults(env), **env}
    return {
        "SANDBOX": sandbox,
        "KAKAO_CLIENT_ID": env.get("KAKAO_CLIENT_ID"),
        "KAKAO_CLIENT_SECRET": env.get("KAKAO_CLIENT_SECRET", ""),  # it may be off at Kakao
        "KAKAO_ADMIN_KEY": env.get("KAKAO_ADMIN_KEY"),
        "KAKAO_WEBHOOK_KEY": read_webhook_keys(env),
        "KAKAO_CALL_SLOTS": read_half_of_threads(env),
        "KAKAO_APP_ID": env.get("KAKAO_APP_ID"),
        "KAKAO_AUTH_URL": read_url(env, "KAKAO_AUTH_URL", "https://kauth.kakao.com", production),
        "KAKAO_API_URL": read_url(env, "KAKAO_API_URL", "https://kapi.kakao.com", production),
        "KAKAO_SCOPE": env.get("KAKAO_SCOPE", "").replace(",", " "),
        "KAKAO_OIDC": read_flag(env, "KAKAO_OIDC", False),
        "KAKAO_SERVICE_TERMS": env.get("KAKAO_SERVICE_TERMS"),
        "KAKAO_LOGOUT_REDIRECT": read_flag(env, "KAKAO_LOGOUT_REDIRECT", sandbox),
        "KAKAO_BUTTON_LABEL": env.get("KAKAO_BUTTON_LABEL", "카카오로 시작하기"),
        "KAKAO_JAVASCRIPT_KEY": env.get("KAKAO_JAVASCRIPT_KEY"),
        "KAKAO_SDK_URL": read_url(env, "KAKAO_SDK_URL", KAKAO_SDK_URL, production),
        "KAKAO_SDK_INTEGRITY": read_sdk_integrity(env, production),
    }


def sandbox_defaults(env: Mapping[str, str]) -> dict[str, str]:
    """Return the keys and URLs of the Kakao sandbox, which serves on the port after the site's."""
    host = listen_host(read_site_url(env, production=False))
    base_url = env.get("KAKAO_AUTH_URL", f"http://{host}:{read_port(env) + 1}")
    return SANDBOX_KEYS | {
        "KAKAO_AUTH_URL": base_url,
        "KAKAO_API_URL": base_url,
        "KAKAO_SDK_URL": f"{base_url}/sdk/kakao.js",
    }


def read_sdk_integrity(env: Mapping[str, str], production: bool) -> str:
    """Return the hash that Kakao's SDK must have for browsers to run it; empty: not checked.

    https://www.w3.org/TR/sri/

    :raises ConfigError: if it is not a hash, or if it is empty in production.
    """
    is_kakaos = env.get("KAKAO_SDK_URL", KAKAO_SDK_URL) == KAKAO_SDK_URL
    value = env.get("KAKAO_SDK_INTEGRITY", KAKAO_SDK_INTEGRITY if is_kakaos else "")
    if value and not re.fullmatch("sha(256|384|512)-[A-Za-z0-9+/]+={0,2}", value):
        raise ConfigError(f"KAKAO_SDK_INTEGRITY is {value!r}, not a hash like sha384-…")
    if production and not value and "KAKAO_JAVASCRIPT_KEY" in env:
        raise ConfigError("KAKAO_SDK_INTEGRITY is not set; production needs it with KAKAO_SDK_URL")
    return value


def read_site_url(env: Mapping[str, str], production: bool) -> str:
    """Return where people open the site: scheme, host and port as browsers write them.

    :raises ConfigError: if it is not a URL, or has more parts, such as a path.
    """
    value = read_url(env, "SITE_URL", f"http://localhost:{read_port(env)}", production)
    try:
        return canonical_origin(value)
    except ValueError as error:
        raise ConfigError(
            f"SITE_URL is {value!r}, not a URL without a path like https://your.site"
        ) from error


def canonical_origin(value: str) -> str:
    """Return an http or https URL as the origin that browsers send (RFC 6454).

    :raises ValueError: if it has a path, credentials or no valid host or port.
    """
    parts = urlsplit(value)
    host = (parts.hostname or "").encode("idna").decode()
    is_origin = value.partition("://")[2] == parts.netloc and "@" not in parts.netloc
    is_host = re.fullmatch(r"[a-z0-9._-]*[a-z0-9]|[0-9a-f:.]*:[0-9a-f:.]*", host)
    if not (is_origin and is_host):
        raise ValueError(f"{value!r} is not an origin")
    origin = f"{parts.scheme}://" + (f"[{host}]" if ":" in host else host)
    default_port = 443 if parts.scheme == "https" else 80
    return origin if parts.port in (None, default_port) else f"{origin}:{parts.port}"


def read_metrics_token(env: Mapping[str, str]) -> str | None:
    """Return the token for /metrics; None switches it off."""
    token = env.get("METRICS_TOKEN")
    if token and len(token) < MIN_SECRET_KEY_LENGTH:
        raise ConfigError(
            f"METRICS_TOKEN has {len(token)} characters; it needs {MIN_SECRET_KEY_LENGTH} or more"
        )
    return token


def listen_host(site: str) -> str:
    """Return where `make run` listens: a LAN address as SITE_URL makes it reachable from phones.

    :param site: SITE_URL.
    """
    parts = urlsplit(site)
    return parts.hostname if parts.scheme == "http" and parts.hostname else "localhost"


def read_webhook_keys(env: Mapping[str, str]) -> list[str]:
    """Return the keys that authenticate a webhook: two while the primary admin key changes.

    :raises ConfigError: without an admin key, which confirms with Kakao that someone unlinked.
    """
    if "KAKAO_WEBHOOK_KEY" in env and "KAKAO_ADMIN_KEY" not in env:
        raise ConfigError("KAKAO_WEBHOOK_KEY needs KAKAO_ADMIN_KEY, to confirm unlinks with Kakao")
    return read_list(env, "KAKAO_WEBHOOK_KEY", env.get("KAKAO_ADMIN_KEY", ""))


def read_port(env: Mapping[str, str]) -> int:
    """Return the port that `make run` serves the site on; the sandbox takes the next."""
    return read_number(env, "PORT", 8000, minimum=1, maximum=65534)


def read_web_threads(env: Mapping[str, str]) -> int:
    """Return how many requests a process handles at once."""
    return read_number(env, "WEB_THREADS", 4, minimum=1, maximum=1000)


def read_half_of_threads(env: Mapping[str, str]) -> int:
    """Return how many threads of a process may wait for Kakao, the store, uploads or the database.

    While one of these is slow, the other half serves everything else, above all sign-ins.
    """
    return max(1, read_web_threads(env) // 2)


def database_url(given: str) -> str:
    """Return the URL of a database, with psycopg 3 named as the driver for PostgreSQL.

    :raises ConfigError: if it is not the URL of a database that this site can use.
    """
    scheme, _, rest = given.partition("://")
    value = f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else given
    try:
        dialect = make_url(value).get_dialect().name
    except (SQLAlchemyError, ImportError, ValueError):  # their messages would show the password
        dialect = ""
    if not rest or dialect not in ("postgresql", "sqlite"):
        raise ConfigError("DATABASE_URL is not a URL like postgresql://user@host/name")
    return value


def engine_options(env: Mapping[str, str], database: str) -> dict:
    """Return how SQLAlchemy pools connections: one for half of the threads, which share them.

    A page needs a connection only briefly.
    """
    half = read_half_of_threads(env)
    options: dict[str, object] = {
        "pool_size": read_number(env, "DATABASE_POOL_SIZE", half, minimum=1, maximum=1000),
        "max_overflow": 0,  # so the database never has more connections than processes times size
        "pool_timeout": DATABASE_TIMEOUT,
        "hide_parameters": True,  # errors are logged, and their values are personal data
    }
    if database.startswith("postgresql"):
        # A connection that died while idle is replaced before a page uses it.
        options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": DATABASE_TIMEOUT}}
    return options


def read_rate_limit_storage(env: Mapping[str, str]) -> str:
    """Return the URL of the counters: in each process's memory, or in a Redis that all share.

    :raises ConfigError: if it is neither.
    """
    value = env.get("RATELIMIT_STORAGE_URI", "memory://")
    try:
        parts = urlsplit(value)
        is_known = parts.scheme in ("memory", "redis", "rediss", "redis+unix") and parts.port != 0
    except ValueError:  # the port is not a number
        is_known = False
    if not is_known or "://" not in value:
        raise ConfigError("RATELIMIT_STORAGE_URI is not a URL like redis://host:6379")
    return value


def read_photos_url(env: Mapping[str, str], instance: Path) -> str:
    """Return the URL of photos' files: a folder, or an S3-compatible store.

    :raises ConfigError: if it is neither.
    """
    value = env.get("PHOTOS_URL") or (instance / "photos").absolute().as_uri()
    scheme, _, rest = value.partition("://")
    # file:///folder has no host; s3://bucket/prefix must name a bucket.
    if not ((scheme == "file" and rest.startswith("/")) or (scheme == "s3" and rest[:1].isalnum())):
        raise ConfigError("PHOTOS_URL is not a URL like file:///folder or s3://bucket/prefix")
    return value


def development_secret_key(file: Path) -> str:
    """Return the key in a file that only its owner can read; create it if there is none."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(32))
        try:
            os.link(temporary, file)  # fails if another process was faster; its key is used
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return file.read_text()
