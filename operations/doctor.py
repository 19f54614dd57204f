"""flask doctor: what `flask kakao doctor` checks, and everything else that the site needs."""

import secrets
import socket
import ssl
import time
from urllib.parse import urlsplit

import click
import requests
from flask import current_app
from flask.cli import with_appcontext

import database
from auth import doctor as kakao_doctor
from auth.kakao.doctor import FAIL, OK, WARN, CheckResults, run
from database import utc_now
from houses import storage
from operations import chores
from web import disks
from web.times import utc_minute

TIMEOUT = 5  # seconds for each connection
MIN_CERTIFICATE_DAYS = 14


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check all that the site needs, without a sign-in. Exit status 1 when anything fails."""
    run(
        [
            *kakao_doctor.checks(),
            check_certificates(),
            check_store(),
            check_redis(),
            check_metrics(),
            check_disks(),
            check_chores(),
        ]
    )


def check_certificates() -> CheckResults:
    """Check that this machine trusts the certificate of each https URL in the settings."""
    for name in ("SITE_URL", "KAKAO_AUTH_URL", "KAKAO_API_URL", "PHOTOS_PUBLIC_URL"):
        yield from check_certificate(name, current_app.config[name])
    endpoint = current_app.config["PHOTOS_S3_OPTIONS"].get("endpoint")
    yield from check_certificate("AWS_ENDPOINT_URL", endpoint)


def check_certificate(name: str, value: str | None) -> CheckResults:
    """Check the certificate of one URL; http and an unset one need none."""
    url = urlsplit(value or "")
    if url.scheme != "https":
        return
    host = url.hostname or ""
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, url.port or 443), TIMEOUT) as connection,
            context.wrap_socket(connection, server_hostname=host) as tls,
        ):
            certificate = tls.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield FAIL, f"{name}: the certificate of {host} is not trusted: {error.verify_message}"
        return
    except OSError as error:
        yield FAIL, f"{name}: {host} does not respond over https: {error}"
        return
    expires_at = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = int((expires_at - time.time()) / 86400)
    status = OK if days >= MIN_CERTIFICATE_DAYS else WARN
    yield status, f"{name}: the certificate of {host} is trusted for another {days} days"


def check_store() -> CheckResults:
    """Check that a file can be written to the photo storage, read and deleted."""
    path, content = f"doctor-{secrets.token_hex(4)}.txt", b"flask doctor\n"
    try:
        storage.save({path: content})
        try:
            is_same = storage.read(path) == content
        finally:
            storage.delete([path])
    except storage.StorageError as error:
        yield FAIL, str(error)
        return
    if is_same:
        yield OK, "the store of photos takes, returns and deletes a file"
    else:
        yield FAIL, "the store of photos does not return what it took"


def check_redis() -> CheckResults:
    """Check that the shared storage of rate limits responds."""
    url = current_app.config["RATELIMIT_STORAGE_URI"]
    if url.startswith("memory:"):
        yield OK, "each process counts rate limits for itself (RATELIMIT_STORAGE_URI is not set)"
        return
    import redis  # a web server imports it only when it is used

    try:
        redis.from_url(url, **current_app.config["RATELIMIT_STORAGE_OPTIONS"]).ping()
    except (redis.RedisError, OSError) as error:
        yield FAIL, f"Redis: {error}: check RATELIMIT_STORAGE_URI"
    else:
        yield OK, "Redis responds"


def check_metrics() -> CheckResults:
    """Check that the running site shows its numbers to the token of the settings."""
    token = current_app.config["METRICS_TOKEN"]
    if not token:
        yield WARN, "METRICS_TOKEN is not set: no alert can fire"
        return
    url = f"{current_app.config['SITE_URL']}/metrics"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        status = requests.get(url, headers=headers, timeout=TIMEOUT).status_code
    except requests.RequestException as error:
        yield WARN, f"{url} does not respond ({type(error).__name__}): check again once it runs"
        return
    if status == 200:
        yield OK, "/metrics responds to METRICS_TOKEN"
    else:
        yield FAIL, f"/metrics responds with {status}: restart the site with this METRICS_TOKEN"


def check_disks() -> CheckResults:
    """Check that enough is free where the site writes."""
    for name, share in disks.free_shares(current_app.config).items():
        status = OK if share >= disks.MIN_FREE else FAIL
        yield status, f"{share:.0%} of the disk of the {name} is free"


def check_chores() -> CheckResults:
    """Check that the hourly commands and the backup have succeeded recently."""
    with database.optional():  # check_database has said so
        for name, when in chores.last_successes().items():
            if when is None:
                yield WARN, f"{name} has never succeeded here"
            elif utc_now() - when > chores.max_age(name):
                yield WARN, f"{name} last succeeded at {utc_minute(when)}"
            else:
                yield OK, f"{name} succeeded at {utc_minute(when)}"
