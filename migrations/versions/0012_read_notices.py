"""who has read that the terms or the privacy policy change"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade():
    op.create_table(
        "read_notice",
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("document", sa.String(100), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "document", "version", name="pk_read_notice"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_read_notice_member_id_member", ondelete="CASCADE"
        ),
    )


def downgrade():
    op.drop_table("read_notice")
