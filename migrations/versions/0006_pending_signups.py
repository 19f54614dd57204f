"""pending sign-ups: used once, on whichever server"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade():
    op.create_table(
        "pending_signup",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("kakao_id", sa.BigInteger(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pending_signup")),
    )


def downgrade():
    op.drop_table("pending_signup")
