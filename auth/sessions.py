"""A sign-in becomes a row and a cookie: begin, load, list, end, sweep."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import Update, and_, bindparam, delete, insert, or_, select, update

from models import LoginSession, Member, db, now

from . import devices

WRITE_LAST_SEEN_EVERY = timedelta(minutes=10)
HISTORY = timedelta(days=90)  # how long a session is listed that has ended
SIGNED_OUT = "signed_out"  # in the session of who pressed that or left, until the next sign-in
BATCH = 500  # rows that a sweep deletes at once

# A session that has neither been ended nor run out; oldest() says when that is. Put together
# once, as every page of a member asks for it.
IS_ALIVE = and_(
    LoginSession.ended_at.is_(None),
    LoginSession.last_seen_at > bindparam("seen_after"),
    LoginSession.created_at > bindparam("begun_after"),
)
ALIVE_BY_TOKEN = (
    select(Member, LoginSession.id, LoginSession.last_seen_at)
    .join(LoginSession.member)
    .where(LoginSession.token_hash == bindparam("token_hash"), IS_ALIVE)
)
NEW = insert(LoginSession.__table__)

login_manager = LoginManager()
# Flask-Login would tie the cookie to a network address, and phones change theirs all day.
login_manager.session_protection = None


def begin(member: Member, keep: str) -> None:
    """Sign the member in, in a session that has nothing of the visitor's.

    One commit writes the new session together with what signing in changed of the member.

    :param keep: the name of the one thing that survives: where the person was going.
    """
    kept = session.get(keep)
    if current_user.is_authenticated:
        db.session.execute(ending(current_user, LoginSession.id == current_user.session_id))
    forget()
    token = secrets.token_urlsafe(32)
    row = {
        "token_hash": hashed(token),
        "member_id": member.id,
        "device": devices.in_words(request.user_agent.string),
        "address": devices.shortened(request.remote_addr),
    }
    session_id = db.session.execute(NEW, row).inserted_primary_key.id
    db.session.commit()
    session[keep] = kept
    session.permanent = True
    member.session_token, member.session_id = token, session_id
    login_user(member)


@login_manager.user_loader
def load(token: str) -> Member | None:
    """Bring the session and its member, in one query; None for a session that is over."""
    found = db.session.execute(ALIVE_BY_TOKEN, {"token_hash": hashed(token)} | oldest()).first()
    if found is None:
        return None
    member, session_id, last_seen_at = found
    if now() - last_seen_at > WRITE_LAST_SEEN_EVERY:
        this_one = update(LoginSession).where(LoginSession.id == session_id)
        db.session.execute(this_one.values(last_seen_at=now()))
        db.session.commit()
    member.session_token, member.session_id = token, session_id
    return member


def oldest() -> dict[str, datetime]:
    """What IS_ALIVE compares with: when a session was seen last, and was begun, at the earliest."""
    idle, longest = limits()
    moment = now()
    return {"seen_after": moment - idle, "begun_after": moment - longest}


def limits() -> tuple[timedelta, timedelta]:
    config = current_app.config
    return timedelta(days=config["SESSION_IDLE_DAYS"]), config["PERMANENT_SESSION_LIFETIME"]


def history(member: Member) -> Sequence[tuple[LoginSession, bool]]:
    """The member's sign-ins, newest first, each with whether it is still alive."""
    rows = select(LoginSession, IS_ALIVE).where(
        LoginSession.member_id == member.id, is_remembered()
    )
    return db.session.execute(rows.order_by(LoginSession.id.desc()), oldest()).all()


def end() -> None:
    """Sign out: the row is ended, so that a copy of the cookie is dead as well."""
    if current_user.is_authenticated:
        end_of(current_user, LoginSession.id == current_user.session_id)
    forget()
    session[SIGNED_OUT] = True


def forget() -> None:
    """Make a visitor of this browser, which may have been anybody's."""
    logout_user()
    session.clear()


def end_of(member: Member, *which) -> None:
    """End those of the member's sessions that fit the conditions; all without one."""
    db.session.execute(ending(member, *which))
    db.session.commit()


def ending(member: Member, *which) -> Update:
    alive = LoginSession.member_id == member.id, LoginSession.ended_at.is_(None)
    return update(LoginSession).where(*alive, *which).values(ended_at=now())


def sweep() -> int:
    """Delete the sessions that nobody is shown any more; how many that were."""
    swept = 0
    batch = select(LoginSession.id).where(~is_remembered()).limit(BATCH)
    # Batch by batch, so that people who sign in meanwhile never wait long.
    while ids := db.session.scalars(batch).all():
        db.session.execute(delete(LoginSession).where(LoginSession.id.in_(ids)))
        db.session.commit()
        swept += len(ids)
    return swept


def is_remembered():
    """The condition for a session that is alive or was over only lately."""
    idle, longest = limits()
    idle_since = now() - HISTORY - idle
    return and_(
        or_(LoginSession.ended_at.is_(None), LoginSession.ended_at > now() - HISTORY),
        # What began lately was seen lately; said so that an index of created_at is of use.
        or_(LoginSession.last_seen_at > idle_since, LoginSession.created_at > idle_since),
        LoginSession.created_at > now() - HISTORY - longest,
    )


def hashed(token: str) -> str:
    """SHA-256, which is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
