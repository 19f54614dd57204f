"""flask stats: what each day brought, in Seoul's days."""

from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import update

from database import db
from models import Member


@pytest.fixture
def run(app):
    return lambda *args: app.test_cli_runner().invoke(args=["stats", *args]).output.splitlines()


def test_each_day_in_seoul_shows_what_is_new(app, browser, kakao, run):
    for kakao_id, name in enumerate(["지은", "민수", "하늘"], start=1):
        kakao.knows(kakao_id, name)
        browser.sign_in()
    # 지은 at the last minute of a day in Seoul, 민수 at the first of the next, 하늘 long before.
    times = [(1, 8, 14, 59), (2, 8, 15, 0), (3, 1, 12, 0)]
    with app.app_context():
        for number, *when in times:
            at = datetime(2026, 12, *when, tzinfo=UTC)
            db.session.execute(update(Member).filter_by(kakao_id=number).values(created_at=at))
        db.session.commit()

    with time_machine.travel(datetime(2026, 12, 9, 3, tzinfo=UTC), tick=False):
        head, *days, together, in_all = run("--days", "3")

    assert head.split() == ["day", "members", "sign-ins", "photos", "footprints", "reports"]
    assert [line.split()[:2] for line in days] == [
        ["2026-12-07", "0"],
        ["2026-12-08", "1"],
        ["2026-12-09", "1"],
    ]
    assert together.split()[:2] == ["together", "2"]
    assert in_all.split()[2:4] == ["3", "3"]


def test_without_rows_everything_is_0(run):
    lines = run()

    assert len(lines) == 1 + 7 + 2
    assert {number for line in lines[1:8] for number in line.split()[1:]} == {"0"}


def test_a_row_that_was_counted_today_is_in_the_last_line_of_days(jieun, run):
    assert run("--days", "1")[1].split()[1:3] == ["1", "1"]
