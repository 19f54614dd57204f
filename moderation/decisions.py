"""What operators decide about photos and members, each in one transaction that records it."""

from collections.abc import Sequence
from datetime import timedelta

from flask_babel import lazy_gettext
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from auth import bans, deletion, pseudonyms, sessions
from database import db, utc_now
from models import FOREVER, Member, ModerationAct, Photo, Report
from web.logs import log_event

SHOWN_ACTS = 30  # of the newest on the operator's page

# Stored value: label.
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


def lock(row: Photo | Member) -> None:
    """Lock a photo or member, so that of two decisions at once the second sees the first."""
    table = type(row)
    query = select(table).where(table.id == row.id).with_for_update()
    db.session.scalar(query.execution_options(populate_existing=True))


def hide(photo: Photo, why: str, operator: Member | None = None) -> None:
    """Hide a photo for all but its owner, who reads why and can answer once.

    :param operator: who does it; None on the command line.
    """
    photo.is_hidden, photo.hidden_why, photo.answer = True, why, None
    close_reports(photo)
    record_act("hide", photo.member_id, operator, photo_id=photo.id, why=why)
    db.session.commit()


def show(photo: Photo, why: str = "", operator: Member | None = None) -> None:
    """Show a photo, hidden or not, and close its reports."""
    photo.is_hidden, photo.hidden_why, photo.answer = False, "", None
    close_reports(photo)
    record_act("keep", photo.member_id, operator, photo_id=photo.id, why=why)
    db.session.commit()


def close_reports(photo: Photo) -> None:
    """Close the reports of a photo, in the caller's transaction."""
    db.session.execute(update(Report).where(Report.photo_id == photo.id).values(is_open=False))


def suspend(member: Member, why: str, days: int | None, operator: Member | None = None) -> None:
    """Suspend a member: their sessions end, their house is not shown, they cannot sign in.

    :param days: how long; None for a suspension without an end.
    """
    member.suspended_until = utc_now() + timedelta(days=days) if days else FOREVER
    member.suspended_why = why
    record_act("suspend", member.id, operator, why=why)
    sessions.revoke_all_of(member)
    # Numbers of members are given out again after a restore; see docs/operations.md.
    log_event(
        "suspended", member=member.id, person=pseudonyms.of(member.kakao_id), days=days or "-"
    )


def restore(member: Member, why: str = "", operator: Member | None = None) -> None:
    """Let a suspended member in again."""
    member.suspended_until = member.suspended_why = None
    record_act("restore", member.id, operator, why=why)
    db.session.commit()


def lift_ban(kakao_id: int) -> bool:
    """Lift a suspension that outlived its account, and return whether there was one."""
    is_lifted = bans.lift(kakao_id)
    if is_lifted:
        record_act("restore", None)
    db.session.commit()
    return is_lifted


def set_operator(member: Member, is_operator: bool) -> None:
    """Make a member an operator, or no longer one; on the command line only."""
    member.is_operator = is_operator
    record_act("operator" if is_operator else "operator off", member.id)
    db.session.commit()


def sign_out(member: Member, why: str) -> int:
    """End all sessions of a member, on the command line only; return how many."""
    record_act("sign out", member.id, why=why)
    return sessions.revoke_all_of(member)


def sign_everyone_out(why: str) -> int:
    """End all sessions of all members, on the command line only; return how many."""
    record_act("sign all out", None, why=why)
    return sessions.revoke_all()


def delete(member: Member, why: str) -> bool:
    """Delete a member, on the command line only. The record does not name them.

    :returns: whether they are unlinked at Kakao, or will be.
    """
    record_act("delete", None, why=why)
    return deletion.delete_account(member)


def record_act(
    act: str,
    member_id: int | None,
    operator: Member | None = None,
    origin: str | None = None,
    **more: object,
) -> None:
    """Add to the history of who did what, when and why, in the caller's transaction.

    :param operator: who did it on a page; None on the command line, unless origin is given.
    """
    more = {"why": "", "operator_id": operator.id if operator else None} | more
    origin = origin or ("page" if operator else "command")
    db.session.add(ModerationAct(act=act, origin=origin, member_id=member_id, **more))
    log_event(f"moderation: {act}", origin=origin, member=member_id, photo=more.get("photo_id"))


def suspended_members() -> Sequence[Member]:
    """Return the members who are suspended now."""
    query = select(Member).where(Member.is_suspended).order_by(Member.id)
    return db.session.scalars(query.limit(100)).all()


def newest_acts(**which: int) -> Sequence[ModerationAct]:
    """Return what was done, newest first: all of it, or about one photo or member."""
    query = select(ModerationAct).filter_by(**which)
    query = query.options(joinedload(ModerationAct.operator), joinedload(ModerationAct.member))
    return db.session.scalars(query.order_by(ModerationAct.id.desc()).limit(SHOWN_ACTS)).all()
