"""deploy/Caddyfile in a real Caddy, in front of gunicorn: slow and large requests."""

import base64
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import yaml

from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import ROOT, Person, free_port, gunicorn, running, settings_for
from tests.houses import pictures

THREADS = 4  # of the one worker
MEGABYTE = 1024 * 1024  # bytes
SERVICES = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
GUIDE = (ROOT / "docs/operations.md").read_text()


@pytest.fixture(scope="module")
def caddy():
    beside_python = Path(sys.executable).with_name("caddy")
    if not (path := beside_python if beside_python.exists() else shutil.which("caddy")):
        pytest.skip("no Caddy found: pip install -r requirements-dev.txt")
    return str(path)


@pytest.fixture(scope="module")
def settings(sandbox_url, tmp_path_factory):
    with databases.create(tmp_path_factory.mktemp("proxied")) as database:
        settings = settings_for(database, sandbox_url) | {
            "TRUSTED_PROXIES": "1",
            "WEB_THREADS": str(THREADS),
        }
        databases.make_tables(database)
        yield settings


@pytest.fixture
def flags(tmp_path):
    """The folder where the file "maintenance" closes the site."""
    return tmp_path


@pytest.fixture
def proxy(caddy, tmp_path, flags):
    """Start Caddy in front of upstreams: proxy("localhost:1 localhost:2"); a running server."""
    with ExitStack() as stack:

        def proxy(upstreams, health="/healthz"):
            url = f"http://localhost:{free_port()}"
            environment = {
                "SITE_ADDRESS": url,
                "UPSTREAMS": upstreams,
                "FLAGS": str(flags),
                "PAGES": str(ROOT / "deploy"),
                "XDG_CONFIG_HOME": str(tmp_path),
                "XDG_DATA_HOME": str(tmp_path),
                "GOMEMLIMIT": SERVICES["proxy"]["environment"]["GOMEMLIMIT"],
            }
            command = [caddy, "run", "--config", str(ROOT / "deploy/Caddyfile")]
            return stack.enter_context(running(command, f"{url}{health}", environment))

        yield proxy


@pytest.fixture(scope="module")
def site(settings):
    """Where gunicorn listens, without a proxy."""
    with gunicorn(settings, f"--threads={THREADS}") as site:
        yield urlsplit(site.address).netloc


@pytest.fixture
def proxied(proxy, site):
    """Where Caddy listens, with the site behind it."""
    return proxy(site).address


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


def test_only_a_members_photo_may_be_large(proxied):
    def status(path, size, **more):
        return requests.post(f"{proxied}{path}", data=b"x" * size, timeout=60, **more).status_code

    assert status("/nowhere", 6_900) == 404
    assert status("/nowhere", 9_000) == 413
    photo = ("/me/photos/new", 9 * MEGABYTE)
    assert status(*photo, allow_redirects=False) in (302, 413)
    made_up = {"Cookie": "session=made-up"}
    refused = status(*photo, headers=made_up, allow_redirects=False)
    assert refused == 302, "a stranger is led to sign in"

    member = Person(proxied)
    member.sign_in_as(PEOPLE["no_email"].id)
    member.get("/me/photos/new")
    form = {name: member.value(name) for name in ("csrf_token", "form_key")}
    photo = {"photo": ("home.jpg", pictures.jpeg(1200, 900))}
    page = member.http.post(
        member.page.url, data=form | {"room": "kitchen", "words": ""}, files=photo, timeout=60
    )
    assert "/photos/" in page.url
    too_large = {"photo": ("home.jpg", b"x" * 11 * MEGABYTE)}
    page = member.http.post(
        f"{proxied}/me/photos/new", data=form | {"room": "kitchen"}, files=too_large, timeout=60
    )
    assert page.status_code == 422
    assert "10MB" in page.text


def signed_in_cookie(url):
    member = Person(url)
    member.sign_in_as(PEOPLE["no_email"].id)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in member.http.cookies)


FORM = "POST /webhooks/kakao/events HTTP/1.1\r\nContent-Length: 6999"
PHOTO = "POST /me/photos/new HTTP/1.1\r\nContent-Length: 30000000"
CHUNKS = "POST /me/photos/new HTTP/1.1\r\nTransfer-Encoding: chunked"
EVENT = "POST /webhooks/kakao/events HTTP/1.1\r\nTransfer-Encoding: chunked"
COOKIE = "\r\nCookie: session="


@pytest.mark.parametrize(
    ("head", "sent"),
    [
        pytest.param(FORM, 6_900, id="form"),
        pytest.param("POST / HTTP/1.1\r\nContent-Length: 60000", 50_000, id="too large"),
        pytest.param(PHOTO, 200_000, id="photo"),
        pytest.param(f"{PHOTO}{COOKIE}made-up", 200_000, id="made-up cookie"),
        pytest.param(f"{PHOTO}{COOKIE}{'x' * 6000}", 4_000, id="long cookie"),
        pytest.param(f"{CHUNKS}{COOKIE}made-up", 200_000, id="chunks"),
        pytest.param(EVENT, 6_900, id="chunked event"),
    ],
)
def test_a_thousand_posts_of_strangers_without_their_end_take_less_than_50_mb(
    proxy, site, head, sent
):
    assert_a_thousand_take_less_than_50_mb(proxy(site), head, sent)


def test_a_thousand_photos_of_a_member_without_their_end_take_less_than_50_mb(proxy, settings):
    # Behind it is a site of its own, which ends here and reads what is left of none of them.
    with gunicorn(settings, f"--threads={THREADS}") as site:
        caddy = proxy(urlsplit(site.address).netloc)
        head = f"{PHOTO}\r\nCookie: {signed_in_cookie(caddy.address)}"
        assert_a_thousand_take_less_than_50_mb(caddy, head, sent=200_000)


def assert_a_thousand_take_less_than_50_mb(caddy, head, sent):
    url = urlsplit(caddy.address)
    beginning = f"{head}\r\nHost: {url.netloc}\r\n\r\n"
    if "chunked" in head:
        beginning += "fffff\r\n"
    before = memory_of(caddy.process.pid)
    with ExitStack() as stack:
        for _ in range(1000):
            stranger = socket.create_connection(("localhost", url.port), timeout=30)
            stack.enter_context(stranger)
            with suppress(OSError):  # refused before all of it is sent
                stranger.sendall(beginning.encode() + b"x" * sent)
        assert requests.get(f"{caddy.address}/", timeout=30).status_code == 200
        after = memory_of(caddy.process.pid)

    assert after - before < 50 * MEGABYTE


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}made-up"], ids=["without", "made up"])
def test_a_stranger_is_refused_before_the_photo_has_arrived(proxied, cookie):
    url = urlsplit(proxied)
    with socket.create_connection(("localhost", url.port), timeout=30) as stranger:
        stranger.sendall(f"{PHOTO}{cookie}\r\nHost: {url.netloc}\r\n\r\nx".encode())
        status = stranger.recv(1000).split()[1]

    assert status == (b"302" if cookie else b"413")


def memory_of(pid):
    """The memory of a process and those that it started, in bytes."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("only Linux shows the memory of a process in /proc")
    own = int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1]) * 1024
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(map(memory_of, children))


def test_without_a_process_of_the_site_a_page_is_shown_at_once(proxy):
    nowhere = f"localhost:{free_port()} localhost:{free_port()}"

    page = requests.get(f"{proxy(nowhere, health='/').address}/@지은", timeout=30)

    assert_is_maintenance(page)


def test_one_command_closes_the_site_and_another_opens_it(proxied, flags):
    command = re.search(r"exec proxy (touch .+)", GUIDE)[1]
    assert requests.get(f"{proxied}/", timeout=30).status_code == 200

    subprocess.run(command.replace("/tmp", f"'{flags}'"), shell=True, check=True)
    assert_is_maintenance(requests.get(f"{proxied}/", timeout=30))
    webhook = requests.post(f"{proxied}/webhooks/kakao/events", data="no token", timeout=30)
    assert webhook.status_code == 400, "webhooks still arrive: Kakao does not repeat all of them"

    command = re.search(r"exec proxy (rm .+)", GUIDE)[1]
    subprocess.run(command.replace("/tmp", f"'{flags}'"), shell=True, check=True)
    assert requests.get(f"{proxied}/", timeout=30).status_code == 200


def assert_is_maintenance(page):
    """The page says in both languages that the site is closed, with a style that it may have."""
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "60"
    assert page.headers["Cache-Control"] == "no-store"
    assert "잠시 쉬고 있어요" in page.text and "We’ll be right back" in page.text
    style = re.search("<style>(.*?)</style>", page.text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in page.headers["Content-Security-Policy"]


def test_one_of_two_processes_serves_while_the_other_is_replaced(proxy, site):
    url = proxy(f"localhost:{free_port()} {site}").address

    for _ in range(10):
        assert requests.get(f"{url}/", timeout=30).status_code == 200
        assert requests.post(f"{url}/nowhere", data=b"x", timeout=30).status_code == 404
