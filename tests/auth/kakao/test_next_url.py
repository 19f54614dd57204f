"""Where a sign-in on another site leads: only ever to a path on it, never back to Kakao."""

import pytest
from flask import Flask, request

from auth.kakao import Kakao
from auth.kakao.next_url import HOME, MAX_BYTES, safe
from tests.conftest import SETTINGS


@pytest.fixture
def app():
    app = Flask("another_site")
    app.config |= SETTINGS
    Kakao(app, login="auth.login", callback="auth.callback")
    for rule, endpoint in [
        ("/login/kakao", "auth.login"),
        ("/login/kakao/callback/", "auth.callback"),
        ("/account", "account"),
    ]:
        app.add_url_rule(rule, endpoint, lambda: "", methods=["GET", "POST"])
    return app


def safe_on(app, target, path="/somewhere", method="GET", **environment):
    with app.test_request_context(path, method=method, **environment):
        return safe(target)


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/account",
        "/account?tab=1#top",
        "/@지은",
        "/login/kakaotalk",
        "/login",
        "/" + "a" * (MAX_BYTES - 1),
        "/search?q=/login/kakao",
    ],
)
def test_a_path_on_the_site_is_kept(app, target):
    assert safe_on(app, target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "account",
        "//evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "/%252f%252fevil.example",
        "/\t/evil.example",
        "/a\r\nSet-Cookie: a=b",
        "https://evil.example",
        "javascript:alert(1)",
        "/\udcff",
        "/" + "a" * MAX_BYTES,
        "/" + "가" * 85,
        pytest.param("/login/kakao", id="the login view"),
        pytest.param("/login/kakao?next=/account", id="the login view with a query"),
        pytest.param("/login/kakao#top", id="the login view with a fragment"),
        pytest.param("/%6cogin/kakao", id="the login view, percent-encoded"),
        pytest.param("/account/../login/kakao", id="the login view behind dots"),
        pytest.param("/account/%2e%2e/login/kakao", id="the login view behind encoded dots"),
        pytest.param("/./login/./kakao", id="the login view with dots"),
        pytest.param("/login/kakao/callback/", id="the callback view"),
        pytest.param("/login/kakao/callback?code=a", id="a redirect to the callback view"),
        pytest.param("/somewhere", id="this page"),
        pytest.param("/somewhere?else", id="this page with a query"),
    ],
)
def test_anything_else_leads_home(app, target):
    assert safe_on(app, target) == HOME


def test_a_post_may_lead_back_to_its_own_page(app):
    assert safe_on(app, "/account", path="/account", method="POST") == "/account"
    assert safe_on(app, "/account", path="/account", method="GET") == HOME


def test_below_a_prefix_the_views_are_found_too(app):
    prefix = {"environ_overrides": {"SCRIPT_NAME": "/shop"}}

    assert safe_on(app, "/shop/login/kakao", **prefix) == HOME
    assert safe_on(app, "/shop/account", **prefix) == "/shop/account"
    assert safe_on(app, "/shop/somewhere", **prefix) == HOME


def test_the_button_and_the_script_lead_nowhere_else(site):
    for target in ("//evil.example", "/login/kakao"):
        assert site.sign_in(target).location == HOME


def test_the_page_of_a_form_can_be_its_own_next_url(site, kakao):
    @site.app.post("/account")
    def delete_account():
        return site.extension.redirect_to_consent(request.path, purpose="delete", prompt="login")

    location = site.browser.post("/account").location
    assert "prompt=login" in location
    query = dict(pair.split("=") for pair in location.partition("?")[2].split("&"))
    site.signer.signs(query["nonce"])

    assert site.come_back(query["state"]).location == "/account"
    assert site.authorizations[0].purpose == "delete"
