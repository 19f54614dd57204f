"""A sign-up that still needs a nickname: one database row, for 30 minutes.

The session cookie holds only a random token. So the profile, with its e-mail address, does not
travel in a cookie, every server sees at once that a sign-up has been used, and a copied cookie is
worthless from then on.
"""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from flask import session
from sqlalchemy import delete, update

from database import count_changed, db, utc_now
from models import PendingSignup as Row

from . import statements
from .kakao import KakaoProfile
from .nicknames import InvalidNicknameError

LIFETIME = timedelta(minutes=30)
FINISHED = "finished_signup"  # key in the session


@dataclass(frozen=True)
class PendingSignup:
    """A person who signed in at Kakao and still has to choose a nickname.

    :ivar id: identifies the sign-up in its form; not secret.
    :ivar kakao_id: None if the sign-up is no longer stored.
    :ivar next_url: the page to go to after signing up.
    :ivar profile: None once the sign-up is used or expired.
    :ivar reason: why we ask for a nickname; None once the sign-up is used or expired.
    """

    id: str
    kakao_id: int | None
    next_url: str
    profile: KakaoProfile | None
    reason: InvalidNicknameError | None
    is_used: bool

    def check_form(self, form_id: str | None) -> None:
        """Check that a form was shown for this sign-up.

        Someone may have two tabs with two Kakao accounts: neither must get the other's nickname.

        :param form_id: the id in the form; None if it has none.
        :raises InvalidNicknameError: if it was shown for another sign-up.
        """
        if form_id not in (None, self.id):
            raise InvalidNicknameError(
                "그사이에 다른 카카오계정으로 시작했어요. 이 계정에서 쓸 이름을 골라 주세요."
            )


def save(profile: KakaoProfile, next_url: str, reason: InvalidNicknameError) -> None:
    """Store the sign-up in the database, and its token in this browser's session."""
    purge()
    token = secrets.token_urlsafe(32)
    row = Row(
        token_hash=hash_token(token),
        kakao_id=profile.kakao_id,
        profile=asdict(profile),
        reason=[reason.message, reason.params],
        expires_at=utc_now() + LIFETIME,
    )
    db.session.add(row)
    db.session.commit()
    # The nickname form is a valid next URL, but not once the nickname has been chosen.
    next_url = "/" if next_url.startswith("/auth/") else next_url
    session["pending_signup"] = {"token": token, "next_url": next_url}


def load() -> PendingSignup | None:
    """Return the latest sign-up of this browser, if there is one."""
    match session.get("pending_signup"):
        case {"token": str(token), "next_url": str(next_url)}:
            values = {"token_hash": hash_token(token)}
            row = db.session.execute(statements.PENDING_SIGNUP_BY_TOKEN, values).first()
        case _:
            return None
    is_used = row is not None and row.used_at is not None
    profile = reason = None
    if row and not is_used and row.expires_at > utc_now():
        with suppress(TypeError):  # saved by a version of this site with other fields
            profile = KakaoProfile(**row.profile or {})
        reason = InvalidNicknameError(row.reason[0], **row.reason[1])
    kakao_id = row.kakao_id if row else None
    return PendingSignup(hash_token(token), kakao_id, next_url, profile, reason, is_used)


def use(pending: PendingSignup) -> bool:
    """Mark the sign-up as used, in the caller's transaction.

    :returns: False if another request was faster; then the transaction is rolled back.
    """
    unused = update(Row).where(Row.token_hash == pending.id, Row.used_at.is_(None))
    is_first = count_changed(unused.values(used_at=utc_now(), profile=None)) == 1
    if not is_first:
        db.session.rollback()
    return is_first


def finish(pending: PendingSignup) -> None:
    """Store the sign-up's next URL in the new session, for a form that is sent a second time."""
    session[FINISHED] = pending.next_url


def finished_url() -> str | None:
    """Return the next URL of the sign-up that this session began with; None without one."""
    return session.get(FINISHED)


def discard() -> None:
    """Delete this browser's sign-up, so that a copied cookie is worthless, too."""
    match session.pop("pending_signup", None):
        case {"token": str(token)}:
            db.session.execute(delete(Row).where(Row.token_hash == hash_token(token)))
            db.session.commit()


def discard_all_of(kakao_id: int, until: datetime | None = None) -> None:
    """Delete a person's sign-ups in every browser, in the caller's transaction.

    A pending sign-up would sign them in again after their sessions were ended.

    :param until: keep sign-ups that began later.
    """
    began_before = Row.expires_at <= (until or utc_now()) + LIFETIME
    db.session.execute(delete(Row).where(Row.kakao_id == kakao_id, began_before))


def discard_all() -> None:
    """Delete all sign-ups, in the caller's transaction."""
    db.session.execute(delete(Row))


def purge() -> int:
    """Delete the expired sign-ups, and return how many."""
    count = count_changed(delete(Row).where(Row.expires_at <= utc_now()))
    db.session.commit()
    return count


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token; no slower hash is needed, as 256 random bits defy guessing."""
    return hashlib.sha256(token.encode()).hexdigest()
