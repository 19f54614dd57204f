"""A database that hangs, restarts, is full or read-only, over real HTTP: 503, and no more."""

import socket
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from sqlalchemy import make_url, text

from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import Person, serving

VISITORS_PAGES = ("/", "/terms", "/static/robots.txt", "/auth/kakao")
STALL = 30  # seconds; every limit of the site is far below, and a busy machine has time


class StallingProxy:
    """Stands between the site and PostgreSQL; `stall()` holds back every byte."""

    def __init__(self, url):
        self.upstream = url
        self.flows = threading.Event()
        self.flows.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = self.connect()
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self.relay, args=(source, target), daemon=True).start()

    def connect(self):
        folder = self.upstream.query.get("host")
        if not folder:
            return socket.create_connection((self.upstream.host, self.upstream.port or 5432))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.5432")
        return server

    def relay(self, source, target):
        try:
            while data := source.recv(65536):
                self.flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    @contextmanager
    def stalled(self):
        self.flows.clear()
        yield
        self.flows.set()


@pytest.fixture
def database_url(tmp_path):
    with databases.create(tmp_path) as url:
        yield url


@pytest.fixture
def log(tmp_path):
    return tmp_path / "site.log"


@pytest.fixture
def proxy(database_url):
    proxy = StallingProxy(make_url(database_url))
    yield proxy
    proxy.flows.set()
    proxy.listener.close()


@pytest.fixture
def site(sandbox_url, database_url, log):
    """The site in one process of four threads; what it logs goes to a file."""
    with log.open("w") as output, serving(sandbox_url, database_url, output=output) as url:
        yield url


@pytest.fixture
def site_behind_proxy(sandbox_url, database_url, proxy, log):
    url = make_url(database_url).set(host="127.0.0.1", port=proxy.port, query={})
    url = url.render_as_string(hide_password=False)
    with log.open("w") as output, serving(sandbox_url, url, output=output) as url:
        yield url


@pytest.fixture
def jieun(site):
    return signed_in(site)


def signed_in(site):
    jieun = Person(site)
    jieun.sign_in_as(PEOPLE["jieun"].id)
    assert jieun.nickname()
    return jieun


def assert_visitors_are_served(site):
    """All pages that need no row, each requested by several people at once."""
    for path in VISITORS_PAGES * 2:
        page = requests.get(site + path, allow_redirects=False, timeout=5)
        assert page.status_code in (200, 302)


def assert_no_traceback(log):
    assert "Traceback" not in log.read_text()


@pytest.fixture
def crowd():
    """Requests by members, sent in the background as long as the test runs."""
    with ThreadPoolExecutor(8) as pool:
        yield lambda member, path="/me": [
            pool.submit(member.on_another_tab().get, path) for _ in range(8)
        ]


@pytest.mark.postgresql
def test_a_stalled_connection_holds_up_no_visitor(site_behind_proxy, proxy, crowd, log):
    jieun = signed_in(site_behind_proxy)

    with proxy.stalled():
        waiting = crowd(jieun)
        # Once two requests have waited too long, all others are refused at once.
        next(page for page in waiting if page.result(STALL).status_code == 503)
        assert_visitors_are_served(site_behind_proxy)
        health = requests.get(f"{site_behind_proxy}/healthz", timeout=5)
        pages = [page.result(STALL) for page in waiting]

    assert health.status_code == 503
    assert {page.status_code for page in pages} == {503}
    assert all("쉬고 있어요" in page.text and page.headers["Retry-After"] for page in pages)
    assert jieun.get("/me").status_code == 200
    assert_no_traceback(log)


@pytest.mark.postgresql
def test_the_health_check_responds_within_its_own_limit(site_behind_proxy, proxy):
    assert requests.get(f"{site_behind_proxy}/healthz", timeout=5).text == "ok\n"

    with proxy.stalled():
        assert requests.get(f"{site_behind_proxy}/healthz", timeout=5).status_code == 503

    assert requests.get(f"{site_behind_proxy}/healthz", timeout=5).text == "ok\n"


@pytest.mark.postgresql
def test_a_locked_table_holds_up_no_visitor(site, jieun, database_url, crowd, log):
    with databases.engine(database_url).connect() as blocker:
        blocker.execute(text("LOCK TABLE login_session"))
        waiting = crowd(jieun)
        next(page for page in waiting if page.result(STALL).status_code == 503)
        assert_visitors_are_served(site)
        assert {page.result(STALL).status_code for page in waiting} == {503}

    assert jieun.get("/me").status_code == 200
    assert_no_traceback(log)


@pytest.mark.postgresql
def test_a_restart_of_the_database_drops_no_connection(site, jieun, database_url, log):
    """Backends end in the middle of requests, and each request still gets its response."""
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    kill = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    stop = threading.Event()

    def keep_killing():
        with databases.engine(database_url).connect() as connection:
            while not stop.is_set():
                connection.execute(text(kill))

    def visit(path):
        tab = jieun.on_another_tab()
        # A dropped response raises requests.ConnectionError.
        return [tab.get(path).status_code for _ in range(50)]

    with ThreadPoolExecutor(8) as pool:
        killing = pool.submit(keep_killing)
        visits = [pool.submit(visit, path) for path in ("/", "/me", "/me/sessions", "/me/visits")]
        statuses = [status for visit in visits for status in visit.result()]
        stop.set()
        killing.result()

    assert len(statuses) == 200
    assert set(statuses) <= {200, 503}
    assert jieun.get("/me").status_code == 200
    assert_no_traceback(log)


@pytest.mark.postgresql
def test_a_database_that_only_reads_shows_pages_and_refuses_changes(site, jieun, database_url, log):
    databases.run(database_url, "UPDATE login_session SET last_seen_at = now() - interval '1 day'")
    name = make_url(database_url).database
    databases.run(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    end_connections(database_url)

    assert jieun.get("/me").status_code == 200
    assert jieun.get("/me/nickname").status_code == 200
    assert jieun.choose(nickname="새벽 산책").status_code == 503
    assert Person(site).sign_in_as(PEOPLE["no_email"].id).status_code == 503
    assert_no_traceback(log)


def end_connections(url):
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    databases.run(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@contextmanager
def write_lock(url):
    """Another process writes, and does not finish."""
    other = sqlite3.connect(make_url(url).database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@pytest.mark.sqlite
def test_every_writer_meets_a_locked_database_with_503(site, jieun, database_url, log):
    newcomer = Person(site)
    same_name = Person(site)
    same_name.sign_in_as(PEOPLE["other_jieun"].id)
    assert same_name.page.url.endswith("/auth/nickname")
    tabs = [jieun.on_another_tab() for _ in range(4)]
    tabs[0].get("/me/nickname")
    tabs[1].get("/me")
    tabs[2].get("/me/sessions")

    with write_lock(database_url), ThreadPoolExecutor(5) as pool:
        responses = [
            pool.submit(newcomer.sign_in_as, PEOPLE["no_email"].id),
            pool.submit(same_name.choose, nickname="새벽 산책"),
        ]
        statuses = [response.result(STALL).status_code for response in responses]
        responses = [
            pool.submit(tabs[0].choose, nickname="저녁 산책"),
            pool.submit(post, tabs[1], "/me/image", show="0"),
        ]
        statuses += [response.result(STALL).status_code for response in responses]
        responses = [
            pool.submit(post, tabs[2], "/me/sessions/end-others"),
            pool.submit(post, tabs[1], "/auth/logout"),
        ]
        statuses += [response.result(STALL).status_code for response in responses]

    assert statuses == [503] * 6
    assert jieun.get("/me").status_code == 200
    assert_no_traceback(log)


def post(person, path, **form):
    """Post a form with the token of the page seen last."""
    form["csrf_token"] = person.value("csrf_token")
    return person.http.post(person.site + path, form, timeout=30)
