"""The headers of every response."""

import pytest

from app import create_app

PRODUCTION = {
    "APP_ENV": "production",
    "SECRET_KEY": "a key for tests, of 32 characters",
    "SITE_URL": "https://home.example",
}
PAGES = ["/", "/nowhere", "/auth/kakao", "/auth/kakao/callback", "/me", "/static/style.css"]


@pytest.mark.parametrize("path", PAGES)
def test_every_response_has_the_strict_headers(browser, path):
    headers = browser.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' https://kauth.kakao.com https://accounts.kakao.com" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_a_members_page_is_not_stored_by_the_browser(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    for path in ("/", "/me", "/@지은"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


def test_requests_to_kakao_and_back_are_not_stored_by_the_browser(browser):
    for path in ("/auth/kakao", "/auth/kakao/callback", "/auth/nickname"):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/@지은", "/terms", "/privacy"])
def test_a_proxy_may_keep_a_page_without_anything_of_its_visitor(jieun, another_browser, path):
    page = another_browser.get(path)

    assert page.headers["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert set(page.vary) >= {"Cookie", "Accept-Language", "Accept-Encoding"}
    assert "Set-Cookie" not in page.headers
    assert "csrf_token" not in page.text


def test_a_proxy_keeps_no_page_of_a_browser_with_a_session(jieun):
    jieun.log_out()

    for _ in range(2):  # the first one has a message
        assert jieun.get("/").headers["Cache-Control"] == "no-cache"


def test_a_proxy_keeps_no_page_of_someone_whose_session_was_ended_elsewhere(jieun):
    other_tab = jieun.copy()
    jieun.log_out()

    assert "public" not in other_tab.get("/").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/nowhere", {}),
        ("/@민수", {}),
        ("/healthz", {}),
        ("/language/en", {}),
        ("/language/en", {"Sec-Purpose": "prefetch"}),
        ("/me", {}),
    ],
)
def test_a_proxy_keeps_no_other_page(browser, path, headers):
    cache_control = browser.get(path, headers=headers).headers["Cache-Control"]

    assert cache_control in ("no-cache", "no-store")


def test_in_production_cookies_are_for_this_host_over_https_only(settings, kakao):
    app = create_app(settings | PRODUCTION)
    kakao.knows(1, "지은")

    browser = app.test_client()

    response = browser.get("/auth/kakao", base_url="https://home.example")

    language = browser.get("/language/en", base_url="https://home.example")
    choice = language.headers["Set-Cookie"]
    assert choice.startswith("__Host-language=en; ") and "; Secure; " in choice
    assert "Path=/;" in choice and "Domain" not in choice
    state = response.headers["Set-Cookie"].removeprefix("__Host-kakao-").partition("=")[0]
    callback = f"/auth/kakao/callback?code=a&state={state}"
    cookies = browser.get(callback, base_url="https://home.example").headers.getlist("Set-Cookie")
    assert [cookie.partition("=")[0] for cookie in cookies] == [
        f"__Host-kakao-{state}",
        "__Host-session",
    ]
    for cookie in cookies:
        for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert attribute in cookie
        assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("hsts", "directives"),
    [("subdomains", "; includeSubDomains"), ("preload", "; includeSubDomains; preload")],
)
def test_https_can_be_demanded_for_subdomains_and_before_the_first_visit(
    settings, requests_mock, hsts, directives
):
    client = create_app(settings | PRODUCTION | {"HSTS": hsts}).test_client()

    headers = client.get("/", base_url="https://home.example").headers
    assert headers["Strict-Transport-Security"] == f"max-age=31536000{directives}"


@pytest.mark.parametrize(
    ("origin", "status"),
    [("same-origin", 302), ("none", 302), ("cross-site", 403), ("same-site", 403)],
)
def test_a_form_from_another_site_is_rejected_even_with_a_token(jieun, origin, status):
    jieun.get("/")

    page = jieun.post("/auth/logout", headers={"Sec-Fetch-Site": origin})

    assert page.status_code == status
    assert (jieun.nickname() is None) == (status == 302)


def test_a_link_on_another_site_leads_here(browser):
    assert browser.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
