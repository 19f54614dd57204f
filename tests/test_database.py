"""What holds on either database: SQLite, or PostgreSQL where TEST_DATABASE_URL names one."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier, Event
from types import SimpleNamespace

import pytest
from flask import template_rendered
from sqlalchemy import insert, make_url, select, text, update
from sqlalchemy.exc import OperationalError

import database
from app import create_app
from database import db, postgresql, utc_now
from models import (
    Agreement,
    Footprint,
    FormerNickname,
    HouseOfTheDay,
    LoginSession,
    Member,
    ModerationAct,
    Outcome,
    Photo,
    ReadNotice,
    Report,
    SeenEvent,
)
from tests import databases
from tests.conftest import Browser, read_export

BELONGINGS = [
    mapper.class_
    for mapper in db.Model.registry.mappers
    if any(key.references(Member.__table__) for key in mapper.local_table.foreign_keys)
]


@pytest.fixture
def elsewhere(settings):
    """Run SQL as another process would."""

    def elsewhere(command):
        databases.run(settings["DATABASE_URL"], command)

    return elsewhere


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 1), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_sqlite_is_set_up_for_a_web_server(app, pragma, value):
    with app.app_context():
        assert db.session.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_a_write_after_a_read_is_not_refused_because_of_a_write_in_between(
    app, jieun, elsewhere, rows
):
    with app.app_context():
        member = db.session.scalar(select(Member))
        elsewhere("UPDATE login_session SET device = 'elsewhere'")
        member.email = "jieun@example.com"
        db.session.commit()

    assert rows(Member)[0].email == "jieun@example.com"


def test_the_writes_of_a_transaction_are_undone_together(app, rows):
    with app.app_context():
        for number in range(2):
            db.session.add(SeenEvent(jti=str(number)))
            db.session.flush()
        db.session.rollback()

    assert rows(SeenEvent) == []


@pytest.mark.sqlite
def test_a_savepoint_takes_the_write_lock_although_it_begins_with_reading(app, settings):
    other = sqlite3.connect(make_url(settings["DATABASE_URL"]).database, timeout=0)

    with app.app_context(), db.session.begin_nested():
        db.session.scalars(select(Member)).all()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM member")

    other.close()


def test_threads_that_read_and_then_write_wait_for_each_other(app, jieun, rows):
    threads = 4
    barrier = Barrier(threads)

    def read_and_write(thread):
        barrier.wait()
        for number in range(10):
            with app.app_context():
                db.session.scalars(select(Member)).all()
                db.session.add(SeenEvent(jti=f"{thread} {number}"))
                db.session.flush()
                db.session.scalars(select(SeenEvent)).all()
                db.session.commit()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read_and_write, range(threads)))

    assert len(rows(SeenEvent)) == threads * 10


def test_rows_of_a_member_are_deleted_with_the_member(app, jieun, elsewhere, rows):
    with app.app_context():
        theirs = {"member_id": db.session.scalar(select(Member.id))}
        db.session.add(FormerNickname(nickname_key="mina", kept_until=utc_now(), **theirs))
        db.session.add(Agreement(document="terms", version="1", **theirs))
        db.session.add(ReadNotice(document="terms", version="1", **theirs))
        photo = {"key": "k", "form_key": "f", "room": "study", "words": "", "colours": ""}
        db.session.add(Photo(id=1, width=1, height=1, **photo, **theirs))
        db.session.flush()
        db.session.add(Footprint(photo_id=1, **theirs))
        db.session.add(Report(photo_id=1, reason="other", words="", **theirs))
        db.session.add(ModerationAct(act="keep", origin="command", why="", **theirs))
        db.session.add(HouseOfTheDay(day=date(2026, 11, 29), number=0, **theirs))
        db.session.add(Outcome(act="keep", is_reporter=True, why="", **theirs))
        db.session.commit()
    assert LoginSession in BELONGINGS
    assert all(rows(table) for table in BELONGINGS)

    elsewhere("DELETE FROM member")

    assert not any(rows(table) for table in BELONGINGS)


@pytest.mark.postgresql
def test_dead_connections_are_replaced_unnoticed(app, jieun, elsewhere):
    elsewhere(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    assert jieun.nickname() == "지은"


@pytest.mark.postgresql
def test_a_connection_that_dies_once_the_page_is_finished_does_not_drop_it(app, jieun, elsewhere):
    def end_connections(*_args, **_kwargs):
        elsewhere(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with template_rendered.connected_to(end_connections, app):
        for _ in range(10):  # more often than there are connections
            assert jieun.nickname() == "지은"


def test_a_page_that_finds_no_connection_left_says_so(settings, kakao, monkeypatch):
    monkeypatch.setattr(database.pool, "MAX_POOL_WAIT", 0)
    app = create_app(settings | {"DATABASE_POOL_SIZE": "1"})
    browser = Browser(app, kakao)

    with app.app_context(), db.engine.connect():
        assert browser.get("/@지은").status_code == 503

    assert browser.get("/@지은").status_code == 404


@pytest.mark.postgresql
def test_times_are_utc_even_if_the_database_has_another_time_zone(settings, kakao):
    url = make_url(settings["DATABASE_URL"])
    seoul = url.update_query_dict({"options": "-c timezone=Asia/Seoul"})
    app = create_app(settings | {"DATABASE_URL": seoul.render_as_string(hide_password=False)})
    browser = Browser(app, kakao)
    kakao.knows(1, "지은")
    browser.sign_in()

    browser.get("/@지은")
    assert browser.page.one("time").attributes["datetime"].endswith("+00:00")


def test_kakao_ids_up_to_63_bits_are_distinguished(app, kakao, rows):
    ids = [2**53, 2**53 + 1, 2**63 - 2, 2**63 - 1]
    for name, kakao_id in enumerate(ids):
        kakao.knows(kakao_id, f"이웃{name}")
        Browser(app, kakao).sign_in()

    for name, kakao_id in enumerate(ids):
        kakao.knows(kakao_id, "다른 이름")
        again = Browser(app, kakao)
        again.sign_in()
        assert again.nickname() == f"이웃{name}"
    assert [member.kakao_id for member in rows(Member)] == ids


@pytest.mark.parametrize("nickname", ["👩🏽‍❤️‍💋‍👨🏽" * 6, "\ufdfa" * 8], ids=["long", "long key"])
def test_the_longest_profile_fits_into_the_columns(browser, kakao, rows, nickname):
    profile = {"nickname": nickname, "thumbnail_image_url": "https://a.b/" + "c" * 243}
    email = {"email": "e" * 247 + "@b.kr", "is_email_valid": True, "is_email_verified": True}
    kakao.knows(1, profile=profile, **email)

    browser.sign_in()

    (member,) = rows(Member)
    assert member.nickname == nickname
    assert (len(member.image_url), len(member.email)) == (255, 252)


def test_rows_of_a_member_are_in_their_export(jieun):
    names = {table.__tablename__ for table in [Member, *BELONGINGS]}

    assert read_export(jieun.get("/me/export").data).keys() == names


def test_the_export_keeps_its_order_when_rows_are_written_again(jieun, another_browser, elsewhere):
    another_browser.sign_in()
    elsewhere("UPDATE login_session SET token_hash = 'another' WHERE id = 1")

    assert [
        row["id"] for row in read_export(another_browser.get("/me/export").data)["login_session"]
    ] == [1, 2]


def test_a_sign_in_that_breaks_off_leaves_no_member_behind(browser, kakao, rows, monkeypatch):
    kakao.knows(1, "지은")
    monkeypatch.setattr("auth.sessions.devices.describe", lambda _: 1 / 0)

    assert browser.sign_in().status_code == 500
    assert rows(Member) == rows(LoginSession) == []


@pytest.mark.parametrize(
    "picture", [{}, {"thumbnail_image_url": "https://a.b/c"}], ids=["as before", "a new picture"]
)
def test_a_member_deleted_while_signing_in_can_sign_up_again(
    jieun, another_browser, kakao, elsewhere, monkeypatch, picture
):
    kakao.knows(1, profile={"nickname": "지은"} | picture)

    def delete_meanwhile(_):
        elsewhere("DELETE FROM member")
        return ""

    with monkeypatch.context() as patch:
        patch.setattr("auth.sessions.devices.describe", delete_meanwhile)
        page = another_browser.sign_in()

    assert page.status_code == 409
    assert "다시" in page.text
    another_browser.sign_in()
    assert another_browser.nickname() == "지은"


def test_a_database_error_reveals_no_values(app):
    with app.app_context(), pytest.raises(Exception, match="no_such_table") as error:
        db.session.execute(text("SELECT * FROM no_such_table WHERE a = :a"), {"a": "지은"})

    assert "지은" not in str(error.value)


@pytest.mark.sqlite
def test_a_full_disk_is_a_page_that_says_so(app, jieun, another_browser, kakao, rows):
    with app.app_context():
        pages = db.session.scalar(text("PRAGMA page_count"))
        # Each connection has the limit of its own; the pool hands out one at a time here.
        db.session.execute(text(f"PRAGMA max_page_count = {pages}"))
        with pytest.raises(OperationalError, match="full"):
            db.session.execute(insert(SeenEvent), [{"jti": "x" * 200 + str(n)} for n in range(999)])
        db.session.rollback()
    kakao.knows(2, "민수", email="e" * 247 + "@b.kr", is_email_valid=True, is_email_verified=True)

    statuses = [another_browser.sign_in().status_code for _ in range(100)]

    assert set(statuses) == {302, 503}
    assert jieun.nickname() == "지은"


@pytest.mark.sqlite
def test_a_page_does_not_fail_because_the_last_visit_cannot_be_recorded(app, jieun, settings):
    with app.app_context():
        db.session.execute(update(LoginSession).values(last_seen_at=utc_now() - timedelta(days=1)))
        db.session.commit()
        db.session.execute(text("PRAGMA query_only = ON"))

    assert jieun.nickname() == "지은"


def test_optional_parts_are_left_out_while_the_database_is_unavailable(settings, monkeypatch):
    monkeypatch.setattr(database.pool, "MAX_POOL_WAIT", 0)
    app = create_app(settings | {"DATABASE_POOL_SIZE": "1"})
    seen = []

    with app.app_context():
        with db.engine.connect(), database.optional():
            seen = db.session.scalars(select(Member)).all() or ["not reached"]
        with database.optional():
            seen.append(db.session.scalar(text("SELECT 1")))

    assert seen == [1]


def test_a_connection_that_takes_too_long_is_not_waited_for(monkeypatch):
    may_connect, is_closed = Event(), Event()

    def connect(*_, **__):
        may_connect.wait(10)
        return SimpleNamespace(close=is_closed.set)

    monkeypatch.setattr(postgresql.TimedConnection, "connect", connect)
    with database.time_limit(0.01), pytest.raises(postgresql.psycopg.OperationalError):
        postgresql.connect("host=nowhere")

    may_connect.set()
    assert is_closed.wait(10)
