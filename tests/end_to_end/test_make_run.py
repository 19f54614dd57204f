"""What `make run` starts: the site, with the Kakao sandbox on the next port."""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest
import requests

from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import ROOT, Person, free_port, running

NOT_THE_SITE = shutil.ignore_patterns(".*", "tests", "bench", "docs", "deploy", "instance")


def two_free_ports():
    while True:
        port = free_port()
        with suppress(OSError):
            free_port(port + 1)
            return port


@pytest.fixture
def port():
    return two_free_ports()


@pytest.fixture
def settings(port, tmp_path):
    settings = {
        "APP_ENV": "development",
        "SECRET_KEY": "a key for tests",
        "KAKAO_CLIENT_ID": "",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
        "PHOTOS_URL": (tmp_path / "photos").as_uri(),
    }
    databases.make_tables(settings["DATABASE_URL"])
    return settings


def responds(url):
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_a_newcomer_signs_in_and_nothing_is_left_behind(port, settings):
    site, kakao = f"http://localhost:{port}", f"http://localhost:{port + 1}"

    with running([sys.executable, "app.py"], f"{site}/healthz", settings) as program:
        while not responds(kakao):
            assert program.process.poll() is None
            time.sleep(0.05)
        someone = Person(site)
        someone.sign_in_as(PEOPLE["no_email"].id)
        assert someone.nickname() == PEOPLE["no_email"].nickname

    assert not responds(kakao)


@pytest.mark.parametrize("offset", [0, 1], ids=["site", "sandbox"])
def test_a_port_that_is_taken_is_one_clear_line(port, settings, offset):
    taken = port + offset
    with socket.create_server(("127.0.0.1", taken)):
        result = subprocess.run(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert result.returncode == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line == (
        f"The site does not start: port {taken} of localhost cannot be used "
        "(Address already in use); set another PORT"
    )


def test_a_saved_file_counts_at_once_and_a_traceback_runs_no_code(port, settings, tmp_path):
    site = f"http://localhost:{port}"
    copy = shutil.copytree(ROOT, tmp_path / "copy", ignore=NOT_THE_SITE)

    with running([sys.executable, "app.py"], f"{site}/healthz", settings, cwd=copy) as program:
        with (copy / "pages.py").open("a") as file:
            file.write('\n\n@bp.get("/broken")\ndef broken():\n    return 1 / 0\n')
        page = None
        while page is None or page.status_code == 404:  # until the site has started anew
            assert program.process.poll() is None
            time.sleep(0.2)  # the site shares its core with these requests
            with suppress(requests.RequestException):  # it may stop in the middle of a response
                page = requests.get(f"{site}/broken", timeout=30)

    assert page.status_code == 500
    assert "ZeroDivisionError" in page.text
    assert "EVALEX = false" in page.text
