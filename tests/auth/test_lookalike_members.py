"""Two members never have nicknames that look alike; the unique key of the skeleton decides."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text, update

from auth import nicknames, renaming, signup
from auth.kakao import KakaoProfile
from database import UTCDateTime, db, utc_now
from models import FormerNickname, Member

CYRILLIC_ANNA = "аnna"

# Written like a member of the previous release, without a skeleton.
INSERT_AS_BEFORE = text("""
    INSERT INTO member (kakao_id, nickname, nickname_key, shows_image, created_at)
    VALUES (:kakao_id, :nickname, :nickname, :shows_image, :created_at)
""").bindparams(bindparam("created_at", type_=UTCDateTime))


@pytest.fixture
def anna(browser, kakao):
    """A member called anna, signed in."""
    kakao.knows(1, "anna")
    browser.sign_in()
    return browser


@pytest.fixture
def minsu(another_browser, kakao, anna):
    kakao.knows(2, "민수")
    another_browser.sign_in()
    return another_browser


def rename(browser, nickname):
    browser.get("/me/nickname")
    return browser.post("/me/nickname", {"nickname": nickname})


def insert_as_before(kakao_id, nickname):
    values = {"kakao_id": kakao_id, "nickname": nickname}
    db.session.execute(INSERT_AS_BEFORE, values | {"shows_image": True, "created_at": utc_now()})
    db.session.commit()


@pytest.mark.parametrize("nickname", [CYRILLIC_ANNA, "АNNA", "ᴀɴɴᴀ", "ann\u0430"])
def test_a_look_alike_from_kakao_is_asked_for_another_name(
    anna, another_browser, kakao, rows, nickname
):
    kakao.knows(2, nickname)

    page = another_browser.open(another_browser.sign_in("/me").location)

    assert "다른 분의 닉네임과 똑같아 보여요" in page.text
    assert len(rows(Member)) == 1


def test_a_look_alike_cannot_be_typed(minsu):
    page = rename(minsu, CYRILLIC_ANNA)

    assert page.status_code == 422
    assert "똑같아 보여요" in page.text


def test_a_look_alike_is_reported_while_it_is_typed(minsu):
    response = minsu.get("/auth/nickname/check", query_string={"nickname": CYRILLIC_ANNA})

    assert response.json["available"] is False
    assert "똑같아 보여요" in response.json["message"]


def test_a_member_may_look_like_themselves(anna):
    assert rename(anna, CYRILLIC_ANNA).location == "/me"


def test_a_look_alike_of_a_released_name_is_reserved_too(anna, minsu):
    rename(anna, "sora")

    assert "똑같아 보여요" in rename(minsu, CYRILLIC_ANNA).text


def test_look_alikes_are_not_suggested(anna, app):
    with app.app_context():
        assert signup.taken_names([CYRILLIC_ANNA, "anna", "bora"]) == {CYRILLIC_ANNA, "anna"}


def test_of_two_look_alikes_at_once_one_becomes_a_member(app, rows):
    barrier = threading.Barrier(4)
    refused = []

    def sign_up(kakao_id, nickname):
        with app.test_request_context():
            barrier.wait()
            try:
                signup.create(KakaoProfile(kakao_id), nickname)
                db.session.commit()
            except nicknames.InvalidNicknameError as error:
                db.session.rollback()
                refused.append(str(error))

    names = ["anna", CYRILLIC_ANNA, "ᴀɴɴᴀ", "аnnа"]
    threads = [threading.Thread(target=sign_up, args=pair) for pair in enumerate(names, start=1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(rows(Member)) == 1
    assert len(refused) == 3
    assert all("똑같아 보여요" in message for message in refused)


def test_members_of_the_previous_release_get_their_skeletons(app, rows):
    with app.app_context():
        for kakao_id, nickname in enumerate(["anna", CYRILLIC_ANNA, "sora"], start=1):
            insert_as_before(kakao_id, nickname)

    result = app.test_cli_runner().invoke(args=["sessions", "purge"])

    assert "2 look-alike keys added" in result.output
    skeletons = {member.nickname: member.nickname_skeleton for member in rows(Member)}
    assert skeletons == {"anna": "anna", CYRILLIC_ANNA: None, "sora": "sora"}


def test_a_change_by_the_previous_release_is_caught_up_with(anna, app, rows):
    changed = {"nickname": "sora", "nickname_key": "sora", "nickname_changed_at": utc_now()}
    with app.app_context():
        db.session.execute(update(Member).values(changed))
        db.session.commit()

        assert renaming.add_missing_skeletons() == 1
        assert renaming.add_missing_skeletons() == 0

    assert [member.nickname_skeleton for member in rows(Member)] == ["sora"]


def test_someone_who_looked_like_another_before_can_still_sign_in_and_rename(
    app, browser, kakao, rows
):
    with app.app_context():
        insert_as_before(1, "anna")
        insert_as_before(2, CYRILLIC_ANNA)
        renaming.add_missing_skeletons()
    kakao.knows(2, CYRILLIC_ANNA)

    assert browser.sign_in("/me").location == "/me"
    assert rename(browser, "sora").location == "/me"
    assert {member.nickname_skeleton for member in rows(Member)} == {"anna", "sora"}


def test_a_reservation_without_a_skeleton_is_not_an_obstacle(anna, minsu, app):
    rename(anna, "sora")
    with app.app_context():
        db.session.execute(update(FormerNickname).values(nickname_skeleton=None))
        later = utc_now() - timedelta(days=2)
        db.session.execute(update(Member).values(nickname_changed_at=later))
        db.session.commit()

    assert rename(minsu, "bora").location == "/me"
