"""Lists of members for operators: the newest, suspended, operators, the most reported."""

from collections.abc import Sequence

from flask_babel import lazy_gettext
from sqlalchemy import Row, case, func, select
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
    "operators": lazy_gettext("운영자"),
}

Owner = aliased(Member)
IS_OPEN = Report.is_open & ~Owner.is_suspended
# How often each member's photos were reported by members who are not suspended now.
REPORTS = (
    select(
        Photo.member_id,
        func.count().label("made"),
        func.sum(case((IS_OPEN, 1), else_=0)).label("open"),
    )
    .select_from(Report)
    .join(Report.photo)
    .join(Owner, Owner.id == Photo.member_id)
    .join(Reporter, Reporter.id == Report.member_id)
    .where(~Reporter.is_suspended)
    .group_by(Photo.member_id)
    .subquery()
)
MEMBERS = select(
    Member,
    func.coalesce(REPORTS.c.made, 0).label("made"),
    func.coalesce(REPORTS.c.open, 0).label("open"),
).outerjoin(REPORTS, REPORTS.c.member_id == Member.id)
QUERIES = {
    "newest": MEMBERS.order_by(Member.id.desc()),
    "reported": MEMBERS.where(REPORTS.c.made > 0).order_by(
        REPORTS.c.open.desc(), REPORTS.c.made.desc(), Member.id
    ),
    "suspended": MEMBERS.where(Member.is_suspended).order_by(Member.id),
    "operators": MEMBERS.where(Member.is_operator).order_by(Member.id),
}


def read(which: str) -> Sequence[Row]:
    """Return the first members of a list, with the numbers of reports: `made`, and still `open`.

    :param which: a key of LISTS.
    """
    return db.session.execute(QUERIES[which].limit(MAX_ROWS)).all()


def counts_of(member: Member) -> Row:
    """Return a member with the same numbers."""
    return db.session.execute(MEMBERS.where(Member.id == member.id)).one()
