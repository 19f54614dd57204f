"""since when an unlink is outstanding"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade():
    for table in ("open_unlink", "unlink_check"):
        op.add_column(table, sa.Column("created_at", sa.DateTime(timezone=True)))


def downgrade():
    for table in ("open_unlink", "unlink_check"):
        op.drop_column(table, "created_at")
