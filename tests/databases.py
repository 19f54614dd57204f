"""Databases for tests: SQLite files, or databases on the server of TEST_DATABASE_URL."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine, make_url, text

import config
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


@contextmanager
def fresh_copy(template: str, folder: Path) -> Iterator[str]:
    """A database with the tables of the template, for one test; its URL.

    PostgreSQL takes a tenth of a second for a copy, so there it is the template itself.
    """
    if not SERVER:
        yield f"sqlite:///{shutil.copy(make_url(template).database, folder / 'test.sqlite3')}"
        return
    yield template
    # Connections that a test forgot would make TRUNCATE wait.
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    run(template, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    tables = ", ".join(db.metadata.tables)
    run(template, f"TRUNCATE {tables} RESTART IDENTITY")


def engine(url: str) -> Engine:
    """Connections that the site knows nothing of."""
    return create_engine(config.database_url({"DATABASE_URL": url}, Path()), poolclass=NullPool)


def run(url: str, command: str) -> None:
    with engine(url).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        if SERVER:
            # The site's own limit: on a busy machine, dropping a database takes longer.
            connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(command))
