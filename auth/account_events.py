"""What each account event of Kakao changes here.

Kakao sends an event again after a failure, so it can be old: it must not undo what happened later.
"""

from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from database import count_changed, db, utc_now
from models import LoginSession, Member, SeenEvent
from web.logs import log_event

from . import deletion, members, pending_signup, sessions
from .kakao import AccountEvent, InvalidTokenError

DELETION_EVENTS = {"user-unlinked", "account-purged"}
REVOCATION_EVENTS = {
    "tokens-revoked",
    "sessions-revoked",
    "account-disabled",
    "account-credential-change-required",
    "credential-compromise",
}
WITHDRAWAL = "user-scope-withdraw"
# The stored profile may now differ from Kakao's: fetch it at the next sign-in.
PROFILE_EVENTS = {
    "user-profile-changed",
    "user-scope-consent",
    WITHDRAWAL,
    "identifier-changed",
    "identifier-recycled",
}
# The columns that are cleared when a consent item is withdrawn. The nickname stays: it is the
# member's name on this site, which they can change here, and no longer Kakao's.
COLUMNS_BY_SCOPE = {
    "account_email": "email",
    "profile_image": "image_url",
    "profile": "image_url",
}
DEDUPLICATION_WINDOW = timedelta(days=2)


def handle(event: AccountEvent) -> None:
    """Handle the event once, however often Kakao sends it; ignore types that change nothing here.

    :raises InvalidTokenError: if it changes something and does not name the person.
    """
    if not event.types & (DELETION_EVENTS | REVOCATION_EVENTS | PROFILE_EVENTS):
        return
    if event.kakao_id is None:
        raise InvalidTokenError("invalid_request", "no subject")
    db.session.add(SeenEvent(jti=event.jti))
    try:
        db.session.flush()
    except IntegrityError:
        db.session.rollback()
        return
    if event.types & DELETION_EVENTS:
        # Someone who has come back since then has a new link, which Kakao removes within a day
        # unless the site calls its API about them: the next sign-in fetches the profile.
        is_outdated = (
            Member.kakao_id == event.kakao_id,
            Member.profile_fetched_at <= event.happened_at,
        )
        db.session.execute(update(Member).where(*is_outdated).values(profile_fetched_at=None))
        deletion.delete_member(event.kakao_id, unlinked_at=event.happened_at)
    elif member := members.find(event.kakao_id):
        if event.types & REVOCATION_EVENTS:
            until = LoginSession.created_at <= event.happened_at
            db.session.execute(sessions.revoke_statement(member, until))
            log_event("signed out by Kakao", member=member.id)
        else:
            forget_profile(member, event)
    if event.types & REVOCATION_EVENTS or WITHDRAWAL in event.types:
        pending_signup.discard_all_of(event.kakao_id, event.happened_at)
    db.session.commit()


def forget_profile(member: Member, event: AccountEvent) -> None:
    """Delete what we may no longer store, and have the next sign-in fetch the profile."""
    if member.profile_fetched_at and member.profile_fetched_at > event.happened_at:
        return
    member.profile_fetched_at = None
    if WITHDRAWAL in event.types:
        for scope in event.scopes & COLUMNS_BY_SCOPE.keys():
            setattr(member, COLUMNS_BY_SCOPE[scope], None)
    if "identifier-recycled" in event.types:
        member.email = None  # it may be someone else's by now
    log_event("profile outdated", member=member.id)


def purge() -> int:
    """Delete the events that are too old to be sent again, and return how many."""
    old = delete(SeenEvent).where(SeenEvent.seen_at < utc_now() - DEDUPLICATION_WINDOW)
    count = count_changed(old)
    db.session.commit()
    return count
