"""Change a nickname, once a day; the old one stays reserved for 30 days."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from database import db, utc_now
from models import FormerNickname, Member

from . import nicknames, signals, signup
from .nicknames import InvalidNicknameError

MIN_INTERVAL = timedelta(hours=24)
RESERVATION_LIFETIME = timedelta(days=30)


def rename(member: Member, nickname: str) -> None:
    """Give the member a new nickname; the URL of the old one leads to them for 30 days.

    :param nickname: checked by nicknames.check().
    :raises InvalidNicknameError: if someone else has it, or one that looks like it, if an operator
        took it away from them, or if the last change was too recent.
    """
    former = member.nickname
    with changing(member, nickname):
        if member.rename_why is None and nickname == member.nickname:
            return
        check_interval(member)
        check_not_refused(member, nickname)
        change(member, nickname)
        member.nickname_changed_at, member.rename_why = utc_now(), None
    db.session.commit()
    signals.nickname_changed.send(member, former=former)


def replace(member: Member, nickname: str | None, why: str) -> None:
    """Take a member's nickname away, as an operator decides; the caller commits.

    :param nickname: the new one, checked by nicknames.check(). None: the member chooses one at the
        next visit, and has one of our suggestions until then.
    :raises InvalidNicknameError: if someone else has the new one, or one that looks like it.
    """
    new_nickname = nickname or nicknames.suggest(None, signup.taken_names)[0]
    with changing(member, new_nickname):
        change(member, new_nickname, is_refused=True)
        member.rename_why = why if nickname is None else None


@contextmanager
def changing(member: Member, nickname: str) -> Iterator[None]:
    """Lock the member while their nickname changes; a conflict is an InvalidNicknameError."""
    try:
        with db.session.begin_nested():
            lock_member(member)
            yield
    except IntegrityError as conflict:
        signup.check_free(nickname, member.id, member.kakao_id)
        raise nicknames.already_taken(nickname) from conflict


def change(member: Member, nickname: str, is_refused: bool = False) -> None:
    """Change the nickname of a locked member, and reserve the old one.

    :param is_refused: whether the member cannot choose the old one again.
    """
    old_name, old_key = member.nickname, member.nickname_key
    # Checked before the update: two members who swap their names would deadlock on the unique key.
    signup.check_free(nickname, member.id, member.kakao_id)
    member.nickname, member.nickname_key = nickname, nicknames.key(nickname)
    member.nickname_skeleton = nicknames.skeleton(nickname)
    db.session.flush()
    # The new name needs no reservation, and the old name may have an earlier reservation.
    obsolete = FormerNickname.nickname_key.in_([member.nickname_key, old_key])
    db.session.execute(delete(FormerNickname).where(obsolete))
    if old_key != member.nickname_key:
        reserve(member, old_name, is_refused)


def reserve(member: Member, nickname: str, is_refused: bool = False) -> None:
    """Reserve a released nickname for the member; the caller commits."""
    former = FormerNickname(
        nickname_key=nicknames.key(nickname),
        nickname_skeleton=nicknames.skeleton(nickname),
        member_id=member.id,
        kept_until=utc_now() + RESERVATION_LIFETIME,
        is_refused=is_refused,
    )
    db.session.add(former)


def lock_member(member: Member) -> None:
    """Lock the member's row, so that a second concurrent change waits for the first."""
    row = select(Member).filter_by(id=member.id).with_for_update()
    db.session.scalar(row.execution_options(populate_existing=True))


def check_not_refused(member: Member, nickname: str) -> None:
    """Check that no operator took this nickname, or one that looks like it, from the member.

    :raises InvalidNicknameError: if one did, in the last 30 days.
    """
    same = FormerNickname.nickname_key == nicknames.key(nickname)
    looks_alike = FormerNickname.nickname_skeleton == nicknames.skeleton(nickname)
    query = select(FormerNickname.nickname_key).filter_by(member_id=member.id, is_refused=True)
    query = query.where(same | looks_alike, FormerNickname.kept_until > utc_now())
    if db.session.scalar(query.limit(1)):
        raise InvalidNicknameError("운영자가 바꾼 닉네임이에요. 다른 닉네임을 골라 주세요.")


def check_interval(member: Member) -> None:
    """Check that the last change was MIN_INTERVAL ago.

    :raises InvalidNicknameError: if it was more recent.
    """
    if next_change_at(member):
        raise InvalidNicknameError("닉네임은 하루에 한 번만 바꿀 수 있어요.")


def next_change_at(member: Member) -> datetime | None:
    """Return when the member can change their nickname again; None if they can now."""
    changed_at = member.nickname_changed_at
    if member.rename_why is None and changed_at and utc_now() - changed_at < MIN_INTERVAL:
        return changed_at + MIN_INTERVAL
    return None


def add_missing_skeletons() -> int:
    """Write the skeletons that are missing or outdated, and return how many.

    The previous release, which runs beside this one during a deploy, writes none. Of
    members whose names looked alike before there were skeletons, only the first has one.
    """
    last_day = utc_now() - timedelta(days=1)
    is_missing = Member.nickname_skeleton.is_(None) | (Member.nickname_changed_at > last_day)
    count = 0
    for member in db.session.scalars(select(Member).where(is_missing).order_by(Member.id)).all():
        skeleton = nicknames.skeleton(member.nickname)
        if member.nickname_skeleton != skeleton:
            with suppress(IntegrityError), db.session.begin_nested():
                member.nickname_skeleton = skeleton
                db.session.flush()
                count += 1
    db.session.commit()
    return count
