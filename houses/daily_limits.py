"""How often a member may do something within 24 hours, counted in their row."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import case, or_, update

from database import count_changed, db, utc_now
from models import Member


def count(member: Member, counter: str, limit: int, number: int = 1) -> bool:
    """Count what a member does; return False, and count nothing, if the day's limit is reached.

    Attempts are counted: removing a photo does not give its attempt back. The 24 hours begin with
    the first attempt. One statement checks and counts, since two attempts may come at once.

    :param counter: the column of the number; the column with `_since` has the first attempt's time.
    :param number: how many attempts this one counts as.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        return True
    now = utc_now()
    attempts, since = getattr(Member, counter), getattr(Member, f"{counter}_since")
    is_new_day = or_(since.is_(None), since < now - timedelta(days=1))
    counted = count_changed(
        update(Member)
        .where(Member.id == member.id, or_(is_new_day, attempts < limit))
        .values(
            {
                attempts: case((is_new_day, number), else_=attempts + number),
                since: case((is_new_day, now), else_=since),
            }
        )
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    return counted == 1
