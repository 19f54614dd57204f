"""Reports that a member sent within a day"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade():
    # The default is for rows that the previous release writes.
    count = sa.Column("report_attempts", sa.Integer(), nullable=False, server_default="0")
    op.add_column("member", count)
    since = sa.Column("report_attempts_since", sa.DateTime(timezone=True), nullable=True)
    op.add_column("member", since)


def downgrade():
    op.drop_column("member", "report_attempts_since")
    op.drop_column("member", "report_attempts")
