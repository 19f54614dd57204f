"""Moments as people say them: 방금, 3분 전; and exactly, as the clocks in Seoul show them."""

from datetime import UTC, datetime, timedelta, timezone

from flask import Flask

SEOUL = timezone(timedelta(hours=9))  # all year
# From the longest: how many seconds it has, and how many of them are said.
UNITS = (
    (365 * 86400, "{}년 전"),
    (30 * 86400, "{}개월 전"),
    (86400, "{}일 전"),
    (3600, "{}시간 전"),
    (60, "{}분 전"),
)


def init_app(app: Flask) -> None:
    app.add_template_filter(ago)
    app.add_template_filter(exactly)


def ago(then: datetime, now: datetime | None = None) -> str:
    """How long ago it was, in the largest unit that fits.

    :param then: an aware moment.
    :param now: for tests.
    """
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    for unit, words in UNITS:
        if seconds >= unit:
            return words.format(int(seconds // unit))
    return "방금"


def exactly(then: datetime) -> str:
    """An aware moment to the minute, in Korea."""
    there = then.astimezone(SEOUL)
    return f"{there.year}년 {there.month}월 {there.day}일 {there:%H:%M}"
