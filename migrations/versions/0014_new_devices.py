"""sign-ins from new devices, which the other devices report"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade():
    columns = (
        sa.Column("is_unfamiliar", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("unseen_session_id", sa.BigInteger),
    )
    for column in columns:
        op.add_column("login_session", column)


def downgrade():
    op.drop_column("login_session", "unseen_session_id")
    op.drop_column("login_session", "is_unfamiliar")
