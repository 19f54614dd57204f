"""bigger session ids: eight bytes; those of SQLite have them already"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade():
    change_to(sa.BigInteger, "bigint")


def downgrade():
    change_to(sa.Integer, "integer")


def change_to(kind, name):
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("login_session", "id", type_=kind)
        op.execute(f"ALTER SEQUENCE login_session_id_seq AS {name}")
