"""New-device alerts: each of a member's other devices shows an unfamiliar sign-in once."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update

from database import db
from models import LoginSession, Member

from . import statements

other = LoginSession.__table__.alias()


def queue_alert(member: Member, session_id: int) -> None:
    """Make the member's other devices report a sign-in, in the caller's transaction.

    Each session stores the first sign-in that it still has to report, never its own or an earlier
    one. So a thief cannot answer for the owner's devices.
    """
    values = {"of_member": member.id, "session_id": session_id}
    db.session.execute(statements.QUEUE_ALERT, values)


def pending_alerts(member: Member) -> Sequence[LoginSession]:
    """Return the sign-ins that the device of this request has to report; mostly no query."""
    if member.unseen_session_id is None:
        return []
    rows = select(LoginSession).where(
        LoginSession.member_id == member.id,
        LoginSession.is_unfamiliar,
        LoginSession.id >= member.unseen_session_id,
        LoginSession.id != member.session_id,
    )
    return db.session.scalars(rows.order_by(LoginSession.id)).all()


def mark_seen(member: Member, until: int) -> None:
    """Stop the device of this request from reporting sign-ins up to this one."""
    mine = LoginSession.id == member.session_id
    update_next_unseen(member, mine & (LoginSession.unseen_session_id <= until), until)
    db.session.commit()


def find_other(member: Member, session_id: int) -> LoginSession | None:
    """Return a sign-in of the member, unless it is the one of this request."""
    if session_id == member.session_id:
        return None
    return db.session.scalar(select(LoginSession).filter_by(id=session_id, member_id=member.id))


def dismiss(member: Member, login: LoginSession) -> None:
    """Stop all devices from reporting a sign-in: the member said that it was a stranger's."""
    login.is_unfamiliar = False
    db.session.flush()
    update_next_unseen(member, LoginSession.unseen_session_id == login.id, login.id)
    db.session.commit()


def update_next_unseen(member: Member, condition: ColumnElement[bool], after: int) -> None:
    """Make the sessions that meet the condition report the next sign-in after this one, if any."""
    following = select(func.min(other.c.id)).where(
        other.c.member_id == member.id, other.c.is_unfamiliar, other.c.id > after
    )
    rows = update(LoginSession).where(LoginSession.member_id == member.id, condition)
    db.session.execute(rows.values(unseen_session_id=following.scalar_subquery()))
