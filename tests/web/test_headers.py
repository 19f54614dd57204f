"""What every answer tells the browser."""

import pytest

from app import create_app

PAGES = ["/", "/nowhere", "/auth/kakao", "/auth/kakao/callback", "/me", "/static/style.css"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_strict_headers(browser, path):
    headers = browser.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' https://kauth.kakao.com https://accounts.kakao.com" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_what_a_member_sees_is_not_kept_by_the_browser(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    for path in ("/", "/me", "/@지은"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


def test_nor_is_what_is_on_the_way_to_kakao_and_back(browser):
    for path in ("/auth/kakao", "/auth/kakao/callback", "/auth/nickname"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


def test_what_a_visitor_sees_may_be_kept(browser):
    assert browser.get("/").headers["Cache-Control"] == "no-cache"


def test_in_production_cookies_are_for_this_host_over_https_only(settings, requests_mock):
    app = create_app(settings | {"APP_ENV": "production"})

    browser = app.test_client()

    answer = browser.get("/auth/kakao", base_url="https://home.example")

    assert "Secure" in browser.get("/language/en").headers["Set-Cookie"]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
