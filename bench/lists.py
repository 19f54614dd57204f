"""The cost of lists of members and operators, by the number of rows behind them."""

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from flask import Flask

from app import create_app
from bench.databases import cost, fill, measure_on_each
from bench.growth import SETTINGS, responding_kakao, sign_in
from bench.photos import MORE_PHOTOS
from bench.suggestions import MORE_MEMBERS
from database import db
from houses import house_of_the_day, renewal
from web.logs import log

TITLE = "Lists"
COUNTS = (1_012, 1_000_000)
NOTE = """\
Queries, and the median milliseconds of CPU and of the database, by the number of photos. An
operator with 1,000 photos opens the pages. Up to 1,000 neighbours left as many footprints in the
operator's house as there are photos. There are as many reports as photos, and 100 of the reports
are open. The house of the day is chosen again each time. The photos have no files, so the export
only reads the database. The renewal finds no photo without thumbnails."""
OWNER = 2  # has 1,000 photos in bench.photos
MORE_FOOTPRINTS = """
    INSERT INTO footprint (id, photo_id, member_id, created_at)
    WITH RECURSIVE numbers (n) AS
        (SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT n, 13 + n % 1000, 3 + n / 1000, CURRENT_TIMESTAMP FROM numbers
"""
MORE_REPORTS = """
    INSERT INTO report (id, photo_id, member_id, reason, words, created_at, is_open)
    WITH RECURSIVE numbers (n) AS
        (SELECT CAST(:first AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
    SELECT n, n, 3 + n % 1000, 'privacy', '', CURRENT_TIMESTAMP, n <= 100 FROM numbers
"""


def measure() -> list[dict]:
    """Return the rows for each database."""
    return measure_on_each(measure_on)


def measure_on(name: str, url: str) -> Iterator[dict]:
    """Fill a database step by step, and yield a row per list after each."""
    app = create_app(SETTINGS | {"DATABASE_URL": url})
    log.setLevel("WARNING")
    with app.app_context():
        engine = db.engine
        db.create_all()
    with engine.begin() as connection:
        connection.execute(sa.text(MORE_MEMBERS), {"first": 1, "last": 1_100})
        operators = f"UPDATE member SET is_operator = TRUE WHERE id = {OWNER}"  # noqa: S608
        connection.execute(sa.text(operators))
    so_far = 0
    for count in COUNTS:
        for statement in (MORE_PHOTOS, MORE_FOOTPRINTS, MORE_REPORTS):
            fill(engine, statement, so_far + 1, count)
        so_far = count
        for what, act in lists(app).items():
            yield {"database": name, "photos": f"{count:,}", "": what} | cost(engine, act)
    engine.dispose()


def lists(app: Flask) -> dict[str, Callable]:
    """Return the functions to measure, by their names in the table."""
    browser = app.test_client()
    with responding_kakao(app) as kakao:
        sign_in(browser, kakao, OWNER)

    def open_page(path: str) -> None:
        assert browser.get(path).status_code == 200, path  # noqa: S101

    def choose_house() -> None:
        with app.app_context():
            db.session.execute(sa.text("DELETE FROM house_of_the_day"))
            db.session.commit()
            assert house_of_the_day.find()  # noqa: S101

    def search_unrenewed() -> None:
        with app.app_context():
            assert not list(renewal.renew())  # noqa: S101

    return {
        "operator's queue": lambda: open_page("/operator"),
        "house of the day": choose_house,
        "visits by neighbour and day": lambda: open_page("/me/visits"),
        "stored data": lambda: open_page("/me/data"),
        "export": lambda: open_page("/me/export"),
        "renewal of thumbnails": search_unrenewed,
    }
