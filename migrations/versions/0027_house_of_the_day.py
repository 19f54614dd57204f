"""The house of the day"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade():
    op.create_table(
        "house_of_the_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.id"],
            name=op.f("fk_house_of_the_day_member_id_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("day", "number", name=op.f("pk_house_of_the_day")),
    )
    op.create_index(op.f("ix_house_of_the_day_member_id"), "house_of_the_day", ["member_id"])


def downgrade():
    op.drop_table("house_of_the_day")
