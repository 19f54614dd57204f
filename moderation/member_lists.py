"""Lists of members for operators: the newest, suspended, operators, the most reported."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext
from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from database import db
from models import Member, Photo, Report

from .cases import Reporter

MAX_ROWS = 100

# Value in URLs: label.
LISTS = {
    "newest": lazy_gettext("새 이웃"),
    "reported": lazy_gettext("신고가 많은 이웃"),
    "suspended": lazy_gettext("이용을 제한한 이웃"),
    "operators": lazy_gettext("운영하는 이웃"),
}

Owner = aliased(Member)
IS_OPEN = Report.is_open & ~Owner.is_suspended
MADE, OPEN = func.count().label("made"), func.sum(case((IS_OPEN, 1), else_=0)).label("open")
# How often each member's photos were reported by members who are not suspended now.
COUNTS = (
    select(Photo.member_id, MADE, OPEN)
    .select_from(Report)
    .join(Report.photo)
    .join(Owner, Owner.id == Photo.member_id)
    .join(Reporter, Reporter.id == Report.member_id)
    .where(~Reporter.is_suspended)
    .group_by(Photo.member_id)
)
# Reads all reports, unlike the other lists.
MOST_REPORTED = (
    COUNTS.order_by(OPEN.desc(), MADE.desc(), Photo.member_id).limit(MAX_ROWS).subquery()
)
NEWEST = select(Member).order_by(Member.id.desc())
QUERIES = {
    "newest": NEWEST,
    "reported": select(Member)
    .join(MOST_REPORTED, MOST_REPORTED.c.member_id == Member.id)
    .order_by(MOST_REPORTED.c.open.desc(), MOST_REPORTED.c.made.desc(), Member.id),
    "suspended": NEWEST.where(Member.is_suspended),
    "operators": NEWEST.where(Member.is_operator),
}


@dataclass(frozen=True)
class ReportCount:
    """How often a member's photos were reported.

    :ivar made: the number of reports by members who are not suspended now.
    :ivar open: the number of these reports that are still to be decided about.
    """

    made: int = 0
    open: int = 0


def read(which: str) -> list[tuple[Member, ReportCount]]:
    """Return the first members of a list, and how often each was reported.

    :param which: a key of LISTS.
    """
    members = db.session.scalars(QUERIES[which].limit(MAX_ROWS)).all()
    counts = count_reports([member.id for member in members])
    return [(member, counts[member.id]) for member in members]


def count_reports(member_ids: Sequence[int]) -> dict[int, ReportCount]:
    """Return how often these members were reported, by id."""
    counts = dict.fromkeys(member_ids, ReportCount())
    for member_id, *count in db.session.execute(COUNTS.where(Photo.member_id.in_(member_ids))):
        counts[member_id] = ReportCount(*count)
    return counts
