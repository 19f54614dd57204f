"""The sandbox as a program: over real HTTP, and never in production."""

import http.client
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import requests

from sandbox import create_app


def test_a_connection_is_reused(url):
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    first_socket = None

    for path in ("/.well-known/jwks.json", "/", "/nowhere", "/v2/user/me"):
        connection.request("POST" if path == "/v2/user/me" else "GET", path, body=b"a=b")
        connection.getresponse().read()
        first_socket = first_socket or connection.sock
        assert connection.sock is first_socket is not None


def test_the_issuer_is_the_url_that_was_requested(url):
    discovery = requests.get(f"{url}/.well-known/openid-configuration").json()

    assert discovery["issuer"] == url


def test_the_sandbox_does_not_start_in_production(monkeypatch):
    result = subprocess.run(
        [sys.executable, "-m", "sandbox", "--port", "0"],
        env=os.environ | {"APP_ENV": "production"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1

    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(SystemExit):
        create_app()
