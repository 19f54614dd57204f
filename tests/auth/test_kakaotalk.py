"""Authorization requests for the KakaoTalk app: distinguished from others, off without a key."""

import pytest

from app import create_app
from auth.kakao.settings import KAKAO_SDK_INTEGRITY, KAKAO_SDK_URL
from tests.auth.test_openid_connect import Signer
from tests.conftest import Browser
from tests.html_checks import text_of

KEY = {"KAKAO_JAVASCRIPT_KEY": "javascript-key"}
BUTTON = {"class": "kakao-button", "href": "/auth/kakao", "rel": "nofollow", "data-once": None}


@pytest.fixture
def browser_with(settings, kakao):
    """A browser at a site with a JavaScript key and these settings."""

    def browser_with(**more):
        return Browser(create_app(settings | KEY | more), kakao)

    return browser_with


def app_request(browser, next_url="/me", **query):
    """The request that the button's script makes before the tap."""
    return browser.get("/flask-kakao/app-request", query_string={"next": next_url} | query)


def cookie_names(browser):
    return {it.key for it in browser.client._cookies.values() if it.key.startswith("kakao-")}


@pytest.mark.parametrize("path", ["/", "/@지은", "/auth/kakao/callback", "/terms"])
def test_without_a_key_no_page_contains_the_script(browser, another_browser, kakao, path):
    kakao.knows(1, "지은")
    another_browser.sign_in()

    page = browser.get(path)

    for word in ("kakao.js", "data-app-request", "data-sdk", "kakaocdn.net"):
        assert word not in page.text
    csp = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in csp
    assert "connect-src 'self';" in csp


def test_without_a_key_the_button_is_a_link(browser):
    browser.get("/")

    button = browser.page.one("a.kakao-button")
    assert (button.attributes, text_of(button)) == (BUTTON, "카카오로 시작하기")
    assert app_request(browser).status_code == 404


def test_with_a_key_pages_with_the_button_may_load_the_sdk(browser_with):
    browser = browser_with()

    page = browser.get("/")

    assert 'data-app-request="/flask-kakao/app-request"' in page.text
    for value in (KAKAO_SDK_URL, KAKAO_SDK_INTEGRITY, "javascript-key"):
        assert value in page.text
    csp = page.headers["Content-Security-Policy"]
    assert f"script-src 'self' {KAKAO_SDK_URL};" in csp
    assert "connect-src 'self' https://kauth.kakao.com;" in csp
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("path", ["/terms", "/nowhere"])
def test_pages_without_the_button_may_not(browser_with, path):
    assert "kakaocdn" not in str(browser_with().get(path).headers)


def test_the_script_is_handed_what_authorize_takes(browser_with):
    terms = {"KAKAO_SCOPE": "account_email,profile_nickname", "KAKAO_SERVICE_TERMS": "a,b"}

    options = app_request(browser_with(KAKAO_OIDC="1", **terms)).json

    assert set(options) == {"redirectUri", "state", "scope", "nonce", "serviceTerms"}
    assert options["redirectUri"] == "http://localhost/auth/kakao/callback"
    assert options["scope"] == "openid,account_email,profile_nickname"
    assert options["serviceTerms"] == "a,b"
    assert set(app_request(browser_with()).json) == {"redirectUri", "state"}


def test_the_code_is_exchanged_with_the_rest_key_and_without_a_verifier(browser_with, kakao):
    kakao.knows(1, "지은")
    browser = browser_with()

    state = app_request(browser).json["state"]

    assert browser.return_from_kakao(state).location == "/me"
    (exchange,) = kakao.requests_to("/oauth/token")
    assert "code_verifier" not in exchange.text
    assert "client_id=rest-api-key" in exchange.text
    assert "client_secret=client-secret" in exchange.text


def test_the_code_of_a_link_is_never_exchanged_without_a_verifier(browser_with, kakao):
    kakao.knows(1, "지은")
    browser = browser_with()
    app_request(browser)

    browser.sign_in()

    (exchange,) = kakao.requests_to("/oauth/token")
    assert "code_verifier=" in exchange.text


@pytest.mark.parametrize(
    ("way", "audience", "status"),
    [
        ("app", "javascript-key", 302),
        ("app", "rest-api-key", 502),
        ("app", ["javascript-key", "rest-api-key"], 502),
        ("link", "rest-api-key", 302),
        ("link", "javascript-key", 502),
    ],
)
def test_the_audience_is_the_key_with_which_the_sign_in_began(
    browser_with, kakao, way, audience, status
):
    kakao.knows(1, "지은")
    signer = Signer(kakao)
    browser = browser_with(KAKAO_OIDC="1")
    begun = app_request(browser).json if way == "app" else browser.start()
    signer.signs(nonce=begun["nonce"], aud=audience)

    assert browser.return_from_kakao(begun["state"]).status_code == status


def test_a_prepared_request_replaces_no_pending_request(browser_with, kakao):
    kakao.knows(1, "지은")
    browser = browser_with()
    states = [browser.start("/me")["state"] for _ in range(5)]

    for _ in range(20):
        newest = app_request(browser).json["state"]

    assert len(cookie_names(browser)) == 5 + 3
    assert browser.return_from_kakao(states[0]).location == "/me"
    browser.log_out()
    assert browser.return_from_kakao(newest).location == "/me"


def test_links_replace_no_request_of_the_app(browser_with, kakao):
    kakao.knows(1, "지은")
    browser = browser_with()
    state = app_request(browser).json["state"]

    for _ in range(20):
        browser.start()

    assert browser.return_from_kakao(state).location == "/me"


def test_prepared_requests_replace_none_that_is_in_use(browser_with, kakao):
    kakao.knows(1, "지은")
    browser = browser_with()
    first, second = (app_request(browser).json["state"] for _ in range(2))

    for _ in range(20):  # in other tabs, while the person is in the app
        app_request(browser, used=f"{second} {first}")

    assert len(cookie_names(browser)) == 2 + 3
    assert browser.return_from_kakao(first).location == "/me"
    browser.log_out()
    assert browser.return_from_kakao(second).location == "/me"


def test_requests_that_are_said_to_be_in_use_have_a_limit(browser_with):
    browser, states = browser_with(), []

    for _ in range(20):
        states.insert(0, app_request(browser, used=" ".join(states)).json["state"])

    assert len(cookie_names(browser)) <= 5 + 3


@pytest.mark.parametrize("code", ["KOE006", "KOE009", "KOE101"])
@pytest.mark.parametrize("with_state", [True, False], ids=["with state", "without state"])
def test_what_is_wrong_with_the_javascript_key_leaves_the_way_on_the_web(
    browser_with, caplog, code, with_state
):
    browser = browser_with()
    state = app_request(browser).json["state"] if with_state else ""
    app_request(browser)

    page = browser.return_from_kakao(
        state, error="invalid_client", error_description=f"({code}) wrong"
    )

    assert "카카오톡 앱으로는 시작하지 못했어요" in page.text
    assert 'href="/auth/kakao?next=/me"' in page.text
    assert "data-app-request" not in page.text
    assert "JavaScript key" in caplog.text and "REST API key" not in caplog.text


def test_what_is_wrong_with_the_rest_key_offers_no_way(browser_with, kakao):
    browser = browser_with()
    state = app_request(browser).json["state"]
    kakao.responds_to_token(status_code=401, json={"error_code": "KOE101"})

    page = browser.return_from_kakao(state)

    assert "지금은 카카오로 시작할 수 없어요" in page.text
    assert 'href="/auth/kakao' not in page.text


def test_the_app_is_offered_again_after_a_sign_in_with_it(browser_with, kakao):
    kakao.knows(1, "지은")
    browser = browser_with()
    state = app_request(browser).json["state"]

    assert app_request(browser, tried=state).status_code == 204
    browser.return_from_kakao(state)
    assert app_request(browser, tried=state).status_code == 200
    assert app_request(browser, tried="unknown").status_code == 200


@pytest.mark.parametrize("error", ["timeout", "LOGIN_TIMEOUT", "NOT_SUPPORTED_BROWSER", "x"])
def test_after_a_failed_app_sign_in_the_button_is_a_link(browser_with, error):
    browser = browser_with()
    state = app_request(browser).json["state"]

    page = browser.return_from_kakao(state, error=error)

    assert 'href="/auth/kakao?next=/me"' in page.text
    assert "data-app-request" not in page.text
    assert "kakaocdn" not in page.headers["Content-Security-Policy"]


def test_only_this_site_prepares_requests(browser_with):
    response = browser_with().get(
        "/flask-kakao/app-request", headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers
