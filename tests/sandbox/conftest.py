"""Fixtures: the sandbox, and an app with the right keys that calls it."""

import base64
import hashlib
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox import create_app
from sandbox.people import PEOPLE
from tests.servers import serving_here

SITE = "http://localhost:5000/auth/kakao/callback"
VERIFIER = "one-two-three-four-five-six-seven-eight-nine-ten"
DIGEST = hashlib.sha256(VERIFIER.encode()).digest()
CHALLENGE = base64.urlsafe_b64encode(DIGEST).rstrip(b"=").decode()


class App:
    """A well-behaved app; each call can change parameters (None leaves one out)."""

    verifier = VERIFIER
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}  # noqa: RUF012

    def __init__(self, client):
        self.client = client

    def query(self, **changes):
        defaults = {
            "client_id": "sandbox-rest-api-key",
            "redirect_uri": SITE,
            "response_type": "code",
            "state": "s1",
        }
        return without_none(defaults | changes)

    def open(self, **changes):
        return self.client.get("/oauth/authorize", query_string=self.query(**changes))

    def submit(self, form, **changes):
        return self.client.post("/oauth/authorize", query_string=self.query(**changes), data=form)

    def sign_in(self, name, **changes):
        return self.submit({"person": PEOPLE[name].id}, **changes)

    def callback(self, response):
        """Return the query with which the browser was redirected back to the app."""
        assert response.status_code == 302, response.text
        assert response.location.startswith(SITE)
        return dict(parse_qsl(urlsplit(response.location).query))

    def code(self, name, **changes):
        return self.callback(self.sign_in(name, **changes))["code"]

    def exchange(self, code, headers=None, **changes):
        defaults = {
            "grant_type": "authorization_code",
            "client_id": "sandbox-rest-api-key",
            "client_secret": "sandbox-client-secret",
            "redirect_uri": SITE,
            "code": code,
        }
        return self.client.post(
            "/oauth/token", data=without_none(defaults | changes), headers=headers
        )

    def token(self, name, **changes):
        return self.exchange(self.code(name, **changes)).json["access_token"]

    def me(self, token):
        return self.client.get("/v2/user/me", headers={"Authorization": f"Bearer {token}"})

    def enable(self, fault, where, **options):
        response = self.client.post("/faults", json={"where": where, "fault": fault} | options)
        assert response.status_code == 200, response.text


def without_none(fields):
    return {name: value for name, value in fields.items() if value is not None}


@pytest.fixture
def kakao():
    return create_app()


@pytest.fixture
def app(kakao):
    return App(kakao.test_client())


@pytest.fixture
def url(kakao):
    """The base URL of the sandbox, over real HTTP."""
    with serving_here(kakao) as url:
        yield url
