"""Reports of photos that were removed, and by people who have left"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade():
    # None: the photo was there before, or the previous release added it.
    op.add_column("photo", sa.Column("digest", sa.String(length=22), nullable=True))
    op.create_table(
        "former_report",
        sa.Column("photo_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("reported_line", sa.String(length=1000), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"],
            ["photo.id"],
            name="fk_former_report_photo_id_photo",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("photo_id", "pseudonym", name="pk_former_report"),
    )
    op.create_index("ix_former_report_kept_until", "former_report", ["kept_until"])
    op.create_table(
        "removed_photo",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("hidden_why", sa.String(length=1000), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=True),
        sa.Column("reports", sa.JSON(), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "digest", name="pk_removed_photo"),
    )
    op.create_index("ix_removed_photo_kept_until", "removed_photo", ["kept_until"])


def downgrade():
    op.drop_table("removed_photo")
    op.drop_table("former_report")
    op.drop_column("photo", "digest")
