"""Moments as people say them: 방금, 3분 전; and exactly, as the clocks in Seoul show them."""

from datetime import UTC, datetime, timedelta, timezone

from flask import Flask

from .language import catalogue

SEOUL = timezone(timedelta(hours=9))  # all year
# From the longest: how many seconds it has, and how it is said. Korean has one form for all
# numbers, other languages have more.
UNITS = (
    (365 * 86400, lambda n: catalogue().ngettext("%(num)s년 전", "%(num)s년 전", n)),
    (30 * 86400, lambda n: catalogue().ngettext("%(num)s개월 전", "%(num)s개월 전", n)),
    (86400, lambda n: catalogue().ngettext("%(num)s일 전", "%(num)s일 전", n)),
    (3600, lambda n: catalogue().ngettext("%(num)s시간 전", "%(num)s시간 전", n)),
    (60, lambda n: catalogue().ngettext("%(num)s분 전", "%(num)s분 전", n)),
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
            number = int(seconds // unit)
            return words(number) % {"num": number}
    return catalogue().gettext("방금")


def exactly(then: datetime) -> str:
    """An aware moment to the minute, in Korea."""
    there = then.astimezone(SEOUL)
    return catalogue().gettext("%(year)d년 %(month)d월 %(day)d일 %(hour)02d:%(minute)02d") % {
        "year": there.year,
        "month": there.month,
        "day": there.day,
        "hour": there.hour,
        "minute": there.minute,
    }
