"""Login sessions: one database row and one cookie per sign-in."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app, g, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

import database
from database import count_changed, db, utc_now
from models import Ban, LoginSession, Member
from web.addresses import truncate_ip
from web.logs import log

from . import devices, new_devices, pending_signup, signals, statements
from .pending_signup import hash_token

LAST_SEEN_INTERVAL = timedelta(minutes=10)  # between two writes of last_seen_at
HISTORY_RETENTION = timedelta(days=90)  # how long an ended session is listed
SIGNED_OUT = "signed_out"  # key in the session after signing out, until the next sign-in
MAX_ACTIVE = 20  # sessions of a member; one more ends the oldest
MAX_ENDED = 100  # ended sessions that are stored for each member
PAGE_SIZE = 20  # sessions on one page of the list
PURGE_BATCH_SIZE = 500  # rows deleted in one transaction

login_manager = LoginManager()
# Flask-Login would bind the cookie to an IP address, and phones change theirs all day.
login_manager.session_protection = None


class SuspendedMemberError(Exception):
    """The member is suspended and cannot sign in.

    :ivar suspended: the member, or the ban that outlived their account; it says why and until when.
    """

    def __init__(self, suspended: Member | Ban) -> None:
        super().__init__("a suspended person cannot sign in")
        self.suspended = suspended


def start(member: Member) -> None:
    """Sign the member in, in a session that keeps nothing of the visitor's session.

    One commit writes the new session and what signing in changed about the member.

    :raises SuspendedMemberError: if an operator has suspended them.
    """
    if member.is_suspended:
        raise SuspendedMemberError(member)
    if current_user.is_authenticated:
        is_current = LoginSession.id == current_user.session_id
        db.session.execute(revoke_statement(current_user, is_current))
    clear_browser_session()
    token = secrets.token_urlsafe(32)
    session_id, is_unfamiliar = insert_session(member, token)
    if not member.is_new:  # a new member has no other session
        if is_unfamiliar:
            new_devices.queue_alert(member, session_id)
        limit_sessions(member)
    db.session.commit()
    session.permanent = True
    member.session_token, member.session_id = token, session_id
    login_user(member)
    if member.is_new:
        signals.signed_up.send(member)
    signals.signed_in.send(member)


def insert_session(member: Member, token: str) -> tuple[int, bool]:
    """Write the new session; return its id, and whether device and network are unfamiliar."""
    device = devices.describe(request.user_agent.string)
    address = truncate_ip(request.remote_addr)
    values = {
        "token_hash": hash_token(token),
        "member_id": member.id,
        "device": device,
        "address": address,
        "of_member": member.id,
        "from_device": device,
        "from_address": address,
    }
    session_id, is_unfamiliar = db.session.execute(statements.INSERT_SESSION, values).one()
    return session_id, is_unfamiliar


def limit_sessions(member: Member) -> None:
    """End and delete a member's oldest sessions beyond the limits, in the caller's transaction."""
    values = {"of_member": member.id, "max_active": MAX_ACTIVE, "max_ended": MAX_ENDED}
    if db.session.scalar(statements.HAS_SURPLUS_SESSIONS, values):
        db.session.execute(statements.END_SURPLUS_SESSIONS, values | {"now": utc_now()})
        db.session.execute(statements.DELETE_SURPLUS_SESSIONS, values)


@login_manager.user_loader
def load(token: str) -> Member | None:
    """Return the member of an active session, with one query; None if the session is over."""
    values = {"token_hash": hash_token(token)} | activity_cutoffs()
    row = db.session.execute(statements.ACTIVE_SESSION_BY_TOKEN, values).first()
    if row is None:
        return None
    member, session_id, last_seen_at, unseen_session_id, has_new_visits, has_outcomes = row
    if member.is_suspended:  # during the sign-in: suspending ends all earlier sessions
        return None
    if utc_now() - last_seen_at > LAST_SEEN_INTERVAL:
        record_visit(session_id)
    member.session_token, member.session_id = token, session_id
    member.unseen_session_id = unseen_session_id
    member.has_new_visits, member.has_outcomes = has_new_visits, has_outcomes
    return member


def record_visit(session_id: int) -> None:
    """Update last_seen_at; a database error is logged, and the page does not fail."""
    visit = update(LoginSession).where(LoginSession.id == session_id)
    try:
        db.session.execute(visit.values(last_seen_at=utc_now()))
        db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        log.warning("last visit not recorded: %s", database.driver_error(error))


def activity_cutoffs() -> dict[str, datetime]:
    """Return the values for IS_ACTIVE: the times before which a session has expired."""
    idle, longest = lifetimes()
    now = utc_now()
    return {"last_seen_after": now - idle, "created_after": now - longest}


def lifetimes() -> tuple[timedelta, timedelta]:
    """Return how long a session lasts without a visit, and how long at most."""
    config = current_app.config
    return timedelta(days=config["SESSION_IDLE_DAYS"]), config["PERMANENT_SESSION_LIFETIME"]


def history(member: Member, page: int) -> tuple[Sequence[tuple[LoginSession, bool]], bool]:
    """Return one page of the member's sign-ins, and whether there are more.

    :param page: from 1.
    :returns: pairs of a session and whether it is active; active ones first, then the newest first.
    """
    rows = (
        select(LoginSession, statements.IS_ACTIVE)
        .where(LoginSession.member_id == member.id, is_retained())
        .order_by(case((statements.IS_ACTIVE, 0), else_=1), LoginSession.id.desc())
        .limit(PAGE_SIZE + 1)
        .offset((page - 1) * PAGE_SIZE)
    )
    logins = [(row, is_active) for row, is_active in db.session.execute(rows, activity_cutoffs())]
    return logins[:PAGE_SIZE], len(logins) > PAGE_SIZE


def has_started_since(when: datetime, member: Member) -> bool:
    """Return whether another tab of this browser has signed the member in since this time."""
    if not current_user.is_authenticated or current_user.id != member.id:
        return False
    login = db.session.get(LoginSession, current_user.session_id)
    return login is not None and login.created_at >= when


def end() -> None:
    """Sign out: end the row, so that a copied cookie is dead, too."""
    if current_user.is_authenticated:
        revoke_one(current_user, current_user.session_id)
    pending_signup.discard()
    clear_browser_session()
    session[SIGNED_OUT] = True


def has_signed_out() -> bool:
    """Return whether someone signed out in this browser, and no one has signed in since."""
    return SIGNED_OUT in session


def clear_browser_session() -> None:
    """Remove everything of the previous person from this browser's session.

    The CSRF token of the new one is made here: two pages that load at once would make one each,
    and the forms of one page would be invalid.
    """
    logout_user()
    session.clear()
    g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)  # signed for the session before
    generate_csrf()


def revoke_one(member: Member, session_id: int) -> bool:
    """End one of the member's sessions.

    :returns: False if the session had ended before, or belongs to someone else.
    """
    return revoke(member, LoginSession.id == session_id) == 1


def revoke_others(member: Member) -> int:
    """End all sessions of the member but the one of this request, and return how many."""
    return revoke(member, LoginSession.id != member.session_id)


def revoke_device(member: Member, login: LoginSession) -> int:
    """End the member's other sessions on the same device and network; return how many."""
    is_there = (LoginSession.device == login.device) & (LoginSession.address == login.address)
    return revoke(member, is_there, LoginSession.id != member.session_id)


def revoke(member: Member, *conditions: ColumnElement[bool]) -> int:
    """End the member's sessions, or those that meet the conditions, and return how many.

    Pending sign-ups are discarded, since they would sign the person in again.
    """
    count = count_changed(revoke_statement(member, *conditions))
    pending_signup.discard_all_of(member.kakao_id)
    db.session.commit()
    return count


def revoke_all() -> int:
    """End the sessions of all members, and return how many.

    Pending sign-ups are discarded, since they would sign people in again.
    """
    unended = update(LoginSession).where(LoginSession.ended_at.is_(None))
    count = count_changed(unended.values(ended_at=utc_now()))
    pending_signup.discard_all()
    db.session.commit()
    return count


def revoke_statement(member: Member, *conditions: ColumnElement[bool]) -> Update:
    """Return the statement that ends the member's sessions that meet the conditions."""
    is_theirs, is_unended = LoginSession.member_id == member.id, LoginSession.ended_at.is_(None)
    return update(LoginSession).where(is_theirs, is_unended, *conditions).values(ended_at=utc_now())


def newest_visit() -> datetime | None:
    """Return when any member visited last; None if no session is stored."""
    return db.session.scalar(select(func.max(LoginSession.last_seen_at)))


def purge() -> int:
    """Delete the sessions that are no longer listed, and return how many."""
    count = 0
    batch = select(LoginSession.id).where(~is_retained()).limit(PURGE_BATCH_SIZE)
    # In batches, so that people who are signing in never wait long.
    while ids := db.session.scalars(batch).all():
        db.session.execute(delete(LoginSession).where(LoginSession.id.in_(ids)))
        db.session.commit()
        count += len(ids)
    return count


def is_retained() -> ColumnElement[bool]:
    """Return the condition for a session that is active, or ended recently."""
    idle, longest = lifetimes()
    idle_since = utc_now() - HISTORY_RETENTION - idle
    return and_(
        or_(LoginSession.ended_at.is_(None), LoginSession.ended_at > utc_now() - HISTORY_RETENTION),
        # A session created recently was seen recently; this lets an index on created_at help.
        or_(LoginSession.last_seen_at > idle_since, LoginSession.created_at > idle_since),
        LoginSession.created_at > utc_now() - HISTORY_RETENTION - longest,
    )
