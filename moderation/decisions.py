"""What operators decide about photos and members, each in one transaction that records it."""

from datetime import timedelta

from flask_babel import lazy_gettext
from sqlalchemy import event, select
from sqlalchemy.orm.exc import StaleDataError

from auth import bans, deletion, nicknames, pseudonyms, renaming, sessions, signals
from database import db, utc_now
from houses import photos
from models import FOREVER, Member, ModerationAct, Photo
from web.logs import log_event

from . import outcomes

# Stored value: label.
ACTS = {
    "hide": lazy_gettext("가림"),
    "keep": lazy_gettext("그대로 둠"),
    "remove words": lazy_gettext("한 줄 이야기를 지움"),
    "delete photo": lazy_gettext("사진을 지움"),
    "answer": lazy_gettext("집주인의 답"),
    "suspend": lazy_gettext("이용을 제한함"),
    "restore": lazy_gettext("제한을 풂"),
    "rename": lazy_gettext("닉네임을 바꾸게 함"),
    "drawn house": lazy_gettext("프로필 사진을 가림"),
    "own picture": lazy_gettext("프로필 사진을 다시 보임"),
    "export": lazy_gettext("정보를 내려받음"),
    "remove": lazy_gettext("신고된 사진을 집주인이 내림"),
    "again": lazy_gettext("신고된 사진을 다시 걺"),
    "operator": lazy_gettext("운영자로 정함"),
    "operator off": lazy_gettext("운영자에서 내림"),
    "sign out": lazy_gettext("로그아웃시킴"),
    "sign all out": lazy_gettext("모두 로그아웃시킴"),
    "delete": lazy_gettext("계정을 지움"),
}
ORIGINS = {
    "command": lazy_gettext("서버에서 직접"),
    "reports": lazy_gettext("이웃 신고"),
    "page": lazy_gettext("화면"),
}


def lock(row: Photo | Member) -> None:
    """Lock a photo or member, so that the second of two decisions at once sees the first.

    :raises StaleDataError: if the photo or member has just been removed.
    """
    table = type(row)
    query = select(table).where(table.id == row.id).with_for_update()
    if db.session.scalar(query.execution_options(populate_existing=True)) is None:
        raise StaleDataError


def hide(photo: Photo, why: str, operator: Member | None = None) -> None:
    """Hide a photo for all but its owner, who reads why and can answer once.

    :param operator: who does it; None on the command line.
    """
    photo.is_hidden, photo.hidden_why, photo.answer = True, why, None
    outcomes.close_reports("hide", Photo.id == photo.id)
    record_photo_act("hide", photo, why, operator)
    db.session.commit()


def show(photo: Photo, why: str = "", operator: Member | None = None) -> None:
    """Show a photo, hidden or not, and close its reports."""
    was_hidden = photo.is_hidden
    photo.is_hidden, photo.hidden_why, photo.answer = False, "", None
    outcomes.close_reports("keep", Photo.id == photo.id)
    record_photo_act("keep", photo, why, operator, is_owner_told=was_hidden)
    db.session.commit()


def remove_words(photo: Photo, why: str = "", operator: Member | None = None) -> None:
    """Remove a photo's caption, and close the photo's reports.

    That decides about the photo, too: it is shown again if reports alone had hidden it.
    """
    photo.words = ""
    if photo.is_hidden and not photo.hidden_why:
        photo.is_hidden, photo.answer = False, None
    outcomes.close_reports("remove words", Photo.id == photo.id)
    record_photo_act("remove words", photo, why, operator)
    db.session.commit()


def delete_photo(photo: Photo, why: str = "", operator: Member | None = None) -> None:
    """Delete a photo for good: its row with reports and footprints, then its files."""
    outcomes.close_reports("delete photo", Photo.id == photo.id)
    record_photo_act("delete photo", photo, why, operator)
    # In this state the same picture comes back if the owner adds it again.
    photo.is_hidden, photo.hidden_why = True, why
    photos.remove(photo)


def suspend(member: Member, why: str, days: int | None, operator: Member | None = None) -> None:
    """Suspend a member: their sessions end, their house is not shown, they cannot sign in.

    The reports of their photos are closed, since no one sees these photos any more.

    :param days: how long; None for a suspension without an end.
    """
    member.suspended_until = utc_now() + timedelta(days=days) if days else FOREVER
    member.suspended_why = why
    outcomes.close_reports("suspend", Photo.member_id == member.id)
    record_act("suspend", member.id, operator, why=why)
    sessions.revoke(member)
    # A restored database gives the numbers of members to other people; see docs/operations.md.
    log_event(
        "suspended", member=member.id, person=pseudonyms.of(member.kakao_id), days=days or "-"
    )


def restore(member: Member, why: str = "", operator: Member | None = None) -> None:
    """Lift a member's suspension."""
    member.suspended_until = member.suspended_why = None
    record_member_act("restore", member, why, operator)
    db.session.commit()


def rename(
    member: Member, why: str = "", operator: Member | None = None, nickname: str | None = None
) -> None:
    """Take a member's nickname away; they cannot choose it again for 30 days.

    :param nickname: the new one; None: the member chooses one at the next visit.
    :raises InvalidNicknameError: if the new one cannot be used.
    """
    former = member.nickname
    renaming.replace(member, nickname and nicknames.check(nickname), why)
    record_member_act("rename", member, why, operator, is_told=nickname is not None)
    db.session.commit()
    signals.nickname_changed.send(member, former=former)


def refuse_image(member: Member, why: str = "", operator: Member | None = None) -> None:
    """Show everyone the drawn house instead of a member's picture."""
    member.is_image_refused = True
    record_member_act("drawn house", member, why, operator)
    db.session.commit()


def accept_image(member: Member, why: str = "", operator: Member | None = None) -> None:
    """Show a member's own picture again, unless the member hides it."""
    member.is_image_refused = False
    record_member_act("own picture", member, why, operator)
    db.session.commit()


def lift_ban(kakao_id: int) -> bool:
    """Lift a suspension that outlived its account, and return whether there was one."""
    is_lifted = bans.lift(kakao_id)
    if is_lifted:
        record_act("restore", None, kakao_id=kakao_id)
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
    return sessions.revoke(member)


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


def record_export(member: Member) -> None:
    """Record that an operator read what is stored about a member, on the command line only."""
    record_act("export", member.id)
    db.session.commit()


def record_photo_act(
    act: str, photo: Photo, why: str, operator: Member | None, is_owner_told: bool = True
) -> None:
    """Record an act about a photo, and tell its owner, in the caller's transaction."""
    record_act(act, photo.member_id, operator, photo_id=photo.id, why=why)
    if is_owner_told:
        outcomes.add(act, photo.member_id, photo.id, why)


def record_member_act(
    act: str, member: Member, why: str, operator: Member | None, is_told: bool = True
) -> None:
    """Record an act about a member, and tell them, in the caller's transaction."""
    record_act(act, member.id, operator, why=why)
    if is_told:
        outcomes.add(act, member.id, why=why)


def record_act(
    act: str,
    member_id: int | None,
    operator: Member | None = None,
    origin: str | None = None,
    kakao_id: int | None = None,
    **more: object,
) -> None:
    """Add to the history of who did what, when and why, in the caller's transaction.

    :param operator: who did it on a page; None on the command line, unless origin is given.
    :param kakao_id: of the person concerned, if they are no member.
    """
    if member := db.session.get(Member, member_id) if member_id else None:
        kakao_id = member.kakao_id
    more = {"why": "", "operator_id": operator.id if operator else None} | more
    origin = origin or ("page" if operator else "command")
    db.session.add(ModerationAct(act=act, origin=origin, member_id=member_id, **more))

    # `flask recover` repeats what the log says, so only what has been stored is logged.
    def log(_session: object) -> None:
        log_event(
            f"moderation: {act}",
            origin=origin,
            member=member_id,
            # A restored database gives the numbers of members to other people; docs/operations.md.
            person=pseudonyms.of(kakao_id) if kakao_id else None,
            photo=more.get("photo_id"),
        )

    event.listen(db.session(), "after_commit", log, once=True)
