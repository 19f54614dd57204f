"""SQLite gives the id of a footprint that was taken back to no other"""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade():
    copy_footprints(sqlite_autoincrement=True)


def downgrade():
    copy_footprints(sqlite_autoincrement=False)


def copy_footprints(sqlite_autoincrement):
    if op.get_context().dialect.name != "sqlite":
        return
    # No other table refers to it.
    with op.batch_alter_table(
        "footprint",
        recreate="always",
        table_kwargs={"sqlite_autoincrement": sqlite_autoincrement},
    ):
        pass
