"""auth/kakao/ lifted into another site: what that site has to bring along, and no more."""

import importlib
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Blueprint, Flask, redirect

from tests.conftest import API, AUTH, SETTINGS

FOLDER = Path(__file__).parents[3] / "auth/kakao"
MORE_SETTINGS = {
    "KAKAO_AUTH_URL": AUTH,
    "KAKAO_API_URL": API,
    "KAKAO_SCOPE": "",
    "KAKAO_OIDC": False,
    "KAKAO_SERVICE_TERMS": None,
    "WEB_THREADS": 4,
}


@pytest.fixture
def app(tmp_path, monkeypatch):
    shutil.copytree(FOLDER, tmp_path / "lifted")
    monkeypatch.syspath_prepend(tmp_path)
    kakao = importlib.import_module("lifted")
    bp = Blueprint("auth", __name__)

    @bp.get("/sign-in")
    def start():
        return kakao.redirect_to_consent("/")

    @bp.get("/back-from-kakao")
    def callback():
        authorization = kakao.handle_callback(lambda kakao_id: None)
        return redirect(f"/@{authorization.profile.nickname}")

    @bp.app_errorhandler(kakao.KakaoError)
    def try_again(error):
        return error.failure.name, error.failure.status

    app = Flask("another_site")
    app.config |= SETTINGS | MORE_SETTINGS
    kakao.init_app(app)
    app.register_blueprint(bp)
    return app


def test_people_sign_in(app, kakao):
    kakao.knows(1, "jieun")
    browser = app.test_client()
    consent = browser.get("/sign-in").location
    state = parse_qs(urlsplit(consent).query)["state"][0]

    assert browser.get(f"/back-from-kakao?code=a-code&state={state}").location == "/@jieun"


def test_a_failure_is_reported(app, kakao):
    assert app.test_client().get("/back-from-kakao?code=a-code").status_code == 400
