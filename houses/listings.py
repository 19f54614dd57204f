"""Queries for the home page, a house, the photos beside one; cursor pagination."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, request
from sqlalchemy import BigInteger, Select, bindparam, exists, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, with_expression

from database import db
from models import MAX_BIGINT, Footprint, Member, Photo

PAGE_SIZE = 24
THUMBNAILS = 4  # of the same house below a photo


def page_of(query: Select[Any], column: InstrumentedAttribute[int]) -> Select[Any]:
    """Return the query with the cursor, order and limit that paginate() fills in."""
    # The cursor may be larger than an id of this table can be.
    before, limit = bindparam("before", type_=BigInteger), bindparam("limit", type_=BigInteger)
    return query.where(column < before).order_by(column.desc()).limit(limit)


# Statements are built once: building one costs as much as running it on SQLite.
LEFT, VISITOR = aliased(Footprint), aliased(Member)
# The same number as from count_footprints.
WITH_COUNT = with_expression(
    Photo.footprint_count,
    select(func.count())
    .select_from(LEFT)
    .join(VISITOR, VISITOR.id == LEFT.member_id)
    .where(LEFT.photo_id == Photo.id, ~VISITOR.is_suspended)
    .scalar_subquery(),
)
WITH_OWNER = select(Photo).join(Photo.member).options(contains_eager(Photo.member))
CARDS = WITH_OWNER.options(WITH_COUNT)
STREET = page_of(CARDS.where(Photo.is_public), Photo.id)
STREET_BY_ROOM = STREET.where(Photo.room == bindparam("room"))
WHOLE_HOUSE = page_of(CARDS.where(Photo.member_id == bindparam("owner")), Photo.id)
HOUSE = WHOLE_HOUSE.where(Photo.is_public)
HAS_PHOTOS = select(exists().where(Photo.member_id == bindparam("owner")))
NEIGHBOURS = page_of(select(Member).where(~Member.is_suspended), Member.id)
# Footprints that count, with who left them: suspended members are neither counted nor listed.
FOOTPRINTS = (
    select(Footprint)
    .join(Footprint.member)
    .options(contains_eager(Footprint.member))
    .where(~Member.is_suspended)
)
IN_OWN_HOUSE = FOOTPRINTS.join(Footprint.photo).where(Photo.member_id == bindparam("owner"))
VISITS = page_of(IN_OWN_HOUSE.options(contains_eager(Footprint.photo)), Footprint.id)
NEW_VISITORS = IN_OWN_HOUSE.where(Footprint.id > bindparam("seen")).with_only_columns(
    func.count(Footprint.member_id.distinct())
)
# Footprints that someone left, with photo and owner.
LIKED = page_of(
    select(Footprint)
    .join(Footprint.photo)
    .join(Photo.member)
    .options(contains_eager(Footprint.photo).options(contains_eager(Photo.member), WITH_COUNT))
    .where(Footprint.member_id == bindparam("visitor"), Photo.is_public),
    Footprint.id,
)

# A photo's neighbours in its house, the nearest ones on each side.
THIS_ID = bindparam("photo", type_=BigInteger)
IN_HOUSE = (
    select(Photo.id)
    .join(Photo.member)
    .where(Photo.member_id == bindparam("owner"), Photo.is_public)
    .limit(THUMBNAILS)
)
NEWER = IN_HOUSE.where(Photo.id > THIS_ID).order_by(Photo.id).subquery()
OLDER = IN_HOUSE.where(Photo.id < THIS_ID).order_by(Photo.id.desc()).subquery()
BESIDE = (
    select(Photo)
    .where(Photo.id.in_(union_all(select(NEWER.c.id), select(OLDER.c.id))))
    .order_by(Photo.id.desc())
)
NEXT_DOOR = (
    WITH_OWNER.where(Photo.member_id.not_in((bindparam("owner"), bindparam("viewer"))))
    .where(Photo.is_public, Photo.id < THIS_ID)
    .order_by(Photo.id.desc())
    .limit(1)
)


@dataclass(frozen=True)
class Page:
    """Some rows of a longer list, newest first.

    :ivar before: the cursor of the next page; None on the last one. Rows added or deleted in the
        meantime are neither repeated nor skipped.
    """

    rows: Sequence = ()
    before: int | None = None


def paginate(
    query: Select[Any], before: int | None, size: int = PAGE_SIZE, **values: object
) -> Page:
    """Return one page of a query's rows.

    :param query: made by page_of.
    :param before: the cursor: only rows with a lower id.
    :param values: the values of the query's own parameters.
    """
    # One row more than a page shows tells whether there is another page.
    values |= {"before": MAX_BIGINT if before is None else before, "limit": size + 1}
    found = db.session.scalars(query, values).all()
    rows = found[:size]
    return Page(rows, rows[-1].id if len(found) > size else None)


def cursor() -> int | None:
    """Return the cursor in this request's URL; 404 for one that no page has linked to."""
    before = request.args.get("before", "")
    if not before:
        return None
    if not (
        before.isascii() and before.isdigit() and len(before) < 20 and int(before) <= MAX_BIGINT
    ):
        abort(404)
    return int(before)


def street(room: str | None = None, before: int | None = None) -> Page:
    """Return the newest photos of all houses, or those of one kind of room."""
    if room is None:
        return paginate(STREET, before)
    return paginate(STREET_BY_ROOM, before, room=room)


def house(owner: Member, before: int | None, with_hidden: bool) -> Page:
    """Return the photos in a member's house.

    :param with_hidden: for the owner and operators.
    """
    return paginate(WHOLE_HOUSE if with_hidden else HOUSE, before, owner=owner.id)


def has_photos(owner: Member) -> bool:
    """Return whether there is a photo in a member's house, hidden or not."""
    return db.session.scalars(HAS_PHOTOS, {"owner": owner.id}).one()


def neighbours(before: int | None, size: int = PAGE_SIZE) -> Page:
    """Return everyone who lives here, page by page."""
    return paginate(NEIGHBOURS, before, size)


def find_photo(photo_id: int) -> Photo | None:
    """Return a photo with its owner, hidden or not."""
    return db.session.scalar(WITH_OWNER.where(Photo.id == photo_id))


def find_photo_by_key(key: str) -> Photo | None:
    """Return the photo whose files have this key, with its owner, if there is one."""
    if not key.isprintable():  # PostgreSQL rejects NUL in text
        return None
    return db.session.scalar(WITH_OWNER.where(Photo.key == key))


def photos_beside(photo: Photo) -> tuple[list[Photo], list[Photo]]:
    """Return up to four public photos of the same house, nearest first: newer ones, older ones."""
    values = {"owner": photo.member_id, "photo": photo.id}
    beside = db.session.scalars(BESIDE, values).all()
    newer = [other for other in reversed(beside) if other.id > photo.id]
    older = [other for other in beside if other.id < photo.id]
    # Two on each side; more on one if the other has fewer.
    half = THUMBNAILS // 2
    return (
        newer[: max(half, THUMBNAILS - len(older))],
        older[: max(half, THUMBNAILS - len(newer))],
    )


def next_door(photo: Photo, viewer_id: int | None) -> Member | None:
    """Return the owner of the next photo on the street that belongs to another house.

    After the oldest photo of the street comes the newest. None: there is no other house.

    :param viewer_id: the member whose own house is no visit; None for a visitor.
    """
    for photo_id in (photo.id, MAX_BIGINT):
        values = {"owner": photo.member_id, "viewer": viewer_id or 0, "photo": photo_id}
        if other := db.session.scalar(NEXT_DOOR, values):
            return other.member
    return None


def count_footprints(photo: Photo, member_id: int | None) -> tuple[int, bool]:
    """Return how many members came by, and whether this member is one of them."""
    on_photo = FOOTPRINTS.where(Footprint.photo_id == photo.id)
    count = on_photo.with_only_columns(func.count())
    mine = count.where(Footprint.member_id == member_id)
    query = select(count.scalar_subquery(), mine.scalar_subquery() > 0)
    total, is_left = db.session.execute(query).one()
    return total, bool(is_left)


def newest_footprints(photo: Photo) -> Sequence[Footprint]:
    """Return the newest footprints on a photo, as many as a page has, with who left them."""
    query = FOOTPRINTS.where(Footprint.photo_id == photo.id).order_by(Footprint.id.desc())
    return db.session.scalars(query.limit(PAGE_SIZE)).all()


def visits(owner: Member, before: int | None) -> Page:
    """Return the footprints in a member's house, with who left them and on which photo."""
    return paginate(VISITS, before, owner=owner.id)


def count_new_visitors(owner: Member) -> int:
    """Return how many members came by since the owner last looked; mostly without a query."""
    if not owner.has_new_visits:
        return 0
    values = {"owner": owner.id, "seen": owner.seen_footprint_id}
    return db.session.scalars(NEW_VISITORS, values).one()


def liked(member: Member, before: int | None) -> Page:
    """Return the footprints that a member left, with photo and owner."""
    return paginate(LIKED, before, visitor=member.id)
