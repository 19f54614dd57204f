"""Slow senders and a store that hangs, without a proxy in front: the site goes on.

One process of four threads, as deploy/gunicorn.conf.py runs it.
"""

import io
import os
import re
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import ROOT, Person, free_port, running, serving
from tests.houses import pictures
from tests.houses.conftest import s3_settings

CONFIG = f"--config={ROOT / 'deploy/gunicorn.conf.py'}"


@pytest.fixture
def store():
    """The process of an S3-compatible store, with the bucket "photos"."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "moto.server", "-p", str(port)], url) as store:
        requests.put(f"{url}/photos", timeout=30).raise_for_status()
        yield store
        os.kill(store.process.pid, signal.SIGCONT)  # stopped, it would not end


@pytest.fixture
def site(sandbox_url, tmp_path, store):
    settings = s3_settings(store.address, "photos")
    with (
        databases.create(tmp_path) as database,
        serving(sandbox_url, database, CONFIG, "--workers=1", **settings) as url,
    ):
        yield url


@pytest.fixture
def member(site):
    member = Person(site)
    member.sign_in_as(PEOPLE["no_email"].id)
    return member


@pytest.fixture
def send_slowly(site):
    """Begin requests whose bodies do not come to their end: send_slowly(path, …)."""
    with ExitStack() as stack:

        def send_slowly(path, length, body=b"", cookies=None, times=1):
            address = urlsplit(site)
            cookie = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
            head = f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n"
            head += "Content-Type: application/x-www-form-urlencoded\r\n"
            for _ in range(times):
                sender = socket.create_connection((address.hostname, address.port))
                stack.enter_context(sender)
                sender.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + body)

        yield send_slowly


def assert_everything_works(site, member):
    assert requests.get(f"{site}/healthz", timeout=30).text == "ok\n"
    assert member.get("/me").status_code == 200
    assert Person(site).sign_in_as(PEOPLE["haneul"].id, "/me").url == f"{site}/me"


def test_two_slow_uploads_hold_up_no_one_else(site, member, send_slowly):
    path = "/me/photos/new"
    other = Person(site)
    other.sign_in_as(PEOPLE["jieun"].id)
    # Of two members: a second one of the same would wait for the first.
    for person in (member, other):
        send_slowly(path, 4_000_000, b"x" * 2000, person.http.cookies)
    # While these two are received, there is no place for a third.
    while member.http.post(f"{site}{path}", timeout=30).status_code != 503:
        pass

    assert_everything_works(site, member)


def test_a_store_that_hangs_holds_up_no_one(site, member, store):
    member.get("/me/photos/new")
    form = {name: member.value(name) for name in ("csrf_token", "form_key")}
    photo = {"photo": ("home.jpg", io.BytesIO(pictures.jpeg(1200, 900)))}
    page = member.http.post(
        member.page.url, data=form | {"room": "kitchen", "words": ""}, files=photo, timeout=60
    )
    picture = site + re.search(r"/pictures/\S+\.jpg", page.text)[0]
    assert requests.get(picture, timeout=30).status_code == 200

    os.kill(store.process.pid, signal.SIGSTOP)
    with ThreadPoolExecutor(16) as threads:
        waiting = [threads.submit(requests.get, picture, timeout=60) for _ in range(16)]
        while not all(response.done() for response in waiting):
            assert_everything_works(site, member)

    assert {response.result().status_code for response in waiting} == {503}
