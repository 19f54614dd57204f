"""image shown or not"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    column = sa.Column("shows_image", sa.Boolean, nullable=False, server_default=sa.true())
    op.add_column("member", column)


def downgrade():
    op.drop_column("member", "shows_image")
