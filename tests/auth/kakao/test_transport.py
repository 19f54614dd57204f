"""How often a sign-in goes to Kakao, and over how many connections: counted at the sandbox."""

import contextlib
import itertools
import socket
import threading
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests
from flask import request

import sandbox
from app import create_app
from auth.kakao import KakaoError, signals, transport
from auth.kakao.transport import SharedAdapter
from sandbox.people import PEOPLE
from tests.conftest import Browser
from tests.servers import serving_here

GETADDRINFO = socket.getaddrinfo
BEYOND_CONSENT = ("token", "me", "discovery", "jwks")


@pytest.fixture
def kakao():
    """A Kakao sandbox over real HTTP that can close all of its connections."""
    app = sandbox.create_app()
    lines = []
    app.before_request(lambda: lines.append(request.environ["werkzeug.socket"]))

    def hang_up():
        while lines:
            with contextlib.suppress(OSError):  # whose caller hung up first
                lines.pop().shutdown(socket.SHUT_RDWR)

    app.hang_up = hang_up
    with serving_here(app) as app.url:
        yield app


@pytest.fixture
def settings(settings, kakao):
    keys = {
        "KAKAO_CLIENT_ID": "sandbox-rest-api-key",
        "KAKAO_CLIENT_SECRET": "sandbox-client-secret",
    }
    return settings | keys | {"KAKAO_AUTH_URL": kakao.url, "KAKAO_API_URL": kakao.url}


def sign_in(browser):
    consent = browser.get("/auth/kakao").location
    back = requests.post(
        consent, data={"person": PEOPLE["no_email"].id}, allow_redirects=False, timeout=10
    )
    return browser.get(back.headers["Location"])


def calls(kakao):
    """Requests and connections by endpoint, since the sandbox started."""
    counted = requests.get(f"{kakao.url}/calls", timeout=10).json()
    return {place: tuple(counted[place].values()) for place in BEYOND_CONSENT if place in counted}


def test_a_sign_in_costs_two_round_trips_and_no_new_connection(browser, kakao):
    for times in (1, 2, 3):
        assert sign_in(browser).status_code == 302

        # Neither the keys nor the discovery document are fetched.
        assert calls(kakao) == {"token": (times, 1), "me": (times, 1)}


def test_each_call_is_reported_with_its_path_and_status(browser, app, kakao):
    heard = []

    def hear(adapter, path, seconds, status):
        assert 0 < seconds < transport.DEADLINE
        heard.append((path, status))

    signals.call_finished.connect(hear, app.extensions["kakao"].adapter)
    sign_in(browser)

    assert heard == [("/oauth/token", 200), ("/v2/user/me", 200)]


def test_with_openid_connect_a_returning_member_costs_one_round_trip(settings, app, kakao):
    site = create_app(settings | {"KAKAO_OIDC": "1", "KAKAO_SCOPE": "profile_nickname"})
    browser = Browser(site, kakao)

    for times in (1, 2, 3):
        assert sign_in(browser).status_code == 302

        # For a new member the user info is fetched, and Kakao's keys once.
        assert calls(kakao) == {"token": (times, 1), "me": (1, 1), "jwks": (1, 1)}


def test_threads_share_the_connections(app, kakao, monkeypatch):
    monkeypatch.setattr(transport, "MAX_SLOT_WAIT", 60)  # however busy this machine is

    def several_times(_):
        browser = Browser(app, kakao)
        return [sign_in(browser).status_code for _ in range(3)]

    with ThreadPoolExecutor(6) as pool:
        assert [*pool.map(several_times, range(6))] == [[302] * 3] * 6

    for requests_made, connections in calls(kakao).values():
        assert requests_made == 18
        assert connections <= app.config["WEB_THREADS"] // 2


def test_a_connection_closed_by_kakao_is_replaced(browser, kakao):
    sign_in(browser)
    kakao.hang_up()

    assert sign_in(browser).status_code == 302

    assert calls(kakao) == {"token": (2, 2), "me": (2, 2)}


def test_a_request_that_was_sent_is_not_sent_again(browser, kakao):
    sign_in(browser)
    switch = {"where": "token", "fault": "reset", "times": 1}
    requests.post(f"{kakao.url}/faults", json=switch, timeout=10)

    assert sign_in(browser).status_code == 502

    assert calls(kakao) == {"token": (2, 1), "me": (1, 1)}


def test_an_idle_connection_is_probed(kakao):
    adapter = SharedAdapter(max_concurrent_calls=1)
    pool = adapter.poolmanager.connection_from_url(kakao.url)

    connection = pool._get_conn()
    connection.connect()

    assert connection.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    connection.close()


def test_after_a_slow_call_further_calls_fail_fast(monkeypatch):
    clock = itertools.count(step=transport.MAX_SLOT_WAIT / 3)  # it goes on with each look at it
    monkeypatch.setattr(transport, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    adapter = SharedAdapter(max_concurrent_calls=1)
    with adapter.call_slot():
        for _ in range(3):
            transport.time.monotonic()

    monkeypatch.setattr(adapter.slot_released, "wait", lambda _: pytest.fail("waits"))
    with adapter.call_slot(), pytest.raises(KakaoError, match="overloaded"), adapter.call_slot():
        pass


def test_while_kakao_hangs_no_webhook_waits_behind_another(settings, kakao, monkeypatch):
    site = create_app(settings | {"WEB_THREADS": "2"})  # one of which may wait for Kakao
    monkeypatch.setattr(transport, "DEADLINE", 60)
    requests.post(f"{kakao.url}/faults", json={"where": "jwks", "fault": "hang"}, timeout=10)
    unknown = urlsafe_b64encode(b'{"alg":"RS256","kid":"nobody"}').decode()

    def send_event():
        notice = f"{unknown}.e30.c2ln"
        return site.test_client().post("/webhooks/kakao/events", data=notice).status_code

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send_event)
        while "jwks" not in calls(kakao):
            assert not first.done()
        assert send_event() == 503
        assert not first.done()
        requests.delete(f"{kakao.url}/faults", timeout=10)
        assert first.result() == 400  # Kakao answers the second time, and has no such key


@pytest.fixture
def dns_addresses(monkeypatch):
    """The IP addresses that the name server has for every host."""
    addresses = ["127.0.0.1"]
    look_up = socket.getaddrinfo

    def find(_host, *where, **kind):
        return [it for address in addresses for it in look_up(address, *where, **kind)]

    monkeypatch.setattr(socket, "getaddrinfo", find)
    monkeypatch.setattr(transport, "DEADLINE", 1)
    return addresses


@contextlib.contextmanager
def server_sending(*words):
    """A server that sends these pieces, with a pause after each; its port."""

    def speak():
        with contextlib.suppress(OSError), listener.accept()[0] as line:
            for word in words:
                line.sendall(word)
                threading.Event().wait(0.1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=speak, daemon=True).start()
        yield listener.getsockname()[1]


def get_once(port):
    adapter = SharedAdapter(max_concurrent_calls=1)
    with requests.Session() as client, adapter.call_slot():
        client.mount("http://", adapter)
        return client.get(f"http://kakao.example:{port}/")


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        pytest.param(b"X-Long: ", b"\r\nContent-Length: 0\r\n\r\n", id="headers"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n", b"\r\n\r\n", id="length of a chunk"),
    ],
)
def test_no_part_of_a_response_can_drip_beyond_the_deadline(dns_addresses, begin, end, monkeypatch):
    head = b"HTTP/1.1 200 OK\r\n" + begin
    with server_sending(head, b"0", b"0", end) as port, monkeypatch.context() as patch:
        patch.setattr(transport, "DEADLINE", 60)
        assert get_once(port).status_code == 200

    with server_sending(head, *[b"0"] * 20, end) as port, pytest.raises(requests.Timeout):
        get_once(port)


def test_an_unreachable_ip_address_leaves_time_for_the_others(dns_addresses, monkeypatch):
    monkeypatch.setattr(transport, "DEADLINE", 4)  # of which two seconds go by in vain
    with server_sending(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        dns_addresses[:] = ["127.0.0.2", "127.0.0.1"]
        with socket.create_server(("127.0.0.2", port), backlog=0) as full:
            waiting = [socket.socket() for _ in range(4)]
            for line in waiting:
                line.setblocking(False)
                line.connect_ex(full.getsockname())

            assert get_once(port).status_code == 200

    for line in waiting:
        line.close()


def test_a_name_server_that_hangs_ends_at_the_deadline(dns_addresses, monkeypatch):
    goes_on = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: goes_on.wait(30) and [])

    with pytest.raises(requests.Timeout):
        get_once(80)

    assert not goes_on.is_set()
    goes_on.set()


@pytest.fixture
def hanging_dns(monkeypatch):
    """A name server that hangs until `answers` is set, and then names this machine."""
    dns = SimpleNamespace(answers=threading.Event(), lookups=threading.Semaphore(0))
    look_up = socket.getaddrinfo

    def find(_host, *where, **kind):
        dns.lookups.release()
        dns.answers.wait(30)
        return look_up("127.0.0.1", *where, **kind)

    monkeypatch.setattr(socket, "getaddrinfo", find)
    monkeypatch.setattr(transport, "DEADLINE", 0.5)
    yield dns
    dns.answers.set()


@contextlib.contextmanager
def listener():
    """A server that accepts connections and reads what is sent; its port, and what it read."""
    received = []

    def read():
        with contextlib.suppress(OSError):
            while True:
                with server.accept()[0] as sock:
                    received.extend(iter(lambda: sock.recv(65536), b""))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        yield server.getsockname()[1], received
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def post_until_deadline(adapter, port):
    with requests.Session() as client, adapter.call_slot():
        client.mount("http://", adapter)
        with pytest.raises(requests.Timeout):
            client.post(f"http://kakao.example:{port}/", data={"target": "7"})


def test_a_form_is_not_sent_after_its_caller_has_gone(hanging_dns):
    adapter = SharedAdapter(max_concurrent_calls=1)
    with listener() as (port, received):
        post_until_deadline(adapter, port)
        hanging_dns.answers.set()
        adapter.workers.shutdown()

    assert b"target" not in b"".join(received)


def test_a_call_that_is_queued_at_the_deadline_is_never_sent(hanging_dns):
    adapter = SharedAdapter(max_concurrent_calls=1)
    with listener() as (port, received):
        for _ in range(transport.WORKERS_PER_CALL + 1):
            post_until_deadline(adapter, port)
        busy = [hanging_dns.lookups.acquire(timeout=10) for _ in range(transport.WORKERS_PER_CALL)]
        hanging_dns.answers.set()
        adapter.workers.shutdown()

    assert all(busy)
    assert not hanging_dns.lookups.acquire(blocking=False)  # the last one never started
    assert b"target" not in b"".join(received)


def test_after_calls_that_hung_the_next_one_still_finds_a_worker(hanging_dns, monkeypatch):
    adapter = SharedAdapter(max_concurrent_calls=1)
    for _ in range(transport.WORKERS_PER_CALL - 1):
        post_until_deadline(adapter, 80)

    monkeypatch.setattr(socket, "getaddrinfo", GETADDRINFO)
    monkeypatch.setattr(transport, "DEADLINE", 60)
    adapter.last_call_was_fast = True
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    with server_sending(response) as port, requests.Session() as client, adapter.call_slot():
        client.mount("http://", adapter)
        assert client.get(f"http://localhost:{port}/").text == "ok"


def test_a_response_that_is_too_large_breaks_off(dns_addresses, monkeypatch):
    monkeypatch.setattr(transport, "MAX_RESPONSE_BYTES", 10)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"
    with server_sending(head, b"0" * 11) as port, pytest.raises(requests.ConnectionError):
        get_once(port)
