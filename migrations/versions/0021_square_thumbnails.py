"""Square thumbnails of photos"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade():
    # None: the photo has no thumbnails yet, or the previous release added it.
    op.add_column("photo", sa.Column("square_side", sa.Integer(), nullable=True))


def downgrade():
    op.drop_column("photo", "square_side")
