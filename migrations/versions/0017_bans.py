"""Suspensions that outlive their account"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade():
    op.create_table(
        "ban",
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_why", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name="pk_ban"),
    )
    op.create_index("ix_ban_suspended_until", "ban", ["suspended_until"])


def downgrade():
    op.drop_table("ban")
