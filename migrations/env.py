"""How Alembic reaches the app's database: `flask --app app db upgrade`, `db migrate`."""

import click
from alembic import context
from flask import current_app

import database


def render_item(kind, column_type, _autogen):
    """Write our own column type as the one it stands on: a migration outlives the models."""
    if kind == "type" and isinstance(column_type, database.UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def is_upgrade_of_newer_tables():
    """Return whether `flask db upgrade` finds the tables of a later release.

    Someone went back one release then, and to this one the newer tables make no difference.
    """
    known = {migration.revision for migration in context.script.walk_revisions()}
    command = click.get_current_context(silent=True)
    is_newer = not known.issuperset(context.get_context().get_current_heads())
    return is_newer and command is not None and command.info_name == "upgrade"


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
        if is_upgrade_of_newer_tables():
            click.echo("The database is that of a newer release. This one works on it unchanged.")
        else:
            context.run_migrations()
