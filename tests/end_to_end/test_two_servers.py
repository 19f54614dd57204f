"""Two machines behind a load balancer: any step may happen on either, and either may die."""

import http.client
import itertools
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text

from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import ROOT, Person, gunicorn, settings_for
from tests.servers import listening

pytestmark = pytest.mark.postgresql
OTHERS_AT_WORK = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active'
"""
WAITING_FOR_A_LOCK = f"{OTHERS_AT_WORK} AND wait_event_type = 'Lock'"


class Balancer(ThreadingHTTPServer):
    """Forwards each request to the next server; skips one that does not listen.

    :ivar served: the ports, in the order of their responses.
    """

    daemon_threads = True

    def __init__(self, servers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.ports = itertools.cycle([int(server.address.split(":")[-1]) for server in servers])
        self.turn = threading.Lock()
        self.served = []
        self.address = f"http://localhost:{self.server_port}"

    def next_port(self):
        with self.turn:
            return next(self.ports)


class Handler(BaseHTTPRequestHandler):
    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        for _ in range(2):
            port = self.server.next_port()
            server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                server.connect()
            except ConnectionError:
                continue
            break
        try:
            server.request(self.command, self.path, body, dict(self.headers))
            response = server.getresponse()
            page = response.read()
        except (ConnectionError, http.client.HTTPException):
            self.send_error(502)
            return
        self.server.served.append(port)
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    do_GET = do_POST = pass_on

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def database(tmp_path):
    with databases.create(tmp_path) as url:
        yield url


@pytest.fixture
def machines(tmp_path):
    """Two folders with the site's code, each with room for an instance folder of its own."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        for entry in ROOT.iterdir():
            if not entry.name.startswith(".") and entry.name != "instance":
                (folder / entry.name).symlink_to(entry)
    return folders


@pytest.fixture
def servers(sandbox_url, database, machines):
    """One server on each machine."""
    settings = settings_for(database, sandbox_url)
    databases.make_tables(database)
    with ExitStack() as stack:
        yield [
            stack.enter_context(gunicorn(settings, "--threads=4", cwd=folder))
            for folder in machines
        ]


@pytest.fixture
def site(servers):
    with listening(Balancer(servers)) as balancer:
        yield balancer


@pytest.fixture
def sql(database):
    def sql(command):
        with databases.engine(database).connect() as connection:
            return connection.execute(text(command)).scalar()

    return sql


def test_each_step_may_run_on_another_server(site, servers, machines):
    jieun, other = Person(site.address), Person(site.address)
    jieun.sign_in_as(PEOPLE["jieun"].id)

    page = other.sign_in_as(PEOPLE["other_jieun"].id, "/me")
    assert page.url.endswith("/auth/nickname")
    chosen = other.suggestions()[0]
    assert other.choose(suggestion=chosen).url.endswith("/me")
    assert other.nickname() == chosen
    copied = other.http.cookies.copy()
    assert "지금 이 기기" in other.get("/me/sessions").text
    other.page.url = f"{site.address}/auth/logout"
    other.choose()

    other.http.cookies = copied
    for _ in servers:
        page = other.http.get(f"{site.address}/me", allow_redirects=False, timeout=30)
        assert page.status_code == 302  # to Kakao: the copied cookie is dead
        assert jieun.nickname() == "지은"
    assert all(one != next_one for one, next_one in itertools.pairwise(site.served))
    assert not any((folder / "instance").exists() for folder in machines)


def test_when_a_server_dies_everyone_goes_on_with_the_other(site, servers):
    member, choosing, consenting = (Person(site.address) for _ in range(3))
    member.sign_in_as(PEOPLE["jieun"].id)
    choosing.sign_in_as(PEOPLE["other_jieun"].id, "/me")
    start = consenting.http.get(f"{site.address}/auth/kakao?next=/me", allow_redirects=False)

    servers[0].kill()

    assert member.nickname() == "지은"
    assert choosing.choose(suggestion=choosing.suggestions()[0]).url.endswith("/me")
    response = {"person": PEOPLE["haneul"].id}
    consenting.page = consenting.http.post(start.headers["Location"], data=response, timeout=30)
    assert consenting.page.url.endswith("/me")
    assert consenting.nickname() == "하늘"


def test_a_sign_in_is_never_half_made(site, servers, database, sql):
    """The server dies when the new member is written and their session is not."""
    someone = Person(site.address)
    pages = []

    def sign_in():
        pages.append(someone.sign_in_as(PEOPLE["haneul"].id, "/me"))

    with databases.engine(database).connect() as connection:
        connection.execute(text("LOCK TABLE login_session IN SHARE MODE"))
        signing_in = threading.Thread(target=sign_in)
        signing_in.start()
        while not sql(WAITING_FOR_A_LOCK):
            assert signing_in.is_alive(), pages
        servers[1].kill()  # the first one answered the start
        signing_in.join()

    assert pages[0].status_code == 502
    while sql(OTHERS_AT_WORK):  # until PostgreSQL notices that the server is gone
        assert servers[0].process.poll() is None, "the other server goes on"
    assert sql("SELECT count(*) FROM member") == 0
    assert someone.sign_in_as(PEOPLE["haneul"].id, "/me").url.endswith("/me")
    assert someone.nickname() == "하늘"
