"""오늘의 너네집: one house a day, the same for everyone, from midnight in Seoul.

The first visit of the day chooses the house, so no job has to run. The choice is stored, so it
stays when another member adds a photo. When the house has no public photo any more, the next visit
chooses another house.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.exc import IntegrityError

from database import db
from models import HouseOfTheDay, Photo
from web.times import SEOUL

from .listings import WITH_OWNER

MAX_AGE = timedelta(days=7)  # until a house may be chosen again while there are others

# The newest public photo in a house, and the one that is shown. In one statement ordered by number
# and photo, PostgreSQL would read and sort the whole house.
NEWEST = (
    select(Photo.id)
    .join(Photo.member)
    .where(Photo.member_id == HouseOfTheDay.member_id, Photo.is_public)
    .order_by(Photo.id.desc())
    .limit(1)
    .scalar_subquery()
)
SHOWN = WITH_OWNER.where(
    Photo.id
    == select(NEWEST)
    .where(HouseOfTheDay.day == bindparam("day"), NEWEST.is_not(None))
    .order_by(HouseOfTheDay.number.desc())
    .limit(1)
    .scalar_subquery()
)
HOUSES = select(Photo.member_id).join(Photo.member).where(Photo.is_public)


def find() -> Photo | None:
    """Return the newest photo in the house of the day; None while no house has a public photo."""
    day = datetime.now(SEOUL).date()
    return find_shown(day) or choose(day)


def find_shown(day: date) -> Photo | None:
    """Return the newest public photo in the house that was chosen, with its owner."""
    return db.session.scalar(SHOWN, {"day": day})


def choose(day: date) -> Photo | None:
    """Choose the house of the day, and return its newest photo."""
    last_number = func.coalesce(func.max(HouseOfTheDay.number), -1)
    number = db.session.scalars(select(last_number + 1).where(HouseOfTheDay.day == day)).one()
    # Another request may have chosen a house before this number was read. If one chooses after
    # that, the primary key refuses the second choice.
    if photo := find_shown(day):
        return photo
    member_id = pick(day, number)
    if member_id is None:
        return None
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.add(HouseOfTheDay(day=day, number=number, member_id=member_id))
    db.session.execute(delete(HouseOfTheDay).where(HouseOfTheDay.day < day - MAX_AGE))
    db.session.commit()
    return find_shown(day)


def pick(day: date, number: int) -> int | None:
    """Return a member with a public photo, if possible one who was not chosen within MAX_AGE.

    The date decides with which member the search begins, so that it reads only a few rows.
    """
    last_id = db.session.scalar(select(func.max(Photo.member_id)))
    if last_id is None:
        return None
    is_recent = HouseOfTheDay.day >= day - MAX_AGE
    recent = db.session.scalars(select(HouseOfTheDay.member_id).where(is_recent)).all()
    others = HOUSES.where(Photo.member_id.not_in(recent)).order_by(Photo.member_id).limit(1)
    digest = sha256(f"{day} {number}".encode()).digest()
    start = int.from_bytes(digest) % (last_id + 1)
    return (
        db.session.scalar(others.where(Photo.member_id >= start))
        or db.session.scalar(others.where(Photo.member_id < start))
        # All members were chosen within MAX_AGE: take the one who was chosen the longest ago.
        or db.session.scalar(
            HOUSES.join(HouseOfTheDay)
            .group_by(Photo.member_id)
            .order_by(func.max(HouseOfTheDay.day))
            .limit(1)
        )
    )
