"""The databases that are measured, and the queries that reach them."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import sqlalchemy as sa

SAMPLES = 60
BATCH_SIZE = 20_000  # rows; the server cancels a statement after five seconds


def measure_on_each(measure_on: Callable[[str, str], Iterator[dict]]) -> list[dict]:
    """Return the rows for SQLite, and for PostgreSQL if TEST_DATABASE_URL names one.

    :param measure_on: yields the rows for a database, given its name and its URL.
    """
    rows: list[dict] = []
    with tempfile.TemporaryDirectory() as folder:
        rows += measure_on("SQLite", f"sqlite:///{folder}/bench.sqlite3")
    if url := os.environ.get("TEST_DATABASE_URL"):
        with temporary_schema(url) as schema_url:
            rows += measure_on("PostgreSQL", schema_url)
    return rows


@contextmanager
def temporary_schema(database_url: str) -> Iterator[str]:
    """Create a schema of our own in a PostgreSQL database, yield its URL, and drop it."""
    url = sa.make_url(database_url).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url)
    name = f"bench_{os.getpid()}"
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    try:
        schema_url = url.update_query_dict({"options": f"-csearch_path={name}"})
        yield schema_url.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


def fill(engine: sa.Engine, statement: str, first: int, last: int) -> None:
    """Insert rows with these numbers, by a statement with the parameters :first and :last."""
    for start in range(first, last + 1, BATCH_SIZE):
        batch = {"first": start, "last": min(start + BATCH_SIZE - 1, last)}
        with engine.begin() as connection:
            connection.execute(sa.text(statement), batch)
    # Otherwise PostgreSQL would plan with the table's former size.
    with engine.begin() as connection:
        connection.execute(sa.text("ANALYZE"))


@contextmanager
def timed_queries(engine: sa.Engine) -> Iterator[list[tuple[str, object, float]]]:
    """Yield the list of queries made in the block: statement, parameters, seconds."""
    queries: list[tuple[str, object, float]] = []
    started_at: list[float] = []

    def before(*_: object) -> None:
        started_at.append(time.perf_counter())

    def after(
        _connection: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        queries.append((statement, parameters, time.perf_counter() - started_at[-1]))

    sa.event.listen(engine, "before_cursor_execute", before)
    sa.event.listen(engine, "after_cursor_execute", after)
    yield queries
    sa.event.remove(engine, "before_cursor_execute", before)
    sa.event.remove(engine, "after_cursor_execute", after)


def cost(engine: sa.Engine, act: Callable[[], object]) -> dict:
    """Return the queries of the last call of a function, and the median cost of all calls."""
    cpu_seconds, database_seconds = [], []
    for _ in range(SAMPLES):
        with timed_queries(engine) as queries:
            started_at = time.process_time()
            act()
            cpu_seconds.append(time.process_time() - started_at)
        database_seconds.append(sum(seconds for *_, seconds in queries))
    return {
        "queries": len(queries),
        "CPU ms": f"{median(cpu_seconds) * 1000:.2f}",
        "database ms": f"{median(database_seconds) * 1000:.2f}",
    }
