"""A member's new nickname: the same rules, once a day, and the old name is kept for a while."""

from datetime import timedelta

from sqlalchemy import delete
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
    if nickname == member.nickname:
        return
    if member.nickname_changed_at and now() - member.nickname_changed_at < ONCE_IN:
        raise NicknameProblem(N_("닉네임은 하루에 한 번만 바꿀 수 있어요. 내일 다시 바꿔 주세요."))
    old_key, key = member.nickname_key, nicknames.key(nickname)
    try:
        with db.session.begin_nested():
            member.nickname, member.nickname_key = nickname, key
            member.nickname_changed_at = now()
            db.session.flush()
            signup.refuse_a_kept_name(member)
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


def sweep() -> int:
    """Forget the names that are not kept any more; how many that were."""
    old = delete(FormerNickname).where(FormerNickname.kept_until <= now())
    swept = db.session.execute(old).rowcount
    db.session.commit()
    return swept
