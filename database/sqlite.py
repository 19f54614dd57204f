"""How connections to SQLite lock, wait and write."""

import sqlite3

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


@event.listens_for(Engine, "connect")
def set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Set how a new connection to SQLite locks, waits and writes."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # only begin_when_writing begins transactions
        connection.execute("PRAGMA busy_timeout = 5000")  # milliseconds to wait for a writer
        connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait
        connection.execute("PRAGMA synchronous = NORMAL")  # safe with WAL, and no fsync per commit
        connection.execute("PRAGMA foreign_keys = ON")


# On SQLite a transaction begins with the first write, and takes the write lock at once. A
# transaction that had read before would have to upgrade its read lock, and SQLite refuses that
# ("database is locked") when another connection has written in the meantime.
@event.listens_for(Engine, "before_cursor_execute")
def begin_when_writing(
    connection: Connection,
    _cursor: object,
    _statement: str,
    _parameters: object,
    context: DefaultExecutionContext | None,
    _many: bool,
) -> None:
    """Begin a transaction on SQLite before its first write."""
    if context and (context.isinsert or context.isupdate or context.isdelete):
        begin_immediately(connection)


@event.listens_for(Engine, "savepoint")
def begin_immediately(connection: Connection, _name: str | None = None) -> None:
    """Begin a transaction on SQLite that has the write lock, unless one is running."""
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection) and not raw.in_transaction:
        # Through SQLAlchemy, so that a lock is an OperationalError like everywhere else.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
