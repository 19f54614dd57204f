"""오늘의 너네집: the same house for all, from midnight in Seoul."""

import re
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from urllib.parse import unquote

import pytest
import time_machine
from sqlalchemy import event, update

from auth import deletion
from database import db
from houses import house_of_the_day
from models import HouseOfTheDay, Member, Photo
from tests.conftest import read_export
from tests.houses.conftest import Neighbour
from tests.houses.test_street import add_photo

NOON = datetime(2030, 5, 1, 3, tzinfo=UTC)  # in Seoul


@pytest.fixture
def add_houses(app):
    """Add so many members with a photo each."""

    def add_houses(number):
        with app.app_context():
            first = db.session.query(Member).count() + 1
            for id_ in range(first, first + number):
                name = f"이웃{id_}"
                db.session.add(Member(id=id_, kakao_id=id_, nickname=name, nickname_key=name))
                db.session.flush()
                add_photo(id_)
            db.session.commit()

    return add_houses


@pytest.fixture
def change(app):
    """Change rows: change(Photo, member_id=1, is_hidden=True) hides those of member 1."""

    def change(table, where, **values):
        with app.app_context():
            db.session.execute(update(table).where(where).values(**values))
            db.session.commit()

    return change


@pytest.fixture
def house_at(visitor):
    """Return the nickname of the house of the day at a time; None if the page has none."""

    def house_at(when=NOON, browser=visitor):
        with time_machine.travel(when, tick=False):
            browser.get("/")
        links = browser.page.attributes("#house-of-the-day", "href")
        return unquote(links[0]).removeprefix("/@") if links else None

    return house_at


def test_without_a_photo_there_is_no_house_of_the_day(jieun, house_at):
    assert house_at() is None


def test_members_and_visitors_see_the_same_house(move_in, add_houses, house_at):
    minsu = move_in("민수")
    add_houses(20)

    with time_machine.travel(NOON):
        minsu.log_out()
        minsu.sign_in()
    house = house_at()

    assert house and house_at(browser=minsu) == house
    assert house != "민수"


@pytest.mark.parametrize(
    ("hours", "is_same"), [(-12, True), (11.99, True), (12, False), (-12.01, False)]
)
def test_the_house_of_the_day_changes_at_midnight_in_seoul(add_houses, house_at, hours, is_same):
    add_houses(3)

    assert (house_at(NOON + timedelta(hours=hours)) == house_at()) == is_same


def test_the_house_of_the_day_stays_when_somebody_hangs_a_photo(add_houses, house_at):
    add_houses(2)
    house = house_at()

    add_houses(40)

    assert house_at(NOON + timedelta(minutes=1)) == house


def test_no_house_comes_again_within_seven_days_while_there_are_others(add_houses, house_at):
    add_houses(9)

    houses = [house_at(NOON + timedelta(days=day)) for day in range(40)]

    assert all(house not in houses[day - 7 : day] for day, house in enumerate(houses) if day > 6)
    assert len(set(houses)) == 9


def test_a_few_houses_take_turns_as_house_of_the_day(add_houses, house_at):
    add_houses(3)

    houses = [house_at(NOON + timedelta(days=day)) for day in range(12)]

    assert len(set(houses[:3])) == 3 and houses == houses[:3] * 4


def test_the_only_house_can_be_chosen_on_any_date(app, add_houses, change):
    add_houses(2)
    change(Photo, Photo.member_id == 2, is_hidden=True)  # some searches begin behind member 1

    with app.app_context():
        days = [NOON.date() + timedelta(days=number) for number in range(8)]
        assert [house_of_the_day.pick(day, number=0) for day in days] == [1] * 8


def test_a_request_that_comes_second_takes_the_house_that_was_chosen(app, add_houses, rows):
    add_houses(2)

    with app.app_context():
        first, second = [house_of_the_day.choose(NOON.date()) for _ in range(2)]

        assert first == second
    assert len(rows(HouseOfTheDay)) == 1


def test_the_date_chooses_the_house_of_the_day(add_houses, house_at):
    """Not the order of moving in, nor the number of photos."""
    add_houses(30)

    houses = [house_at(NOON + timedelta(days=day)) for day in range(20)]

    assert houses != sorted(houses) and len(set(houses)) > 15


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (Photo, {"is_hidden": True}),
        (Member, {"suspended_until": datetime(2040, 1, 1, tzinfo=UTC)}),
    ],
    ids=["hidden", "suspended"],
)
def test_the_house_of_the_day_gives_way_when_it_has_no_public_photo(
    add_houses, house_at, change, rows, table, values
):
    add_houses(3)
    house = house_at()
    (chosen,) = rows(HouseOfTheDay)
    of_the_house = {Photo: Photo.member_id, Member: Member.id}[table] == chosen.member_id

    change(table, of_the_house, **values)
    other = house_at()
    change(table, of_the_house, **dict.fromkeys(values, None if table is Member else False))

    assert other not in (house, None)
    assert house_at() == other  # it does not change a second time
    assert house_at(NOON + timedelta(days=1)) not in (house, other)


def test_the_house_of_the_day_stays_while_it_has_a_public_photo(
    app, add_houses, house_at, change, rows
):
    add_houses(3)
    house = house_at()
    (chosen,) = rows(HouseOfTheDay)
    with app.app_context():
        add_photo(chosen.member_id, is_hidden=True)
        db.session.commit()

    assert house_at() == house


def test_it_shows_its_newest_photo(app, add_houses, house_at, visitor):
    add_houses(1)
    with app.app_context():
        add_photo(1, words="나중에 건 사진")
        db.session.commit()

    house_at()

    assert "나중에 건 사진" in visitor.page.text("#house-of-the-day")


def test_when_its_member_deletes_the_account_another_takes_its_place(
    app, add_houses, house_at, rows
):
    add_houses(3)
    house = house_at()
    (chosen,) = rows(HouseOfTheDay)

    with app.app_context():
        deletion.delete_member(chosen.member_id)

    assert house_at() not in (house, None)


def test_the_last_house_without_a_photo_leaves_none(add_houses, house_at, change):
    add_houses(1)
    assert house_at() == "이웃1"

    change(Photo, Photo.id > 0, is_hidden=True)

    assert house_at() is None


def test_only_a_week_is_stored(add_houses, house_at, rows):
    add_houses(2)
    for day in range(12):
        house_at(NOON + timedelta(days=day))

    assert len(rows(HouseOfTheDay)) == 8


def test_visitors_at_midnight_see_the_same_house(app, kakao, add_houses, rows, monkeypatch):
    """Each has found no house yet, and chooses another one."""
    add_houses(20)
    together, found = Barrier(2, timeout=30), []
    ids = iter([1, 2])

    def pick(*_):
        together.wait()
        return next(ids)

    monkeypatch.setattr(house_of_the_day, "pick", pick)

    def visit():
        browser = Neighbour(app, kakao)
        browser.get("/")
        found.append(browser.page.attributes("#house-of-the-day", "href")[0])

    threads = [Thread(target=visit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2 and len(set(found)) == 1
    assert len(rows(HouseOfTheDay)) == 1


@pytest.mark.parametrize("path", ["/?room=kitchen", "/?before=99"])
def test_a_part_of_the_street_is_without_it(add_houses, visitor, path):
    add_houses(1)

    assert "house-of-the-day" not in visitor.get(path).text


@pytest.mark.sqlite  # PostgreSQL explains in other words, and scans tables of a few rows
def test_choosing_a_house_reads_a_few_rows_however_many_there_are(app, add_houses, visitor):
    """Each query searches by an index."""
    add_houses(1)
    plans = []
    with app.app_context():
        engine = db.engine

    def explain(connection, _cursor, statement, parameters, _context, _many):
        if "photo" in statement and not statement.startswith("EXPLAIN"):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

    event.listen(engine, "before_cursor_execute", explain)
    visitor.get("/")
    event.remove(engine, "before_cursor_execute", explain)

    assert plans and not [plan for plan in plans if re.fullmatch("SCAN (photo|member)", plan)]


def test_the_days_of_a_house_are_in_its_owners_data(jieun):
    jieun.hang_photo()
    with time_machine.travel(NOON, tick=False):
        jieun.get("/")

    assert "2030-05-01" in jieun.get("/me/data").text
    assert read_export(jieun.get("/me/export").data)["house_of_the_day"][0]["day"] == "2030-05-01"
