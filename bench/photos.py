"""The cost of the street, a house and a photo's page, by the number of photos."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import Flask

from app import create_app
from bench.databases import SAMPLES, cost, fill, measure_on_each, timed_queries
from bench.suggestions import MORE_MEMBERS
from database import db

TITLE = "Photos"
COUNTS = (1_012, 1_000_000)
NOTE = f"""\
Pages as a visitor gets them, with 24 photos on the street: queries, and the median milliseconds of
CPU and of the database in {SAMPLES} requests. One house has 12 photos and one has 1,000; of the
others in the table, each member has a thousand. "By index" means that no query reads a whole table
or sorts, as EXPLAIN says."""
PAGES = {
    "street": "/",
    "street, page 2": "/?before={middle}",
    "street, one room": "/?room=kitchen",
    "house of 12": "/@이웃1",
    "house of 1,000": "/@이웃2",
    "photo": "/photos/500",
}
MORE_PHOTOS = """
    INSERT INTO photo
        (id, member_id, key, form_key, room, words, width, height, square_side, colours, created_at,
         is_hidden, hidden_why)
    WITH RECURSIVE numbers (n) AS
        (SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT n, CASE WHEN n <= 12 THEN 1 WHEN n <= 1012 THEN 2 ELSE 3 + n / 1000 END, 'key' || n,
        'form' || n, CASE n % 10 WHEN 0 THEN 'kitchen' ELSE 'study' END, '해 드는 창가', 1600, 1200,
        720, 'f0e6d6d8b48a7fa08aefe3d3', CURRENT_TIMESTAMP, FALSE, ''
    FROM numbers
"""


def measure() -> list[dict]:
    """Return the rows for each database."""
    return measure_on_each(measure_on)


def measure_on(name: str, url: str) -> Iterator[dict]:
    """Fill a database step by step, and yield a row per page after each."""
    app = create_app({"SECRET_KEY": "bench", "DATABASE_URL": url, "RATELIMIT_ENABLED": "0"})
    with app.app_context():
        engine = db.engine
        db.create_all()
    with engine.begin() as connection:
        connection.execute(sa.text(MORE_MEMBERS), {"first": 1, "last": 1_100})
    so_far = 0
    for count in COUNTS:
        fill(engine, MORE_PHOTOS, so_far + 1, count)
        so_far = count
        for page, path in PAGES.items():
            row = {"database": name, "photos": f"{count:,}", "page": page}
            yield row | page_cost(app, engine, path.format(middle=count // 2))
    engine.dispose()


def page_cost(app: Flask, engine: sa.Engine, path: str) -> dict:
    """Return the cost of one request for a page."""
    client = app.test_client()

    def open_page() -> None:
        status = client.get(path, base_url=app.config["SITE_URL"]).status_code
        assert status == 200, (path, status)  # noqa: S101

    measured = cost(engine, open_page)
    with timed_queries(engine) as queries:
        open_page()
    is_by_index = all(not reads_or_sorts_a_table(engine, *query[:2]) for query in queries)
    return measured | {"by index": "yes" if is_by_index else "no"}


def reads_or_sorts_a_table(engine: sa.Engine, statement: str, parameters: Any) -> bool:
    """Return whether a query takes longer with more photos, according to EXPLAIN."""
    is_sqlite = engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
    plan = "\n".join(str(row[-1]) for row in rows)
    if is_sqlite:
        # A scan of photo walks the primary key, and stops after enough rows.
        return "TEMP B-TREE" in plan or "SCAN member" in plan
    return "Seq Scan on photo" in plan or "Sort" in plan
