"""The tables, and the properties of their rows."""

from datetime import UTC, date, datetime
from typing import cast

from flask_login import UserMixin
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    false,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from database import Base, UTCDateTime, utc_now

MAX_NICKNAME_LENGTH = 60  # code points, as shown
MAX_NICKNAME_KEY_LENGTH = 120  # code points; NFKC makes some characters longer
MAX_EMAIL_LENGTH = 254  # RFC 5321
MAX_IMAGE_URL_LENGTH = 255
MAX_WORDS_LENGTH = 1000  # code points; an emoji of a whole family has a dozen
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)  # stored for a suspension without an end
MAX_BIGINT = 2**63 - 1

# Four bytes would be used up after 40 sign-ins of 50 million members each.
BigIntId = BigInteger().with_variant(Integer, "sqlite")  # SQLite autoincrements only INTEGER
# The time at which a statement is executed. Statements that use it can be built once, at import.
NOW = bindparam("now", callable_=utc_now, type_=UTCDateTime)


class Member(UserMixin, Base):
    """A member. Only the Kakao id identifies the person at a sign-in, never the e-mail address."""

    id: Mapped[int] = mapped_column(primary_key=True)
    kakao_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    nickname: Mapped[str] = mapped_column(String(MAX_NICKNAME_LENGTH))
    nickname_key: Mapped[str] = mapped_column(String(MAX_NICKNAME_KEY_LENGTH), unique=True)
    # Shared by all look-alikes. None: an earlier member has it, or the previous release wrote
    # the row; see docs/decisions/look-alikes.md.
    nickname_skeleton: Mapped[str | None] = mapped_column(
        String(MAX_NICKNAME_KEY_LENGTH), index=True, unique=True
    )
    email: Mapped[str | None] = mapped_column(String(MAX_EMAIL_LENGTH))
    image_url: Mapped[str | None] = mapped_column(String(MAX_IMAGE_URL_LENGTH))
    shows_image: Mapped[bool] = mapped_column(default=True)  # the member's own choice
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    nickname_changed_at: Mapped[datetime | None]
    # An operator asked for another nickname, and why; None once the member has chosen one.
    rename_why: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))
    # An operator decided that the drawn house is shown to everyone instead of the picture.
    is_image_refused: Mapped[bool] = mapped_column(default=False, server_default=false())
    # When the user info was last fetched; None: fetch it at the next sign-in.
    profile_fetched_at: Mapped[datetime | None]
    is_operator: Mapped[bool] = mapped_column(default=False, server_default=false())
    suspended_until: Mapped[datetime | None]
    suspended_why: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))
    # The newest footprint that they had seen when they last opened /me/visits.
    seen_footprint_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # The newest footprint that was ever left in their house; it may have been removed since.
    newest_visit_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # Uploads in the 24 hours from photo_attempts_since on, refused ones too.
    photo_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    photo_attempts_since: Mapped[datetime | None]
    # Reports in the 24 hours from report_attempts_since on, also about photos that are gone.
    report_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    report_attempts_since: Mapped[datetime | None]

    # The session of this request; set by sessions.start and sessions.load.
    session_token = cast(str | None, None)  # an annotation would make it a column
    session_id = cast(int | None, None)
    unseen_session_id = cast(int | None, None)  # the column of that session
    has_new_visits = False  # footprints are newer than the member's last look at /me/visits
    has_outcomes = False  # the member has not read some outcome of operators' decisions
    is_new = False  # set by signup.create, for as long as that request lasts

    def get_id(self) -> str | None:
        """Return what Flask-Login stores in the cookie: the token of this one session."""
        return self.session_token

    @hybrid_property
    def is_suspended(self) -> bool:
        """Whether an operator has suspended the member, and the suspension is not over."""
        return self.suspended_until is not None and self.suspended_until > utc_now()

    @is_suspended.inplace.expression
    @classmethod
    def _is_suspended(cls) -> ColumnElement[bool]:
        return and_(cls.suspended_until.is_not(None), cls.suspended_until > NOW)

    @property
    def is_suspended_for_good(self) -> bool:
        """Whether the suspension has no end."""
        return self.suspended_until == FOREVER


class Ban(Base):
    """A suspension that outlives its account; deleted when it is over; see auth/bans.py."""

    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    suspended_until: Mapped[datetime] = mapped_column(index=True)
    suspended_why: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))

    @property
    def is_suspended_for_good(self) -> bool:
        """Whether the suspension has no end."""
        return self.suspended_until == FOREVER


class FormerNickname(Base):
    """A nickname that a member released: reserved for a while, and its URL redirects to them."""

    nickname_key: Mapped[str] = mapped_column(String(MAX_NICKNAME_KEY_LENGTH), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    kept_until: Mapped[datetime]
    nickname_skeleton: Mapped[str | None] = mapped_column(
        String(MAX_NICKNAME_KEY_LENGTH), index=True
    )
    # An operator took this nickname away, and the member cannot choose it again.
    is_refused: Mapped[bool] = mapped_column(default=False, server_default=false())

    member: Mapped[Member] = relationship()


class DepartedNickname(Base):
    """A nickname of someone who deleted their account: reserved for a while, as keyed hashes."""

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    skeleton_hash: Mapped[str] = mapped_column(String(64), index=True)
    # Of the person, who can have it back; empty if an operator took it away from them.
    pseudonym: Mapped[str] = mapped_column(String(64))
    kept_until: Mapped[datetime] = mapped_column(index=True)


class DepartedMember(Base):
    """What counts if someone who deleted their account comes back; see Member's columns."""

    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    photo_attempts: Mapped[int]
    photo_attempts_since: Mapped[datetime | None]
    report_attempts: Mapped[int]
    report_attempts_since: Mapped[datetime | None]
    nickname_changed_at: Mapped[datetime | None]
    is_image_refused: Mapped[bool] = mapped_column(default=False, server_default=false())
    kept_until: Mapped[datetime] = mapped_column(index=True)


class LoginSession(Base):
    """One sign-in on one device. The cookie holds the token, this row only its hash."""

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(60), default="")  # as text: "Android · KakaoTalk"
    address: Mapped[str] = mapped_column(String(45), default="")  # the network's IP address
    # No earlier sign-in of the member came from this device and network.
    is_unfamiliar: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The oldest unfamiliar sign-in that this device still has to report.
    unseen_session_id: Mapped[int | None] = mapped_column(BigInteger)

    member: Mapped[Member] = relationship()


class Agreement(Base):
    """A version of a document that a member agreed to, and the time."""

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    document: Mapped[str] = mapped_column(String(100))  # terms, privacy
    version: Mapped[str] = mapped_column(String(100))
    agreed_at: Mapped[datetime] = mapped_column(default=utc_now)


class ReadNotice(Base):
    """A member has acknowledged a change of a document that needs no agreement."""

    member_id: Mapped[int] = mapped_column(
        ForeignKey(Member.id, ondelete="CASCADE"), primary_key=True
    )
    document: Mapped[str] = mapped_column(String(100), primary_key=True)  # terms, privacy
    version: Mapped[str] = mapped_column(String(100), primary_key=True)
    read_at: Mapped[datetime] = mapped_column(default=utc_now)


class Photo(Base):
    """A photo in a member's house; its files are at `key/`, see renditions.file_names."""

    # SQLite reuses the id of the newest row after it is deleted, and a shared link would then
    # lead to another photo.
    __table_args__ = (
        Index("ix_photo_member_id_id", "member_id", "id"),
        Index("ix_photo_room_id", "room", "id"),
        UniqueConstraint("member_id", "form_key"),
        Index(
            "ix_photo_hidden",
            "id",
            postgresql_where=text("is_hidden"),
            sqlite_where=text("is_hidden = 1"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(22), unique=True)  # 128 random bits
    # Identifies the upload, so that sending it twice adds one photo; see photos.key_of_upload.
    form_key: Mapped[str] = mapped_column(String(22))
    room: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    width: Mapped[int]  # of the widest rendition, in pixels
    height: Mapped[int]
    # The side of the largest thumbnail, in pixels. None: the photo has neither thumbnails nor the
    # newer width yet; `flask photos renew` makes both.
    square_side: Mapped[int | None]
    colours: Mapped[str] = mapped_column(String(24))  # see renditions.Renditions
    # The digest of the widest JPEG. None: the previous release added the photo.
    digest: Mapped[str | None] = mapped_column(String(22))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    hidden_why: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH), default="")
    answer: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))  # the owner's reply

    # Only in lists of cards; see listings.WITH_COUNT.
    footprint_count: Mapped[int] = query_expression()
    member: Mapped[Member] = relationship()

    @hybrid_property
    def is_public(self) -> bool:
        """Whether everyone may see the photo. A query joins Photo.member for this."""
        return not self.is_hidden and not self.member.is_suspended

    @is_public.inplace.expression
    @classmethod
    def _is_public(cls) -> ColumnElement[bool]:
        return and_(~cls.is_hidden, ~Member.is_suspended)

    @hybrid_property
    def is_undecided(self) -> bool:
        """Whether an operator has to decide about a hidden photo: three reports, or an answer."""
        return self.is_hidden and (self.hidden_why == "" or self.answer is not None)

    @is_undecided.inplace.expression
    @classmethod
    def _is_undecided(cls) -> ColumnElement[bool]:
        return and_(cls.is_hidden, or_(cls.hidden_why == "", cls.answer.is_not(None)))


class StoreMark(Base):
    """The mark that the photo storage shares with its database, in one row; see houses/purge.py."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(22))
    purges: Mapped[int] = mapped_column(BigInteger)  # how many this database has made


class Chore(Base):
    """A command that runs again and again, and when it last succeeded; see operations/chores.py."""

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    succeeded_at: Mapped[datetime]


class HouseOfTheDay(Base):
    """The member whose house is everyone's of a day; see houses/house_of_the_day.py."""

    day: Mapped[date] = mapped_column(primary_key=True)  # in Seoul
    # Pages show the last row of a day whose member has a public photo.
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)


class Footprint(Base):
    """A member likes a photo in someone else's house."""

    __table_args__ = (
        UniqueConstraint("photo_id", "member_id"),
        # Otherwise SQLite reuses the id of a removed footprint, and the new one counts as seen.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey(Photo.id, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    photo: Mapped[Photo] = relationship()
    member: Mapped[Member] = relationship()


class UsedPress(Base):
    """A visitor's press on 놀러 왔어요 that has left its footprint; see houses/footprints.py."""

    nonce: Mapped[str] = mapped_column(String(22), primary_key=True)
    used_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class Report(Base):
    """A member reports a photo; open until an operator has decided about it."""

    __table_args__ = (
        UniqueConstraint("photo_id", "member_id"),
        Index("ix_report_member_id_id", "member_id", "id"),
        # Few reports are open. The queue groups these by photo.
        Index(
            "ix_report_open",
            "photo_id",
            postgresql_where=text("is_open"),
            sqlite_where=text("is_open = 1"),
        ),
    )

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey(Photo.id, ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    # The line under the photo at that time. None: reported through the previous release.
    reported_line: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    is_open: Mapped[bool] = mapped_column(default=True)

    photo: Mapped[Photo] = relationship()
    member: Mapped[Member] = relationship()


class FormerReport(Base):
    """A report by someone who has deleted their account since; see moderation/aftermath.py."""

    photo_id: Mapped[int] = mapped_column(
        ForeignKey(Photo.id, ondelete="CASCADE"), primary_key=True
    )
    pseudonym: Mapped[str] = mapped_column(String(64), primary_key=True)
    reported_line: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))
    is_open: Mapped[bool]
    kept_until: Mapped[datetime] = mapped_column(index=True)


class RemovedPhoto(Base):
    """What was reported or decided about a photo that was removed; see moderation/aftermath.py."""

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)  # pseudonym
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # keyed hash of Photo.digest
    is_hidden: Mapped[bool]
    hidden_why: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    answer: Mapped[str | None] = mapped_column(String(MAX_WORDS_LENGTH))
    reports: Mapped[list] = mapped_column(JSON)
    kept_until: Mapped[datetime] = mapped_column(index=True)


class ModerationAct(Base):
    """An act about a photo or a member, on a page, on the command line or by three reports."""

    # Every act has its subject, except those that must not name anyone or that concern everyone.
    __table_args__ = (
        CheckConstraint(
            "member_id IS NOT NULL OR act IN ('delete', 'restore', 'sign all out')",
            name="ck_moderation_act_member",
        ),
        CheckConstraint(
            "photo_id IS NOT NULL OR act NOT IN ('delete photo', 'remove words')",
            name="ck_moderation_act_photo",
        ),
    )

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    act: Mapped[str] = mapped_column(String(20))  # hide, keep, answer, suspend, restore, …
    origin: Mapped[str] = mapped_column(String(20))  # page, command or reports
    # None: the command line, or an operator who has deleted their account.
    operator_id: Mapped[int | None] = mapped_column(
        ForeignKey(Member.id, ondelete="SET NULL"), index=True
    )
    # The member concerned; the row is deleted with them. None if the act is the deletion itself.
    member_id: Mapped[int | None] = mapped_column(
        ForeignKey(Member.id, ondelete="CASCADE"), index=True
    )
    # Not a foreign key: the record keeps the number of a photo that is gone.
    photo_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    why: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    operator: Mapped[Member | None] = relationship(foreign_keys=operator_id)
    member: Mapped[Member | None] = relationship(foreign_keys=member_id)


class Outcome(Base):
    """What was decided about a member's photo, account or report, until they have read it."""

    id: Mapped[int] = mapped_column(BigIntId, primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey(Member.id, ondelete="CASCADE"), index=True)
    act: Mapped[str] = mapped_column(String(20))  # as in ModerationAct
    is_reporter: Mapped[bool]  # they reported the photo; otherwise it concerns them
    photo_id: Mapped[int | None] = mapped_column(BigInteger)  # may be deleted
    why: Mapped[str] = mapped_column(String(MAX_WORDS_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class KakaoTask(Base):
    """A call to Kakao that is tried until it succeeds."""

    __abstract__ = True

    kakao_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tries: Mapped[int] = mapped_column(default=0)
    try_after: Mapped[datetime] = mapped_column(default=utc_now)
    created_at: Mapped[datetime | None] = mapped_column(default=utc_now)


class OpenUnlink(KakaoTask):
    """A deleted account that still has to be unlinked at Kakao."""


class UnlinkCheck(KakaoTask):
    """A member who may have unlinked: Kakao sent a webhook, which has to be checked with Kakao."""


class SeenEvent(Base):
    """An account event that has been handled; Kakao may send it again."""

    jti: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)


class PendingSignup(Base):
    """A person who signed in at Kakao and still has to choose a nickname; see pending_signup.py."""

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kakao_id: Mapped[int] = mapped_column(BigInteger)
    profile: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))  # None once used
    reason: Mapped[list] = mapped_column(JSON)  # why a nickname is needed: message, parameters
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
