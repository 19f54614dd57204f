"""What still counts after a member has deleted their account, stored under a pseudonym.

The attempts of a day count until the day is over. Otherwise anyone at a daily limit could delete
the account, sign up again and go on. A profile picture that an operator hid stays hidden for 30
days.
"""

from datetime import timedelta

from database import db, utc_now
from models import DepartedMember, Member

from . import bans, pseudonyms, renaming, statements

DAY = timedelta(days=1)
# The columns of both tables.
COLUMNS = [each.name for each in DepartedMember.__table__.columns if hasattr(Member, each.name)]


def keep(member: Member) -> None:
    """Keep what counts if a member whose account is being deleted comes back.

    The caller commits.
    """
    times = [
        member.photo_attempts_since,
        member.report_attempts_since,
        member.nickname_changed_at,
    ]
    newest = max(filter(None, times), default=None)
    kept_until = utc_now()
    if member.is_image_refused:
        kept_until += renaming.RESERVATION_LIFETIME
    elif newest:
        kept_until = newest + DAY
    if kept_until > utc_now():
        values = {name: getattr(member, name) for name in COLUMNS}
        pseudonym = pseudonyms.of(member.kakao_id)
        db.session.merge(DepartedMember(pseudonym=pseudonym, kept_until=kept_until, **values))


def resume(member: Member) -> None:
    """Apply to a new member what still counts of their last account; the caller commits.

    :raises SuspendedMemberError: if they were suspended when they deleted it.
    """
    person = {"kakao_id": member.kakao_id, "pseudonyms": list(pseudonyms.accepted(member.kakao_id))}
    values = person | {"now": utc_now()}
    left = db.session.execute(statements.LEFT_BY_EARLIER_ACCOUNT, values)
    is_banned, is_departed, is_unlink_open = left.one()
    if is_banned:
        bans.check(member.kakao_id)
    if is_departed:
        rows = db.session.execute(statements.TAKE_DEPARTED_MEMBER, person).mappings()
        for row in rows:  # none, if the hourly purge was faster
            for name in COLUMNS:
                setattr(member, name, row[name])
    if is_unlink_open:  # someone who comes back must not be unlinked any more
        db.session.execute(statements.DELETE_OPEN_UNLINK, person)
