"""Databases for tests: SQLite files, or databases on the server of TEST_DATABASE_URL."""

import functools
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flask_migrate import Migrate, upgrade
from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    QueuePool,
    create_engine,
    engine_from_config,
    event,
    make_url,
    text,
)

import config
from app import create_app
from database import db

SERVER = os.environ.get("TEST_DATABASE_URL")


@contextmanager
def create(folder: Path) -> Iterator[str]:
    """An empty database without tables, as long as the `with` lasts; its URL.

    :param folder: where a SQLite file goes.
    """
    if not SERVER:
        yield f"sqlite:///{folder / 'new.sqlite3'}"
        return
    name = f"neonejip_test_{secrets.token_hex(6)}"
    run(SERVER, f"CREATE DATABASE {name}")
    try:
        yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    finally:
        run(SERVER, f"DROP DATABASE {name} WITH (FORCE)")


def make_tables(url: str) -> None:
    """Run all migrations, as `flask db upgrade` does, in an empty database."""
    app = create_app({"SECRET_KEY": "a key for tests", "DATABASE_URL": url})
    Migrate(app, db)
    with app.app_context():
        upgrade()
        db.engine.dispose()


@contextmanager
def fresh_copy(template: str, folder: Path) -> Iterator[str]:
    """A database with the rows of the template, for one test; its URL.

    PostgreSQL takes a tenth of a second for a copy, so there it is the template itself.

    :param folder: where a SQLite database is; what a test before has left there is overwritten.
    """
    if not SERVER:
        file = folder / "test.sqlite3"
        in_memory(make_url(template).database).backup(opened(file))
        yield f"sqlite:///{file}"
        replace_connections_in_use()
        return
    yield template
    # Connections that a test forgot would make TRUNCATE wait.
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    run(template, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    tables = ", ".join(db.metadata.tables)
    run(template, f"TRUNCATE {tables} RESTART IDENTITY")


@functools.cache
def in_memory(file: str) -> sqlite3.Connection:
    """A database in memory with the rows of the file."""
    copy = sqlite3.connect(":memory:")
    with closing(sqlite3.connect(file)) as source:
        source.backup(copy)
    return copy


@functools.cache
def opened(file: Path) -> sqlite3.Connection:
    """A connection that stays open: opening and closing one takes as long as two copies."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    return connection


engines: dict[str, Engine] = {}
with_pragma: set[Engine] = set()  # engines with a connection whose behaviour a test has changed


def shared_engine(options: dict[str, Any], **kwargs: Any) -> Engine:
    """SQLAlchemy's engine_from_config(), with the same engine for the same options.

    It keeps the SQL that it has compiled, which is a tenth of the time of all tests.
    """
    key = repr(options)
    if key not in engines:
        engines[key] = engine_from_config(options, **kwargs)
    return engines[key]


def replace_connections_in_use() -> None:
    """Give the next test new connections where this one kept or changed some."""
    for engine in engines.values():
        pool = engine.pool
        if not isinstance(pool, QueuePool) or pool.checkedout() or engine in with_pragma:
            engine.dispose()
    with_pragma.clear()


@event.listens_for(Engine, "before_cursor_execute")
def remember_pragma(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    """Remember that a test changed how a connection works; query_only would stay for the next."""
    if statement.startswith("PRAGMA"):
        with_pragma.add(connection.engine)


def engine(url: str) -> Engine:
    """Connections that the site knows nothing of."""
    return create_engine(config.database_url(url), poolclass=NullPool)


def run(url: str, command: str) -> None:
    with engine(url).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        if SERVER:
            # The site's own limit: on a busy machine, dropping a database takes longer.
            connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(command))
