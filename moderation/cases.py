"""The queue of cases: photos that an operator has to decide about, the oldest first.

A case is a photo with open reports, or a hidden photo without a decision: three reports hid it, or
its owner has answered. Reports by suspended members do not count. Photos of suspended members are
no cases, since no one sees them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import abort
from sqlalchemy import and_, bindparam, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased, contains_eager, joinedload

from database import db
from models import MAX_BIGINT, Member, ModerationAct, Photo, Report

PAGE_SIZE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Reporter = aliased(Member)
# An open report by a member who is not suspended.
COUNTS = and_(
    Report.is_open, exists().where(Reporter.id == Report.member_id, ~Reporter.is_suspended)
)
REPORTED = select(Report.photo_id, func.min(Report.created_at).label("since")).where(COUNTS)
UNDECIDED = (
    select(Photo.id, func.coalesce(func.max(ModerationAct.created_at), Photo.created_at))
    .outerjoin(ModerationAct, ModerationAct.photo_id == Photo.id)
    .where(Photo.is_undecided)
)
OPENED = union_all(REPORTED.group_by(Report.photo_id), UNDECIDED.group_by(Photo.id)).subquery()
# When each case was opened.
OPEN = (
    select(OPENED.c.photo_id, func.min(OPENED.c.since).label("since"))
    .group_by(OPENED.c.photo_id)
    .subquery()
)
CASES = (
    select(Photo, OPEN.c.since)
    .join(OPEN, OPEN.c.photo_id == Photo.id)
    .join(Photo.member)
    .options(contains_eager(Photo.member))
    .where(~Member.is_suspended)
)
WITH_REASON = select(Report.photo_id).where(COUNTS, Report.reason == bindparam("reason"))
COUNT_BY_REASON = (
    select(Report.reason, func.count(Report.photo_id.distinct()))
    .join(Report.photo)
    .join(Photo.member)
    .where(COUNTS, ~Member.is_suspended)
    .group_by(Report.reason)
)


@dataclass(frozen=True)
class Position:
    """A place in the queue: when a case was opened, and the id of its photo."""

    since: datetime
    photo_id: int

    def __str__(self) -> str:
        return f"{(self.since - EPOCH) // timedelta(microseconds=1)}-{self.photo_id}"


@dataclass(frozen=True)
class Case:
    """A photo to decide about, with the reports that count, the oldest first."""

    photo: Photo
    position: Position
    reports: Sequence[Report]


def queue(
    reason: str | None = None, after: Position | None = None, size: int | None = PAGE_SIZE
) -> tuple[list[Case], Position | None]:
    """Return open cases, the oldest first, and the position after which the next page begins.

    :param reason: only cases with a report for this reason.
    :param size: of a page; None for all cases.
    """
    query = CASES.order_by(OPEN.c.since, Photo.id).limit(size and size + 1)
    if reason:
        query = query.where(Photo.id.in_(WITH_REASON))
    if after:
        is_later = OPEN.c.since > after.since
        is_as_old = and_(OPEN.c.since == after.since, Photo.id > after.photo_id)
        query = query.where(or_(is_later, is_as_old))
    found = db.session.execute(query, {"reason": reason}).all()
    rows = found[:size]
    reports = open_reports([photo.id for photo, _ in rows])
    cases = [
        Case(photo, Position(since, photo.id), reports.get(photo.id, [])) for photo, since in rows
    ]
    return cases, cases[-1].position if len(found) > len(rows) else None


def open_reports(photo_ids: Sequence[int]) -> dict[int, list[Report]]:
    """Return the reports of these photos that count, by photo, the oldest first."""
    query = select(Report).options(joinedload(Report.member)).where(COUNTS)
    query = query.where(Report.photo_id.in_(photo_ids)).order_by(Report.id)
    reports: dict[int, list[Report]] = {}
    for report in db.session.scalars(query):
        reports.setdefault(report.photo_id, []).append(report)
    return reports


def count() -> int:
    """Return how many cases are open."""
    return db.session.scalars(CASES.with_only_columns(func.count())).one()


def oldest() -> datetime | None:
    """Return when the oldest open case was opened."""
    return db.session.scalar(CASES.with_only_columns(func.min(OPEN.c.since)))


def count_by_reason() -> dict[str, int]:
    """Return how many cases have a report for each reason that anyone gave."""
    return {reason: number for reason, number in db.session.execute(COUNT_BY_REASON)}


def position_of(photo_id: int) -> Position | None:
    """Return where the case of a photo is in the queue; None if it has none."""
    row = db.session.execute(CASES.where(Photo.id == photo_id)).one_or_none()
    return Position(row.since, photo_id) if row else None


def next_photo_id(after: Position, reason: str | None) -> int | None:
    """Return the photo of the next case, or of the oldest one after the last; None without any."""
    for position in (after, None):
        cases, _ = queue(reason, position, size=1)
        if cases:
            return cases[0].photo.id
    return None


def parse_position(text: str | None) -> Position | None:
    """Return the position in a URL; 404 for one that no page has linked to."""
    if not text:
        return None
    match = re.fullmatch("([0-9]{1,17})-([0-9]{1,19})", text, re.ASCII)
    if match is None or int(match[2]) > MAX_BIGINT:
        abort(404)
    return Position(EPOCH + timedelta(microseconds=int(match[1])), int(match[2]))
