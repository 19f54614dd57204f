"""Someone who deletes the account and signs up again has not a new day before them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from auth import members
from models import DepartedMember, Member
from moderation import decisions
from tests.auth.test_bans import run  # noqa: F401, a fixture
from tests.auth.test_departed_nicknames import leave  # noqa: F401, a fixture
from tests.auth.test_image import PICTURE
from tests.auth.test_renaming import rename


def in_hours(hours):
    return time_machine.travel(datetime.now(UTC) + timedelta(hours=hours))


@pytest.fixture
def renamed(jieun):
    rename(jieun, "하늘")
    return jieun


def test_a_nickname_is_changed_once_a_day(renamed, leave):  # noqa: F811
    leave(1)
    renamed.sign_in()

    assert rename(renamed, "바다").status_code == 422
    leave(1)
    renamed.sign_in()
    assert rename(renamed, "바다").status_code == 422
    with in_hours(25):
        assert rename(renamed, "바다").status_code == 302


def test_it_survives_a_change_of_the_secret_key(renamed, leave, app):  # noqa: F811
    leave(1)
    app.config["SECRET_KEY_FALLBACKS"] = [app.secret_key]
    app.secret_key = "a new key, as long as it has to be"
    renamed.sign_in()

    assert rename(renamed, "바다").status_code == 422


def test_another_person_has_their_own_day(renamed, leave, another_browser, kakao):  # noqa: F811
    leave(1)
    kakao.knows(2, "민수")
    another_browser.sign_in()

    assert rename(another_browser, "바다").status_code == 302


def test_nothing_is_kept_for_longer_than_a_day(renamed, leave, run, rows):  # noqa: F811
    with in_hours(1):
        leave(1)
    (row,) = rows(DepartedMember)
    assert row.pseudonym not in ("", "1") and row.kept_until < datetime.now(UTC) + timedelta(days=1)

    with in_hours(25):
        assert "1 rows about deleted accounts deleted" in run("sessions", "purge").output
    assert rows(DepartedMember) == []


def test_nothing_is_kept_of_someone_who_did_nothing_today(renamed, leave, rows):  # noqa: F811
    with in_hours(25):
        leave(1)

    assert rows(DepartedMember) == []


@pytest.fixture
def hidden_picture(browser, kakao):
    """The browser of 지은, whose picture from Kakao an operator has hidden."""
    kakao.knows(1, profile={"nickname": "지은", "thumbnail_image_url": PICTURE})
    browser.sign_in()
    with browser.app.app_context():
        decisions.refuse_image(members.find(1))
    return browser


def test_a_picture_that_an_operator_hid_stays_hidden(hidden_picture, leave):  # noqa: F811
    for _ in range(2):
        leave(1)
        hidden_picture.sign_in()
        assert PICTURE not in hidden_picture.get("/@지은").text
        assert "운영자가 사진 대신 그린 집을" in hidden_picture.get("/me").text


def test_a_hidden_picture_is_forgotten_after_thirty_days(hidden_picture, leave, run, rows):  # noqa: F811
    leave(1)
    with in_hours(29 * 24):
        assert "0 rows about deleted accounts deleted" in run("sessions", "purge", "--yes").output
    with in_hours(30 * 24 + 1):
        assert "1 rows about deleted accounts deleted" in run("sessions", "purge", "--yes").output
    assert rows(DepartedMember) == []


def test_what_counts_again_is_no_longer_stored_twice(renamed, leave, rows):  # noqa: F811
    leave(1)
    renamed.sign_in()

    assert rows(DepartedMember) == []
    assert rows(Member)[0].nickname_changed_at
