"""The mark that the store of photos shares with its database"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade():
    op.create_table(
        "store_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=22), nullable=False),
        sa.Column("purges", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_store_mark"),
    )


def downgrade():
    op.drop_table("store_mark")
