"""What `make run` starts: the site, with the stand-in Kakao on the next port."""

import socket
import sys
from contextlib import suppress

import requests

from sandbox.people import PEOPLE
from tests.end_to_end.conftest import Person, free_port, make_tables, running


def two_free_ports():
    while True:
        port = free_port()
        with suppress(OSError), socket.create_server(("127.0.0.1", port + 1)):
            return port


def answers(url):
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_newcomer_signs_in_and_nothing_is_left_behind(tmp_path):
    port = two_free_ports()
    site, kakao = f"http://localhost:{port}", f"http://localhost:{port + 1}"
    settings = {
        "APP_ENV": "development",
        "SECRET_KEY": "a key for tests",
        "KAKAO_CLIENT_ID": "",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
    }
    make_tables(settings)

    with running([sys.executable, "app.py"], f"{site}/healthz", settings) as program:
        while not answers(kakao):
            assert program.process.poll() is None
        someone = Person(site)
        someone.sign_in_as(PEOPLE["no_email"].id)
        assert someone.nickname() == PEOPLE["no_email"].nickname

    assert not answers(kakao)
