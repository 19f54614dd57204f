"""Two releases side by side: while a deploy lasts, the previous one works on the new tables.

All SQL of the site is made of its models. So those of the previous release, in
previous_models.py, stand for its code: they write, read, change and delete a row of each table
here, as that code does. With a release, the tables of models.py are copied there (CONTRIBUTING.md).
"""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import Migrate, upgrade
from sqlalchemy import delete, select, update

import database
import models
from app import create_app
from database import utc_now
from tests import databases, previous_models
from tests.conftest import SETTINGS

PREVIOUS_REVISION = "0010"  # the newest migration of the previous release
ROWS = {
    "Member": {"id": 1, "kakao_id": 1, "nickname": "지은", "nickname_key": "지은"},
    "FormerNickname": {"nickname_key": "지은이", "member_id": 1, "kept_until": utc_now()},
    "LoginSession": {"id": 1, "token_hash": "a", "member_id": 1},
    "Agreement": {"member_id": 1, "document": "terms", "version": "1"},
    "Photo": {
        "id": 1,
        "member_id": 1,
        "key": "a",
        "form_key": "a",
        "room": "kitchen",
        "words": "",
        "width": 1,
        "height": 1,
        "colours": "",
    },
    "Footprint": {"id": 1, "photo_id": 1, "member_id": 1},
    "Report": {"id": 1, "photo_id": 1, "member_id": 1, "reason": "other", "words": ""},
    "ModerationAct": {"id": 1, "act": "hide", "origin": "page", "member_id": 1, "why": ""},
    "OpenUnlink": {"kakao_id": 1},
    "UnlinkCheck": {"kakao_id": 1},
    "SeenEvent": {"jti": "a"},
    "PendingSignup": {
        "token_hash": "a",
        "kakao_id": 1,
        "profile": {},
        "reason": [],
        "expires_at": utc_now(),
    },
}
DELETED_BY_THEMSELVES = ("OpenUnlink", "UnlinkCheck", "SeenEvent", "PendingSignup", "Member")


@pytest.fixture
def previous(settings):
    """The previous release, on a database that the newest migrations have changed."""
    with Flask("previous").app_context() as context:
        context.app.config["SQLALCHEMY_DATABASE_URI"] = settings["DATABASE_URL"]
        previous_models.db.init_app(context.app)
        yield previous_models
        previous_models.db.session.remove()
        previous_models.db.engine.dispose()


def test_the_models_of_the_previous_release_match_its_newest_migration(tmp_path):
    with databases.create(tmp_path) as url:
        app = create_app(SETTINGS | {"DATABASE_URL": url})
        Migrate(app, database.db)
        with app.app_context():
            upgrade(revision=PREVIOUS_REVISION)
            with database.db.engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})

                assert compare_metadata(context, previous_models.db.metadata) == []
            database.db.engine.dispose()


def test_there_is_a_row_for_each_table_of_the_previous_release():
    mappers = previous_models.Base.registry.mappers
    assert {mapper.class_.__name__ for mapper in mappers} == ROWS.keys()


def test_the_previous_release_writes_reads_changes_and_deletes_on_the_new_tables(previous):
    session = previous.db.session
    for name, values in ROWS.items():
        session.add(getattr(previous, name)(**values))
        session.commit()
    session.expunge_all()

    for name, values in ROWS.items():
        assert session.scalars(select(getattr(previous, name))).one()
        session.execute(update(getattr(previous, name)).values(values))
    for name in DELETED_BY_THEMSELVES:
        session.execute(delete(getattr(previous, name)))
    session.commit()

    assert not [name for name in ROWS if session.scalars(select(getattr(previous, name))).all()]


def test_the_command_of_an_upgrade_also_goes_back_one_release(tmp_path):
    with databases.create(tmp_path) as url:
        app = create_app(SETTINGS | {"DATABASE_URL": url})
        Migrate(app, database.db)
        run = app.test_cli_runner().invoke
        run(args=["db", "upgrade"])
        # A migration of the next release, which this one has never seen.
        databases.run(url, "UPDATE alembic_version SET version_num = '9999'")

        result = run(args=["db", "upgrade"])

        assert result.exit_code == 0
        assert "newer release" in result.output
        assert run(args=["db", "downgrade"]).exit_code != 0
        with app.app_context():
            database.db.engine.dispose()


def test_the_previous_release_reads_what_the_new_one_writes(previous, app):
    with app.app_context():
        for name, values in ROWS.items():
            database.db.session.add(getattr(models, name)(**values))
            database.db.session.commit()
        new_act = models.ModerationAct(id=2, act="delete", origin="command", why="")
        database.db.session.add(new_act)
        database.db.session.commit()
    session = previous.db.session

    for name in ROWS:
        assert session.scalars(select(getattr(previous, name))).all(), name


def test_no_new_table_keeps_the_previous_release_from_deleting_a_member():
    keys = [key for table in database.db.metadata.tables.values() for key in table.foreign_keys]

    assert {key.ondelete for key in keys} <= {"CASCADE", "SET NULL"}
