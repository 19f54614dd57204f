"""Moments in words, and exactly in Korean time."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from models import LoginSession, Member, db, now
from web import times

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        ({"seconds": -5}, "방금"),
        ({"seconds": 0}, "방금"),
        ({"seconds": 59}, "방금"),
        ({"seconds": 60}, "1분 전"),
        ({"minutes": 59, "seconds": 59}, "59분 전"),
        ({"hours": 1}, "1시간 전"),
        ({"hours": 23, "minutes": 59}, "23시간 전"),
        ({"days": 1}, "1일 전"),
        ({"days": 3, "hours": 20}, "3일 전"),
        ({"days": 30}, "1개월 전"),
        ({"days": 364}, "12개월 전"),
        ({"days": 365}, "1년 전"),
        ({"days": 800}, "2년 전"),
    ],
    ids=str,
)
def test_how_long_ago_in_words(app, passed, words):
    with app.test_request_context():
        assert times.ago(NOON - timedelta(**passed), NOON) == words


def test_the_exact_time_is_the_one_on_korean_clocks(app):
    with app.test_request_context():
        assert times.exactly(datetime(2026, 12, 31, 15, 5, tzinfo=UTC)) == "2027년 1월 1일 00:05"


def test_pages_tell_times_in_words_with_the_exact_time_in_the_title(app, browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    moved_in = now() - timedelta(days=3)
    with app.app_context():
        db.session.execute(update(Member).values(created_at=moved_in))
        db.session.execute(update(LoginSession).values(created_at=moved_in))
        db.session.commit()
    with app.test_request_context():
        exactly = times.exactly(moved_in)

    for path in ("/", "/me", "/me/sessions", "/@지은"):
        assert f'title="{exactly}">3일 전</time>' in browser.get(path).text
