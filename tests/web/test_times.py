"""Times as text: how long ago, and the exact Korean time."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update

from database import db, utc_now
from models import LoginSession, Member
from web import times

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        ({"seconds": -5}, "방금 전"),
        ({"seconds": 0}, "방금 전"),
        ({"seconds": 59}, "방금 전"),
        ({"seconds": 60}, "1분 전"),
        ({"minutes": 59, "seconds": 59}, "59분 전"),
        ({"hours": 1}, "1시간 전"),
        ({"hours": 23, "minutes": 59}, "23시간 전"),
        ({"days": 1}, "1일 전"),
        ({"days": 3, "hours": 20}, "3일 전"),
        ({"days": 7}, "1주 전"),
        ({"days": 29}, "4주 전"),
        ({"days": 30}, "1개월 전"),
        ({"days": 364}, "12개월 전"),
        ({"days": 365}, "1년 전"),
        ({"days": 800}, "2년 전"),
    ],
    ids=str,
)
@time_machine.travel(NOON, tick=False)
def test_time_ago_counts_whole_units(app, passed, text):
    with app.test_request_context():
        assert times.time_ago(NOON - timedelta(**passed)) == text


@time_machine.travel(NOON, tick=False)
def test_time_ago_in_english(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert times.time_ago(NOON - timedelta(minutes=1)) == "1 minute ago"
        assert times.time_ago(NOON - timedelta(days=20)) == "2 weeks ago"


def test_the_exact_time_is_the_one_on_korean_clocks(app):
    with app.test_request_context():
        assert times.exact_time(datetime(2026, 12, 31, 15, 5, tzinfo=UTC)) == "2027년 1월 1일 00:05"


def test_pages_show_times_as_text_with_the_exact_time_in_the_title(app, browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    moved_in = utc_now() - timedelta(days=3)
    with app.app_context():
        db.session.execute(update(Member).values(created_at=moved_in))
        db.session.execute(update(LoginSession).values(created_at=moved_in))
        db.session.commit()
    with app.test_request_context():
        exact_time = times.exact_time(moved_in)

    for path in ("/", "/me/sessions", "/@지은"):
        assert f'title="{exact_time}">3일 전</time>' in browser.get(path).text


def test_a_date_is_the_one_on_korean_calendars(app):
    with app.test_request_context():
        assert times.date(datetime(2026, 12, 31, 15, 5, tzinfo=UTC)) == "2027년 1월 1일"
