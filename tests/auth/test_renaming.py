"""Changing the nickname: the same rules, once a day, and the old address goes on working."""

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from auth import renaming, signup
from models import FormerNickname, Member, db, now

NO_WAITING = "SET LOCAL lock_timeout = '1s'"


@pytest.fixture
def later(monkeypatch):
    """Let time pass for nicknames; sessions do not notice."""

    def pass_time(**span):
        moment = now() + timedelta(**span)
        for module in (renaming, signup):
            monkeypatch.setattr(module, "now", lambda: moment)
        monkeypatch.setattr("pages.now", lambda: moment)

    return pass_time


def rename(browser, nickname):
    browser.get("/me/nickname")
    return browser.post("/me/nickname", {"nickname": nickname})


def test_a_member_gets_a_new_nickname(jieun):
    assert rename(jieun, "새벽 산책").location == "/me"
    assert jieun.nickname() == "새벽 산책"


def test_the_old_address_leads_to_the_new_one_for_thirty_days(jieun, another_browser, later):
    rename(jieun, "mina")

    assert another_browser.get("/@지은").location == "/@mina"
    later(days=31)
    assert another_browser.get("/@지은").status_code == 404


def test_nobody_else_gets_the_old_name_for_thirty_days(jieun, another_browser, kakao, later):
    rename(jieun, "mina")
    kakao.knows(2, "지은")

    page = another_browser.open(another_browser.sign_in("/me").location)
    assert "이미 누군가 쓰고 있어요" in page.text
    later(days=31)
    assert another_browser.type("지은").location == "/me"


@pytest.mark.parametrize(("days", "names"), [(29, ["지은"]), (31, [])])
def test_the_old_name_is_forgotten_by_the_sweep(jieun, app, rows, later, days, names):
    rename(jieun, "mina")
    later(days=days)

    assert app.test_cli_runner().invoke(args=["sessions", "sweep"]).exit_code == 0

    assert [row.nickname_key for row in rows(FormerNickname)] == names


def test_a_name_that_was_kept_for_somebody_is_kept_for_who_gives_it_up_next(
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
        assert signup.taken(["지은", "mina", "free"]) == {"지은", "mina"}


def test_another_spelling_of_ones_own_name_is_no_clash(jieun, rows):
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


def test_one_can_go_back_to_the_old_name(jieun, later, rows):
    rename(jieun, "mina")
    later(hours=25)

    assert rename(jieun, "지은").location == "/me"
    assert [row.nickname_key for row in rows(FormerNickname)] == ["mina"]


@pytest.mark.postgresql  # on SQLite one change comes after the other
def test_nobody_waits_for_a_name_that_is_just_given_up(jieun, another_browser, kakao, app):
    """Two who want each other's names would wait for each other."""
    kakao.knows(2, "민수")
    another_browser.sign_in()
    elsewhere = update(Member).where(Member.nickname == "지은").values(nickname_key="mina")

    with app.app_context(), db.engine.begin() as connection:
        connection.execute(elsewhere)
        event.listen(db.engine, "begin", lambda other: other.exec_driver_sql(NO_WAITING))
        page = rename(another_browser, "지은")

    assert page.status_code == 422
    assert "이미 누군가 쓰고 있어요" in page.text


@pytest.mark.parametrize("wrong", ["", "가", "관리자", "a/b", "민수"])
def test_a_name_that_cannot_be_had_comes_back_with_the_reason(
    jieun, another_browser, kakao, rows, wrong
):
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
