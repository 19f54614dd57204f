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
from tests.end_to_end.conftest import (
    ROOT,
    START_TIMEOUT,
    Person,
    free_port,
    running,
    serving,
    settings_for,
)
from tests.houses import pictures
from tests.houses.conftest import s3_settings

CONFIG = f"--config={ROOT / 'deploy/gunicorn.conf.py'}"


@pytest.fixture(scope="module")
def store():
    """The process of an S3-compatible store, with the bucket "photos"."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "moto.server", "-p", str(port)], url) as store:
        requests.put(f"{url}/photos", timeout=30).raise_for_status()
        yield store


@pytest.fixture
def stop_store(store):
    """Stop that process: stop_store(). It goes on when the test ends."""
    yield lambda: os.kill(store.process.pid, signal.SIGSTOP)
    os.kill(store.process.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def site(sandbox_url, tmp_path_factory, store):
    settings = s3_settings(store.address, "photos")
    with (
        databases.create(tmp_path_factory.mktemp("site")) as database,
        serving(sandbox_url, database, CONFIG, "--workers=1", **settings) as url,
    ):
        yield url


@pytest.fixture
def member(site):
    member = Person(site)
    member.sign_in_as(PEOPLE["no_email"].id)
    return member


@pytest.fixture
def connect(site):
    """Open connections to the site, which stay open until the test ends."""
    address = urlsplit(site)
    with ExitStack() as stack:
        yield lambda: stack.enter_context(
            socket.create_connection((address.hostname, address.port))
        )


@pytest.fixture
def send_slowly(site, connect):
    """Begin requests whose bodies do not come to their end: send_slowly(path, …)."""

    def send_slowly(path, length, body=b"", cookies=None, times=1):
        cookie = "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())
        head = f"POST {path} HTTP/1.1\r\nHost: {urlsplit(site).netloc}\r\nCookie: {cookie}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
        for _ in range(times):
            connect().sendall(f"{head}Content-Length: {length}\r\n\r\n".encode() + body)

    return send_slowly


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


PATHS = ["/", "/nowhere", "/me/nickname", "/auth/nickname", "/photos/1/report", "/webhooks/kakao"]


def test_half_sent_forms_hold_up_no_one(site, member, send_slowly):
    for path in PATHS:
        for cookies in (None, member.http.cookies):
            send_slowly(path, 50_000, b"x" * 9_000, cookies, times=12)

    assert_everything_works(site, member)


def test_half_sent_headers_hold_up_no_one(site, member, connect):
    for beginning in [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\n"] * 24:
        connect().sendall(beginning)

    assert_everything_works(site, member)


@pytest.mark.parametrize("chunks", ["zz\r\n", "-1\r\n", "5;a=\r\nabcde", "3\r\nabcde\r\n"])
def test_malformed_chunks_are_a_bad_request(site, connect, chunks):
    client = connect()
    head = f"POST /auth/logout HTTP/1.1\r\nHost: {urlsplit(site).netloc}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n"
    client.sendall(f"{head}\r\n{chunks}".encode())

    assert client.recv(12) == b"HTTP/1.1 400"


def test_the_site_ends_beside_connections_that_sent_nothing(tmp_path):
    port = free_port()
    with databases.create(tmp_path) as database:
        databases.make_tables(database)
        settings = settings_for(database, "http://localhost") | {"WEB_CONCURRENCY": "1"}
        options = [f"--bind=127.0.0.1:{port}", "--graceful-timeout=600", "--keep-alive=600"]
        command = [sys.executable, "-m", "gunicorn", CONFIG, *options]
        with (
            running(command, f"http://localhost:{port}/healthz", settings) as server,
            socket.create_connection(("localhost", port), START_TIMEOUT) as silent,
        ):
            # The silent connection is accepted before this one.
            assert requests.get(f"http://localhost:{port}/healthz", timeout=30).ok
            server.process.terminate()

            assert silent.recv(1) == b""
            assert server.process.wait(START_TIMEOUT) == 0


@pytest.mark.parametrize(
    "beginning",
    ["GET / HT", "POST /auth/nickname HTTP/1.1\r\nHost: {}\r\nContent-Length: 50000\r\n\r\nhalf"],
)
def test_what_comes_too_slowly_is_given_up(sandbox_url, tmp_path, beginning):
    (tmp_path / "deploy").mkdir()
    text = (ROOT / "deploy/gunicorn.conf.py").read_text()
    config = tmp_path / "deploy/gunicorn.conf.py"
    config.write_text(text.replace("MAX_WAIT = 30 ", "MAX_WAIT = 1 "))
    with (
        databases.create(tmp_path) as database,
        serving(sandbox_url, database, f"--config={config}", "--workers=1") as url,
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), 30) as client,
    ):
        client.sendall(beginning.format(urlsplit(url).netloc).encode())
        while client.recv(4096):
            pass


def test_a_store_that_hangs_holds_up_no_one(site, member, stop_store):
    member.get("/me/photos/new")
    form = {name: member.value(name) for name in ("csrf_token", "form_key")}
    photo = {"photo": ("home.jpg", io.BytesIO(pictures.jpeg(1200, 900)))}
    page = member.http.post(
        member.page.url, data=form | {"room": "kitchen", "words": ""}, files=photo, timeout=60
    )
    picture = site + re.search(r"/pictures/\S+\.jpg", page.text)[0]
    assert requests.get(picture, timeout=30).status_code == 200

    stop_store()
    with ThreadPoolExecutor(16) as threads:
        waiting = [threads.submit(requests.get, picture, timeout=60) for _ in range(16)]
        while not all(response.done() for response in waiting):
            assert_everything_works(site, member)

    assert {response.result().status_code for response in waiting} == {503}
