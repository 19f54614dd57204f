"""account life: devices, agreements, open unlinks, seen events"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    for name, length in (("device", 60), ("address", 45)):
        column = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column("login_session", column)
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("document", sa.String(100), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name="fk_agreement_member_id_member",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_agreement_member_id", "agreement", ["member_id"])
    op.create_table(
        "open_unlink",
        sa.Column("kakao_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("try_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kakao_id", name="pk_open_unlink"),
    )
    op.create_table(
        "seen_event",
        sa.Column("jti", sa.String(200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti", name="pk_seen_event"),
    )


def downgrade():
    op.drop_table("seen_event")
    op.drop_table("open_unlink")
    op.drop_table("agreement")
    op.drop_column("login_session", "address")
    op.drop_column("login_session", "device")
