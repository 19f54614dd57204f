"""The check that the script calls while a nickname is typed."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from database import db, utc_now
from models import Member


@pytest.mark.parametrize(
    ("typed", "available", "message"),
    [
        ("새벽산책", True, "쓸 수 있는"),
        ("민수", False, "이미 누군가"),
        ("민 수", False, "이미 누군가"),
        ("지은", True, "쓸 수 있는"),
        ("관리자", False, "쓸 수 없는"),
        ("", False, "적어 주세요"),
        ("가", False, "2자에서"),
    ],
)
def test_the_response_says_whether_a_name_is_available(
    jieun, another_browser, kakao, typed, available, message
):
    kakao.knows(2, "민수")
    another_browser.sign_in()

    response = jieun.get("/auth/nickname/check", query_string={"nickname": typed}).json

    assert response["available"] is available
    assert message in response["message"]


def test_a_members_own_former_name_is_available(jieun, another_browser, kakao, app):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})
    with app.app_context():
        two_days_ago = utc_now() - timedelta(days=2)
        db.session.execute(update(Member).values(nickname_changed_at=two_days_ago))
        db.session.commit()
    kakao.knows(2, "민수")
    another_browser.sign_in()

    assert jieun.get("/auth/nickname/check?nickname=지은").json["available"] is True
    assert another_browser.get("/auth/nickname/check?nickname=지은").json["available"] is False


def test_someone_with_a_pending_sign_up_can_check_a_nickname(jieun, another_browser, kakao):
    kakao.knows(2, "지은")
    another_browser.sign_in()

    assert another_browser.get("/auth/nickname/check?nickname=지은").json["available"] is False


def test_on_the_day_of_a_change_no_name_is_available(jieun):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})

    response = jieun.get("/auth/nickname/check?nickname=바닷가다락방").json

    assert response["available"] is False
    assert "하루에 한 번만" in response["message"]


def test_no_one_else_can_check_a_nickname(browser):
    assert browser.get("/auth/nickname/check?nickname=지은").status_code == 403
