"""auth/kakao/ as the extension of another site: what that site has to bring along, and no more."""

import importlib
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, redirect

from auth.kakao import Kakao
from tests.conftest import SETTINGS

FOLDER = Path(__file__).parents[3] / "auth/kakao"


@pytest.fixture
def app(tmp_path, monkeypatch):
    shutil.copytree(FOLDER, tmp_path / "lifted")
    monkeypatch.syspath_prepend(tmp_path)
    lifted = importlib.import_module("lifted")
    kakao = lifted.Kakao(login="auth.start", callback="auth.callback")
    bp = Blueprint("auth", __name__)

    @bp.get("/sign-in")
    def start():
        return kakao.redirect_to_consent("/")

    @bp.get("/back-from-kakao")
    def callback():
        authorization = kakao.handle_callback()
        return redirect(f"/@{authorization.profile.nickname}")

    @bp.app_errorhandler(lifted.KakaoError)
    def try_again(error):
        return error.failure.name, error.failure.status

    app = Flask("another_site")
    app.config |= SETTINGS
    kakao.init_app(app)
    app.register_blueprint(bp)
    return app


def sign_in(app):
    browser = app.test_client()
    consent = browser.get("/sign-in").location
    state = parse_qs(urlsplit(consent).query)["state"][0]
    return browser.get(f"/back-from-kakao?code=a-code&state={state}")


def test_people_sign_in(app, kakao):
    kakao.knows(1, "jieun")

    assert sign_in(app).location == "/@jieun"


def test_a_failure_is_reported(app, kakao):
    assert app.test_client().get("/back-from-kakao?code=a-code").status_code == 400


def test_the_extension_is_one_object_and_authlib_of_the_site_changes_nothing(app, kakao):
    oauth = OAuth(app)
    oauth.register("kakao", client_id="another", authorize_url="https://evil.example")
    kakao.knows(1, "jieun")

    assert sign_in(app).location == "/@jieun"
    assert app.extensions.keys() == {"kakao", "authlib.integrations.flask_client"}
    assert "rest-api-key" in app.test_client().get("/sign-in").location


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
        lambda kakao: kakao.logout_url("https://home.example"),
        lambda kakao: kakao.unlink(7, "token"),
        lambda kakao: kakao.verify_account_event(b""),
    ],
)
def test_use_before_init_app_names_init_app(use):
    with (
        Flask("another_site").test_request_context(),
        pytest.raises(RuntimeError, match="init_app"),
    ):
        use(Kakao())
