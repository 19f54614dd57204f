"""What someone has done today outlives their account, for a day and under a pseudonym.

Otherwise anyone at a daily limit could delete the account, sign up again and go on.
"""

from datetime import timedelta

from sqlalchemy import delete

from database import count_changed, db, utc_now
from models import DepartedAttempts, Member

from . import pseudonyms, statements

DAY = timedelta(days=1)
COLUMNS = (
    "photo_attempts",
    "photo_attempts_since",
    "report_attempts",
    "report_attempts_since",
    "nickname_changed_at",
)


def keep(member: Member) -> None:
    """Keep what a member whose account is being deleted did today; the caller commits."""
    times = [
        member.photo_attempts_since,
        member.report_attempts_since,
        member.nickname_changed_at,
    ]
    newest = max(filter(None, times), default=None)
    if newest and newest + DAY > utc_now():
        values = {name: getattr(member, name) for name in COLUMNS}
        pseudonym = pseudonyms.of(member.kakao_id)
        db.session.merge(DepartedAttempts(pseudonym=pseudonym, kept_until=newest + DAY, **values))


def resume(member: Member) -> None:
    """Let what a new member did today with their last account count; the caller commits."""
    values = {"pseudonyms": list(pseudonyms.accepted(member.kakao_id))}
    row = db.session.execute(statements.TAKE_DEPARTED_ATTEMPTS, values).mappings().first()
    if row:
        for name in COLUMNS:
            setattr(member, name, row[name])


def purge() -> int:
    """Delete what is older than a day, and return how many people it was of."""
    expired = delete(DepartedAttempts).where(DepartedAttempts.kept_until <= utc_now())
    count = count_changed(expired)
    db.session.commit()
    return count
