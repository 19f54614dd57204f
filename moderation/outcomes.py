"""Outcomes: what was decided, for the owner and the reporters, who read it once at home."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select, update

from auth import signals
from database import db
from models import FormerReport, Member, Outcome, Photo, Report

SHOWN_OUTCOMES = 20


def tell_owner(act: str, member_id: int, photo_id: int | None = None, why: str = "") -> None:
    """Tell a member what was decided about them or their photo; the caller commits.

    :param act: as in decisions.ACTS.
    """
    db.session.add(
        Outcome(member_id=member_id, act=act, is_reporter=False, photo_id=photo_id, why=why)
    )


def close_reports(act: str, *which: ColumnElement[bool]) -> None:
    """Close open reports, and tell their reporters what was decided; the caller commits.

    :param act: as in decisions.ACTS.
    :param which: conditions on Photo that say whose reports are closed.
    """
    query = select(Report).join(Report.photo).where(Report.is_open, *which)
    reports = db.session.scalars(query).all()
    for report in reports:
        db.session.add(
            Outcome(
                member_id=report.member_id,
                act=act,
                is_reporter=True,
                photo_id=report.photo_id,
                why="",
            )
        )
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
