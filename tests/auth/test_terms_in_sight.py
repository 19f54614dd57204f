"""No one becomes a member without the sentence about the terms in sight."""

from urllib.parse import urlsplit

import pytest

from auth import nicknames
from models import Agreement, Member


def follow_to_kakao(browser, path):
    """Open a page that leads a visitor to Kakao, and come back; the response of the callback."""
    response = browser.get(path)
    while urlsplit(response.location).netloc == "":
        response = browser.get(response.location)
    state = response.location.split("state=")[1].split("&")[0]
    return browser.return_from_kakao(state)


@pytest.mark.parametrize("path", ["/me", "/me/photos/new", "/me/withdraw", "/neighbours"])
def test_a_new_person_whom_a_link_led_to_kakao_sees_the_terms_first(browser, kakao, rows, path):
    kakao.knows(1, "지은")

    page = browser.open(follow_to_kakao(browser, path).location)

    assert "이용약관" in browser.page.text(".agreement")
    assert rows(Member) == rows(Agreement) == []
    assert browser.choose("지은").location == path
    assert browser.nickname() == "지은"
    assert page.status_code == 200


def test_the_nickname_from_kakao_is_offered_once(browser, kakao, monkeypatch):
    monkeypatch.setattr(nicknames, "suggest", lambda *_: ["지은네뜰", "지은네집", "지은네방"])
    kakao.knows(1, "지은네집")
    browser.open(follow_to_kakao(browser, "/me").location)

    browser.type("지은?")  # refused, and 지은네집 is a suggestion for 지은

    offered = browser.page.attributes("[name=suggestion]", "value")
    assert offered == ["지은네집", "지은네뜰", "지은네방"]


@pytest.mark.parametrize("nickname", [None, "운영자"], ids=["none", "reserved"])
def test_so_does_one_who_has_to_choose_a_nickname(browser, kakao, nickname):
    kakao.knows(1, nickname)

    browser.open(follow_to_kakao(browser, "/me").location)

    assert "이용약관" in browser.page.text(".agreement")
    browser.type("운영자")  # refused
    assert "이용약관" in browser.page.text(".agreement")


def test_a_returning_member_has_no_step_more(jieun, another_browser):
    assert follow_to_kakao(another_browser, "/me").location == "/me"


def test_the_button_itself_signs_a_new_person_up_at_once(browser, kakao, rows):
    kakao.knows(1, "지은")

    assert browser.sign_in("/me").location == "/me"
    assert len(rows(Member)) == 1


def test_no_one_removes_the_need_by_hand(browser, kakao, rows):
    """The purpose is in the signed cookie, and not in the URL of the callback."""
    kakao.knows(1, "지은")

    response = browser.get("/auth/kakao?next=/me&terms=unseen")
    state = response.location.split("state=")[1].split("&")[0]
    browser.return_from_kakao(state, code="authorization-code", terms="seen")

    assert rows(Member) == []
