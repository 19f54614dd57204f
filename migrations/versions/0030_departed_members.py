"""What still counts of people who deleted their account: attempts of the day, a hidden picture"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade():
    time = sa.DateTime(timezone=True)
    op.create_table(
        "departed_member",
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("photo_attempts", sa.Integer, nullable=False),
        sa.Column("photo_attempts_since", time),
        sa.Column("report_attempts", sa.Integer, nullable=False),
        sa.Column("report_attempts_since", time),
        sa.Column("nickname_changed_at", time),
        sa.Column("is_image_refused", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("kept_until", time, nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name="pk_departed_member"),
    )
    op.create_index("ix_departed_member_kept_until", "departed_member", ["kept_until"])


def downgrade():
    op.drop_table("departed_member")
