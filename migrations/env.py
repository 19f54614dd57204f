"""How Alembic reaches the app's database: `flask --app app db upgrade`, `db migrate`."""

from alembic import context
from flask import current_app

import database


def render_item(kind, column_type, _autogen):
    """Write our own column type as the one it stands on: a migration outlives the models."""
    if kind == "type" and isinstance(column_type, database.UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


LONGEST_MIGRATION = 24 * 60 * 60  # seconds; the time limits of pages are not for migrations

with database.time_limit(LONGEST_MIGRATION), database.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=database.db.metadata,
        render_item=render_item,
        # What has been committed stays if a later one fails, and long ones commit in batches.
        transaction_per_migration=True,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        context.run_migrations()
