"""Everything that the site holds about one person, as they may take it along."""

from sqlalchemy import select

from models import Agreement, FormerNickname, LoginSession, Member, db

HIDDEN = {"token_hash"}  # says nothing to a person, and something to a thief


def everything_of(member: Member) -> dict:
    """The member's row, and every row that refers to it, by table."""
    data = {"member": values(member)}
    for table in (LoginSession, FormerNickname, Agreement):
        rows = select(table).where(table.member_id == member.id)
        in_order = db.session.scalars(rows.order_by(*table.__table__.primary_key))
        data[table.__tablename__] = [values(row) for row in in_order]
    return data


def values(row) -> dict:
    names = row.__table__.columns.keys()
    return {name: getattr(row, name) for name in names if name not in HIDDEN}
