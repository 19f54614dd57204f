"""A member's new nickname: the same rules, once a day, and the old name is kept for a while."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from models import FormerNickname, Member, db, now

from . import nicknames, signup
from .nicknames import N_, NicknameProblem

ONCE_IN = timedelta(hours=24)
OLD_NAME_KEPT = timedelta(days=30)


def rename(member: Member, nickname: str) -> None:
    """Give the member a new nickname; the old one's address leads to them for 30 days.

    :param nickname: a checked one.
    :raises NicknameProblem: if somebody else bears it, or the last change was too lately.
    """
    try:
        with db.session.begin_nested():
            lock(member)
            if nickname == member.nickname:
                return
            refuse_a_second_change(member)
            old_key, key = member.nickname_key, nicknames.key(nickname)
            # Two who want each other's names would wait for each other at the unique key.
            if signup.taken([key], member.id):
                raise nicknames.taken(nickname)
            member.nickname, member.nickname_key = nickname, key
            member.nickname_changed_at = now()
            db.session.flush()
            # Of the new name nothing is kept any more, and the old one may have been kept before.
            names = FormerNickname.nickname_key.in_([key, old_key])
            db.session.execute(delete(FormerNickname).where(names))
            if old_key != key:
                until = now() + OLD_NAME_KEPT
                kept = FormerNickname(nickname_key=old_key, member_id=member.id, kept_until=until)
                db.session.add(kept)
    except IntegrityError as clash:
        raise nicknames.taken(nickname) from clash
    db.session.commit()


def lock(member: Member) -> None:
    """Of two changes at once, let the second wait until the first is known."""
    this_one = select(Member).filter_by(id=member.id).with_for_update()
    db.session.scalar(this_one.execution_options(populate_existing=True))


def refuse_a_second_change(member: Member) -> None:
    if member.nickname_changed_at and now() - member.nickname_changed_at < ONCE_IN:
        raise NicknameProblem(N_("닉네임은 하루에 한 번만 바꿀 수 있어요. 내일 다시 바꿔 주세요."))


def sweep() -> int:
    """Forget the names that are not kept any more; how many that were."""
    old = delete(FormerNickname).where(FormerNickname.kept_until <= now())
    swept = db.session.execute(old).rowcount
    db.session.commit()
    return swept
