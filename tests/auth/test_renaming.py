"""Changing the nickname: the same rules, once a day, and the old URL still works."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, update

from auth import signup
from database import db, utc_now
from models import FormerNickname, Member
from web import times

NO_WAITING = "SET LOCAL lock_timeout = '1s'"


@pytest.fixture
def later():
    """Let time pass."""
    with time_machine.travel(utc_now()) as traveller:
        yield lambda **span: traveller.shift(timedelta(**span))


def rename(browser, nickname):
    browser.get("/me/nickname")
    return browser.post("/me/nickname", {"nickname": nickname})


def test_a_member_gets_a_new_nickname(jieun):
    assert rename(jieun, "새벽 산책").location == "/me"
    assert jieun.nickname() == "새벽 산책"


def test_the_old_url_redirects_to_the_new_one_for_thirty_days(jieun, another_browser, later):
    rename(jieun, "mina")

    assert another_browser.get("/@지은").location == "/@mina"
    later(days=31)
    assert another_browser.get("/@지은").status_code == 404


def test_no_one_else_gets_the_old_name_for_thirty_days(jieun, another_browser, kakao, later):
    rename(jieun, "mina")
    kakao.knows(2, "지은")

    page = another_browser.open(another_browser.sign_in("/me").location)
    assert "이미 누군가 쓰고 있어요" in page.text
    later(days=31)
    assert another_browser.sign_in("/me").location == "/me"
    assert another_browser.nickname() == "지은"


@pytest.mark.parametrize(("days", "names"), [(29, ["지은"]), (31, [])])
def test_the_purge_deletes_an_old_name(jieun, app, rows, later, days, names):
    rename(jieun, "mina")
    later(days=days)

    assert app.test_cli_runner().invoke(args=["sessions", "purge", "--yes"]).exit_code == 0

    assert [row.nickname_key for row in rows(FormerNickname)] == names


def test_a_name_is_reserved_for_the_member_who_released_it_last(
    jieun, another_browser, kakao, later
):
    rename(jieun, "mina")
    later(days=31)
    kakao.knows(2, "지은")
    another_browser.sign_in()

    assert rename(another_browser, "sora").location == "/me"
    assert jieun.get("/@지은").location == "/@sora"


def test_the_old_name_is_not_suggested(jieun, app):
    rename(jieun, "mina")

    with app.app_context():
        assert signup.taken_names(["지은", "mina", "free"]) == {"지은", "mina"}


def test_another_spelling_of_the_same_name_is_not_a_conflict(jieun, rows):
    assert rename(jieun, "지 은").location == "/me"
    assert jieun.nickname() == "지 은"
    assert rows(FormerNickname) == []


def test_a_change_is_possible_once_a_day(jieun, later):
    rename(jieun, "mina")
    later(hours=23)

    page = rename(jieun, "mina2")
    assert page.status_code == 422
    assert "하루에 한 번" in page.text

    later(hours=25)
    assert rename(jieun, "sora").location == "/me"


def test_a_new_nickname_is_confirmed_once(jieun):
    rename(jieun, "mina")

    assert "이제 mina님이에요." in jieun.get("/me").text
    assert "이제 mina님이에요." not in jieun.get("/me").text


def test_on_the_day_of_a_change_the_page_says_before_when_it_is_possible_again(
    jieun, app, rows, later
):
    assert 'name="nickname"' in jieun.get("/me/nickname").text
    rename(jieun, "mina")
    (member,) = rows(Member)
    with app.test_request_context():
        again = times.exact_time(member.nickname_changed_at + timedelta(hours=24))

    page = jieun.get("/me/nickname").text
    assert again in page
    assert 'name="nickname"' not in page, "nothing to fill in that would be refused"

    later(hours=25)
    assert 'name="nickname"' in jieun.get("/me/nickname").text


def test_one_can_go_back_to_the_old_name(jieun, later, rows):
    rename(jieun, "mina")
    later(hours=25)

    assert rename(jieun, "지은").location == "/me"
    assert [row.nickname_key for row in rows(FormerNickname)] == ["mina"]


def refuse_to_wait(connection):
    connection.exec_driver_sql(NO_WAITING)


@pytest.mark.postgresql  # on SQLite one change comes after the other
def test_no_one_waits_for_a_name_that_is_being_released(jieun, another_browser, kakao, app):
    """Two members swapping names would deadlock on the unique key."""
    kakao.knows(2, "민수")
    another_browser.sign_in()
    elsewhere = update(Member).where(Member.nickname == "지은").values(nickname_key="mina")

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(elsewhere)
        event.listen(db.engine, "begin", refuse_to_wait)
        page = rename(another_browser, "지은")
        event.remove(db.engine, "begin", refuse_to_wait)

    assert page.status_code == 422
    assert "이미 누군가 쓰고 있어요" in page.text


@pytest.mark.parametrize("wrong", ["", "가", "관리자", "a/b", "민수"])
def test_an_unavailable_name_comes_back_with_the_reason(jieun, another_browser, kakao, rows, wrong):
    kakao.knows(2, "민수")
    another_browser.sign_in()

    page = rename(jieun, wrong)

    assert page.status_code == 422
    assert f'value="{wrong}"' in page.text
    assert sorted(member.nickname for member in rows(Member)) == ["민수", "지은"]


def test_a_refused_change_does_not_count_as_the_days_change(jieun):
    rename(jieun, "관리자")

    assert rename(jieun, "새벽산책").location == "/me"


def test_visitors_cannot_change_a_nickname(browser):
    assert browser.get("/me/nickname").status_code == 302
