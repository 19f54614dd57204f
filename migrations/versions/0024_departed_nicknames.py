"""Nicknames of people who deleted their account"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade():
    op.create_table(
        "departed_nickname",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("skeleton_hash", sa.String(length=64), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_departed_nickname"),
    )
    for column in ("skeleton_hash", "kept_until"):
        name = f"ix_departed_nickname_{column}"
        op.create_index(name, "departed_nickname", [column])


def downgrade():
    op.drop_table("departed_nickname")
