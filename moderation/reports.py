"""Reports of photos by neighbours, and the answer of a hidden photo's owner."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from auth import signals
from database import count_changed, db, utc_now
from houses import daily_limits, listings
from houses.photos import PhotoNotFoundError
from models import Member, ModerationAct, Photo, Report
from web import limits
from web.logs import log_event

from . import aftermath, cases, decisions, outcomes

REPORTS_TO_HIDE = 3  # from different members, until an operator has looked

# An owner answers once. For this time, they can send the answer again, also corrected: the response
# to the first may have been lost.
CORRECTION_TIME = timedelta(minutes=10)


def correct(member: Member, photo_id: int, reason: str, words: str) -> bool:
    """Change the member's report that no operator has looked at; return whether there is one."""
    theirs = update(Report).filter_by(photo_id=photo_id, member_id=member.id, is_open=True)
    is_there = count_changed(theirs.values(reason=reason, words=words)) == 1
    db.session.commit()
    return is_there


def add(member: Member, photo: Photo, reason: str, words: str) -> bool:
    """Report a photo; the third different reporter hides it until an operator has looked.

    :returns: False if this person has reported the photo before, with the same caption.
    :raises PhotoNotFoundError: if it was removed in the meantime.
    """
    photo_id = photo.id
    try:
        decisions.lock(photo)  # so that the second of two concurrent reports counts the first
    except StaleDataError:
        raise PhotoNotFoundError from None
    if aftermath.was_answered_before(member, photo):
        return False
    try:
        with db.session.begin_nested():
            report = Report(photo_id=photo.id, member_id=member.id, reason=reason, words=words)
            report.reported_line = photo.words
            db.session.add(report)
    except IntegrityError:
        if listings.find_photo(photo_id) is None:
            raise PhotoNotFoundError from None
        if not renew(member, photo, reason, words):
            return False
    query = select(func.count()).where(Report.photo_id == photo.id, cases.COUNTS)
    if db.session.scalars(query).one() >= REPORTS_TO_HIDE and not photo.is_hidden:
        photo.is_hidden, photo.hidden_why, photo.answer = True, "", None
        decisions.record_act("hide", photo.member_id, origin="reports", photo_id=photo.id)
        outcomes.add("hide", photo.member_id, photo.id)
    db.session.commit()
    log_event("photo reported", member=member.id, photo=photo.id, reason=reason)
    return True


def renew(member: Member, photo: Photo, reason: str, words: str) -> bool:
    """Open the member's closed report again if the photo has another caption since.

    The caller commits.

    :returns: False if the caption is the same.
    """
    now = {"reason": reason, "words": words, "reported_line": photo.words, "created_at": utc_now()}
    theirs = update(Report).filter_by(photo_id=photo.id, member_id=member.id, is_open=False)
    # An empty caption is nothing new: an operator may have removed the reported one.
    theirs = theirs.where(Report.reported_line != photo.words)
    return bool(photo.words) and count_changed(theirs.values(is_open=True, **now)) == 1


def count_attempt(member: Member) -> bool:
    """Count a report; return False if the day's reports are used up."""
    return daily_limits.count(member, "report_attempts", limits.REPORTS_PER_DAY)


def answer(photo: Photo, words: str) -> bool:
    """Store what the owner of a hidden photo answers; within CORRECTION_TIME, also a correction.

    :returns: False if they answered longer ago, or the photo is not hidden any more.
    """
    unanswered = update(Photo).where(Photo.id == photo.id, Photo.is_hidden, Photo.answer.is_(None))
    is_first = count_changed(unanswered.values(answer=words)) == 1
    if is_first:
        decisions.record_act("answer", photo.member_id, origin="page", photo_id=photo.id, why=words)
    is_corrected = not is_first and correct_answer(photo, words)
    db.session.commit()
    return is_first or is_corrected


def correct_answer(photo: Photo, words: str) -> bool:
    """Change an answer just sent, and return whether that is possible; the caller commits."""
    query = select(ModerationAct).filter_by(photo_id=photo.id).order_by(ModerationAct.id.desc())
    newest = db.session.scalar(query.limit(1))
    # An operator may have decided since.
    if newest is None or newest.act != "answer":
        return False
    if newest.created_at < utc_now() - CORRECTION_TIME:
        return False
    newest.why = words
    answered = update(Photo).where(Photo.id == photo.id, Photo.answer.is_not(None))
    return count_changed(answered.values(answer=words)) == 1


def reports_of(photo: Photo) -> Sequence[Report]:
    """Return all reports of a photo, newest first, closed ones too."""
    query = select(Report).options(joinedload(Report.member)).filter_by(photo_id=photo.id)
    return db.session.scalars(query.order_by(Report.id.desc()).limit(100)).all()


def all_by_photo() -> Iterator[tuple[Photo, list[Report]]]:
    """Yield each photo that was ever reported, with all its reports, the first reported first."""
    first = (
        select(Report.photo_id, func.min(Report.id).label("id"))
        .group_by(Report.photo_id)
        .subquery()
    )
    query = (
        select(Report)
        .join(first, first.c.photo_id == Report.photo_id)
        .options(joinedload(Report.member), joinedload(Report.photo).joinedload(Photo.member))
        .order_by(first.c.id, Report.id)
    )
    for photo, its_reports in groupby(db.session.scalars(query), lambda report: report.photo):
        yield photo, list(its_reports)


@signals.account_exported.connect
def export_reports(_member: Member) -> tuple[list[type], list[tuple[str, bytes]]]:
    """Add what a member reported, and what was decided about them, to their data."""
    return [Report, ModerationAct], []
