"""Reloads, double taps, two tabs, lost cookies: what happens all day, and must end well."""

import itertools
import random
import time

import pytest

from auth import next_url
from models import Member


@pytest.fixture
def jieun(kakao):
    kakao.knows(1, "지은")


def cookie(browser):
    return browser.client.get_cookie("session").value


def test_a_reloaded_callback_lands_on_the_page_the_person_was_going_to(browser, kakao, jieun):
    state = browser.start("/me?from=mail")["state"]
    browser.come_back(state)

    assert browser.come_back(state).location == "/me?from=mail"
    assert len(kakao.asked("/oauth/token")) == 1


def test_a_double_tap_whose_second_code_is_used_keeps_the_person_signed_in(browser, kakao, jieun):
    state = browser.start("/me")["state"]
    before = cookie(browser)
    browser.come_back(state)
    signed_in = cookie(browser)

    # The second request left with the cookie from before the first was answered.
    browser.client.set_cookie("session", before)
    kakao.answers_token(json={"error": "invalid_grant", "error_code": "KOE320"}, status_code=400)
    answer = browser.come_back(state)

    assert answer.status_code == 400
    assert "next=/me" in answer.text
    assert "Set-Cookie" not in answer.headers
    browser.client.set_cookie("session", signed_in)
    assert browser.nickname() == "지은"


def test_a_used_code_in_another_round_of_a_member_lands_quietly(browser, kakao, jieun):
    browser.sign_in()
    state = browser.start("/@지은")["state"]
    kakao.answers_token(json={"error": "invalid_grant", "error_code": "KOE320"}, status_code=400)

    assert browser.come_back(state).location == "/@%EC%A7%80%EC%9D%80"


def test_a_state_that_is_too_old_is_refused_and_the_way_is_kept(browser, jieun, monkeypatch, rows):
    state = browser.start("/me")["state"]
    later = time.time() + 11 * 60
    monkeypatch.setattr("auth.kakao.client.time.time", lambda: later)

    page = browser.come_back(state)

    assert page.status_code == 400
    assert "next=/me" in page.text
    assert rows(Member) == []


def test_a_start_sweeps_what_is_too_old_and_the_way_is_kept(browser, jieun, monkeypatch):
    state = browser.start("/me")["state"]
    later = time.time() + 11 * 60
    monkeypatch.setattr("auth.kakao.client.time.time", lambda: later)

    browser.start("/@지은")

    with browser.client.session_transaction() as session:
        assert len([name for name in session if name.startswith("_state_kakao_")]) == 1
    assert "next=/me" in browser.come_back(state).text


def test_a_foreign_state_does_not_change_who_is_signed_in(browser, another_browser, kakao, jieun):
    browser.sign_in()
    kakao.knows(2, "민수")
    foreign = another_browser.start()["state"]

    assert browser.come_back(foreign).status_code == 400
    assert browser.nickname() == "지은"


def test_two_tabs_can_sign_in_at_once(browser, jieun):
    first, second = browser.start("/me")["state"], browser.start("/@지은")["state"]

    assert browser.come_back(first).location == "/me"
    assert browser.come_back(second).location == "/@%EC%A7%80%EC%9D%80"
    assert browser.nickname() == "지은"


# What does not compress: Korean is six bytes a letter in the cookie, rare characters are twelve.
LETTERS = {
    "Latin": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
    "Korean": [chr(code) for code in range(0xAC00, 0xD7A4)],
    "rare": [chr(code) for code in range(0x20000, 0x2A6E0)],
}


def any_of(letters, number):
    """So many of the letters, by chance."""
    chance = random.Random(4)
    while True:
        yield "".join(chance.choices(letters, k=number))


@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
def test_forty_abandoned_starts_do_no_harm(browser, jieun, letters):
    for path in itertools.islice(any_of(letters, 254), 40):
        browser.start(f"/{path}")
        assert len(cookie(browser)) <= 3000

    assert browser.sign_in("/me").location == "/me"


@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
def test_the_cookie_stays_small_while_a_sign_up_waits(browser, another_browser, kakao, letters):
    longest = (next_url.LONGEST - 1) // len(letters[0].encode())
    paths, words = any_of(letters, longest), any_of(LETTERS["Latin"], 240)
    name = next(any_of(letters, 100))
    kakao.knows(1, name)
    another_browser.sign_in()
    profile = {"nickname": name, "thumbnail_image_url": f"https://a.b/{next(words)}"}
    email = {"email": f"{next(words)}@b.kr", "is_email_valid": True, "is_email_verified": True}
    kakao.knows(2, profile=profile, **email)
    for _ in range(5):
        state = browser.start(f"/{next(paths)}")["state"]

    assert browser.come_back(state).location == "/auth/nickname"
    for _ in range(10):
        assert len(cookie(browser)) <= 3000
        browser.start(f"/{next(paths)}")
    assert "이미 누군가 쓰고 있어요" in browser.get("/auth/nickname").text


def test_only_the_newest_five_rounds_can_come_back(browser, jieun):
    states = [browser.start()["state"] for _ in range(6)]

    assert browser.come_back(states[0]).status_code == 400
    assert browser.come_back(states[1]).status_code == 302


def test_nothing_of_the_visitors_session_survives_the_sign_in(browser, jieun):
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"

    browser.sign_in()

    with browser.client.session_transaction() as session:
        assert "planted" not in session
        assert not [name for name in session if name.startswith("_state_")]


def test_inside_kakaotalk_a_members_page_is_tried_once_without_a_page(browser, jieun):
    kakaotalk = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) Mobile KAKAOTALK 26.1.0"}

    first = browser.get("/me", headers=kakaotalk).location
    consent = browser.get(first, headers=kakaotalk).location
    assert "prompt=none" in consent

    state = consent.split("state=")[1].split("&")[0]
    page = browser.come_back(state, error="login_required")
    assert page.status_code == 401
    assert 'href="/auth/kakao?next=/me"' in page.text


def test_another_kakao_account_can_be_chosen(browser):
    page = browser.get("/")
    assert "prompt=select_account" in page.text

    assert browser.get("/auth/kakao?prompt=select_account").location.count("select_account") == 1


def test_a_prompt_of_somebody_elses_making_is_not_passed_on(browser):
    assert "prompt" not in browser.get("/auth/kakao?prompt=create").location
