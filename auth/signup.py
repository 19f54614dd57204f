"""Turn a Kakao profile into a member; unique keys decide races."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

import documents
from database import db, release_connection, utc_now
from models import Agreement, Member
from web.logs import log, log_event

from . import (
    agreements,
    bans,
    departed_members,
    departed_nicknames,
    members,
    nicknames,
    pseudonyms,
    statements,
)
from .kakao import AnotherPersonError, Authorization, KakaoError, KakaoProfile
from .nicknames import InvalidNicknameError
from .sessions import SuspendedMemberError

KAKAO_VERSION = "kakao"  # version of Kakao Sync's documents, whose tags contain their own
# Purpose of an authorization request: a link led to Kakao, and not the button under the sentence
# about the terms.
TERMS_UNSEEN = "terms unseen"
PROFILE_MAX_AGE = timedelta(days=1)
PROFILE_FETCHED_INTERVAL = timedelta(minutes=10)  # between two writes of profile_fetched_at


def is_older(when: datetime | None, age: timedelta) -> bool:
    """Return whether a time is longer ago than an age, or None."""
    return when is None or when < utc_now() - age


def find_or_create(authorization: Authorization) -> Member:
    """Return the member who signed in at Kakao, or a new one with the Kakao nickname.

    :raises InvalidNicknameError: if the person has to choose a nickname, or has not seen the terms.
    :raises SuspendedMemberError: if they were suspended when they deleted their last account.
    :raises KakaoError: if the profile of a new person cannot be fetched, or is another person's.
    """
    if member := find_known(authorization):
        return member
    profile = authorization.profile
    try:
        if authorization.purpose == TERMS_UNSEEN:
            raise terms_unseen()
        nickname = nicknames.from_kakao(profile.nickname)
    except InvalidNicknameError:
        bans.check(profile.kakao_id)  # before they choose one in vain
        raise
    return create(profile, nickname)


def terms_unseen() -> InvalidNicknameError:
    """Return why a new person passes the nickname page although they have a usable nickname.

    Signing up means agreeing, so the sentence about the terms has to be in sight before it.
    """
    return InvalidNicknameError("처음 오셨네요. 반가워요!")


def free_nickname(profile: KakaoProfile) -> str | None:
    """Return the nickname from Kakao, if the person can have it."""
    try:
        nickname = nicknames.from_kakao(profile.nickname)
        check_free(nickname, kakao_id=profile.kakao_id)
    except InvalidNicknameError:
        return None
    return nickname


def find_known(authorization: Authorization) -> Member | None:
    """Return the member who signed in at Kakao, updated from the profile; None for a new person.

    With OpenID Connect the profile is fetched once a day: someone who unlinked at Kakao and comes
    back has a new link, which Kakao removes unless the site calls its API about them within a day.
    An outage of user info is no reason to turn away someone who could sign in the day before.

    :raises AnotherPersonError: if id_token and profile are about two people.
    :raises KakaoError: if the profile of a new person cannot be fetched.
    """
    if current_app.config["KAKAO_OIDC"]:
        member = members.find(authorization.kakao_id)
        if member and not is_older(member.profile_fetched_at, PROFILE_MAX_AGE):
            return member
        release_connection()  # while Kakao responds
    try:
        return find_and_refresh(authorization.profile)
    except AnotherPersonError:
        raise
    except KakaoError as error:
        member = members.find(authorization.kakao_id)
        if member is None:
            raise
        log.warning("profile not refreshed: %s", error)
        return member


def find_and_refresh(profile: KakaoProfile) -> Member | None:
    """Return the member with this Kakao id, updated from the profile; the caller commits."""
    member = members.find(profile.kakao_id)
    if member:
        for field in ("email", "image_url"):
            if field not in profile.unknown_fields:
                setattr(member, field, getattr(profile, field))
        if is_older(member.profile_fetched_at, PROFILE_FETCHED_INTERVAL):
            member.profile_fetched_at = utc_now()
        if profile.agreed_terms:
            record_new_terms(member, profile)
    return member


def record_new_terms(member: Member, profile: KakaoProfile) -> None:
    """Store the terms agreed to at Kakao that are not stored yet; the caller commits."""
    documents = select(Agreement.document).filter_by(member_id=member.id, version=KAKAO_VERSION)
    stored = set(db.session.scalars(documents))
    rows = kakao_agreements(member, profile)
    if new := [row for row in rows if row["document"] not in stored]:
        db.session.execute(statements.INSERT_AGREEMENTS, new)


def create(profile: KakaoProfile, nickname: str) -> Member:
    """Return a new member, or the one that another tab has just created; the caller commits.

    :param nickname: checked by nicknames.check().
    :raises InvalidNicknameError: if someone else has it, or one that looks like it, or released
        it recently.
    :raises SuspendedMemberError: if they were suspended when they deleted their last account.
    """
    member = Member(
        kakao_id=profile.kakao_id,
        nickname=nickname,
        nickname_key=nicknames.key(nickname),
        nickname_skeleton=nicknames.skeleton(nickname),
        email=profile.email,
        image_url=profile.image_url,
        profile_fetched_at=utc_now(),
    )
    try:
        db.session.add(member)
        db.session.flush()
        # After the insert, which has waited for any concurrent deletion or rename.
        departed_members.resume(member)
        check_free(nickname, member.id, profile.kakao_id)
    except IntegrityError as conflict:
        db.session.rollback()
        # The same person may have just signed up in another tab.
        if existing := find_and_refresh(profile):
            return existing
        bans.check(profile.kakao_id)  # before they choose another one in vain
        check_free(nickname, kakao_id=profile.kakao_id)
        raise nicknames.already_taken(nickname) from conflict
    except (InvalidNicknameError, SuspendedMemberError):
        db.session.rollback()
        raise
    rows = [*site_agreements(member), *kakao_agreements(member, profile)]
    db.session.execute(statements.INSERT_AGREEMENTS, rows)
    log_event("signed up", member=member.id)
    member.is_new = True
    return member


def site_agreements(member: Member) -> Iterator[dict[str, Any]]:
    """Yield the agreements to terms and privacy policy that signing up means."""
    for document in documents.NAMES:
        yield agreement(member, document, agreements.in_force(document).name, utc_now())


def kakao_agreements(member: Member, profile: KakaoProfile) -> Iterator[dict[str, Any]]:
    """Yield the agreements that the member gave in Kakao Sync."""
    for tag, timestamp in profile.agreed_terms:
        try:
            agreed_at = datetime.fromisoformat(timestamp).astimezone(UTC)
        except (ValueError, OverflowError):  # the year 1 in Seoul is the year 0 in UTC
            agreed_at = utc_now()
        yield agreement(member, tag, KAKAO_VERSION, agreed_at)


def agreement(member: Member, document: str, version: str, when: datetime) -> dict[str, Any]:
    """Return the values of a row for INSERT_AGREEMENTS."""
    return {"member_id": member.id, "document": document, "version": version, "agreed_at": when}


def check_free(nickname: str, member_id: int | None = None, kakao_id: int | None = None) -> None:
    """Check that no one else has a nickname, or one that looks like it.

    :param member_id: the member who wants it, whose own names are ignored; None for a visitor.
    :param kakao_id: of the person who wants it, for whom the names of an account that they
        deleted are free.
    :raises InvalidNicknameError: if it is in use or still reserved.
    """
    in_use = find_in_use([nickname], member_id, kakao_id)
    if any(row.nickname_key in stored_keys(nickname) for row in in_use):
        raise nicknames.already_taken(nickname)
    if in_use:
        raise nicknames.looks_taken(nickname)


def taken_names(names: Collection[str]) -> set[str]:
    """Return the nicknames that are in use or reserved, or look like one that is; in one query."""
    in_use = find_in_use(names)
    keys = {row.nickname_key for row in in_use}
    skeletons = {row.nickname_skeleton for row in in_use}
    return {
        name for name in names if keys & stored_keys(name) or skeletons & stored_skeletons(name)
    }


def stored_keys(nickname: str) -> set[str]:
    """Return the key of a nickname and its hashes: what rows of find_in_use() may have."""
    key = nicknames.key(nickname)
    return {key, *departed_nicknames.key_hashes(key)}


def stored_skeletons(nickname: str) -> set[str]:
    """Return the skeleton of a nickname and its hashes: what rows of find_in_use() may have."""
    skeleton = nicknames.skeleton(nickname)
    return {skeleton, *departed_nicknames.skeleton_hashes(skeleton)}


def find_in_use(
    names: Collection[str], member_id: int | None = None, kakao_id: int | None = None
) -> Sequence[Row]:
    """Return the keys and skeletons of other people's nicknames that conflict with these names.

    Those of people who have left are hashes.
    """
    keys = [nicknames.key(name) for name in names]
    skeletons = [nicknames.skeleton(name) for name in names]
    values = {
        "keys": keys,
        "skeletons": skeletons,
        "key_hashes": [each for key in keys for each in departed_nicknames.key_hashes(key)],
        "skeleton_hashes": [
            each for skeleton in skeletons for each in departed_nicknames.skeleton_hashes(skeleton)
        ],
        "member_id": member_id or 0,  # no member has the id 0
        "pseudonyms": list(pseudonyms.accepted(kakao_id)) if kakao_id else [],
        "now": utc_now(),
    }
    return db.session.execute(statements.NICKNAMES_IN_USE, values).all()
