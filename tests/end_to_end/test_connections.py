"""Connections to Kakao that fail, by real sockets; the site runs in this process."""

import socket
import threading
from contextlib import ExitStack, closing

import pytest
from flask_migrate import Migrate, upgrade
from werkzeug import serving

import sandbox
from app import create_app
from database import db
from sandbox.people import PEOPLE
from sandbox.server import make_server
from tests.end_to_end.conftest import Person, free_port
from tests.servers import listening


@pytest.fixture
def serve():
    """Serve an app until the test ends; its port."""
    with ExitStack() as stack:
        yield lambda server: stack.enter_context(listening(server)).port


@pytest.fixture
def kakao_url(serve):
    return f"http://localhost:{serve(make_server(sandbox.create_app()))}"


@pytest.fixture
def nowhere():
    """A URL whose port refuses connections."""
    return f"http://localhost:{free_port()}"


@pytest.fixture
def unknown_host(monkeypatch):
    """A name that no name server knows."""
    look_up = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if host == "kakao.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return "http://kakao.invalid"


@pytest.fixture
def someone_elses_certificate(serve):
    """TLS with a certificate that no authority signed."""
    app = sandbox.create_app()
    server = serving.make_server("127.0.0.1", 0, app, threaded=True, ssl_context="adhoc")
    return f"https://localhost:{serve(server)}"


@pytest.fixture
def no_tls(kakao_url):
    """Plain HTTP where TLS was expected."""
    return kakao_url.replace("http:", "https:")


@pytest.fixture
def hangs_up():
    """A server that accepts a connection and closes it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up():
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    threading.Thread(target=hang_up, daemon=True).start()
    with closing(listener):
        yield f"http://localhost:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def person(serve, tmp_path):
    """A person at a site with these URLs for Kakao."""
    apps = []

    def person(auth_url, api_url):
        settings = {
            "SECRET_KEY": "a key for tests",
            "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
            "KAKAO_AUTH_URL": auth_url,
            "KAKAO_API_URL": api_url,
        }
        apps.append(create_app(settings))
        Migrate(apps[-1], db)
        with apps[-1].app_context():
            upgrade()
        return Person(f"http://localhost:{serve(make_server(apps[-1]))}")

    yield person
    for app in apps:
        with app.app_context():
            db.engine.dispose()


ways = pytest.mark.parametrize(
    "broken",
    ["nowhere", "unknown_host", "someone_elses_certificate", "no_tls", "hangs_up"],
)


@ways
def test_the_code_cannot_be_exchanged(person, broken, request):
    broken_url = request.getfixturevalue(broken)
    someone = person(broken_url, broken_url)
    start = someone.http.get(f"{someone.site}/auth/kakao?next=/me", allow_redirects=False)
    state = start.headers["Location"].split("state=")[1].split("&")[0]

    page = someone.get(f"/auth/kakao/callback?code=a-code&state={state}")

    assert page.status_code == 502
    assert "카카오와 연결되지 않았어요" in page.text
    assert "/auth/kakao?next=/me" in page.text


@ways
def test_the_profile_cannot_be_fetched(person, kakao_url, broken, request):
    someone = person(kakao_url, request.getfixturevalue(broken))

    page = someone.sign_in_as(PEOPLE["haneul"].id, "/me")

    assert page.status_code == 502
    assert "카카오와 연결되지 않았어요" in page.text
    assert someone.http.get(f"{someone.site}/me", allow_redirects=False).status_code == 302
