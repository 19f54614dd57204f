"""Delete an account here and unlink it at Kakao."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, exists, false, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from database import count_changed, db, release_connection, utc_now
from models import KakaoTask, LoginSession, Member, OpenUnlink, PendingSignup, UnlinkCheck
from web.logs import log_event

from . import (
    bans,
    departed_members,
    departed_nicknames,
    failures,
    pending_signup,
    pseudonyms,
    signals,
)
from .extensions import kakao
from .kakao import KakaoError

DELETE_ACCOUNT = "leave"  # purpose of the authorization request that proves who deletes the account
MAX_BACKOFF = timedelta(days=1)
# Seconds between the attempts to store a webhook: a minute in total, plus the database's own
# timeouts.
DATABASE_RETRY_PAUSES = (0.5, 1, 2, 4, 8, 16, 32)


def delete_account(member: Member, access_token: str | None = None) -> bool:
    """Delete the member and everything that refers to them, then unlink them at Kakao.

    :param access_token: the member's access token; a site without an admin key unlinks with it.
    :returns: whether they are unlinked, or will be by retry_unlinks.
    """
    kakao_id = member.kakao_id
    will_retry = bool(current_app.config["KAKAO_ADMIN_KEY"])
    if will_retry:
        # Recorded before the call, so that a crash cannot lose it.
        db.session.merge(OpenUnlink(kakao_id=kakao_id, tries=0, try_after=utc_now()))
    delete_member(kakao_id)
    if not (will_retry or access_token):
        return False
    try:
        unlink(kakao_id, access_token)
    except KakaoError as error:
        failures.log_failure("unlink failed", error)
        return will_retry
    return True


def delete_member(kakao_id: int, unlinked_at: datetime | None = None) -> None:
    """Delete the member with this Kakao id, if any, and everything that refers to them.

    :param unlinked_at: a time at which Kakao no longer linked them. Someone who has signed up or
        in since then is linked again, and is not deleted.
    """
    stays = has_returned_since(unlinked_at) if unlinked_at else false()
    conditions = Member.kakao_id == kakao_id, ~stays
    # Locked, so that nothing is added that the receivers of the signal do not see.
    query = select(Member).where(*conditions).with_for_update()
    member = db.session.scalar(query.execution_options(populate_existing=True))
    if member:
        bans.keep(member)
        departed_nicknames.keep(member)
        departed_members.keep(member)
    receivers = signals.account_deleted.send(member) if member else []
    is_deleted = count_changed(delete(Member).where(*conditions))
    pending_signup.discard_all_of(kakao_id, unlinked_at)
    db.session.commit()
    if member and is_deleted:
        log_event("account deleted", member=member.id, person=pseudonyms.of(kakao_id))
        for _, clean_up in receivers:
            if clean_up:
                clean_up()


def has_returned_since(when: datetime) -> ColumnElement[bool]:
    """Return the condition for a member who has signed up or in since this time."""
    signed_in = exists().where(LoginSession.member_id == Member.id, LoginSession.created_at > when)
    # Without coalesce, NULL would make the whole condition neither true nor false.
    profile_fetched_at = func.coalesce(Member.profile_fetched_at, Member.created_at)
    return or_(Member.created_at > when, profile_fetched_at > when, signed_in)


def handle_unlink_webhook(kakao_id: int) -> None:
    """Delete the member with this Kakao id, unless Kakao says that they are linked.

    The webhook does not say when the person unlinked. It can arrive after they have come back, and
    then it is about an earlier link. While Kakao cannot be called, retry_unlinks does it later.
    """
    for pause in DATABASE_RETRY_PAUSES:
        try:
            store_unlink_check(kakao_id)
            break
        except SQLAlchemyError:
            # Kakao does not repeat the webhook, so it must be stored here.
            db.session.rollback()
            time.sleep(pause)
    else:
        current_app.logger.error("unlink webhook lost: the database did not respond")
        return
    try:
        finish_unlink_check(kakao_id)
    except KakaoError as error:
        failures.log_failure("unlink check failed", error)


def store_unlink_check(kakao_id: int) -> None:
    """Store that Kakao has to be called about this member or pending sign-up, if there is one."""
    # Someone who comes back has a new link, which Kakao removes within a day without a call.
    outdated = update(Member).where(Member.kakao_id == kakao_id).values(profile_fetched_at=None)
    is_pending = exists().where(PendingSignup.kakao_id == kakao_id).select()
    if count_changed(outdated) or db.session.scalar(is_pending):
        db.session.merge(UnlinkCheck(kakao_id=kakao_id, tries=0, try_after=utc_now()))
    db.session.commit()


def finish_unlink_check(kakao_id: int) -> None:
    """Delete the member unless Kakao says that they are linked, and then the check.

    :raises KakaoError: if Kakao cannot be called.
    """
    if db.session.get(UnlinkCheck, kakao_id) is None:
        return
    release_connection()
    checked_at = utc_now()
    if not kakao.is_linked(kakao_id):
        delete_member(kakao_id, unlinked_at=checked_at)
    db.session.execute(delete(UnlinkCheck).where(UnlinkCheck.kakao_id == kakao_id))
    db.session.commit()


def unlink(kakao_id: int, access_token: str | None = None) -> None:
    """Unlink the person at Kakao, and drop the task to do so.

    :raises KakaoError: if Kakao does not unlink them.
    """
    kakao.unlink(kakao_id, access_token)
    db.session.execute(delete(OpenUnlink).where(OpenUnlink.kakao_id == kakao_id))
    db.session.commit()


def retry_unlinks() -> tuple[int, int]:
    """Retry the calls to Kakao that failed, with growing pauses.

    Deleted accounts are unlinked; members with an unlink webhook are deleted unless they are
    still linked.

    :returns: how many succeeded, and how many remain.
    """
    count = 0
    if current_app.config["KAKAO_ADMIN_KEY"]:  # members' own tokens are not stored
        count += retry(OpenUnlink, unlink, "unlink failed")
        count += retry(UnlinkCheck, finish_unlink_check, "unlink check failed")
    return count, count_rows(OpenUnlink) + count_rows(UnlinkCheck)


def count_rows(table: type[KakaoTask]) -> int:
    """Return how many tasks of a kind there are, due or not."""
    return db.session.scalars(select(func.count()).select_from(table)).one()


def retry(table: type[KakaoTask], run: Callable[[int], None], failure: str) -> int:
    """Run the due tasks of a table, and return how many succeeded."""
    count = 0
    # Queried one by one, so that a task cancelled in the meantime is not run: someone who has come
    # back must not be unlinked.
    due = select(table.kakao_id, table.tries).where(table.try_after <= utc_now())
    while task := db.session.execute(due.limit(1)).first():
        kakao_id, tries = task
        if not claim_for_retry(table, kakao_id, tries):
            continue
        try:
            run(kakao_id)
            count += 1
        except KakaoError as error:
            failures.log_failure(failure, error)
    return count


def claim_for_retry(table: type[KakaoTask], kakao_id: int, tries: int) -> bool:
    """Schedule the next attempt before this one starts.

    :returns: False if another process has claimed this attempt.
    """
    backoff = min(timedelta(minutes=2 ** min(tries + 1, 12)), MAX_BACKOFF)
    unchanged = update(table).where(table.kakao_id == kakao_id, table.tries == tries)
    # The previous release, which runs beside this one during a deploy, writes no created_at.
    created_at = func.coalesce(table.created_at, utc_now())
    changes = {"tries": tries + 1, "try_after": utc_now() + backoff, "created_at": created_at}
    is_claimed = count_changed(unchanged.values(changes)) == 1
    db.session.commit()
    return is_claimed
