"""what was done may concern no member: the deletion of one"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade():
    with op.batch_alter_table("moderation_act") as table:  # SQLite copies it
        table.alter_column("member_id", existing_type=sa.Integer(), nullable=True)


def downgrade():
    op.execute("DELETE FROM moderation_act WHERE member_id IS NULL")
    with op.batch_alter_table("moderation_act") as table:
        table.alter_column("member_id", existing_type=sa.Integer(), nullable=False)
