"""/me: one's own page, and a new nickname."""

from flask import Blueprint, redirect, render_template, url_for
from flask_login import current_user, login_required

from web import limits
from web.limits import limiter
from web.logs import event

from . import renaming
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
