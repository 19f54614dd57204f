"""The vocabulary of these tests: an app that knows its keys, and the stand-in it talks to."""

import base64
import hashlib
import threading
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox import create_app
from sandbox.people import PEOPLE
from sandbox.server import make_server

SITE = "http://localhost:5000/auth/kakao/callback"
VERIFIER = "one-two-three-four-five-six-seven-eight-nine-ten"
DIGEST = hashlib.sha256(VERIFIER.encode()).digest()
CHALLENGE = base64.urlsafe_b64encode(DIGEST).rstrip(b"=").decode()


class App:
    """A well-behaved app; every call takes changes (None leaves a field out)."""

    verifier = VERIFIER
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}  # noqa: RUF012

    def __init__(self, client):
        self.client = client

    def query(self, **changes):
        usual = {
            "client_id": "sandbox-rest-api-key",
            "redirect_uri": SITE,
            "response_type": "code",
            "state": "s1",
        }
        return said(usual | changes)

    def open(self, **changes):
        return self.client.get("/oauth/authorize", query_string=self.query(**changes))

    def press(self, form, **changes):
        return self.client.post("/oauth/authorize", query_string=self.query(**changes), data=form)

    def sign_in(self, who, **changes):
        return self.press({"person": PEOPLE[who].id}, **changes)

    def came_back(self, answer):
        """What the app finds in the address the browser was sent back to."""
        assert answer.status_code == 302, answer.text
        assert answer.location.startswith(SITE)
        return dict(parse_qsl(urlsplit(answer.location).query))

    def code(self, who, **changes):
        return self.came_back(self.sign_in(who, **changes))["code"]

    def exchange(self, code, headers=None, **changes):
        usual = {
            "grant_type": "authorization_code",
            "client_id": "sandbox-rest-api-key",
            "client_secret": "sandbox-client-secret",
            "redirect_uri": SITE,
            "code": code,
        }
        return self.client.post("/oauth/token", data=said(usual | changes), headers=headers)

    def token(self, who, **changes):
        return self.exchange(self.code(who, **changes)).json["access_token"]

    def me(self, token):
        return self.client.get("/v2/user/me", headers={"Authorization": f"Bearer {token}"})

    def fault(self, where, fault, **more):
        answer = self.client.post("/faults", json={"where": where, "fault": fault} | more)
        assert answer.status_code == 200, answer.text


def said(fields):
    return {name: value for name, value in fields.items() if value is not None}


@pytest.fixture
def kakao():
    return create_app()


@pytest.fixture
def app(kakao):
    return App(kakao.test_client())


@pytest.fixture
def address(kakao):
    """The stand-in over real HTTP: its address."""
    server = make_server(kakao)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()
