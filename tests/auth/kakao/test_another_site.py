"""Another site: the example at the top of the package's README.md, and nothing else."""

import re
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.flask_client import OAuth
from flask import Flask

import auth.kakao
from auth.kakao import Kakao
from sandbox.pytest_plugin import kakao_sandbox  # noqa: F401 (a fixture)
from tests.auth.test_openid_connect import Signer
from tests.conftest import SETTINGS

README = Path(auth.kakao.__file__).parent / "README.md"
EXAMPLE = re.search("```python\n(.*?)```", README.read_text("utf-8"), re.S)[1]


class AnotherSite:
    """A site that has copied the README's example, with other settings."""

    def __init__(self, kakao, **settings):
        self.signer = Signer(kakao) if settings["KAKAO_OIDC"] else None
        names = {"__name__": "another_site", "settings": SETTINGS | settings}
        exec(re.sub(r"\{\n.*?\n\}", "settings", EXAMPLE, count=1, flags=re.S), names)
        self.app, self.users = names["app"], names["users"]

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


def test_the_example_runs_as_it_is(kakao_sandbox, monkeypatch):  # noqa: F811
    monkeypatch.setitem(sys.modules, "flask_kakao", auth.kakao)
    names = {"__name__": "another_site"}
    exec(EXAMPLE.replace("http://127.0.0.1:8001", kakao_sandbox.url), names)
    browser = names["app"].test_client()

    page = browser.get("/").text
    assert "Hello, no one." in page
    assert 'href="/login/kakao"' in page

    browser.get(kakao_sandbox.consent(browser.get("/login/kakao").location))
    assert "Hello, 하늘." in browser.get("/").text


def test_the_same_person_signs_in_twice(another_site, kakao):
    for times in (1, 2):
        browser = another_site.app.test_client()
        assert another_site.sign_in(browser, "/photos").location == "/photos"
        assert "Hello, jieun." in browser.get("/").text
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
