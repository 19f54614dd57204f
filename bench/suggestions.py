"""What it costs to find five free nicknames, against how many are taken."""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import sqlalchemy as sa

from app import create_app
from auth import nicknames, signup, suggestions
from models import Member, db

TITLE = "Suggestions"
NOTE = """\
Five free names for 지은: queries (the most there were), and medians of the milliseconds of CPU
in Python and of those that the database took. In the last row of each database 100,000 of the
names are 지은 and its variants: all the suggestions tried first, and most of the next best."""
TIMES = 200
WISH = "지은"
TAKEN = (10, 1_000, 100_000, 1_000_000)  # names that have nothing to do with the wish
CROWD = 100_000  # people who bear the wish or something made of it

MORE_MEMBERS = """
    INSERT INTO member (kakao_id, nickname, nickname_key, shows_image, created_at)
    WITH RECURSIVE numbers (n) AS
        (SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT n, '이웃' || n, '이웃' || n, TRUE, CURRENT_TIMESTAMP FROM numbers
"""


def measure() -> list[dict]:
    """Fill a database step by step, and measure after each."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rows += measure_on("SQLite", f"sqlite:///{folder}/bench.sqlite3")
    if address := os.environ.get("TEST_DATABASE_URL"):
        with schema(address) as its_address:
            rows += measure_on("PostgreSQL", its_address)
    return rows


def measure_on(name: str, address: str) -> Iterator[dict]:
    app = create_app({"SECRET_KEY": "bench", "DATABASE_URL": address})
    with app.app_context():
        db.create_all()
        so_far = 0
        for taken in TAKEN:
            db.session.execute(sa.text(MORE_MEMBERS), {"first": so_far + 1, "last": taken})
            so_far = taken
            yield {"database": name, "names taken": f"{taken:,}"} | cost()
        add_crowd(first_id=so_far + 1)
        yield {"database": name, "names taken": f"{so_far + CROWD:,}, 지은 by {CROWD:,}"} | cost()
        db.session.remove()
        db.engine.dispose()


def add_crowd(first_id: int) -> None:
    db.session.execute(
        sa.insert(Member),
        [
            {"kakao_id": kakao_id, "nickname": name, "nickname_key": nicknames.key(name)}
            for kakao_id, name in enumerate(crowd(), start=first_id)
        ],
    )


def crowd() -> list[str]:
    """The wish, and names as suggestions makes them of it: those tried first, then the next."""
    names = {WISH: None}
    for kinds, width in (suggestions.HANGUL, 3), (suggestions.HANGUL_WIDER, 4):
        columns = {name: suggestions.words(name) for name in suggestions.WORDLISTS}
        columns["number"] = numbers(width)
        for kind in " ".join(kinds).split():
            gaps = [gap for gap in columns if f"{{{gap}}}" in kind]
            for words in product(*(columns[gap] for gap in gaps)):
                names[suggestions.fill(kind, WISH, dict(zip(gaps, words, strict=True)))] = None
    return list(names)[:CROWD]


def numbers(width: int) -> list[str]:
    found = map("".join, product(suggestions.DIGITS, repeat=width))
    return [
        digits
        for digits in found
        if not any(pair in digits for pair in suggestions.MEANINGFUL_PAIRS)
    ]


def cost() -> dict:
    """What a call costs, as a request makes it."""
    db.session.execute(sa.text("ANALYZE"))  # as every database does now and then by itself
    db.session.commit()
    spent, queries, in_database = [], [], []
    for seed in range(TIMES):
        db.session.remove()
        with watched_queries() as seconds:
            began = time.thread_time()
            names = suggestions.suggest(WISH, signup.taken, random.Random(seed))  # noqa: S311
            spent.append(time.thread_time() - began)
        assert len(names) == 5  # noqa: S101
        queries.append(len(seconds))
        in_database.append(sum(seconds))
    return {
        "queries": max(queries),
        "CPU ms": f"{statistics.median(spent) * 1000:.2f}",
        "database ms": f"{statistics.median(in_database) * 1000:.2f}",
    }


@contextmanager
def watched_queries() -> Iterator[list[float]]:
    """The seconds of each query made inside."""
    seconds, began = [], []

    def before(*_):
        began.append(time.perf_counter())

    def after(*_):
        seconds.append(time.perf_counter() - began[-1])

    sa.event.listen(db.engine, "before_cursor_execute", before)
    sa.event.listen(db.engine, "after_cursor_execute", after)
    yield seconds
    sa.event.remove(db.engine, "before_cursor_execute", before)
    sa.event.remove(db.engine, "after_cursor_execute", after)


@contextmanager
def schema(address: str) -> Iterator[str]:
    """A schema of our own in a PostgreSQL database, so that nobody's tables are touched."""
    url = sa.make_url(address).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url)
    name = f"bench_{os.getpid()}"
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    try:
        ours = url.update_query_dict({"options": f"-csearch_path={name}"})
        yield ours.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()
