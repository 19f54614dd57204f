"""The newest footprint in a member's house, for the dot in the header"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade():
    # 0 for older footprints, and for those that the previous release stores.
    op.add_column(
        "member",
        sa.Column("newest_visit_id", sa.BigInteger(), nullable=False, server_default="0"),
    )


def downgrade():
    op.drop_column("member", "newest_visit_id")
