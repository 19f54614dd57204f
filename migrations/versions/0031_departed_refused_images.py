"""A profile picture that an operator hid stays hidden after the account is deleted"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade():
    column = sa.Column("is_image_refused", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("departed_attempts", column)


def downgrade():
    op.drop_column("departed_attempts", "is_image_refused")
