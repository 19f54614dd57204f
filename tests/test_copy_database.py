"""flask copy-database: a site moves from SQLite to PostgreSQL, and any database to another."""

import pytest
from sqlalchemy import select

from app import create_app
from database import db
from models import Agreement, Member
from tests import databases
from tests.conftest import Browser


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A SQLite database with its tables; its URL."""
    monkeypatch.setattr(databases, "SERVER", None)
    with databases.create(tmp_path) as url:
        databases.make_tables(url)
        yield url


def test_everyone_is_signed_in_and_new_after_the_move(app, settings, kakao, source):
    old = create_app(settings | {"DATABASE_URL": source})
    kakao.knows(1, "지은")
    jieun = Browser(old, kakao)
    jieun.sign_in()
    with old.app_context():
        db.engine.dispose()

    result = app.test_cli_runner().invoke(args=["copy-database", source])

    assert "member: 1 rows" in result.output
    jieun.client.application = app
    assert jieun.nickname() == "지은"
    kakao.knows(2, "민수")
    Browser(app, kakao).sign_in()
    with app.app_context():
        assert db.session.scalars(select(Member.id).order_by(Member.id)).all() == [1, 2]
        before, after = (row.agreed_at for row in db.session.scalars(select(Agreement)).all()[1:3])
        assert before < after


def test_a_database_with_rows_is_not_overwritten(app, jieun, source, rows):
    result = app.test_cli_runner().invoke(args=["copy-database", source])

    assert result.exit_code == 1
    assert "is not empty: nothing is copied" in result.output
    assert len(rows(Member)) == 1


@pytest.mark.parametrize(
    "url", ["neonejip.sqlite3", "mysql://host/name", "sqlite://", "postgres://host:port/name"]
)
def test_a_source_that_is_no_url_of_a_database_ends_the_command_with_one_line(app, url):
    result = app.test_cli_runner().invoke(args=["copy-database", url])

    assert result.exit_code == 2
    assert "takes a URL like sqlite:///" in result.output


def test_a_source_may_begin_with_postgres_as_database_url_may(app, tmp_path):
    no_server = f"postgres:///name?host={tmp_path}"

    result = app.test_cli_runner().invoke(args=["copy-database", no_server])

    assert "the database failed: OperationalError" in result.output
