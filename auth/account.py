"""/me: one's own page, a new nickname, one's sign-ins."""

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user, login_required

from models import LoginSession
from web import limits
from web.limits import limiter
from web.logs import event

from . import renaming, sessions
from .forms import NicknameForm
from .nicknames import NicknameProblem

bp = Blueprint("account", __name__, url_prefix="/me")


@bp.get("")
@login_required
def me():
    """One's own page."""
    return render_template("account/me.html")


@bp.route("/nickname", methods=["GET", "POST"])
@login_required
@limiter.limit(limits.NICKNAMES, methods=["POST"])
def nickname():
    """Choose a new nickname; a name that cannot be had comes back with the reason."""
    form = NicknameForm(nickname=current_user.nickname)
    if form.is_submitted():
        try:
            renaming.rename(current_user, form.chosen())
        except NicknameProblem as problem:
            form.refuse(problem)
        else:
            event("changed the nickname", member=current_user.id)
            return redirect(url_for("account.me"))
    return render_template("account/nickname.html", form=form), 422 if form.errors else 200


@bp.get("/sessions")
@login_required
def list_sessions():
    """One's sign-ins of the last months, those that are over as well."""
    return render_template("account/sessions.html", history=sessions.history(current_user))


@bp.post("/sessions/<int:session_id>/end")
@login_required
def end_session(session_id: int):
    """End one of one's own sessions; nothing happens to anybody else's."""
    if session_id == current_user.session_id:
        sessions.end()
        return redirect(url_for("pages.home"))
    sessions.end_of(current_user, LoginSession.id == session_id)
    return redirect(url_for("account.list_sessions"))


@bp.post("/sessions/end-others")
@login_required
def end_other_sessions():
    """End all sessions but this one."""
    sessions.end_of(current_user, LoginSession.id != current_user.session_id)
    return redirect(url_for("account.list_sessions"))
