"""models.py of the previous release: what its code reads and writes while it still runs."""

from datetime import UTC, datetime

from flask_login import UserMixin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from database.pool import LimitedPool

MAX_NICKNAME_LENGTH = 60  # code points, as shown
MAX_NICKNAME_KEY_LENGTH = 120  # code points; NFKC makes some characters longer
MAX_EMAIL_LENGTH = 254  # RFC 5321
MAX_IMAGE_URL_LENGTH = 255
MAX_WORDS_LENGTH = 1000  # code points; an emoji of a whole family has a dozen
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)  # the end of a suspension without one
MAX_BIGINT = 2**63 - 1

# Four bytes would be used up after 40 sign-ins of 50 million members each.
BigIntId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up an INTEGER only


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


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},  # usable without another SELECT
    engine_options={"poolclass": LimitedPool},
)


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


def utc_now() -> datetime:
    return datetime.now(UTC)


class Member(UserMixin, db.Model):
    """Someone who lives here. Found by the Kakao id alone, never by e-mail."""

    id: Mapped[int] = mapped_column(primary_key=True)
    kakao_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    nickname: Mapped[str] = mapped_column(String(MAX_NICKNAME_LENGTH))
    nickname_key: Mapped[str] = mapped_column(String(MAX_NICKNAME_KEY_LENGTH), unique=True)
    # What its look-alikes share. None: someone who was here before has it, or the previous
    # release wrote the row; see docs/decisions/look-alikes.md.
    nickname_skeleton: Mapped[str | None] = mapped_column(
        String(MAX_NICKNAME_KEY_LENGTH), index=True, unique=True
    )
    email: Mapped[str | None] = mapped_column(String(MAX_EMAIL_LENGTH))
    image_url: Mapped[str | None] = mapped_column(String(MAX_IMAGE_URL_LENGTH))
    shows_image: Mapped[bool] = mapped_column(default=True)  # the member's own choice
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    nickname_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The last successful call for the user info; None: fetch it at the next sign-in.
    profile_fetched_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    is_operator: Mapped[bool] = mapped_column(default=False, server_default=false())
    suspended_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    suspended_why: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))
    # The newest footprint in their house when they last looked at who came by.
    seen_footprint_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    # The sign-in by which this member came; set by sessions.start and sessions.load.
    session_token = session_id = None
    is_new = False  # set by signup.create, for as long as that request lasts

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the token of this one sign-in."""
        return self.session_token

    @property
    def is_suspended(self) -> bool:
        return self.suspended_until is not None and self.suspended_until > utc_now()

    @property
    def is_suspended_for_good(self) -> bool:
        return self.suspended_until == FOREVER


class FormerNickname(db.Model):
    """A name that a member gave up: kept for them for a while, and its address leads to them."""

    nickname_key: Mapped[str] = mapped_column(String(MAX_NICKNAME_KEY_LENGTH), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    kept_until: Mapped[datetime] = mapped_column(UTCDateTime)
    nickname_skeleton: Mapped[str | None] = mapped_column(
        String(MAX_NICKNAME_KEY_LENGTH), index=True
    )

    member: Mapped[Member] = relationship()


class LoginSession(db.Model):
    """One sign-in on one device. The cookie holds the token, this row only its hash."""

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
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
    agreed_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class Photo(db.Model):
    """A photo in a member's house; its files are at `key/<width>.webp` and `.jpg`."""

    # SQLite gives the id of the newest row again when it was deleted, and a link that somebody
    # shared would lead to another photo.
    __table_args__ = (
        Index("ix_photo_member_id_id", "member_id", "id"),
        Index("ix_photo_room_id", "room", "id"),
        UniqueConstraint("member_id", "form_key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(22), unique=True)  # 128 random bits
    form_key: Mapped[str] = mapped_column(String(22))  # of the form that was sent, perhaps twice
    room: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    width: Mapped[int]  # of the widest rendition, in pixels
    height: Mapped[int]
    colours: Mapped[str] = mapped_column(String(24))  # see photos.Photo
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    hidden_why: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH), default="")
    answer: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))  # of the owner to that

    member: Mapped[Member] = relationship()


class Footprint(db.Model):
    """A member came by and liked a photo of someone else's house."""

    __table_args__ = (UniqueConstraint("photo_id", "member_id"),)

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey(Photo.id, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)

    photo: Mapped[Photo] = relationship()
    member: Mapped[Member] = relationship()


class Report(db.Model):
    """A member reports a photo; open until an operator has looked."""

    __table_args__ = (UniqueConstraint("photo_id", "member_id"),)

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey(Photo.id, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)
    is_open: Mapped[bool] = mapped_column(default=True, index=True)

    photo: Mapped[Photo] = relationship()
    member: Mapped[Member] = relationship()


class ModerationAct(db.Model):
    """What was done about a photo or a member, by whom, when and why."""

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    act: Mapped[str] = mapped_column(String(20))  # hide, keep, answer, suspend, restore, …
    origin: Mapped[str] = mapped_column(String(20))  # page, command or reports
    # None: the command line, or an operator who has deleted their account.
    operator_id: Mapped[int | None] = mapped_column(ForeignKey(Member.id, ondelete="SET NULL"))
    # Whom it concerns: deleted with them, as everything that is theirs.
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    photo_id: Mapped[int | None] = mapped_column(ForeignKey(Photo.id, ondelete="SET NULL"))
    why: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)

    operator: Mapped[Member | None] = relationship(foreign_keys=operator_id)
    member: Mapped[Member] = relationship(foreign_keys=member_id)


class OpenUnlink(db.Model):
    """A deleted account that still has to be unlinked at Kakao."""

    kakao_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tries: Mapped[int] = mapped_column(default=0)
    try_after: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class UnlinkCheck(db.Model):
    """A member who may have unlinked: Kakao sent a webhook, and has not been asked yet."""

    kakao_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tries: Mapped[int] = mapped_column(default=0)
    try_after: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class SeenEvent(db.Model):
    """An account event that has been handled, so that it is not handled again."""

    jti: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utc_now)


class PendingSignup(db.Model):
    """A person who signed in at Kakao and still has to choose a nickname; see pending_signup.py."""

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kakao_id: Mapped[int] = mapped_column(BigInteger)
    profile: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))  # None once used
    reason: Mapped[list] = mapped_column(JSON)  # why a nickname is needed: message, parameters
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
