"""The tables, and what a row can say about itself."""

import sqlite3
from datetime import UTC, datetime

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NICKNAME_LONGEST = 60  # code points, as shown
NICKNAME_KEY_LONGEST = 120  # code points; NFKC makes some characters longer
EMAIL_LONGEST = 254  # RFC 5321
IMAGE_URL_LONGEST = 255
HIGHEST_ID = 2**63 - 1

# Four bytes would be used up after 40 sign-ins of 50 million members each.
SignInId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up an INTEGER only


class Base(DeclarativeBase):
    # Named constraints, so that a migration can change them on every database.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# What was committed is what we wrote: no need to read it again.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


class UTCDateTime(TypeDecorator):
    """An aware moment in UTC, whatever the database makes of time zones; SQLite keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value and value.astimezone(UTC)

    def process_result_value(self, value, dialect):
        if dialect.name == "sqlite":
            return value and value.replace(tzinfo=UTC)
        return value and value.astimezone(UTC)  # PostgreSQL gives the time zone it is set to


def now() -> datetime:
    return datetime.now(UTC)


class Member(UserMixin, db.Model):
    """Somebody who lives here. Found by the Kakao id alone, never by e-mail."""

    id: Mapped[int] = mapped_column(primary_key=True)
    kakao_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    nickname: Mapped[str] = mapped_column(String(NICKNAME_LONGEST))
    nickname_key: Mapped[str] = mapped_column(String(NICKNAME_KEY_LONGEST), unique=True)
    email: Mapped[str | None] = mapped_column(String(EMAIL_LONGEST))
    image_url: Mapped[str | None] = mapped_column(String(IMAGE_URL_LONGEST))
    shows_image: Mapped[bool] = mapped_column(default=True)  # the member's own choice
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    nickname_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    # The sign-in by which this member came; set by sessions.begin and sessions.load.
    session_token = session_id = None
    is_new = False  # set by signup.create, for as long as that request lasts

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the token of this one sign-in."""
        return self.session_token


class FormerNickname(db.Model):
    """A name that a member gave up: kept for them for a while, and its address leads to them."""

    nickname_key: Mapped[str] = mapped_column(String(NICKNAME_KEY_LONGEST), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    kept_until: Mapped[datetime] = mapped_column(UTCDateTime)

    member: Mapped[Member] = relationship()


class LoginSession(db.Model):
    """One sign-in on one device. The cookie holds the token, this row only its hash."""

    id: Mapped[int] = mapped_column(SignInId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    device: Mapped[str] = mapped_column(String(60), default="")  # in words: "Android · KakaoTalk"
    address: Mapped[str] = mapped_column(String(45), default="")  # shortened, for orientation

    member: Mapped[Member] = relationship()


class Agreement(db.Model):
    """What a member agreed to, in which version, and when."""

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    document: Mapped[str] = mapped_column(String(100))  # terms, privacy
    version: Mapped[str] = mapped_column(String(100))
    agreed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class OpenUnlink(db.Model):
    """Somebody who left while Kakao did not answer, and whom Kakao must still be told of."""

    kakao_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tries: Mapped[int] = mapped_column(default=0)
    try_after: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class SeenEvent(db.Model):
    """An account event of Kakao's that has been heeded, so that it is not heeded again."""

    jti: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


@event.listens_for(Engine, "connect")
def set_up_sqlite(connection, _record):
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # begin_when_writing begins, nobody else
        connection.execute("PRAGMA busy_timeout = 5000")  # milliseconds to wait for a writer
        connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait
        connection.execute("PRAGMA synchronous = NORMAL")  # safe with WAL, and no fsync per commit
        connection.execute("PRAGMA foreign_keys = ON")


# On SQLite a transaction begins with the first write, and takes the write lock at once.
# One that had read before would have to trade its read lock for it, and SQLite refuses
# that ("database is locked") when somebody else has written meanwhile.
@event.listens_for(Engine, "before_cursor_execute")
def begin_when_writing(connection, _cursor, _statement, _parameters, context, _many):
    if context and (context.isinsert or context.isupdate or context.isdelete):
        begin_immediately(connection)


@event.listens_for(Engine, "savepoint")
def begin_immediately(connection, _name=None):
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection) and not raw.in_transaction:
        raw.execute("BEGIN IMMEDIATE")
