"""Operators' cases: outcomes, refused nicknames and pictures, a record that can be searched"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite autoincrements only INTEGER
PHOTO_KEY = "fk_moderation_act_photo_id_photo"


def upgrade():
    op.add_column("member", sa.Column("rename_why", sa.String(1000)))
    for table, column in (("member", "is_image_refused"), ("former_nickname", "is_refused")):
        op.add_column(
            table, sa.Column(column, sa.Boolean, nullable=False, server_default=sa.false())
        )
    op.create_index(
        "ix_photo_hidden",
        "photo",
        ["id"],
        postgresql_where=sa.text("is_hidden"),
        sqlite_where=sa.text("is_hidden = 1"),
    )
    with op.batch_alter_table("moderation_act") as table:  # SQLite copies it
        table.drop_constraint(PHOTO_KEY, type_="foreignkey")
        table.alter_column("photo_id", existing_type=BIG_ID, type_=sa.BigInteger)
        table.create_check_constraint(
            "ck_moderation_act_member",
            "member_id IS NOT NULL OR act IN ('delete', 'restore', 'sign all out')",
        )
        table.create_check_constraint(
            "ck_moderation_act_photo",
            "photo_id IS NOT NULL OR act NOT IN ('delete photo', 'remove words')",
        )
    for column in ("operator_id", "photo_id"):
        op.create_index(f"ix_moderation_act_{column}", "moderation_act", [column])
    op.create_table(
        "outcome",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("member_id", sa.Integer, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("is_reporter", sa.Boolean, nullable=False),
        sa.Column("photo_id", sa.BigInteger),
        sa.Column("why", sa.String(1000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outcome"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_outcome_member_id_member", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_outcome_member_id", "outcome", ["member_id"])


def downgrade():
    op.drop_table("outcome")
    for column in ("operator_id", "photo_id"):
        op.drop_index(f"ix_moderation_act_{column}", "moderation_act")
    op.execute(
        "UPDATE moderation_act SET photo_id = NULL WHERE photo_id NOT IN (SELECT id FROM photo)"
    )
    with op.batch_alter_table("moderation_act") as table:
        table.drop_constraint("ck_moderation_act_member", type_="check")
        table.drop_constraint("ck_moderation_act_photo", type_="check")
        table.alter_column("photo_id", existing_type=sa.BigInteger, type_=BIG_ID)
        table.create_foreign_key(PHOTO_KEY, "photo", ["photo_id"], ["id"], ondelete="SET NULL")
    op.drop_index("ix_photo_hidden", "photo")
    op.drop_column("former_nickname", "is_refused")
    for column in ("is_image_refused", "rename_why"):
        op.drop_column("member", column)
