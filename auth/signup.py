"""A profile becomes a member: known, new, or NicknameProblem; the unique keys decide races."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from flask import current_app
from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from models import Agreement, FormerNickname, Member, OpenUnlink, db, now
from web.logs import event

from . import nicknames
from .kakao import KakaoProfile

BY_KAKAO_ID = select(Member).where(Member.kakao_id == bindparam("kakao_id"))
AT_KAKAO = "kakao"  # the version of a document whose tag says it already


def recognise(kakao_id: int) -> Member | None:
    """The member with this Kakao id."""
    return db.session.scalar(BY_KAKAO_ID, {"kakao_id": kakao_id})


def find_or_create(profile: KakaoProfile) -> Member:
    """The member with this Kakao id; a new one under the Kakao nickname where there is none.

    :raises NicknameProblem: if nobody can be made without asking for a nickname.
    """
    return find(profile) or create(profile, nicknames.from_kakao(profile.nickname))


def find(profile: KakaoProfile) -> Member | None:
    """The member with this Kakao id, with what Kakao tells of them today."""
    member = recognise(profile.kakao_id)
    if member:
        member.image_url, member.email = profile.image_url, profile.email
        if profile.agreed:
            add_terms_agreed_since(member, profile)
    return member


def add_terms_agreed_since(member: Member, profile: KakaoProfile) -> None:
    kept = select(Agreement.document).filter_by(member_id=member.id, version=AT_KAKAO)
    before = set(db.session.scalars(kept))
    agreed = agreements_at_kakao(member, profile)
    db.session.add_all(agreement for agreement in agreed if agreement.document not in before)


def create(profile: KakaoProfile, nickname: str) -> Member:
    """Make a member; the caller commits.

    :param nickname: a checked one.
    :raises NicknameProblem: if somebody bears it, or gave it up lately.
    """
    member = Member(
        kakao_id=profile.kakao_id,
        nickname=nickname,
        nickname_key=nicknames.key(nickname),
        email=profile.email,
        image_url=profile.image_url,
    )
    try:
        with db.session.begin_nested():
            db.session.add(member)
            db.session.flush()
            # Only now: the unique key has made us wait for whoever is just giving up this name.
            if taken([member.nickname_key], member.id):
                raise nicknames.taken(nickname)
            db.session.add_all(agreements_here(member))
            db.session.add_all(agreements_at_kakao(member, profile))
            # Who left and comes back must not be unlinked any more.
            db.session.execute(delete(OpenUnlink).filter_by(kakao_id=profile.kakao_id))
    except IntegrityError as clash:
        # The same person may have signed up a moment ago, in another tab.
        if same_person := find(profile):
            return same_person
        raise nicknames.taken(nickname) from clash
    event("signed up", member=member.id)
    member.is_new = True
    return member


def agreements_here(member: Member) -> Iterator[Agreement]:
    """What a new member agreed to by going on."""
    for document in ("terms", "privacy"):
        version = current_app.config[f"{document.upper()}_VERSION"]
        yield Agreement(member_id=member.id, document=document, version=version)


def agreements_at_kakao(member: Member, profile: KakaoProfile) -> Iterator[Agreement]:
    """What they agreed to in Kakao Sync."""
    for tag, moment in profile.agreed:
        try:
            agreed_at = datetime.fromisoformat(moment).astimezone(UTC)
        except (ValueError, OverflowError):  # the year 1 in Seoul is the year 0 in UTC
            agreed_at = now()
        yield Agreement(member_id=member.id, document=tag, version=AT_KAKAO, agreed_at=agreed_at)


def taken(keys: Collection[str], member_id: int | None = None) -> set[str]:
    """Those of the nickname keys that somebody bears, or gave up lately; in one query.

    :param member_id: who asks, and could have their own ones; None for a visitor.
    """
    borne = select(Member.nickname_key).where(Member.nickname_key.in_(keys), Member.id != member_id)
    kept = select(FormerNickname.nickname_key).where(
        FormerNickname.nickname_key.in_(keys),
        FormerNickname.member_id != member_id,
        FormerNickname.kept_until > now(),
    )
    return set(db.session.scalars(borne.union_all(kept)))
