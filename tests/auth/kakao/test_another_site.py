"""Another site: the ten lines of the package's README.md, and nothing else."""

import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, request, session

import auth.kakao
from auth.kakao import Kakao
from tests.auth.test_openid_connect import Signer
from tests.conftest import SETTINGS

README = Path(auth.kakao.__file__).parent / "README.md"
TEN_LINES = re.search("```python\n(.*?)```", README.read_text("utf-8"), re.S)[1]


class AnotherSite:
    """A site that has copied the README's lines, and keeps its users in a dict."""

    def __init__(self, kakao, **settings):
        self.users = {}
        self.signer = Signer(kakao) if settings["KAKAO_OIDC"] else None
        self.app = Flask("another_site")
        self.app.config |= SETTINGS | settings
        names = {
            "app": self.app,
            "request": request,
            "redirect": redirect,
            "find_user": self.users.get,
            "create_user": self.create_user,
            "login_user": lambda user: session.update(user=user),
        }
        exec(TEN_LINES, names)
        self.app.add_url_rule("/", "home", lambda: session.get("user", "no one"))

    def create_user(self, profile):
        self.users[profile.kakao_id] = profile.nickname
        return profile.nickname

    def sign_in(self, browser, next_url="/"):
        consent = browser.get("/login/kakao", query_string={"next": next_url}).location
        query = parse_qs(urlsplit(consent).query)
        if self.signer:
            self.signer.signs(query["nonce"][0])
        state = query["state"][0]
        return browser.get(f"/login/kakao/callback?code=a-code&state={state}")


@pytest.fixture(params=[False, True], ids=["without OpenID Connect", "with OpenID Connect"])
def another_site(request, kakao, monkeypatch):
    monkeypatch.setitem(sys.modules, "flask_kakao", auth.kakao)
    kakao.knows(1, "jieun")
    return AnotherSite(kakao, KAKAO_OIDC=request.param)


def test_the_ten_lines_are_ten():
    assert len([line for line in TEN_LINES.splitlines() if line.strip()]) <= 11


def test_the_same_person_signs_in_twice(another_site, kakao):
    for times in (1, 2):
        browser = another_site.app.test_client()
        assert another_site.sign_in(browser, "/photos").location == "/photos"
        assert browser.get("/").text == "jieun"
        assert len(kakao.requests_to("/oauth/token")) == times

    assert another_site.users == {1: "jieun"}
    assert len(kakao.requests_to("/v2/user/me")) == (1 if another_site.signer else 2)


def test_a_failure_is_a_page(another_site):
    response = another_site.app.test_client().get("/login/kakao/callback?code=a-code")

    assert response.status_code == 400
    assert "kakao-button" in response.text


def test_the_extension_is_one_object_and_authlib_of_the_site_changes_nothing(another_site):
    app = another_site.app
    OAuth(app).register("kakao", client_id="another", authorize_url="https://evil.example")

    assert another_site.sign_in(app.test_client()).location == "/"
    assert app.extensions.keys() == {"kakao", "authlib.integrations.flask_client"}


def test_settings_that_authlib_would_read_change_nothing(kakao):
    app = Flask("another_site")
    app.config |= SETTINGS | {"KAKAO_AUTHORIZE_URL": "https://evil.example"}
    app.config["KAKAO_AUTHORIZE_PARAMS"] = {"prompt": "create"}
    extension = Kakao(app)
    app.add_url_rule("/callback", "callback", lambda: "")
    app.add_url_rule("/start", "start", lambda: extension.redirect_to_consent())

    consent = app.test_client().get("/start").location

    assert consent.startswith("https://kauth.kakao.com/oauth/authorize?")
    assert "prompt" not in consent


def test_one_object_serves_several_apps_with_endpoints_of_their_own(kakao):
    extension = Kakao()
    for endpoint in ("one", "two"):
        app = Flask(endpoint)
        app.config |= SETTINGS
        extension.init_app(app, callback=endpoint)
        app.add_url_rule(f"/{endpoint}", endpoint, lambda: "")
        app.add_url_rule("/start", "start", lambda: extension.redirect_to_consent("/"))

        consent = app.test_client().get("/start").location

        assert parse_qs(urlsplit(consent).query)["redirect_uri"] == [f"http://localhost/{endpoint}"]


@pytest.mark.parametrize(
    "use",
    [
        lambda kakao: kakao.redirect_to_consent("/"),
        lambda kakao: kakao.handle_callback(),
        lambda kakao: kakao.logout_url("https://home.example"),
        lambda kakao: kakao.unlink(7, "token"),
        lambda kakao: kakao.is_linked(7),
        lambda kakao: kakao.log_out(7),
        lambda kakao: kakao.verify_account_event(b""),
    ],
)
def test_use_before_init_app_names_init_app(use):
    refused = pytest.raises(RuntimeError, match="init_app")
    with Flask("another_site").test_request_context(), refused:
        use(Kakao())
