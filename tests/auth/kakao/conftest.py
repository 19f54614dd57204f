"""Another site that uses the extension, and a browser that visits it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, redirect, request

from auth.kakao import Kakao
from tests.auth.test_openid_connect import Signer
from tests.conftest import SETTINGS

CALLBACK = "/login/kakao/callback"


class Site:
    """Another site. `then` is what its callback does with an authorization."""

    def __init__(self, kakao, **settings):
        self.kakao = kakao
        self.authorizations = []
        self.then = lambda authorization: redirect(authorization.next_url)
        self.app = Flask("another_site")
        self.app.config |= SETTINGS | settings
        self.extension = Kakao(self.app)
        self.app.add_url_rule("/login/kakao", "login", self.login)
        self.app.add_url_rule(CALLBACK, "callback", self.callback)
        self.browser = self.app.test_client()
        if settings.get("KAKAO_OIDC"):
            self.signer = Signer(kakao)

    def login(self):
        return self.extension.redirect_to_consent(request.args.get("next"))

    def callback(self):
        authorization = self.extension.handle_callback()
        self.authorizations.append(authorization)
        return self.then(authorization)

    def start(self, next_url="/me"):
        """Press the button; the parameters that reach Kakao's consent page."""
        location = self.browser.get("/login/kakao", query_string={"next": next_url}).location
        query = {name: value[0] for name, value in parse_qs(urlsplit(location).query).items()}
        if "nonce" in query:
            self.signer.signs(query["nonce"])
        return query

    def come_back(self, state, **query):
        """Follow Kakao's redirect to the callback."""
        query = {"state": state} | (query or {"code": "authorization-code"})
        return self.browser.get(CALLBACK, query_string=query)

    def sign_in(self, next_url="/me"):
        return self.come_back(self.start(next_url)["state"])

    def profile_calls(self):
        return len(self.kakao.requests_to("/v2/user/me"))


@pytest.fixture
def site(kakao):
    """Another site, with OpenID Connect."""
    kakao.knows(1, "지은")
    return Site(kakao, KAKAO_OIDC=True)


@pytest.fixture
def site_without_oidc(kakao):
    kakao.knows(1, "지은")
    return Site(kakao)
