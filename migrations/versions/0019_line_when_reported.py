"""The line under a photo as it was when the photo was reported"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade():
    # None: the previous release stores no line.
    op.add_column("report", sa.Column("reported_line", sa.String(length=1000), nullable=True))


def downgrade():
    op.drop_column("report", "reported_line")
