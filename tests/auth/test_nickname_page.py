"""The one question: asked only when it must be, answered with one tap."""

import re
import time
from types import SimpleNamespace

import pytest

from models import Member

# Chance that always takes the first there is.
FIRST = SimpleNamespace(choice=lambda some: some[0], sample=lambda some, size: list(some)[:size])


@pytest.fixture
def jieun(another_browser, kakao):
    """Somebody called 지은 lives here already."""
    kakao.knows(1, "지은")
    another_browser.sign_in()


def suggestions(page):
    return re.findall(r'name="suggestion"[^>]*value="([^"]+)"', page.text)


def test_a_taken_nickname_is_asked_for_and_settled_with_one_click(browser, kakao, jieun):
    kakao.knows(2, "지은")

    page = browser.open(browser.sign_in("/me").location)
    assert "이미 누군가 쓰고 있어요" in page.text
    chosen = suggestions(page)[0]

    assert browser.choose(chosen).location == "/me"
    assert browser.nickname() == chosen


def test_five_suggestions_are_offered(browser, kakao, jieun):
    kakao.knows(2, "지은")

    page = browser.open(browser.sign_in().location)

    assert len(set(suggestions(page))) == 5


def test_what_is_taken_is_not_suggested(browser, another_browser, kakao, monkeypatch):
    monkeypatch.setattr("auth.suggestions.random.Random", lambda: FIRST)
    for kakao_id, nickname in enumerate(["지은", "지은네집"], start=1):
        kakao.knows(kakao_id, nickname)
        another_browser.sign_in()
    kakao.knows(3, "지은")

    page = browser.open(browser.sign_in().location)

    assert suggestions(page)[0] == "아늑한지은"


def test_the_wished_name_stands_in_the_field(browser, kakao, jieun):
    kakao.knows(2, "지은")

    page = browser.open(browser.sign_in().location)

    assert re.search(r'<input[^>]*name="nickname"[^>]*value="지은"', page.text)


def test_after_a_wrong_entry_the_suggestions_are_made_from_it(browser, another_browser, kakao):
    kakao.knows(1, "민수")
    another_browser.sign_in()
    kakao.knows(2, "관리자")
    browser.open(browser.sign_in().location)

    page = browser.type("민수")

    assert all("민수" in suggestion for suggestion in suggestions(page))


@pytest.mark.parametrize(
    "account",
    [
        pytest.param({}, id="no nickname shared"),
        pytest.param(
            {"profile": {"nickname": "닉네임을 등록해주세요", "is_default_nickname": True}},
            id="placeholder",
        ),
        pytest.param({"profile": {"nickname": "닉네임을 등록해주세요"}}, id="placeholder text"),
        pytest.param({"profile": {"nickname": 7}}, id="a number"),
    ],
)
def test_who_has_no_nickname_at_kakao_is_asked(browser, kakao, account):
    kakao.knows(2, **account)

    page = browser.open(browser.sign_in("/me").location)

    assert "카카오 닉네임을 받지 못했어요" in page.text
    assert browser.choose(suggestions(page)[0]).location == "/me"


def test_nothing_is_written_until_the_nickname_is_chosen(browser, kakao, jieun, rows):
    kakao.knows(2, "지은")

    browser.open(browser.sign_in().location)

    assert len(rows(Member)) == 1


def test_an_own_nickname_can_be_typed(browser, kakao, jieun):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)

    assert browser.type("  새벽  산책 ").location == "/me"
    assert browser.nickname() == "새벽 산책"


@pytest.mark.parametrize("typed", ["", "가", "a/b", "지 은", "관리자", "가" * 21])
def test_a_nickname_that_cannot_be_had_comes_back_with_the_reason(
    browser, kakao, jieun, typed, rows
):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)

    page = browser.type(typed)

    assert page.status_code == 422
    assert f'value="{typed}"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert len(suggestions(page)) == 5
    assert len(rows(Member)) == 1


def test_of_an_endless_entry_only_the_beginning_is_looked_at(browser, kakao, jieun):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)

    page = browser.type("🇰🇷" * 1000)  # to find each flag takes counting all before it

    assert page.status_code == 422
    assert f'value="{"🇰🇷" * 50}"' in page.text


def test_the_sign_up_survives_a_wrong_entry(browser, kakao, jieun):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)
    browser.type("지은")

    assert browser.type("민수").location == "/me"
    assert browser.nickname() == "민수"


def test_without_a_waiting_sign_up_there_is_no_nickname_page(browser):
    assert browser.get("/auth/nickname").location == "/"


@pytest.mark.parametrize("kept", [7, {}, {"why": "x"}, {"why": ["x", {}], "profile": {"id": 1}}])
def test_what_another_version_of_the_site_kept_is_not_understood(browser, kept):
    with browser.client.session_transaction() as session:
        session["waiting"] = kept

    assert browser.get("/auth/nickname").location == "/"
    assert browser.get("/auth/nickname/check?nickname=x").status_code == 403


def test_a_waiting_sign_up_ends_after_half_an_hour(browser, kakao, jieun, monkeypatch):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)
    later = time.time() + 31 * 60
    monkeypatch.setattr("auth.waiting.time.time", lambda: later)

    page = browser.get("/auth/nickname")

    assert page.status_code == 400
    assert "next=%2Fme" in page.text or "next=/me" in page.text


def test_a_member_whose_second_sign_up_ended_is_not_sent_in_circles(
    jieun, browser, kakao, monkeypatch
):
    kakao.knows(3, "민수")
    browser.sign_in()
    kakao.knows(2, "지은")
    browser.sign_in("/auth/nickname")
    later = time.time() + 31 * 60
    monkeypatch.setattr("auth.waiting.time.time", lambda: later)

    assert browser.get("/auth/nickname").status_code == 400


@pytest.mark.parametrize("typed", ["새벽산책", "관리자"])
def test_who_signed_up_in_another_tab_meanwhile_is_signed_in(
    browser, another_browser, kakao, jieun, rows, typed
):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)
    kakao.knows(2, "민수")
    another_browser.sign_in()

    assert browser.type(typed).location == "/me"
    assert browser.nickname() == "민수"
    assert len(rows(Member)) == 2


def test_a_forged_form_is_refused(browser, kakao, jieun, rows):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in().location)

    answer = browser.post("/auth/nickname", {"csrf_token": "forged", "nickname": "민수"})

    assert answer.status_code == 400
    assert len(rows(Member)) == 1
