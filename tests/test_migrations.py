"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import inspect, text

import models
from app import create_app
from auth import nicknames
from database import db
from tests import databases
from tests.conftest import SETTINGS


def test_the_migrations_match_the_models(app):
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, db.metadata) == []


def test_the_migrations_can_be_taken_back(tmp_path):
    with databases.create(tmp_path) as url:
        app = create_app(SETTINGS | {"DATABASE_URL": url})
        Migrate(app, db)
        with app.app_context():
            upgrade()
            downgrade(revision="base")

            assert inspect(db.engine).get_table_names() == ["alembic_version"]
            db.engine.dispose()


def test_skeletons_are_added_in_batches_and_the_first_of_two_look_alikes_gets_one(tmp_path):
    names = ["anna", "аnna", *(f"이웃{number}" for number in range(2100))]
    with databases.create(tmp_path) as url:
        app = create_app(SETTINGS | {"DATABASE_URL": url})
        Migrate(app, db)
        with app.app_context():
            upgrade(revision="0006")
            insert = text(
                "INSERT INTO member (kakao_id, nickname, nickname_key, shows_image, created_at)"
                " VALUES (:id, :name, :name, TRUE, CURRENT_TIMESTAMP)"
            )
            values = [{"id": number, "name": name} for number, name in enumerate(names)]
            db.session.execute(insert, values)
            db.session.commit()
            upgrade()

            stored = dict(
                db.session.execute(text("SELECT nickname, nickname_skeleton FROM member")).all()
            )
            db.session.rollback()
            db.engine.dispose()

    assert stored.pop("аnna") is None
    assert stored == {name: nicknames.skeleton(name) for name in stored}
    assert len(stored) == 2101


def test_the_columns_hold_what_the_rules_permit():
    assert models.MAX_NICKNAME_LENGTH == nicknames.MAX_CODE_POINTS
    assert models.MAX_NICKNAME_KEY_LENGTH == nicknames.MAX_KEY_LENGTH
