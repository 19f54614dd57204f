"""The fixture that other sites get with Flask-Kakao."""

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, redirect, request

from auth.kakao import Kakao
from sandbox.people import PEOPLE
from sandbox.pytest_plugin import kakao_sandbox

__all__ = ["kakao_sandbox"]


@pytest.fixture(params=[False, True], ids=["without OpenID Connect", "with OpenID Connect"])
def browser(kakao_sandbox, request):
    return site(kakao_sandbox.settings | {"KAKAO_OIDC": request.param})


def site(settings):
    app = Flask("another_site")
    app.config |= {"SECRET_KEY": "secret"} | settings
    kakao = Kakao(app)
    app.add_url_rule("/login", "login", lambda: kakao.redirect_to_consent(request.args.get("next")))

    @app.get("/callback")
    def callback():
        authorization = kakao.handle_callback()
        return redirect(f"/{authorization.kakao_id}/{authorization.profile.nickname}")

    return app.test_client()


def test_someone_consents_and_is_signed_in(browser, kakao_sandbox):
    callback_url = kakao_sandbox.consent(browser.get("/login").location)

    assert callback_url.startswith("http://localhost/callback?")
    location = browser.get(callback_url).location
    assert location == f"/{PEOPLE['haneul'].id}/%ED%95%98%EB%8A%98"


def test_the_test_accounts_are_there_by_name(browser, kakao_sandbox):
    callback_url = kakao_sandbox.consent(browser.get("/login").location, "jieun")

    assert browser.get(callback_url).location.startswith(f"/{PEOPLE['jieun'].id}/")


def test_an_error_page_of_kakao_fails_the_test_with_its_reason(kakao_sandbox):
    browser = site(kakao_sandbox.settings | {"KAKAO_CLIENT_ID": "another"})

    consent_url = browser.get("/login").location
    assert parse_qs(urlsplit(consent_url).query)["client_id"] == ["another"]
    with pytest.raises(RuntimeError, match="KOE101"):
        kakao_sandbox.consent(consent_url)
