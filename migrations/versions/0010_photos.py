"""photos, footprints, reports, and what operators did about them"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

# SQLite counts up an INTEGER only.
BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MAX_WORDS_LENGTH = 1000


def upgrade():
    columns = (
        sa.Column("is_operator", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("suspended_until", sa.DateTime(timezone=True)),
        sa.Column("suspended_why", sa.String(MAX_WORDS_LENGTH)),
        sa.Column("seen_footprint_id", sa.BigInteger, nullable=False, server_default="0"),
    )
    for column in columns:
        op.add_column("member", column)
    op.create_table(
        "photo",
        sa.Column("id", BIG_ID, nullable=False),
        member_id(),
        sa.Column("key", sa.String(22), nullable=False),
        sa.Column("form_key", sa.String(22), nullable=False),
        sa.Column("room", sa.String(20), nullable=False),
        words("words"),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("colours", sa.String(24), nullable=False),
        created_at(),
        sa.Column("is_hidden", sa.Boolean, nullable=False),
        words("hidden_why"),
        words("answer", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.UniqueConstraint("key", name="uq_photo_key"),
        sa.UniqueConstraint("member_id", "form_key", name="uq_photo_member_id"),
        to_member("photo", "member_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_photo_member_id_id", "photo", ["member_id", "id"])
    op.create_index("ix_photo_room_id", "photo", ["room", "id"])
    op.create_table(
        "footprint",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("photo_id", BIG_ID, nullable=False),
        member_id(),
        created_at(),
        sa.PrimaryKeyConstraint("id", name="pk_footprint"),
        sa.UniqueConstraint("photo_id", "member_id", name="uq_footprint_photo_id"),
        to_photo("footprint"),
        to_member("footprint", "member_id"),
    )
    op.create_index("ix_footprint_member_id", "footprint", ["member_id"])
    op.create_table(
        "report",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("photo_id", BIG_ID, nullable=False),
        member_id(),
        sa.Column("reason", sa.String(20), nullable=False),
        words("words"),
        created_at(),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("photo_id", "member_id", name="uq_report_photo_id"),
        to_photo("report"),
        to_member("report", "member_id"),
    )
    op.create_index("ix_report_member_id", "report", ["member_id"])
    op.create_index("ix_report_is_open", "report", ["is_open"])
    op.create_table(
        "moderation_act",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("origin", sa.String(20), nullable=False),
        sa.Column("operator_id", sa.Integer),
        member_id(),
        sa.Column("photo_id", BIG_ID),
        words("why"),
        created_at(),
        sa.PrimaryKeyConstraint("id", name="pk_moderation_act"),
        to_member("moderation_act", "operator_id", "SET NULL"),
        to_member("moderation_act", "member_id"),
        to_photo("moderation_act", "SET NULL"),
    )
    op.create_index("ix_moderation_act_member_id", "moderation_act", ["member_id"])


def member_id():
    return sa.Column("member_id", sa.Integer, nullable=False)


def words(name, nullable=False):
    return sa.Column(name, sa.String(MAX_WORDS_LENGTH), nullable=nullable)


def created_at():
    return sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)


def to_member(table, column, ondelete="CASCADE"):
    name = f"fk_{table}_{column}_member"
    return sa.ForeignKeyConstraint([column], ["member.id"], name=name, ondelete=ondelete)


def to_photo(table, ondelete="CASCADE"):
    name = f"fk_{table}_photo_id_photo"
    return sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=name, ondelete=ondelete)


def downgrade():
    for table in ("moderation_act", "report", "footprint", "photo"):
        op.drop_table(table)
    for column in ("seen_footprint_id", "suspended_why", "suspended_until", "is_operator"):
        op.drop_column("member", column)
