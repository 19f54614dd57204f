"""Reloads, double taps, two tabs, lost cookies: all of these must end well."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app import create_app
from auth import sessions
from models import LoginSession, Member

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def cookie_header_size(browser):
    """The bytes of cookies that the browser sends with each request."""
    return sum(len(f"{it.key}={it.value}; ") for it in browser.client._cookies.values())


def test_a_reloaded_callback_leads_to_the_next_url(browser, kakao, kakao_knows_jieun):
    state = browser.start("/me?from=mail")["state"]
    browser.return_from_kakao(state)

    assert browser.return_from_kakao(state).location == "/me?from=mail"
    assert len(kakao.requests_to("/oauth/token")) == 1


def test_a_double_tap_whose_second_code_is_used_keeps_the_person_signed_in(
    browser, kakao, kakao_knows_jieun
):
    state = browser.start("/me")["state"]
    second_tap = browser.copy()  # sent before the first response
    browser.return_from_kakao(state)

    kakao.responds_to_token(
        json={"error": "invalid_grant", "error_code": "KOE320"}, status_code=400
    )
    response = second_tap.return_from_kakao(state)

    assert response.status_code == 400
    assert "next=/me" in response.text
    assert "Set-Cookie" not in response.headers
    assert browser.nickname() == "지은"


def test_a_member_whose_code_was_used_gets_to_their_page(browser, kakao, kakao_knows_jieun):
    browser.sign_in()
    state = browser.start("/@지은")["state"]
    kakao.responds_to_token(
        json={"error": "invalid_grant", "error_code": "KOE320"}, status_code=400
    )

    assert browser.return_from_kakao(state).location == "/@%EC%A7%80%EC%9D%80"


@time_machine.travel(NOON)
def test_an_expired_request_is_refused_with_its_next_url(browser, kakao_knows_jieun, rows):
    with time_machine.travel(NOON - timedelta(minutes=11)):
        state = browser.start("/me")["state"]

    page = browser.return_from_kakao(state)

    assert page.status_code == 400
    assert "next=/me" in page.text
    assert rows(Member) == []


def test_a_foreign_state_does_not_change_who_is_signed_in(
    browser, another_browser, kakao, kakao_knows_jieun
):
    browser.sign_in()
    kakao.knows(2, "민수")
    foreign = another_browser.start()["state"]

    assert browser.return_from_kakao(foreign).status_code == 400
    assert browser.nickname() == "지은"


def test_two_tabs_can_sign_in_at_once(browser, kakao_knows_jieun, rows):
    first, second = browser.start("/me")["state"], browser.start("/@지은")["state"]

    assert browser.return_from_kakao(first).location == "/me"
    assert browser.return_from_kakao(second).location == "/@%EC%A7%80%EC%9D%80"
    assert browser.nickname() == "지은"
    assert len(rows(LoginSession)) == 1


def test_another_account_in_another_tab_is_signed_in_all_the_same(
    browser, kakao, kakao_knows_jieun, rows
):
    first, second = browser.start("/me")["state"], browser.start("/me")["state"]
    browser.return_from_kakao(first)
    kakao.knows(2, "민수")

    browser.return_from_kakao(second)

    assert browser.nickname() == "민수"
    assert [row.ended_at is None for row in rows(LoginSession)] == [False, True]


# Letters that do not compress; Korean takes three bytes each, rare characters four.
LETTERS = {
    "Latin": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
    "Korean": [chr(code) for code in range(0xAC00, 0xD7A4)],
    "rare": [chr(code) for code in range(0x20000, 0x2A6E0)],
}


def any_of(letters, number):
    """This many random letters."""
    chance = random.Random(4)
    while True:
        yield "".join(chance.choices(letters, k=number))


@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
def test_forty_abandoned_starts_do_no_harm(browser, kakao_knows_jieun, letters):
    for path in itertools.islice(any_of(letters, 254 // len(letters[0].encode())), 40):
        browser.start(f"/{path}")
        assert cookie_header_size(browser) <= 4000

    assert browser.sign_in("/me").location == "/me"


def test_only_the_five_newest_requests_can_complete(browser, kakao_knows_jieun):
    states = [browser.start()["state"] for _ in range(6)]

    assert browser.return_from_kakao(states[0]).status_code == 400
    assert browser.return_from_kakao(states[1]).status_code == 302


def test_nothing_of_the_visitors_session_survives_the_sign_in(browser, kakao_knows_jieun):
    with browser.client.session_transaction() as session:
        session["planted"] = "by someone else"

    browser.sign_in()

    with browser.client.session_transaction() as session:
        assert "planted" not in session


def test_inside_kakaotalk_a_members_page_is_tried_once_without_a_page(browser, kakao_knows_jieun):
    kakaotalk = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Mobile KAKAOTALK 26.1.0"}

    first = browser.get("/me", headers=kakaotalk).location
    consent = browser.get(first, headers=kakaotalk).location
    assert "prompt=none" in consent

    state = consent.split("state=")[1].split("&")[0]
    page = browser.return_from_kakao(state, error="login_required")
    assert page.status_code == 401
    assert 'href="/auth/kakao?next=/me"' in page.text


def test_another_kakao_account_can_be_chosen(browser):
    page = browser.get("/")
    assert "prompt=select_account" in page.text

    assert browser.get("/auth/kakao?prompt=select_account").location.count("select_account") == 1


def test_an_unknown_prompt_is_not_passed_on(browser):
    assert "prompt" not in browser.get("/auth/kakao?prompt=create").location


def test_three_pages_restored_at_once_all_arrive(browser, kakao_knows_jieun, rows):
    pages = ["/me", "/me/sessions", "/@지은"]
    states = [browser.start(page)["state"] for page in pages]
    tabs = [browser.copy() for _ in pages]  # each is sent before the first response

    responses = [tab.return_from_kakao(state) for tab, state in zip(tabs, states, strict=True)]

    assert [response.status_code for response in responses] == [302] * 3
    assert [tab.nickname() for tab in tabs] == ["지은"] * 3


@pytest.mark.parametrize("skew", [-60, 60], ids=["behind", "ahead"])
def test_a_server_whose_clock_differs_by_a_minute_accepts_the_cookies(browser, kakao, skew):
    kakao.knows(1)
    with time_machine.travel(NOON):
        state = browser.start("/me")["state"]
    with time_machine.travel(NOON + timedelta(seconds=skew)):
        assert browser.return_from_kakao(state).location == "/auth/nickname"
        browser.get("/auth/nickname")
    with time_machine.travel(NOON):
        assert browser.type("새벽산책").location == "/me"
    with time_machine.travel(NOON + timedelta(seconds=skew)):
        assert browser.nickname() == "새벽산책"


def test_a_browser_without_cookies_gets_a_page_about_cookies(browser, another_browser):
    state = browser.start()["state"]

    page = another_browser.return_from_kakao(state)

    assert page.status_code == 400
    assert "쿠키" in page.text


def test_a_cookie_under_the_name_of_another_request_is_rejected(browser, kakao_knows_jieun):
    first, second = browser.start()["state"], browser.start()["state"]
    browser.client.set_cookie(f"kakao-{first}", browser.client.get_cookie(f"kakao-{second}").value)

    assert browser.return_from_kakao(first).status_code == 400


def test_over_https_the_cookie_is_bound_to_the_host(settings, kakao):
    client = create_app(settings | {"SESSION_COOKIE_SECURE": "1"}).test_client()

    cookie = client.get("/auth/kakao", base_url="https://localhost").headers["Set-Cookie"]

    assert cookie.startswith("__Host-kakao-")
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=3600"):
        assert attribute in cookie
    assert "Domain" not in cookie


def test_a_session_can_be_started_without_any_authorization_request(
    browser, kakao_knows_jieun, rows
):
    browser.sign_in()
    member = rows(Member)[0]

    with browser.app.test_request_context():
        sessions.start(member)

    assert len(rows(LoginSession)) == 2
