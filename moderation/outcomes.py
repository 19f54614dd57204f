"""Outcomes: what was decided, for the owner and the reporters, who read it once at home."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select, update

from auth import signals
from database import db
from models import FormerReport, Member, Outcome, Photo, Report

SHOWN_OUTCOMES = 20


def add(
    act: str, member_id: int, photo_id: int | None = None, why: str = "", is_reporter: bool = False
) -> None:
    """Add what a member reads about a decision; the caller commits.

    :param act: as in decisions.ACTS.
    :param is_reporter: whether they reported the photo; otherwise the decision concerns them.
    """
    db.session.add(
        Outcome(member_id=member_id, act=act, photo_id=photo_id, why=why, is_reporter=is_reporter)
    )


def close_reports(act: str, *which: ColumnElement[bool]) -> None:
    """Close open reports, and tell their reporters what was decided; the caller commits.

    :param act: as in decisions.ACTS.
    :param which: conditions on Photo that say whose reports are closed.
    """
    query = select(Report).join(Report.photo).where(Report.is_open, *which)
    reports = db.session.scalars(query).all()
    for report in reports:
        add(act, report.member_id, report.photo_id, is_reporter=True)
    # Reports that have arrived since stay open: no one has looked at them.
    closed = update(Report).where(Report.id.in_([report.id for report in reports]))
    db.session.execute(closed.values(is_open=False))
    # Reports by people who have deleted their accounts since are closed, too.
    former = FormerReport.photo_id.in_(select(Photo.id).where(*which))
    db.session.execute(update(FormerReport).where(former).values(is_open=False))


def unread(member: Member) -> Sequence[Outcome]:
    """Return what the member has not read yet, oldest first."""
    query = select(Outcome).filter_by(member_id=member.id).order_by(Outcome.id)
    return db.session.scalars(query.limit(SHOWN_OUTCOMES)).all()


def mark_read(member: Member, until: int) -> None:
    """Delete what the member has read.

    :param until: the id of the newest outcome that they have read.
    """
    db.session.execute(delete(Outcome).where(Outcome.member_id == member.id, Outcome.id <= until))
    db.session.commit()


@signals.account_exported.connect
def export_outcomes(_member: Member) -> tuple[list[type], list[tuple[str, bytes]]]:
    """Add what a member has not read yet to their data."""
    return [Outcome], []
