"""unlink checks: when a profile was fetched, and unlink webhooks that wait for Kakao"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade():
    op.add_column("member", sa.Column("profile_fetched_at", sa.DateTime(timezone=True)))
    op.create_table(
        "unlink_check",
        sa.Column("kakao_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("try_after", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade():
    op.drop_table("unlink_check")
    op.drop_column("member", "profile_fetched_at")
