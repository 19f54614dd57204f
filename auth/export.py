"""Everything we store about a member: page by page, and as a ZIP that is made while it is sent."""

import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from threading import Lock
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from flask import Flask, current_app
from sqlalchemy import func, select, tuple_

from database import Base, db, release_connection
from models import Agreement, FormerNickname, LoginSession, Member, ReadNotice

from . import signals

# A member has no use for these columns, and a thief would have some.
EXCLUDED_COLUMNS = {"token_hash", "form_key", "operator_id"}
BATCH = 500  # rows in memory at once
MAX_BUFFER = 64 * 1024  # bytes of the archive in memory, besides one file
MAX_TIME = 60 * 60  # seconds; 6 GB, 20,000 photos, take as long over 14 Mbit/s


class TooManyExportsError(Exception):
    """Another export of the member is running, or as many as this process may have."""


class Exports:
    """The exports that are running in this process: one for each member.

    :param size: how many there may be. An export holds a thread for as long as its reader takes.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.lock = Lock()
        self.member_ids: set[int] = set()

    @contextmanager
    def running(self, member_id: int) -> Iterator[None]:
        """Hold a place.

        :raises TooManyExportsError: if there is none.
        """
        with self.lock:
            if member_id in self.member_ids or len(self.member_ids) >= self.size:
                raise TooManyExportsError
            self.member_ids.add(member_id)
        try:
            yield
        finally:
            self.member_ids.discard(member_id)


class Buffer:
    """What ZipFile has written since the last take(); it cannot seek."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, data: bytes) -> int:
        """Add data to the buffer."""
        self.content += data
        return len(data)

    def flush(self) -> None:
        """Do nothing; ZipFile calls this."""

    def take(self) -> bytes:
        """Return what was written, and forget it."""
        content = bytes(self.content)
        self.content.clear()
        return content


def init_app(app: Flask) -> None:
    """Allow at most a quarter of the threads to send exports."""
    app.extensions["exports"] = Exports(max(1, app.config["WEB_THREADS"] // 4))


def list_tables(member: Member) -> dict[str, type[Base]]:
    """Return the tables whose rows refer to a member, by name."""
    return tables_of(signals.account_exported.send(member))


def read_page(member: Member, table: type[Base], page: int, size: int) -> tuple[Sequence, bool]:
    """Return rows of a member, the newest first, and whether there are more.

    :param page: the first is 1.
    """
    keys = [key.desc() for key in table.__table__.primary_key]
    query = select(table).filter_by(member_id=member.id).order_by(*keys)
    rows = db.session.scalars(query.limit(size + 1).offset((page - 1) * size)).all()
    return rows[:size], len(rows) > size


def count_rows(member: Member) -> dict[str, int]:
    """Return how many rows refer to a member, by table."""
    counts = {}
    for name, table in list_tables(member).items():
        query = select(func.count()).select_from(table).filter_by(member_id=member.id)
        counts[name] = db.session.scalars(query).one()
    return counts


def archive_member(member: Member) -> Generator[bytes]:
    """Yield a ZIP file of the files that other packages add and of neonejip.json.

    Neither memory nor a temporary folder holds the whole. No connection to the database is held
    while a file is read or a piece is sent. The first piece follows the first file, so that a
    store that does not respond becomes an error page.

    :raises TooManyExportsError: at the first piece.
    :raises TimeoutError: if the reader takes longer than MAX_TIME.
    """
    member_id = member.id
    ends_at = time.monotonic() + MAX_TIME
    with current_app.extensions["exports"].running(member_id):
        receivers = signals.account_exported.send(member)
        for piece in pieces_of_archive(member, receivers):
            yield piece
            if time.monotonic() > ends_at:
                raise TimeoutError("an export took too long")


def pieces_of_archive(member: Member, receivers: list) -> Iterator[bytes]:
    """Yield a ZIP file in pieces."""
    buffer = Buffer()
    with ZipFile(buffer, "w") as zip_file:  # type: ignore[call-overload]
        for _, (_tables, files) in receivers:
            for path, content in files:
                zip_file.writestr(path, content, ZIP_STORED)
                yield buffer.take()
        info = ZipInfo("neonejip.json", time.localtime()[:6])
        info.compress_type = ZIP_DEFLATED
        with zip_file.open(info, "w") as document:
            for text in pieces_of_document(member, tables_of(receivers)):
                document.write(text.encode())
                if len(buffer.content) >= MAX_BUFFER:
                    yield buffer.take()
    yield buffer.take()


def pieces_of_document(member: Member, tables: dict[str, type[Base]]) -> Iterator[str]:
    """Yield JSON of the member's row, and of every row that refers to it, by table."""
    yield f'{{\n"member": {to_json(columns_of(member))}'
    for name, table in tables.items():
        yield f',\n"{name}": ['
        for number, row in enumerate(rows_of(member.id, table)):
            yield f"{',' if number else ''}\n  {to_json(row)}"
        yield "\n]"
    yield "\n}\n"


def rows_of(member_id: int, table: type[Base]) -> Iterator[dict[str, Any]]:
    """Yield the exported columns of a member's rows, the oldest first, batch by batch."""
    keys = tuple(table.__table__.primary_key)
    # Plain rows: as objects, the session would keep every one of them.
    query = select(table.__table__).filter_by(member_id=member_id).order_by(*keys).limit(BATCH)
    rows = db.session.execute(query).mappings().all()
    while rows:
        release_connection()
        yield from map(values, rows)
        last = tuple(rows[-1][key] for key in keys)
        after = query.where(tuple_(*keys) > last)
        rows = db.session.execute(after).mappings().all() if len(rows) == BATCH else []


def tables_of(receivers: list) -> dict[str, type[Base]]:
    """Return auth/'s tables and those that other packages add, by name."""
    tables: list[type[Base]] = [LoginSession, FormerNickname, Agreement, ReadNotice]
    for _, (more_tables, _files) in receivers:
        tables += more_tables
    return {table.__tablename__: table for table in tables}


def columns_of(row: Base) -> dict[str, Any]:
    """Return the exported columns of a row that is an object."""
    return values({column.name: getattr(row, column.name) for column in row.__table__.columns})


def values(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the columns of a row that are exported."""
    return {name: value for name, value in row.items() if name not in EXCLUDED_COLUMNS}


def to_json(columns: dict[str, Any]) -> str:
    """Return a row as JSON, on one line."""
    return json.dumps(columns, ensure_ascii=False, default=date.isoformat)
