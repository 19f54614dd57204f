"""Bans: suspensions that outlive their account, stored under a pseudonym as long as they last."""

from sqlalchemy import delete

from database import count_changed, db, utc_now
from models import Ban, Member

from . import pseudonyms, statements
from .sessions import SuspendedMemberError


def keep(member: Member) -> None:
    """Store the suspension of a member whose account is being deleted; the caller commits."""
    if member.is_suspended:
        db.session.merge(
            Ban(
                pseudonym=pseudonyms.of(member.kakao_id),
                suspended_until=member.suspended_until,
                suspended_why=member.suspended_why,
            )
        )


def check(kakao_id: int) -> None:
    """Check that a person who is not a member may become one.

    :raises SuspendedMemberError: if they were suspended when their account was deleted.
    """
    values = {"pseudonyms": pseudonyms.accepted(kakao_id), "now": utc_now()}
    if ban := db.session.scalar(statements.BAN_BY_PSEUDONYM, values):
        raise SuspendedMemberError(ban)


def lift(kakao_id: int) -> bool:
    """Delete the ban of a person, and return whether there was one; the caller commits."""
    theirs = Ban.pseudonym.in_(pseudonyms.accepted(kakao_id))
    return count_changed(delete(Ban).where(theirs)) > 0
