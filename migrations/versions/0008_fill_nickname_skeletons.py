"""fill nickname skeletons

In batches, each in a transaction of its own, so that the previous release goes on working.
Where two members look alike already, the one who came first gets the skeleton.
"""

import sqlalchemy as sa
from alembic import op

from auth import nicknames

revision = "0008"
down_revision = "0007"

BATCH_SIZE = 1000

# Of a batch nothing fails if it is done twice or if the name has just changed.
FILL_MEMBER = sa.text("""
    UPDATE member SET nickname_skeleton = :skeleton WHERE id = :id AND nickname = :name
    AND NOT EXISTS (SELECT 1 FROM member WHERE nickname_skeleton = :skeleton)
""")
FILL_FORMER = sa.text(
    "UPDATE former_nickname SET nickname_skeleton = :skeleton WHERE nickname_key = :id"
)
NEXT_MEMBERS = sa.text("SELECT id, nickname FROM member WHERE id > :last ORDER BY id LIMIT :size")
NEXT_FORMER = sa.text("""
    SELECT nickname_key, nickname_key FROM former_nickname
    WHERE nickname_key > :last ORDER BY nickname_key LIMIT :size
""")


def upgrade():
    engine = op.get_bind().engine
    fill(engine, NEXT_MEMBERS, FILL_MEMBER, last=0)
    fill(engine, NEXT_FORMER, FILL_FORMER, last="")


def fill(engine, select_next, update, last):
    while True:
        with engine.begin() as connection:
            rows = connection.execute(select_next, {"last": last, "size": BATCH_SIZE}).all()
            if not rows:
                return
            values = [
                {"id": row[0], "name": row[1], "skeleton": nicknames.skeleton(row[1])}
                for row in rows
            ]
            connection.execute(update, values)
            last = rows[-1][0]


def downgrade():
    pass
