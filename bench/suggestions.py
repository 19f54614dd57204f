"""The cost of finding five free nicknames, by the number of members."""

import random
import statistics
import time
from collections.abc import Iterator
from itertools import product

import sqlalchemy as sa

from app import create_app
from auth import nicknames, signup
from auth.nicknames import suggestions
from bench.databases import fill, measure_on_each, timed_queries
from database import db
from models import Member

TITLE = "Suggestions"
NOTE = """\
Five free names for 지은: queries (the maximum), and median milliseconds of CPU in Python and in
the database. In the last row of each database 100,000 of the names are 지은 and its variants: all
the suggestions tried first, and most of the next best."""
SAMPLES = 200
WANTED = "지은"
TAKEN = (10, 1_000, 100_000, 1_000_000)  # unrelated names
VARIANT_COUNT = 100_000  # people with the wanted name or a variant of it

MORE_MEMBERS = """
    INSERT INTO member
        (kakao_id, nickname, nickname_key, nickname_skeleton, shows_image, created_at)
    WITH RECURSIVE numbers (n) AS
        (SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT n, '이웃' || n, '이웃' || n, '이웃' || n, TRUE, CURRENT_TIMESTAMP FROM numbers
"""


def measure() -> list[dict]:
    """Return the rows for each database."""
    return measure_on_each(measure_on)


def measure_on(name: str, url: str) -> Iterator[dict]:
    """Fill a database step by step, and yield a row after each."""
    app = create_app({"SECRET_KEY": "bench", "DATABASE_URL": url})
    with app.app_context():
        db.create_all()
        so_far = 0
        for taken in TAKEN:
            fill(db.engine, MORE_MEMBERS, so_far + 1, taken)
            so_far = taken
            yield {"database": name, "names taken": f"{taken:,}"} | cost()
        add_variants(first_id=so_far + 1)
        yield {
            "database": name,
            "names taken": f"{so_far + VARIANT_COUNT:,}, 지은 by {VARIANT_COUNT:,}",
        } | cost()
        db.session.remove()
        db.engine.dispose()


def add_variants(first_id: int) -> None:
    """Insert members with the wanted name and its variants."""
    db.session.execute(
        sa.insert(Member),
        [
            {
                "kakao_id": kakao_id,
                "nickname": name,
                "nickname_key": nicknames.key(name),
                "nickname_skeleton": nicknames.skeleton(name),
            }
            for kakao_id, name in enumerate(variants(), start=first_id)
        ],
    )


def variants() -> list[str]:
    """Return the wanted name, then the suggestions made of it: the first tier, then the second."""
    names = {WANTED: None}
    tiers = zip(suggestions.HANGUL_TIERS[:2], suggestions.DIGITS_PER_TIER, strict=False)
    for patterns, digit_count in tiers:
        word_sets = {name: suggestions.word_list(name) for name in suggestions.WORDLISTS}
        word_sets["number"] = numbers(digit_count)
        for pattern in " ".join(patterns).split():
            fields = [name for name in word_sets if f"{{{name}}}" in pattern]
            for words in product(*(word_sets[name] for name in fields)):
                values = dict(zip(fields, words, strict=True))
                names[suggestions.render(pattern, WANTED, values)] = None
    return list(names)[:VARIANT_COUNT]


def numbers(digit_count: int) -> list[str]:
    """Return all numbers of this many digits that a suggestion may end in."""
    candidates = map("".join, product(suggestions.DIGITS, repeat=digit_count))
    return [
        digits
        for digits in candidates
        if not any(pair in digits for pair in suggestions.MEANINGFUL_PAIRS)
    ]


def cost() -> dict:
    """Return the cost of one call, made as a request makes it."""
    db.session.execute(sa.text("ANALYZE"))  # as a database does by itself from time to time
    db.session.commit()
    cpu_seconds, queries, database_seconds = [], [], []
    for seed in range(SAMPLES):
        db.session.remove()
        with timed_queries(db.engine) as timed:
            started_at = time.thread_time()
            names = nicknames.suggest(WANTED, signup.taken_names, random.Random(seed))  # noqa: S311
            cpu_seconds.append(time.thread_time() - started_at)
        assert len(names) == 5  # noqa: S101
        queries.append(len(timed))
        database_seconds.append(sum(seconds for *_, seconds in timed))
    return {
        "queries": max(queries),
        "CPU ms": f"{statistics.median(cpu_seconds) * 1000:.2f}",
        "database ms": f"{statistics.median(database_seconds) * 1000:.2f}",
    }
