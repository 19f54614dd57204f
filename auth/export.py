"""Everything we store about a member."""

import json
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select

from database import Base, db, release_connection
from models import Agreement, FormerNickname, LoginSession, Member, ReadNotice

from . import signals

# A member has no use for these columns, and a thief would have some.
EXCLUDED_COLUMNS = {"token_hash", "form_key", "operator_id"}
MAX_IN_MEMORY = 1024 * 1024  # bytes; a larger archive goes to a temporary file


def export_member(member: Member) -> dict[str, Any]:
    """Return the member's row, and every row that refers to it, by table."""
    return rows_of(member, signals.account_exported.send(member))


def archive_member(member: Member) -> IO[bytes]:
    """Return an open ZIP file of neonejip.json and the files that other packages add."""
    receivers = signals.account_exported.send(member)
    archive = SpooledTemporaryFile(MAX_IN_MEMORY)  # noqa: SIM115, the response closes it
    with ZipFile(archive, "w") as zip_file:
        data = rows_of(member, receivers)
        release_connection()
        text = json.dumps(data, ensure_ascii=False, indent=2, default=datetime.isoformat)
        zip_file.writestr("neonejip.json", text, ZIP_DEFLATED)
        for _, (_tables, files) in receivers:
            for path, content in files:
                zip_file.writestr(path, content)
    archive.seek(0)
    return archive


def rows_of(member: Member, receivers: list) -> dict[str, Any]:
    """Return the rows of auth/'s tables and of the tables that other packages add."""
    tables: list[Any] = [LoginSession, FormerNickname, Agreement, ReadNotice]
    for _, (more_tables, _files) in receivers:
        tables += more_tables
    data: dict[str, Any] = {"member": values(member)}
    for table in tables:
        rows = select(table).where(table.member_id == member.id)
        in_order = db.session.scalars(rows.order_by(*table.__table__.primary_key))
        data[table.__tablename__] = [values(row) for row in in_order]
    return data


def values(row: Base) -> dict[str, Any]:
    """Return the columns of a row that are exported."""
    names = row.__table__.columns.keys()
    return {name: getattr(row, name) for name in names if name not in EXCLUDED_COLUMNS}
