"""members and their sessions"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "member",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kakao_id", sa.BigInteger, nullable=False),
        sa.Column("nickname", sa.String(60), nullable=False),
        sa.Column("nickname_key", sa.String(120), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("image_url", sa.String(255)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("kakao_id", name="uq_member_kakao_id"),
        sa.UniqueConstraint("nickname_key", name="uq_member_nickname_key"),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.UniqueConstraint("token_hash", name="uq_login_session_token_hash"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name="fk_login_session_member_id_member",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_login_session_member_id", "login_session", ["member_id"])


def downgrade():
    op.drop_table("login_session")
    op.drop_table("member")
