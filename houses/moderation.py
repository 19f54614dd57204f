"""Reports, hidden photos, suspended members; who did what, and why."""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import lazy_gettext
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager, joinedload

from auth import bans, signals
from database import count_changed, db, utc_now
from models import FOREVER, LoginSession, Member, ModerationAct, Photo, Report
from web.logs import log_event

REPORTS_TO_HIDE = 3  # from different members, until an operator has looked
SHOWN_ACTS = 30  # of the newest on the operator's page

# What is done, and where, as they are stored and as they are called.
ACTS = {
    "hide": lazy_gettext("가림"),
    "keep": lazy_gettext("그대로 둠"),
    "answer": lazy_gettext("집주인의 답"),
    "suspend": lazy_gettext("이용을 멈춤"),
    "restore": lazy_gettext("다시 맞이함"),
    "operator": lazy_gettext("운영자로 정함"),
    "operator off": lazy_gettext("운영자에서 내림"),
    "sign out": lazy_gettext("로그아웃시킴"),
    "sign all out": lazy_gettext("모두 로그아웃시킴"),
    "delete": lazy_gettext("계정을 지움"),
}
ORIGINS = {
    "command": lazy_gettext("서버에서 직접"),
    "reports": lazy_gettext("이웃들의 걱정"),
    "page": lazy_gettext("화면"),
}


def report(member: Member, photo: Photo, reason: str, words: str) -> bool:
    """Report a photo; the third different reporter hides it until an operator has looked.

    :returns: False if this member has reported it before.
    """
    # Locked, so that of two concurrent reports the second counts the first.
    db.session.execute(select(Photo.id).where(Photo.id == photo.id).with_for_update())
    try:
        with db.session.begin_nested():
            db.session.add(
                Report(photo_id=photo.id, member_id=member.id, reason=reason, words=words)
            )
    except IntegrityError:
        db.session.rollback()
        return False
    query = select(func.count()).where(Report.photo_id == photo.id, Report.is_open)
    if db.session.scalars(query).one() >= REPORTS_TO_HIDE and not photo.is_hidden:
        photo.is_hidden, photo.hidden_why, photo.answer = True, "", None
        record_act("hide", "reports", photo.member_id, photo_id=photo.id)
    db.session.commit()
    log_event("photo reported", member=member.id, photo=photo.id, reason=reason)
    return True


def hide(photo: Photo, why: str, operator: Member | None = None) -> None:
    """Hide a photo for all but its owner, who reads why and can answer once.

    :param operator: who does it; None on the command line.
    """
    photo.is_hidden, photo.hidden_why, photo.answer = True, why, None
    close_reports(photo)
    record_operator_act("hide", operator, photo.member_id, photo_id=photo.id, why=why)
    db.session.commit()


def show(photo: Photo, why: str = "", operator: Member | None = None) -> None:
    """Show a photo, again if it was hidden; the reports so far no longer count."""
    photo.is_hidden, photo.hidden_why, photo.answer = False, "", None
    close_reports(photo)
    record_operator_act("keep", operator, photo.member_id, photo_id=photo.id, why=why)
    db.session.commit()


def close_reports(photo: Photo) -> None:
    """Settle the reports of a photo, in the caller's transaction."""
    db.session.execute(update(Report).where(Report.photo_id == photo.id).values(is_open=False))


def answer(photo: Photo, words: str) -> bool:
    """Store what the owner of a hidden photo answers.

    :returns: False if they have answered before, or it is not hidden any more.
    """
    unanswered = update(Photo).where(Photo.id == photo.id, Photo.is_hidden, Photo.answer.is_(None))
    is_first = count_changed(unanswered.values(answer=words)) == 1
    if is_first:
        record_act("answer", "page", photo.member_id, photo_id=photo.id, why=words)
    db.session.commit()
    return is_first


def suspend(member: Member, why: str, days: int | None, operator: Member | None = None) -> None:
    """Suspend a member: their sessions end, their house is not shown, they cannot sign in.

    :param days: how long; None for a suspension without an end.
    """
    member.suspended_until = utc_now() + timedelta(days=days) if days else FOREVER
    member.suspended_why = why
    alive = LoginSession.member_id == member.id, LoginSession.ended_at.is_(None)
    db.session.execute(update(LoginSession).where(*alive).values(ended_at=utc_now()))
    record_operator_act("suspend", operator, member.id, why=why)
    db.session.commit()


def restore(member: Member, why: str = "", operator: Member | None = None) -> None:
    """Let a suspended member in again."""
    member.suspended_until = member.suspended_why = None
    record_operator_act("restore", operator, member.id, why=why)
    db.session.commit()


def lift_ban(kakao_id: int) -> bool:
    """Lift a suspension that outlived its account, and return whether there was one."""
    is_lifted = bans.lift(kakao_id)
    if is_lifted:
        record_act("restore", "command", None)
    db.session.commit()
    return is_lifted


def set_operator(member: Member, is_operator: bool) -> None:
    """Make a member an operator, or no longer one; on the command line only."""
    member.is_operator = is_operator
    record_act("operator" if is_operator else "operator off", "command", member.id)
    db.session.commit()


@signals.operator_acted.connect
def record_command(member: Member | None, act: str, why: str) -> None:
    """Record what an operator does; of a deletion only that, when and why it happened."""
    member_id = member.id if member and act != "delete" else None
    record_act(act, "command", member_id, why=why)


def record_operator_act(act: str, operator: Member | None, member_id: int, **more: object) -> None:
    """Add an act to the history, by an operator or else on the command line."""
    operator_id = operator.id if operator else None
    origin = "page" if operator else "command"
    record_act(act, origin, member_id, operator_id=operator_id, **more)


def record_act(act: str, origin: str, member_id: int | None, **more: object) -> None:
    """Add to the history of who did what, when and why."""
    more.setdefault("why", "")
    db.session.add(ModerationAct(act=act, origin=origin, member_id=member_id, **more))
    log_event(f"moderation: {act}", origin=origin, member=member_id, photo=more.get("photo_id"))


def open_reports() -> Sequence[Report]:
    """Return the reports that no operator has looked at, newest first, with photo and people."""
    query = (
        select(Report)
        .join(Report.photo)
        .join(Photo.member)
        .options(contains_eager(Report.photo).contains_eager(Photo.member))
        .options(joinedload(Report.member))
        .where(Report.is_open)
        .order_by(Report.id.desc())
        .limit(100)
    )
    return db.session.scalars(query).all()


def answered_photos() -> Sequence[Photo]:
    """Return the hidden photos whose owners have answered."""
    query = select(Photo).options(joinedload(Photo.member))
    query = query.where(Photo.is_hidden, Photo.answer.is_not(None)).order_by(Photo.id.desc())
    return db.session.scalars(query.limit(100)).all()


def suspended_members() -> Sequence[Member]:
    """Return the members who are suspended now."""
    query = select(Member).where(Member.is_suspended).order_by(Member.id)
    return db.session.scalars(query.limit(100)).all()


def reports_of(photo: Photo) -> Sequence[Report]:
    """Return all reports of a photo, newest first, those that are settled too."""
    query = select(Report).options(joinedload(Report.member)).filter_by(photo_id=photo.id)
    return db.session.scalars(query.order_by(Report.id.desc()).limit(100)).all()


def newest_acts(**which: int) -> Sequence[ModerationAct]:
    """Return what was done, newest first: all of it, or about one photo or member."""
    query = select(ModerationAct).filter_by(**which)
    query = query.options(joinedload(ModerationAct.operator), joinedload(ModerationAct.member))
    return db.session.scalars(query.order_by(ModerationAct.id.desc()).limit(SHOWN_ACTS)).all()
