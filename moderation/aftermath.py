"""The cases and reports that outlive a removed photo or a deleted account for 30 days.

Otherwise an owner could remove a photo and add it again, without its reports and the operator's
decision. Three people could delete their accounts, come back, and count as new reporters. People
and pictures are stored as keyed hashes.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import joinedload

from auth import pseudonyms
from auth.signals import account_deleted, purging
from database import count_changed, db, utc_now
from houses.signals import photo_adding, photo_removing
from models import FormerReport, Member, ModerationAct, Photo, RemovedPhoto, Report

from . import decisions

LIFETIME = timedelta(days=30)
DELETED = "delete photo"  # the act of an operator
DECISION = ("is_hidden", "hidden_why", "answer")  # columns of Photo and of RemovedPhoto
HAS_CASE = or_(
    Photo.is_hidden,
    exists().where(Report.photo_id == Photo.id),
    exists().where(FormerReport.photo_id == Photo.id),
)


@photo_removing.connect
def store_case_of_removed(photo: Photo) -> None:
    """Store what was reported and decided about a photo that is removed.

    If the owner removes a reported photo, the record says so.
    """
    case = case_of(photo)
    deleted = exists().where(ModerationAct.photo_id == photo.id, ModerationAct.act == DELETED)
    is_reported = photo.is_hidden or any(report["is_open"] for report in case["reports"])
    if is_reported and not db.session.scalar(select(deleted)):
        member_id, caption = photo.member_id, photo.words
        decisions.record_act("remove", member_id, origin="page", photo_id=photo.id, why=caption)
    store_case(photo, case)


@account_deleted.connect
def store_cases_of(member: Member) -> None:
    """Store the cases of a member's photos, and which photos of others they have reported."""
    # Most photos have no case, and a house may have thousands of photos.
    for photo in db.session.scalars(select(Photo).filter_by(member_id=member.id).where(HAS_CASE)):
        store_case(photo, case_of(photo))
    for report in db.session.scalars(select(Report).filter_by(member_id=member.id)):
        person = pseudonyms.of(member.kakao_id)
        store_reporter(report.photo_id, person, report.is_open, report.reported_line)
    forget_words(member)


def forget_words(member: Member) -> None:
    """Drop what a member wrote in reports of photos that are gone; the caller commits."""
    gone = {"member_id": 0, "reason": "", "words": ""}
    for removed in db.session.scalars(select(RemovedPhoto)):
        if any(report["member_id"] == member.id for report in removed.reports):
            removed.reports = [
                report | gone if report["member_id"] == member.id else report
                for report in removed.reports
            ]


def case_of(photo: Photo) -> dict[str, Any]:
    """Return the reports of a photo and the decision about it."""
    query = select(Report).options(joinedload(Report.member)).filter_by(photo_id=photo.id)
    reports = [
        {
            "member_id": report.member_id,
            "pseudonym": pseudonyms.of(report.member.kakao_id),
            "reason": report.reason,
            "words": report.words,
            "reported_line": report.reported_line,
            "is_open": report.is_open,
            "created_at": report.created_at.isoformat(),
        }
        for report in db.session.scalars(query)
    ]
    for former in db.session.scalars(select(FormerReport).filter_by(photo_id=photo.id)):
        columns = ("pseudonym", "reported_line", "is_open")
        reports.append({"member_id": 0} | {name: getattr(former, name) for name in columns})
    return {"reports": reports} | {name: getattr(photo, name) for name in DECISION}


def store_case(photo: Photo, case: dict[str, Any]) -> None:
    """Store the case of a photo, if there is one; the caller commits."""
    if photo.digest and (photo.is_hidden or case["reports"]):
        owner = pseudonyms.of(photo.member.kakao_id)
        (digest, *_) = digests(photo)
        until = utc_now() + LIFETIME
        db.session.merge(RemovedPhoto(owner=owner, digest=digest, kept_until=until, **case))


@photo_adding.connect
def resume_case(photo: Photo) -> None:
    """Give a photo the case of the same picture in the same house, removed or still there."""
    case = take_case(photo) or copy_case(photo)
    if case is None:
        return
    for name in DECISION:
        setattr(photo, name, case[name])
    for report in case["reports"]:
        resume_report(photo, **report)
    decisions.record_act("again", photo.member_id, origin="page", photo_id=photo.id)


def take_case(photo: Photo) -> dict[str, Any] | None:
    """Delete and return the case of a removed photo with the same picture."""
    removed = db.session.scalar(
        select(RemovedPhoto).where(
            RemovedPhoto.owner.in_(pseudonyms.accepted(photo.member.kakao_id)),
            RemovedPhoto.digest.in_(digests(photo)),
            RemovedPhoto.kept_until > utc_now(),
        )
    )
    if removed is None:
        return None
    db.session.delete(removed)
    return {name: getattr(removed, name) for name in ("reports", *DECISION)}


def copy_case(photo: Photo) -> dict[str, Any] | None:
    """Return the case of a hidden photo with the same picture that is still in this house."""
    same = select(Photo).filter_by(member_id=photo.member_id, digest=photo.digest, is_hidden=True)
    other = db.session.scalar(same.order_by(Photo.id.desc()).limit(1))
    return case_of(other) if other else None


def resume_report(
    photo: Photo,
    member_id: int,
    pseudonym: str,
    is_open: bool,
    reported_line: str | None,
    **more: Any,
) -> None:
    """Give a photo a report of the same picture; the caller commits."""
    member = db.session.get(Member, member_id)
    # SQLite gives the ids of deleted members to new members.
    if member and pseudonym in pseudonyms.accepted(member.kakao_id):
        more["created_at"] = datetime.fromisoformat(more["created_at"])
        values = {"is_open": is_open, "reported_line": reported_line} | more
        db.session.add(Report(photo_id=photo.id, member_id=member_id, **values))
    else:
        store_reporter(photo.id, pseudonym, is_open, reported_line)


def store_reporter(photo_id: int, pseudonym: str, is_open: bool, reported_line: str | None) -> None:
    """Store that someone who is no longer a member has reported a photo; the caller commits."""
    until = utc_now() + LIFETIME
    values = {"is_open": is_open, "reported_line": reported_line, "kept_until": until}
    db.session.merge(FormerReport(photo_id=photo_id, pseudonym=pseudonym, **values))


def was_answered_before(member: Member, photo: Photo) -> bool:
    """Return whether an operator has decided about a report of this person's former account."""
    theirs = select(FormerReport).where(
        FormerReport.photo_id == photo.id,
        FormerReport.pseudonym.in_(pseudonyms.accepted(member.kakao_id)),
        FormerReport.kept_until > utc_now(),
    )
    former = db.session.scalar(theirs)
    has_new_caption = photo.words and former and former.reported_line != photo.words
    return former is not None and not former.is_open and not has_new_caption


def digests(photo: Photo) -> list[str]:
    """Return the hashes under which a photo's picture may be stored, the newest key's first."""
    return list(pseudonyms.keyed_hashes("picture", photo.digest or ""))


@purging.connect
def purge(_sender: object) -> str:
    """Delete the cases and reports that are older than LIFETIME."""
    tables = (RemovedPhoto, FormerReport)
    counts = [count_changed(delete(each).where(each.kept_until <= utc_now())) for each in tables]
    db.session.commit()
    return f"{sum(counts)} cases of removed photos and reports of deleted accounts deleted"
