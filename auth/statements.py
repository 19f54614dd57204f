"""The statements of sign-ins and of each member's page, built once, at import.

To build one takes SQLAlchemy as long as to execute it. Values are bound when it is executed.
"""

from typing import cast

from sqlalchemy import (
    CompoundSelect,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models import (
    Agreement,
    Ban,
    DepartedMember,
    DepartedNickname,
    Footprint,
    FormerNickname,
    LoginSession,
    Member,
    OpenUnlink,
    Outcome,
    PendingSignup,
    Photo,
    ReadNotice,
)

MEMBER_BY_KAKAO_ID = select(Member).where(Member.kakao_id == bindparam("kakao_id"))


def nicknames_in_use() -> CompoundSelect[str, str | None]:
    """Return the query of signup.find_in_use(): keys and skeletons, or the hashes of both."""

    def others(
        table: type[Member | FormerNickname], member_id: InstrumentedAttribute[int]
    ) -> Select[str, str | None]:
        same_key = table.nickname_key.in_(bindparam("keys", expanding=True))
        looks_alike = table.nickname_skeleton.in_(bindparam("skeletons", expanding=True))
        columns = select(table.nickname_key, table.nickname_skeleton)
        return columns.where(same_key | looks_alike, member_id != bindparam("member_id"))

    reserved = others(FormerNickname, FormerNickname.member_id)
    departed = select(DepartedNickname.key_hash, DepartedNickname.skeleton_hash).where(
        DepartedNickname.key_hash.in_(bindparam("key_hashes", expanding=True))
        | DepartedNickname.skeleton_hash.in_(bindparam("skeleton_hashes", expanding=True)),
        DepartedNickname.pseudonym.not_in(bindparam("pseudonyms", expanding=True)),
        DepartedNickname.kept_until > bindparam("now"),
    )
    return others(Member, Member.id).union_all(
        reserved.where(FormerNickname.kept_until > bindparam("now")), departed
    )


NICKNAMES_IN_USE = nicknames_in_use()

IS_BAN_OF_PERSON = and_(
    Ban.pseudonym.in_(bindparam("pseudonyms", expanding=True)),
    Ban.suspended_until > bindparam("now"),
)
BAN_BY_PSEUDONYM = select(Ban).where(IS_BAN_OF_PERSON)

# By Core: the ORM would insert one after the other, to learn ids that no one needs.
INSERT_AGREEMENTS = insert(cast(Table, Agreement.__table__))
IS_UNLINK_OF_PERSON = OpenUnlink.kakao_id == bindparam("kakao_id")
DELETE_OPEN_UNLINK = delete(OpenUnlink).where(IS_UNLINK_OF_PERSON)
DEPARTED_MEMBER = cast(Table, DepartedMember.__table__)
IS_DEPARTED_PERSON = DEPARTED_MEMBER.c.pseudonym.in_(bindparam("pseudonyms", expanding=True))
TAKE_DEPARTED_MEMBER = delete(DEPARTED_MEMBER).where(IS_DEPARTED_PERSON).returning(DEPARTED_MEMBER)
# Whether an earlier account of a new member left a ban, the attempts of a day or an open unlink.
# Hardly anyone has had an earlier account.
LEFT_BY_EARLIER_ACCOUNT = select(
    exists().where(IS_BAN_OF_PERSON),
    exists().where(IS_DEPARTED_PERSON),
    exists().where(IS_UNLINK_OF_PERSON),
)

# Only the columns that the nickname page needs, without an ORM object.
PENDING_SIGNUP_BY_TOKEN = select(
    PendingSignup.kakao_id,
    PendingSignup.profile,
    PendingSignup.reason,
    PendingSignup.expires_at,
    PendingSignup.used_at,
).where(PendingSignup.token_hash == bindparam("token_hash"))

# The versions of documents that a member agreed to (true) or acknowledged (false).
ANSWERS_TO_DOCUMENTS = (
    select(Agreement.document, Agreement.version, true())
    .where(Agreement.member_id == bindparam("member_id"))
    .union_all(
        select(ReadNotice.document, ReadNotice.version, false()).where(
            ReadNotice.member_id == bindparam("member_id")
        )
    )
)

# A session that is neither ended nor expired, with the values of sessions.activity_cutoffs().
IS_ACTIVE = and_(
    LoginSession.ended_at.is_(None),
    LoginSession.last_seen_at > bindparam("last_seen_after"),
    LoginSession.created_at > bindparam("created_after"),
)
# Read with the session, so that the dot in the header costs no statement of its own. The database
# looks for the newest footprint only if the member has not seen it, and for an older one only if
# the newest is gone.
VISITOR = aliased(Member)
IS_BY_NEIGHBOUR = exists().where(VISITOR.id == Footprint.member_id, ~VISITOR.is_suspended)
# CASE, since SQLite evaluates the parts of an AND in any order.
HAS_NEW_VISITS = case(
    (Member.newest_visit_id <= Member.seen_footprint_id, False),
    (exists().where(Footprint.id == Member.newest_visit_id, IS_BY_NEIGHBOUR), True),
    else_=exists()
    .where(Photo.member_id == Member.id)
    .where(Footprint.photo_id == Photo.id, Footprint.id > Member.seen_footprint_id)
    .where(IS_BY_NEIGHBOUR),
)
HAS_OUTCOMES = exists().where(Outcome.member_id == Member.id)
ACTIVE_SESSION_BY_TOKEN = (
    select(
        Member,
        LoginSession.id,
        LoginSession.last_seen_at,
        LoginSession.unseen_session_id,
        HAS_NEW_VISITS,
        HAS_OUTCOMES,
    )
    .join(LoginSession.member)
    .where(LoginSession.token_hash == bindparam("token_hash"), IS_ACTIVE)
)

SESSIONS = cast(Table, LoginSession.__table__)
EARLIER_SESSIONS = SESSIONS.alias()
# No sign-in of the member that is still stored came from this device and network.
IS_UNFAMILIAR = ~exists().where(
    EARLIER_SESSIONS.c.member_id == bindparam("of_member"),
    EARLIER_SESSIONS.c.device == bindparam("from_device"),
    EARLIER_SESSIONS.c.address == bindparam("from_address"),
)
INSERT_SESSION = (
    insert(SESSIONS)
    .values(is_unfamiliar=IS_UNFAMILIAR)
    .returning(LoginSession.id, LoginSession.is_unfamiliar)
)

# The other devices of a member each report an unfamiliar sign-in once.
QUEUE_ALERT = (
    update(SESSIONS)
    .where(
        SESSIONS.c.member_id == bindparam("of_member"),
        SESSIONS.c.ended_at.is_(None),
        SESSIONS.c.id != bindparam("session_id"),
        SESSIONS.c.unseen_session_id.is_(None),
    )
    .values(unseen_session_id=bindparam("session_id"))
)

# The oldest sessions of a member, beyond the limits.
IS_THEIRS = SESSIONS.c.member_id == bindparam("of_member")
IS_ENDED = SESSIONS.c.ended_at.is_not(None)
NEWEST_FIRST = select(SESSIONS.c.id).where(IS_THEIRS).order_by(SESSIONS.c.id.desc()).limit(1)
SURPLUS_ACTIVE = NEWEST_FIRST.where(~IS_ENDED).offset(bindparam("max_active"))
SURPLUS_ENDED = NEWEST_FIRST.where(IS_ENDED).offset(bindparam("max_ended"))
HAS_SURPLUS_SESSIONS = select(SURPLUS_ACTIVE.exists() | SURPLUS_ENDED.exists())
END_SURPLUS_SESSIONS = (
    update(SESSIONS)
    .where(IS_THEIRS, ~IS_ENDED, SESSIONS.c.id <= SURPLUS_ACTIVE.scalar_subquery())
    .values(ended_at=bindparam("now"))
)
DELETE_SURPLUS_SESSIONS = delete(SESSIONS).where(
    IS_THEIRS, IS_ENDED, SESSIONS.c.id <= SURPLUS_ENDED.scalar_subquery()
)
