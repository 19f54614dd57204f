"""Settings, read once from the environment; half-configured, the site does not start."""

import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

# What the stand-in Kakao (sandbox/) accepts while no real key is set.
SANDBOX_KEYS = {
    "KAKAO_CLIENT_ID": "sandbox-rest-api-key",
    "KAKAO_CLIENT_SECRET": "sandbox-client-secret",
    "KAKAO_ADMIN_KEY": "sandbox-admin-key",
}

PATIENCE = 5  # seconds to wait for a connection to the database


class ConfigError(Exception):
    """The settings make no sense; the text names the setting and what to do."""


def read(env: Mapping[str, str], instance: Path) -> dict:
    """Turn environment variables into the settings of the app.

    :param env: the environment, or a dict in tests; an empty value counts as unset.
    :param instance: the folder for what is made on this machine: the database, the key.
    :raises ConfigError: if a needed value is missing or senseless.
    """
    env = {name: value.strip() for name, value in env.items() if value.strip()}
    production = (
        choice(env, "APP_ENV", "development", ("development", "production")) == "production"
    )
    port = number(env, "PORT", 8000, lowest=1, highest=65534)
    sandbox = not production and "KAKAO_CLIENT_ID" not in env
    if sandbox:
        env = SANDBOX_KEYS | {"KAKAO_AUTH_URL": f"http://localhost:{port + 1}"} | env
        env.setdefault("KAKAO_API_URL", env["KAKAO_AUTH_URL"])
    for name in ("SECRET_KEY", "KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET"):
        if production and name not in env:
            raise ConfigError(f"{name} is not set; production does not start without it")
    secure = flag(env, "SESSION_COOKIE_SECURE", production)
    threads = number(env, "WEB_THREADS", 4, lowest=1, highest=1000)
    database = database_url(env, instance)
    return {
        "PRODUCTION": production,
        "SANDBOX": sandbox,
        "PORT": port,
        "WEB_THREADS": threads,
        "MAX_CONTENT_LENGTH": 64 * 1024,  # bytes; the largest form here has a few hundred
        "SECRET_KEY": env.get("SECRET_KEY") or kept_key(instance / "secret_key"),
        # Browsers take a __Host- cookie only from this very host, over https.
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_HTTPONLY": True,
        # Lax, not Strict: the way back from Kakao must bring the cookie along.
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": secure,
        "PERMANENT_SESSION_LIFETIME": timedelta(
            days=number(env, "SESSION_LONGEST_DAYS", 180, lowest=1, highest=3650)
        ),
        "SESSION_IDLE_DAYS": number(env, "SESSION_IDLE_DAYS", 30, lowest=1, highest=3650),
        # A cookie is written when it changed, so that answers running side by side
        # do not undo each other.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "TRUSTED_PROXIES": number(env, "TRUSTED_PROXIES", 0, lowest=0, highest=10),
        "RATELIMIT_ENABLED": flag(env, "RATELIMIT_ENABLED", True),
        "RATELIMIT_STORAGE_URI": storage_url(env),
        # A Redis that hangs must not hold up the pages; web/limits.py counts without it then.
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},  # seconds
        "SQLALCHEMY_DATABASE_URI": database,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(env, database, threads),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session it belongs to
        # The token is proof enough, and in-app browsers often send no Referer.
        "WTF_CSRF_SSL_STRICT": False,
        "KAKAO_CLIENT_ID": env.get("KAKAO_CLIENT_ID"),
        "KAKAO_CLIENT_SECRET": env.get("KAKAO_CLIENT_SECRET"),
        "KAKAO_ADMIN_KEY": env.get("KAKAO_ADMIN_KEY"),
        "KAKAO_APP_ID": env.get("KAKAO_APP_ID"),
        "KAKAO_AUTH_URL": url(env, "KAKAO_AUTH_URL", "https://kauth.kakao.com"),
        "KAKAO_API_URL": url(env, "KAKAO_API_URL", "https://kapi.kakao.com"),
        "KAKAO_SCOPE": env.get("KAKAO_SCOPE", "").replace(",", " "),
        "KAKAO_OIDC": flag(env, "KAKAO_OIDC", False),
        "KAKAO_SERVICE_TERMS": env.get("KAKAO_SERVICE_TERMS"),
        "TERMS_VERSION": env.get("TERMS_VERSION", "2026-11-24"),
        "PRIVACY_VERSION": env.get("PRIVACY_VERSION", "2026-11-24"),
        "KAKAO_BUTTON_LABEL": env.get("KAKAO_BUTTON_LABEL", "카카오로 시작하기"),
    }


def database_url(env: Mapping[str, str], instance: Path) -> str:
    """The database's address, with psycopg 3 named as the driver for PostgreSQL."""
    address = env.get("DATABASE_URL") or f"sqlite:///{instance / 'neonejip.sqlite3'}"
    scheme, _, rest = address.partition("://")
    if not rest:
        raise ConfigError("DATABASE_URL is not an address like postgresql://user@host/name")
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else address


def engine_options(env: Mapping[str, str], database: str, threads: int) -> dict:
    """How SQLAlchemy keeps its connections: as many as threads, since each uses one at most."""
    options = {
        "pool_size": number(env, "DATABASE_POOL_SIZE", threads, lowest=1, highest=1000),
        "max_overflow": 0,  # so that processes times size is all that the database ever sees
        "pool_timeout": PATIENCE,
        "hide_parameters": True,  # errors are logged, and the values in them are people's
    }
    if database.startswith("postgresql"):
        # A connection that died while idle is replaced before a page meets it.
        options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": PATIENCE}}
    return options


def storage_url(env: Mapping[str, str]) -> str:
    """Where the rate limits are counted: in each process, or in a Redis that all share."""
    value = env.get("RATELIMIT_STORAGE_URI", "memory://")
    if value.partition("://")[0] not in ("memory", "redis", "rediss", "redis+unix"):
        raise ConfigError("RATELIMIT_STORAGE_URI is not an address like redis://host:6379")
    return value


def kept_key(file: Path) -> str:
    """A key made once and kept in a file that only its owner reads; for development."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(32))
        try:
            os.link(fresh, file)  # fails where another process was faster; its key counts
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text()


def choice(env: Mapping[str, str], name: str, default: str, known: tuple[str, ...]) -> str:
    value = env.get(name, default)
    if value not in known:
        raise ConfigError(f"{name} is {value!r}, not one of {', '.join(known)}")
    return value


def number(env: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    value = env.get(name, str(default))
    if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
        raise ConfigError(f"{name} is {value!r}, not a number from {lowest} to {highest}")
    return int(value)


def flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    return choice(env, name, "1" if default else "0", ("0", "1")) == "1"


def url(env: Mapping[str, str], name: str, default: str) -> str:
    value = env.get(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in ("https", "http") and parts.hostname
    except ValueError:
        is_address = False
    if not is_address:
        raise ConfigError(f"{name} is {value!r}, not an address that begins with https://")
    return value
