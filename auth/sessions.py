"""A sign-in becomes a row and a cookie: begin, load, end."""

import hashlib
import secrets
from datetime import timedelta

from flask import session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import select, update
from sqlalchemy.orm import contains_eager

from models import LoginSession, Member, db, now

WRITE_LAST_SEEN_EVERY = timedelta(minutes=10)

login_manager = LoginManager()
# Flask-Login would tie the cookie to a network address, and phones change theirs all day.
login_manager.session_protection = None


def begin(member: Member, keep: str) -> None:
    """Sign the member in, in a session that has nothing of the visitor's.

    One commit writes the new session together with what signing in changed of the member.

    :param keep: the name of the one thing that survives: where the person was going.
    """
    kept = session.get(keep)
    end()
    token = secrets.token_urlsafe(32)
    db.session.add(LoginSession(token_hash=hashed(token), member=member))
    db.session.commit()
    session[keep] = kept
    session.permanent = True
    member.session_token = token
    login_user(member)


@login_manager.user_loader
def load(token: str) -> Member | None:
    """Bring the session and its member, in one query; None for a session that has ended."""
    row = db.session.scalar(
        select(LoginSession)
        .join(LoginSession.member)
        .options(contains_eager(LoginSession.member))
        .filter(LoginSession.token_hash == hashed(token), LoginSession.ended_at.is_(None))
    )
    if row is None:
        return None
    moment = now()
    if moment - row.last_seen_at > WRITE_LAST_SEEN_EVERY:
        row.last_seen_at = moment
        db.session.commit()
    row.member.session_token = token
    return row.member


def end() -> None:
    """Sign out: the row is ended, so that a copy of the cookie is dead as well."""
    if current_user.is_authenticated:
        db.session.execute(
            update(LoginSession)
            .filter_by(token_hash=hashed(current_user.session_token))
            .values(ended_at=now())
        )
        db.session.commit()
        logout_user()
    session.clear()


def hashed(token: str) -> str:
    """SHA-256, which is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()
