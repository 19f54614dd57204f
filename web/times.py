"""Times as text: 방금 전, 3분 전; dates and exact times in the time zone of Seoul."""

from datetime import UTC, datetime, timedelta, timezone
from datetime import date as calendar_date

from flask import Flask
from flask_babel import format_timedelta, gettext

from .language import cached_by_language

SEOUL = timezone(timedelta(hours=9))  # all year
# The units of Babel, the longest first.
UNITS = (
    timedelta(days=365),
    timedelta(days=30),
    timedelta(weeks=1),
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
)


def init_app(app: Flask) -> None:
    """Add the filters to templates."""
    app.add_template_filter(time_ago)
    app.add_template_filter(date)
    app.add_template_filter(exact_time)
    app.add_template_filter(day)


def time_ago(when: datetime) -> str:
    """Return how long ago a time was, in the largest unit that fits; 에 can follow in Korean.

    :param when: an aware datetime.
    """
    passed = datetime.now(UTC) - when
    for unit in UNITS:
        if passed >= unit:
            # Whole units: Babel would round 3.8 days up to 4.
            return ago(passed // unit * unit)
    return gettext("방금 전")


@cached_by_language  # a page of neighbours has dozens of them, and Babel is slow
def ago(passed: timedelta) -> str:
    """Return a number of whole units as text, in the language of this request."""
    return format_timedelta(-passed, threshold=1, add_direction=True)


def date(when: datetime) -> str:
    """Return the day of an aware datetime, in Korea."""
    return day(when.astimezone(SEOUL))


def day(when: calendar_date) -> str:
    """Return a day of the calendar."""
    return gettext(
        "%(year)d년 %(month)d월 %(day)d일", year=when.year, month=when.month, day=when.day
    )


def exact_time(when: datetime) -> str:
    """Return an aware datetime to the minute, in Korea.

    Without Babel, whose short time in Korean reads "PM 12:05".
    """
    return exact_minute(when.astimezone(SEOUL).replace(second=0, microsecond=0))


def utc_minute(when: datetime) -> str:
    """Return an aware datetime in UTC to the minute, as commands print it."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


@cached_by_language  # a page of neighbours has dozens of these, too
def exact_minute(local: datetime) -> str:
    """Return a minute in Seoul as text, in the language of this request."""
    return gettext(
        "%(date)s %(hour)02d:%(minute)02d", date=day(local), hour=local.hour, minute=local.minute
    )
