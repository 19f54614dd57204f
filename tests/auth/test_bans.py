"""A suspension outlives its account: unlinking at Kakao and coming back does not end it."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from auth import deletion
from database import db, utc_now
from models import Ban, Member


@pytest.fixture
def run(app):
    """Run a command; its result."""
    return lambda *args: app.test_cli_runner().invoke(args=args)


@pytest.fixture
def suspended(jieun, app, run):
    """지은, who is suspended for three days."""
    assert run("members", "suspend", "지은", "--why", "괴롭혔어요", "--days", "3").exit_code == 0
    return jieun


def unlinked_at_kakao(app, run):
    with app.app_context():
        deletion.delete_member(1, unlinked_at=utc_now() + timedelta(seconds=1))


def deleted_by_an_operator(app, run):
    assert run("members", "delete", "지은", "--yes").exit_code == 0


def deleted_by_themselves(app, run):
    with app.app_context():
        deletion.delete_account(db.session.get(Member, 1), "token")


WAYS = [unlinked_at_kakao, deleted_by_an_operator, deleted_by_themselves]


@pytest.mark.parametrize("leave", WAYS)
@pytest.mark.parametrize("nickname", ["지은", "", "시발"], ids=["usable", "none", "an insult"])
def test_a_suspended_person_cannot_sign_up_again(
    app, suspended, run, rows, kakao, leave, nickname, requests_mock
):
    requests_mock.post("https://kapi.kakao.com/v1/user/unlink", json={"id": 1})
    leave(app, run)
    kakao.knows(1, nickname)

    page = suspended.sign_in()

    assert page.status_code == 403
    assert "괴롭혔어요" in page.text
    assert rows(Member) == []


@pytest.mark.parametrize("nickname", ["katan", "ĸатаn"], ids=["taken", "looks taken"])
def test_a_suspended_person_does_not_choose_a_nickname_in_vain(
    app, suspended, run, rows, kakao, another_browser, nickname
):
    unlinked_at_kakao(app, run)
    kakao.knows(2, "katan")
    another_browser.sign_in()
    kakao.knows(1, nickname)

    assert suspended.sign_in().status_code == 403
    assert len(rows(Member)) == 1


def test_a_suspension_that_begins_during_the_deletion_counts(app, jieun, rows, kakao):
    with app.app_context():
        db.session.get(Member, 1)  # as the request of the deletion has loaded it
        with db.engine.begin() as elsewhere:
            until = utc_now() + timedelta(days=3)
            values = {"suspended_until": until, "suspended_why": "괴롭혔어요"}
            elsewhere.execute(update(Member).values(values))
        deletion.delete_member(1)

    assert jieun.sign_in().status_code == 403


def test_others_can_sign_up_and_so_can_the_person_when_it_is_over(
    app, suspended, run, rows, kakao, another_browser
):
    unlinked_at_kakao(app, run)
    kakao.knows(2, "민수")
    assert another_browser.sign_in().status_code == 302

    with time_machine.travel(utc_now() + timedelta(days=4)):
        assert "1 bans deleted" in run("sessions", "purge").output
        kakao.knows(1, "지은")
        assert suspended.sign_in().status_code == 302

    assert rows(Ban) == []


def test_a_member_who_is_not_suspended_leaves_no_trace(app, jieun, run, rows):
    unlinked_at_kakao(app, run)

    assert rows(Ban) == []


def test_the_kakao_id_is_not_stored(app, suspended, run, rows):
    unlinked_at_kakao(app, run)

    (ban,) = rows(Ban)
    assert len(ban.pseudonym) == 16 and ban.pseudonym != "1"


def test_an_operator_lifts_it_by_the_kakao_id(app, suspended, run, rows, kakao):
    unlinked_at_kakao(app, run)

    assert "kakao=1 can sign up again" in run("members", "restore", "kakao=1").output
    assert run("members", "restore", "kakao=1").exit_code == 1

    kakao.knows(1, "지은")
    assert suspended.sign_in().status_code == 302


def test_it_survives_a_change_of_the_secret_key(app, suspended, run, kakao):
    unlinked_at_kakao(app, run)
    app.config["SECRET_KEY_FALLBACKS"] = [app.secret_key]
    app.secret_key = "another key"
    kakao.knows(1, "지은")

    assert suspended.sign_in().status_code == 403
