"""The record of what operators, reporters and commands did, and its search."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from database import db
from houses import listings
from models import ModerationAct

SHOWN_ACTS = 10  # on pages other than the record's
PAGE_SIZE = 30

RECORD = select(ModerationAct).options(
    joinedload(ModerationAct.operator), joinedload(ModerationAct.member)
)


def newest(**which: int) -> Sequence[ModerationAct]:
    """Return the newest acts, newest first: of all, or about one photo or member.

    :param which: values of columns.
    """
    query = RECORD.filter_by(**which).order_by(ModerationAct.id.desc())
    return db.session.scalars(query.limit(SHOWN_ACTS)).all()


def search(before: int | None, **which: int | str) -> listings.Page:
    """Return a page of the acts with these values, newest first.

    :param which: values of columns.
    """
    query = RECORD.filter_by(**which)
    return listings.paginate(listings.page_of(query, ModerationAct.id), before, PAGE_SIZE)
