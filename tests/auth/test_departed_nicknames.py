"""The nickname of someone who deletes their account is reserved for them for 30 days."""

from datetime import timedelta

import pytest
import time_machine

from auth import deletion, signup
from database import utc_now
from models import DepartedNickname, Member
from tests.auth.test_bans import run  # noqa: F401, a fixture


@pytest.fixture
def leave(app):
    """Delete the account of the person with this Kakao id."""

    def leave(kakao_id):
        with app.app_context():
            deletion.delete_member(kakao_id)

    return leave


@pytest.fixture
def anna(browser, kakao, leave):
    """The browser in which Anna, Kakao id 1, signed up and deleted her account."""
    kakao.knows(1, "anna")
    browser.sign_in()
    leave(1)
    return browser


@pytest.mark.parametrize("nickname", ["anna", "A nna", "аnna"], ids=["same", "spelling", "looks"])
def test_no_one_else_gets_the_name(anna, another_browser, kakao, rows, nickname):
    kakao.knows(2, nickname)

    page = another_browser.open(another_browser.sign_in().location).text

    assert "이미 누군가 쓰고 있어요" in page or "똑같아 보여요" in page
    assert rows(Member) == []
    with anna.app.app_context():
        assert signup.taken_names([nickname, "bora"]) == {nickname}


def test_the_person_gets_it_back_at_once(anna, rows):
    anna.sign_in()

    assert [member.nickname for member in rows(Member)] == ["anna"]


def test_the_person_can_type_it_and_is_told_that_it_is_free(anna, kakao):
    kakao.knows(1, None)
    anna.open(anna.sign_in().location)

    assert anna.get("/auth/nickname/check?nickname=anna").json["available"]
    assert anna.choose("anna").location == "/"


def test_a_former_name_is_reserved_too(jieun, another_browser, kakao, leave, rows):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})
    leave(1)

    for nickname in ("지은", "mina"):
        kakao.knows(2, nickname)
        assert "/auth/nickname" in another_browser.sign_in().location
    assert rows(Member) == []


def test_the_person_does_not_get_back_what_an_operator_took_away(jieun, leave, rows, run):  # noqa: F811
    assert (
        run("members", "rename", "지은", "--to", "고운말", "--why", "불편한 말이에요").exit_code
        == 0
    )
    leave(1)

    assert "/auth/nickname" in jieun.sign_in().location
    jieun.open("/auth/nickname")
    assert "이미 누군가 쓰고 있어요" in jieun.choose("지은").text
    assert jieun.choose("고운말").location == "/"


def test_a_name_is_free_for_everyone_after_thirty_days(anna, another_browser, kakao, rows, run):  # noqa: F811
    kakao.knows(2, "anna")
    with time_machine.travel(utc_now() + timedelta(days=30, seconds=1)):
        another_browser.sign_in()
        assert [member.kakao_id for member in rows(Member)] == [2]
        assert "1 nicknames of deleted accounts deleted" in run("sessions", "purge").output
    assert rows(DepartedNickname) == []


def test_what_is_stored_says_neither_the_name_nor_the_kakao_id(anna, rows):
    (row,) = rows(DepartedNickname)

    for value in (row.key_hash, row.skeleton_hash, row.pseudonym):
        assert len(value) == 16 and int(value, 16) and "anna" not in value
    assert len({row.key_hash, row.skeleton_hash, row.pseudonym}) == 3


def test_after_a_change_of_the_key_the_name_stays_reserved(anna, another_browser, kakao):
    app = anna.app
    app.config["SECRET_KEY_FALLBACKS"] = [app.secret_key]
    app.secret_key = "another key"
    kakao.knows(2, "anna")

    assert "/auth/nickname" in another_browser.sign_in().location
    kakao.knows(1, "anna")
    assert another_browser.sign_in().location == "/"
