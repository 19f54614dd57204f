"""How the site talks to its database: how long a request may wait, and SQLite's transactions."""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Dialect, Engine, PoolProxiedConnection, QueuePool, event
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)
from sqlalchemy.pool import ConnectionPoolEntry

# What is raised when the database cannot do its work right now: unreachable, too slow, locked,
# full. psycopg calls a read-only database, as during a failover, an InternalError.
UNAVAILABLE = (OperationalError, InternalError, InterfaceError, TimeoutError)

MAX_POOL_WAIT = 2  # seconds; a connection in use for longer shows that the database hangs

log = logging.getLogger("neonejip")
deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit how long the database may take inside the block; after that, raise one of UNAVAILABLE.

    Without it each statement has RESPONSE_TIMEOUT on PostgreSQL. It does not cut short a writer
    that waits for another on SQLite.
    """
    token = deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        deadline.reset(token)


@contextmanager
def optional(db: SQLAlchemy, seconds: float = 1) -> Iterator[None]:
    """Leave the block early when the database is unavailable: for a part that a page can omit."""
    try:
        with time_limit(seconds):
            yield
    except UNAVAILABLE as error:
        log.warning("page without data: %s", driver_error(error))
        close_session(db)


def close_session(db: SQLAlchemy) -> None:
    """Give the session's connection back. Never raises, even if the connection is lost."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        # Its rollback found the connection lost, and the pool has replaced it.
        log.warning("connection lost: %s", driver_error(error))
        db.session.registry.clear()


def driver_error(error: Exception) -> str:
    """Return the driver's error as one word, for the log: its text may hold people's names."""
    return type(getattr(error, "orig", None) or error).__name__


def remaining_seconds(usual: float) -> float:
    """Return how long the database may take now: until the end of time_limit, or as usual."""
    end = deadline.get()
    return usual if end is None else max(0, end - time.monotonic())


class LimitedPool(QueuePool):
    """A pool that lets no one wait while the database hangs.

    Its size is the number of threads that the database can hold up. While it responds, a thread
    waits its turn; once a connection has been in use for too long, others are refused at once,
    so that the remaining threads are free for pages that need no row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_use: list[float] = []  # since when, for each connection
        self.last_use_was_fast = True
        self.connection_returned = Condition()

    def connect(self) -> PoolProxiedConnection:
        """Return a connection, after a short wait if need be.

        :raises TimeoutError: if none is free.
        """
        with self.connection_returned:
            while len(self.in_use) >= self.size():
                wait = min(self.in_use) + MAX_POOL_WAIT - time.monotonic()
                wait = min(wait, remaining_seconds(wait))
                if wait <= 0 or not self.last_use_was_fast:
                    raise TimeoutError("all connections are in use, and the database is slow")
                self.connection_returned.wait(wait)
            started = time.monotonic()
            self.in_use.append(started)
        try:
            connection = super().connect()
        except BaseException:
            self.release(started)
            raise
        record_info = cast(dict[str, Any], connection.record_info)  # None only when detached
        record_info["release"] = lambda: self.release(started)
        return connection

    def release(self, started: float) -> None:
        """Count the connection that was taken out at this time as returned."""
        with self.connection_returned:
            self.in_use.remove(started)
            self.last_use_was_fast = time.monotonic() - started < MAX_POOL_WAIT
            self.connection_returned.notify()


@event.listens_for(LimitedPool, "checkin")
def release_connection(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    """Let the next thread have the place of a connection that came back."""
    release = (record.record_info or {}).pop("release", None)
    if release:  # a checkout that failed has set none
        release()


@event.listens_for(Engine, "do_connect")
def connect_to_postgresql(
    dialect: Dialect, _record: ConnectionPoolEntry, args: list[Any], kwargs: dict[str, Any]
) -> object:
    """Connect within what is left of the time; None leaves other databases to SQLAlchemy."""
    if dialect.driver != "psycopg":
        return None
    # Its driver is a tenth of the memory of a process, and SQLite does without.
    from . import postgresql

    return postgresql.connect(*args, **kwargs)


@event.listens_for(Engine, "connect")
def set_up_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Set how a new connection to SQLite locks, waits and writes."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # begin_when_writing begins, nothing else
        connection.execute("PRAGMA busy_timeout = 5000")  # milliseconds to wait for a writer
        connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait
        connection.execute("PRAGMA synchronous = NORMAL")  # safe with WAL, and no fsync per commit
        connection.execute("PRAGMA foreign_keys = ON")


# On SQLite a transaction begins with the first write, and takes the write lock at once.
# One that had read before would have to trade its read lock for it, and SQLite refuses
# that ("database is locked") when someone else has written in the meantime.
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
