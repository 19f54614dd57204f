"""former nicknames"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("member", sa.Column("nickname_changed_at", sa.DateTime(timezone=True)))
    op.create_table(
        "former_nickname",
        sa.Column("nickname_key", sa.String(120), nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nickname_key", name="pk_former_nickname"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name="fk_former_nickname_member_id_member",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_former_nickname_member_id", "former_nickname", ["member_id"])


def downgrade():
    op.drop_table("former_nickname")
    op.drop_column("member", "nickname_changed_at")
