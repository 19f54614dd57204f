"""An account event of Kakao's becomes what it means here: leave, or be signed out everywhere."""

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from models import Member, SeenEvent, db, now
from web.logs import event

from . import leaving, sessions
from .kakao import AccountEvent, TokenProblem

LEAVES = {"user-unlinked", "account-purged"}
ENDS_SESSIONS = {
    "tokens-revoked",
    "sessions-revoked",
    "account-disabled",
    "credential-compromise",
}
REMEMBERED = timedelta(days=2)  # longer than an event is believed


def heed(told: AccountEvent) -> None:
    """Do what the event asks for, once, however often Kakao tells it; ignore what is not for us.

    :raises TokenProblem: if it asks for something and does not say for whom.
    """
    if not told.names & (LEAVES | ENDS_SESSIONS):
        return
    if told.kakao_id is None:
        raise TokenProblem("invalid_request", "no subject")
    db.session.add(SeenEvent(jti=told.jti))
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return
    if told.names & LEAVES:
        leaving.delete_member(told.kakao_id)
    elif member := db.session.scalar(select(Member).filter_by(kakao_id=told.kakao_id)):
        sessions.end_of(member)
        event("signed out by Kakao", member=member.id)
    db.session.commit()


def sweep() -> int:
    """Forget the events that are too old to be told again; how many that were."""
    old = delete(SeenEvent).where(SeenEvent.seen_at < now() - REMEMBERED)
    swept = db.session.execute(old).rowcount
    db.session.commit()
    return swept
