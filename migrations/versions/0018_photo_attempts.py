"""how many photos a member has tried to hang in the last 24 hours"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade():
    columns = (
        sa.Column("photo_attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("photo_attempts_since", sa.DateTime(timezone=True)),
    )
    for column in columns:
        op.add_column("member", column)


def downgrade():
    op.drop_column("member", "photo_attempts_since")
    op.drop_column("member", "photo_attempts")
