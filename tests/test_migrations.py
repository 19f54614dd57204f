"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import Migrate, downgrade, upgrade
from sqlalchemy import inspect

import models
from app import create_app
from auth import nicknames
from models import db
from tests import databases
from tests.conftest import SETTINGS


def test_the_migrations_match_the_models(app):
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, db.metadata) == []


def test_the_migrations_can_be_taken_back(tmp_path):
    with databases.new(tmp_path) as url:
        app = create_app(SETTINGS | {"DATABASE_URL": url})
        Migrate(app, db)
        with app.app_context():
            upgrade()
            downgrade(revision="base")

            assert inspect(db.engine).get_table_names() == ["alembic_version"]
            db.engine.dispose()


def test_the_columns_hold_what_the_rules_permit():
    assert models.NICKNAME_LONGEST == nicknames.MOST_CODE_POINTS
    assert models.NICKNAME_KEY_LONGEST == nicknames.KEY_LONGEST
