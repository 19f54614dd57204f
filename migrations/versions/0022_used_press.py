"""A visitor's press on 놀러 왔어요 leaves one footprint"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade():
    op.create_table(
        "used_press",
        sa.Column("nonce", sa.String(length=22), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce"),
    )
    op.create_index("ix_used_press_used_at", "used_press", ["used_at"])


def downgrade():
    op.drop_table("used_press")
