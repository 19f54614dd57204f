"""Nicknames of people who deleted their account: reserved for them for 30 days, as keyed hashes.

Otherwise anyone could take the name at once, and be taken for the neighbour who has left.
"""

from collections.abc import Iterator

from sqlalchemy import select

from database import db, utc_now
from models import DepartedNickname, FormerNickname, Member

from . import nicknames, pseudonyms, renaming


def keep(member: Member) -> None:
    """Reserve the names of a member whose account is being deleted; the caller commits."""
    now = utc_now()
    former = select(
        FormerNickname.nickname_key, FormerNickname.nickname_skeleton, FormerNickname.is_refused
    )
    former = former.filter_by(member_id=member.id).where(FormerNickname.kept_until > now)
    own = member.nickname_key, nicknames.skeleton(member.nickname), False
    for key, skeleton, is_refused in [own, *db.session.execute(former)]:
        db.session.merge(
            DepartedNickname(
                key_hash=next(key_hashes(key)),
                skeleton_hash=next(skeleton_hashes(skeleton or key)),
                # A name that an operator took away is not free for the same person either.
                pseudonym="" if is_refused else pseudonyms.of(member.kakao_id),
                kept_until=now + renaming.RESERVATION_LIFETIME,
            )
        )


def key_hashes(key: str) -> Iterator[str]:
    """Yield the hashes by which a key may be stored, the newest first."""
    return pseudonyms.keyed_hashes("nickname", key)


def skeleton_hashes(skeleton: str) -> Iterator[str]:
    """Yield the hashes by which a skeleton may be stored, the newest first."""
    return pseudonyms.keyed_hashes("skeleton", skeleton)
