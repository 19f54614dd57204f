"""An index of a member's reports in their order: PostgreSQL read all reports for the newest five"""

from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade():
    op.create_index("ix_report_member_id_id", "report", ["member_id", "id"])
    op.drop_index("ix_report_member_id", "report")


def downgrade():
    op.create_index("ix_report_member_id", "report", ["member_id"])
    op.drop_index("ix_report_member_id_id", "report")
