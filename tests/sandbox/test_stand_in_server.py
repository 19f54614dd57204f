"""The stand-in as a program: real HTTP, and where it will not run."""

import http.client
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import requests

from sandbox import create_app


def test_connections_are_kept_alive(address):
    line = http.client.HTTPConnection(urlsplit(address).netloc)
    first_socket = None

    for path in ("/.well-known/jwks.json", "/", "/nowhere", "/v2/user/me"):
        line.request("POST" if path == "/v2/user/me" else "GET", path, body=b"a=b")
        line.getresponse().read()
        first_socket = first_socket or line.sock
        assert line.sock is first_socket is not None


def test_the_issuer_is_the_address_it_is_called_by(address):
    about = requests.get(f"{address}/.well-known/openid-configuration").json()

    assert about["issuer"] == address


def test_it_does_not_start_in_production(monkeypatch):
    tried = subprocess.run(
        [sys.executable, "-m", "sandbox", "--port", "0"],
        env=os.environ | {"APP_ENV": "production"},
        capture_output=True,
        text=True,
    )
    assert tried.returncode == 1
    assert len(tried.stderr.splitlines()) == 1

    monkeypatch.setenv("APP_ENV", "production")
    with pytest.raises(SystemExit):
        create_app()
