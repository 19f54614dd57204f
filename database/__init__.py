"""The database: `db`, the base of all tables, and how the site copes while it is unavailable."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    Update,
    event,
)
from sqlalchemy.exc import (
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)
from sqlalchemy.orm import DeclarativeBase, declared_attr, registry
from sqlalchemy.pool import ConnectionPoolEntry

from . import sqlite
from .causes import driver_error
from .limits import time_limit
from .pool import LimitedPool

__all__ = [
    "UNAVAILABLE",
    "Base",
    "UTCDateTime",
    "close_session",
    "count_changed",
    "db",
    "driver_error",
    "optional",
    "release_connection",
    "sqlite",
    "time_limit",
    "utc_now",
]

# Raised when the database is unavailable: unreachable, too slow, locked, full. psycopg raises
# InternalError for a read-only database, as during a failover.
UNAVAILABLE = (OperationalError, InternalError, InterfaceError, TimeoutError)

log = logging.getLogger("neonejip")


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC on every database; SQLite has no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC before SQLite drops the time zone."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Add UTC to what SQLite returns, or convert from the time zone that PostgreSQL uses."""
        if dialect.name == "sqlite":
            return value and value.replace(tzinfo=UTC)
        return value and value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base class of all tables. The table of LoginSession is called login_session."""

    # Named constraints, so that a migration can change them on every database.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    registry = registry(metadata=metadata, type_annotation_map={datetime: UTCDateTime})

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub("(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},  # rows stay usable without another SELECT
    engine_options={"poolclass": LimitedPool},
)


def utc_now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC)


def count_changed(statement: Update | Delete) -> int:
    """Execute an UPDATE or DELETE in the current transaction, and return how many rows matched."""
    # SQLAlchemy types the result as if every statement returned rows.
    return cast(CursorResult[Any], db.session.execute(statement)).rowcount


@contextmanager
def optional(seconds: float = 0.4) -> Iterator[None]:
    """Skip the rest of the block if the database is unavailable: for parts that a page can omit."""
    try:
        with time_limit(seconds):
            yield
    except UNAVAILABLE as error:
        log.warning("page without data: %s", driver_error(error))
        close_session()


def release_connection() -> None:
    """End the transaction, and with it give the connection back, before something slow begins.

    There are few connections, and a slow body, the store or Kakao may take many seconds. Rows that
    were loaded stay usable.

    :raises SQLAlchemyError: if the transaction cannot be committed.
    """
    db.session.commit()


def close_session() -> None:
    """Give the session's connection back. Never raises, even if the connection is lost."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        # The rollback failed because the connection is lost; the pool has replaced it.
        log.warning("connection lost: %s", driver_error(error))
        db.session.registry.clear()


@event.listens_for(Engine, "do_connect")
def connect_to_postgresql(
    dialect: Dialect, _record: ConnectionPoolEntry, args: list[Any], kwargs: dict[str, Any]
) -> object:
    """Connect to PostgreSQL within the remaining time; return None for other databases."""
    if dialect.driver != "psycopg":
        return None
    # psycopg takes a tenth of a process's memory, and sites on SQLite do not need it.
    from . import postgresql

    return postgresql.connect(*args, **kwargs)
