"""nickname skeletons

Nullable: the previous release goes on writing rows without them during a deploy.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade():
    op.add_column("member", sa.Column("nickname_skeleton", sa.String(120)))
    op.add_column("former_nickname", sa.Column("nickname_skeleton", sa.String(120)))
    op.create_index("ix_member_nickname_skeleton", "member", ["nickname_skeleton"], unique=True)
    op.create_index(
        "ix_former_nickname_nickname_skeleton", "former_nickname", ["nickname_skeleton"]
    )


def downgrade():
    op.drop_index("ix_former_nickname_nickname_skeleton", "former_nickname")
    op.drop_column("former_nickname", "nickname_skeleton")
    op.drop_index("ix_member_nickname_skeleton", "member")
    op.drop_column("member", "nickname_skeleton")
