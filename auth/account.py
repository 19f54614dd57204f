"""/me: one's own page, a new nickname, the image, one's sign-ins, one's data, and leaving."""

import time

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user, login_required

from models import HIGHEST_ID, LoginSession, db
from web import limits
from web.limits import limiter
from web.logs import event

from . import exporting, kakao, leaving, renaming, sessions
from .forms import NicknameForm
from .nicknames import N_, NicknameProblem

PROOF_LIFETIME = 5 * 60  # seconds

bp = Blueprint("account", __name__, url_prefix="/me")

SHOWN = {True: N_("이제 카카오 사진이 보여요."), False: N_("이제 사진 대신 그린 집이 보여요.")}


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


@bp.post("/image")
@login_required
def show_image():
    """Show the picture from Kakao, or the drawn house instead of it."""
    current_user.shows_image = request.form.get("show") == "1"
    db.session.commit()
    flash(SHOWN[current_user.shows_image])
    return redirect(url_for("account.me"))


@bp.get("/sessions")
@login_required
def list_sessions():
    """One's sign-ins of the last months, those that are over as well."""
    return render_template("account/sessions.html", history=sessions.history(current_user))


@bp.post(f"/sessions/<int(max={HIGHEST_ID}):session_id>/end")
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


@bp.get("/export")
@login_required
def export():
    """Everything the site holds about the person, as a JSON file that people can read as well."""
    everything = exporting.everything_of(current_user)
    text = current_app.json.dumps(everything, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": "attachment; filename=neonejip.json"}
    return Response(text, headers=headers, mimetype="application/json")


@bp.get("/withdraw")
@login_required
def withdraw():
    """What leaving means, and one button."""
    return render_template("account/withdraw.html")


@bp.post("/withdraw")
@login_required
def prove_who_leaves():
    """Through Kakao once more, so that nobody leaves but the person themselves."""
    return kakao.redirect_to_consent(
        url_for("account.withdraw"), purpose=leaving.PURPOSE, prompt="login"
    )


def finish_withdrawal(arrival: kakao.Arrival):
    """The person who leaves is back from Kakao."""
    if not current_user.is_authenticated:  # signed out elsewhere meanwhile, or gone already
        raise kakao.KakaoError(kakao.UNASKED, next_url=arrival.next_url)
    is_owner = current_user.kakao_id == arrival.profile.kakao_id
    if not is_owner or (current_app.config["KAKAO_OIDC"] and not is_fresh(arrival.auth_time)):
        return render_template("account/not_you.html", is_owner=is_owner), 403
    is_unlinked = leaving.leave(current_user, arrival.access_token)
    sessions.end()
    return redirect(url_for("account.goodbye", unlinked=int(is_unlinked)))


def is_fresh(auth_time: int | None) -> bool:
    """Whether somebody showed Kakao just now who they are, and not some days ago."""
    # abs: a moment yet to come, such as one in milliseconds, would stay fresh for ever.
    return auth_time is not None and abs(int(time.time()) - auth_time) < PROOF_LIFETIME


@bp.get("/goodbye")
def goodbye():
    """Somebody has just left."""
    if current_user.is_authenticated:  # a link led here, and they did not
        return redirect(url_for("account.me"))
    return render_template("account/goodbye.html", is_unlinked=request.args.get("unlinked") != "0")
