"""How Alembic reaches the app's database: `flask --app app db upgrade`, `db migrate`."""

from alembic import context
from flask import current_app

import models


def render_item(kind, column_type, _autogen):
    """Write our own column type as the one it stands on: a migration outlives the models."""
    if kind == "type" and isinstance(column_type, models.UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


with models.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=models.db.metadata,
        render_item=render_item,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()
