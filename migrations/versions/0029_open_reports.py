"""An index of open reports by photo, for the operators' queue"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade():
    op.drop_index("ix_report_is_open", "report")
    op.create_index(
        "ix_report_open",
        "report",
        ["photo_id"],
        postgresql_where=sa.text("is_open"),
        sqlite_where=sa.text("is_open = 1"),
    )


def downgrade():
    op.drop_index("ix_report_open", "report")
    op.create_index("ix_report_is_open", "report", ["is_open"])
