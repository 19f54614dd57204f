"""What the log says when the database fails: the cause, and what to check."""

import re

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from database import db, driver_error
from models import Member
from tests.end_to_end.conftest import free_port


@pytest.fixture
def failure(settings):
    """What the log says about a statement on a database: failure(url, "SELECT 1")."""

    def failure(url, *statements):
        with create_app(settings | {"DATABASE_URL": url}).app_context():
            with pytest.raises(SQLAlchemyError) as raised:
                for statement in statements:
                    db.session.execute(text(statement))
            db.engine.dispose()
        return driver_error(raised.value)

    return failure


@pytest.mark.sqlite
def test_a_file_that_cannot_be_opened_is_named(failure):
    assert "SQLITE_CANTOPEN: the file cannot be opened" in failure(
        "sqlite:////nowhere/a", "SELECT 1"
    )


@pytest.mark.sqlite
def test_a_full_disk_is_named(failure, settings):
    url = settings["DATABASE_URL"]
    fill = "CREATE TABLE filled AS SELECT randomblob(10000000)"

    assert "SQLITE_FULL: the disk is full" in failure(url, "PRAGMA max_page_count = 1", fill)


@pytest.mark.sqlite
def test_a_database_without_its_tables_asks_for_them(failure, tmp_path):
    cause = failure(f"sqlite:///{tmp_path / 'empty'}", "SELECT 1 FROM member")

    assert cause.endswith("run flask --app app db upgrade")


def test_a_server_that_is_down_is_named_without_the_password(failure):
    cause = failure(f"postgresql://jieun:secret@127.0.0.1:{free_port()}/homes", "SELECT 1")

    assert "Connection refused" in cause
    assert cause.endswith("check PostgreSQL and DATABASE_URL")
    assert "secret" not in cause


@pytest.mark.postgresql
def test_a_role_that_is_refused_is_named_without_the_password(failure, settings):
    url = make_url(settings["DATABASE_URL"]).set(username="nobody", password="secret")

    cause = failure(url.render_as_string(hide_password=False), "SELECT 1")

    assert 'role "nobody" does not exist' in cause
    assert "secret" not in cause


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["SET statement_timeout = 1", "SELECT pg_sleep(9)"], "57014: a statement took too long"),
        (["SELECT pg_terminate_backend(pg_backend_pid())"], "57P01: PostgreSQL stops or starts"),
        (["SELECT 1 FROM nowhere"], "UndefinedTable 42P01: the schema is not"),
        (["SET TRANSACTION READ ONLY", "DELETE FROM chore"], "25006: the database is read-only"),
    ],
    ids=["slow", "stopped", "no table", "standby"],
)
def test_the_sqlstate_says_what_to_check(failure, settings, statements, says):
    assert says in failure(settings["DATABASE_URL"], *statements)


def test_a_value_of_a_statement_is_never_logged(app, jieun):
    with app.app_context():
        db.session.add(Member(kakao_id=4711, nickname="지은", nickname_key="지은"))
        with pytest.raises(SQLAlchemyError) as raised:
            db.session.commit()

    assert not re.search("지은|4711", driver_error(raised.value))
