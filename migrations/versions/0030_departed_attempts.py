"""What people did in the day before they deleted their account"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade():
    time = sa.DateTime(timezone=True)
    op.create_table(
        "departed_attempts",
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("photo_attempts", sa.Integer, nullable=False),
        sa.Column("photo_attempts_since", time),
        sa.Column("report_attempts", sa.Integer, nullable=False),
        sa.Column("report_attempts_since", time),
        sa.Column("nickname_changed_at", time),
        sa.Column("kept_until", time, nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name="pk_departed_attempts"),
    )
    op.create_index("ix_departed_attempts_kept_until", "departed_attempts", ["kept_until"])


def downgrade():
    op.drop_table("departed_attempts")
