"""Look members up: by Kakao id, nickname, former nickname, id or pseudonym."""

import re

from sqlalchemy import select

from database import db, utc_now
from models import FormerNickname, Member

from . import nicknames, pseudonyms, statements
from .kakao import parse_user_id


def find(kakao_id: int) -> Member | None:
    """Return the member with this Kakao id."""
    return db.session.scalar(statements.MEMBER_BY_KAKAO_ID, {"kakao_id": kakao_id})


def find_by_nickname(nickname: str) -> Member | None:
    """Return the member with this nickname, in any spelling with the same key."""
    return db.session.scalar(select(Member).filter_by(nickname_key=nicknames.key(nickname)))


def find_by_former_nickname(nickname: str) -> Member | None:
    """Return the member who released a nickname, while it is still reserved for them."""
    return db.session.scalar(
        select(Member)
        .join(FormerNickname)
        .where(FormerNickname.nickname_key == nicknames.key(nickname))
        .where(FormerNickname.kept_until > utc_now())
    )


def find_by_any_nickname(nickname: str) -> Member | None:
    """Return the member with this nickname, or with this former one while it is reserved."""
    return find_by_nickname(nickname) or find_by_former_nickname(nickname)


def look_up(name: str) -> Member | None:
    """Return the member whom an operator names.

    :param name: a nickname, or a former one while it is reserved; or as the log or Kakao's console
        name people: member=17, person=0123456789abcdef, kakao=1234567890. No one can choose a
        nickname that looks like one of these.
    """
    kind, _, value = name.partition("=")
    if kind == "member" and re.fullmatch("[0-9]{1,9}", value):
        return db.session.get(Member, int(value))
    if kind == "kakao" and (kakao_id := parse_user_id(value)):
        return find(kakao_id)
    if kind == "person" and re.fullmatch(f"[0-9a-f]{{{pseudonyms.LENGTH}}}", value):
        return find_by_pseudonym(value)
    return find_by_any_nickname(name)


def find_by_pseudonym(pseudonym: str) -> Member | None:
    """Return the member with this pseudonym, by which the log names people who are deleted.

    It reads the Kakao ids of all members: a few seconds for a million.
    """
    rows = db.session.execute(select(Member.id, Member.kakao_id).execution_options(yield_per=1000))
    for member_id, kakao_id in rows:
        if pseudonym in pseudonyms.accepted(kakao_id):
            return db.session.get(Member, member_id)
    return None
