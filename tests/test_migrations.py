"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade
from sqlalchemy import inspect

import models
from auth import nicknames
from models import db


def test_the_migrations_match_the_models(app):
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, db.metadata) == []


def test_the_migrations_can_be_taken_back(app):
    with app.app_context():
        downgrade(revision="base")

        assert inspect(db.engine).get_table_names() == ["alembic_version"]


def test_the_columns_hold_what_the_rules_permit():
    assert models.NICKNAME_LONGEST == nicknames.MOST_CODE_POINTS
    assert models.NICKNAME_KEY_LONGEST == nicknames.KEY_LONGEST
