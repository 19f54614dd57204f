"""The way in and out: start, callback, nickname, log_out; and the page when Kakao fails."""

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from web import limits
from web.limits import limiter
from web.logs import event

from . import account, kakao, leaving, next_url, nicknames, sessions, signup, suggestions, waiting
from .forms import NicknameForm
from .nicknames import N_, NicknameProblem

bp = Blueprint("auth", __name__, url_prefix="/auth")


# What a link of ours may ask of Kakao: another account, or no page at all.
PROMPTS = ("select_account", "none")
# Said on the first page after signing in; the layout knows the nickname.
WELCOME = {True: N_("입주를 축하해요, %(nickname)s님"), False: N_("어서 오세요, %(nickname)s님")}


@sessions.login_manager.unauthorized_handler
def sign_in_first():
    """A visitor opened a members' page: sign in and come back.

    Inside KakaoTalk Kakao knows who it is and may need no page for that.
    https://developers.kakao.com/docs/latest/ko/kakaosync/auto-login
    """
    target = request.full_path.removesuffix("?") if request.method == "GET" else None
    if sessions.SIGNED_OUT in session:
        # Kakao may still know them: the back button would sign in whoever presses it.
        raise kakao.KakaoError(kakao.UNASKED, next_url=target)
    prompt = "none" if "KAKAOTALK" in request.user_agent.string else None
    return redirect(url_for("auth.start", next=target, prompt=prompt))


@bp.get("/kakao")
@limiter.limit(limits.STARTS)
def start():
    """The button was pressed: go to Kakao's consent page."""
    prompt = request.args.get("prompt")
    event("sign-in started", prompt=prompt if prompt in PROMPTS else "-")
    return kakao.redirect_to_consent(
        next_url.safe(request.args.get("next")),
        **({"prompt": prompt} if prompt in PROMPTS else {}),
    )


@bp.get("/kakao/callback")
@limiter.limit(limits.CALLBACKS)
def callback():
    """Kakao sent the browser back: sign in, sign up, or ask for a nickname."""
    arrival = kakao.receive(signup.recognise)
    if arrival.purpose == leaving.PURPOSE:
        return account.finish_withdrawal(arrival)
    try:
        member = arrival.known or signup.find_or_create(arrival.profile)
    except NicknameProblem as problem:
        waiting.put(arrival.profile, arrival.next_url, why=problem)
        event("asked for a nickname", kakao_seconds=arrival.seconds)
        return redirect(url_for("auth.nickname"))
    sessions.begin(member, keep=kakao.NEXT_URLS)
    flash(WELCOME[member.is_new])
    event("signed in", member=member.id, kakao_seconds=arrival.seconds)
    return redirect(arrival.next_url)


@bp.route("/nickname", methods=["GET", "POST"])
@limiter.limit(limits.NICKNAMES, methods=["POST"])
def nickname():
    """The one question of this site, with answers to tap; a name that cannot be had asks again."""
    sign_up = waiting.get()
    if sign_up is None:
        return redirect(next_url.HOME)
    if sign_up.is_over:
        raise kakao.KakaoError(kakao.LOST, next_url=sign_up.next_url)
    form = NicknameForm(nickname=sign_up.profile.nickname)
    if form.is_submitted():
        try:
            member = signup.find(sign_up.profile) or signup.create(sign_up.profile, form.chosen())
        except NicknameProblem as problem:
            form.refuse(problem)
        else:
            sessions.begin(member, keep=kakao.NEXT_URLS)
            flash(WELCOME[member.is_new])
            event("signed in", member=member.id)
            return redirect(sign_up.next_url)
    page = render_template(
        "auth/nickname.html",
        form=form,
        why=sign_up.why,
        suggestions=suggestions.suggest(form.nickname.data, signup.taken),
    )
    return page, 422 if form.errors else 200


@bp.get("/nickname/check")
@limiter.limit(limits.CHECKS)
def check_nickname():
    """Whether a nickname could be had at this moment, for the script that asks while one types."""
    if not (waiting.get() or current_user.is_authenticated):
        abort(403)
    try:
        name = nicknames.check(request.args.get("nickname", ""))
        member_id = current_user.id if current_user.is_authenticated else None
        if signup.taken([nicknames.key(name)], member_id):
            raise nicknames.taken(name)
    except NicknameProblem as problem:
        return {"free": False, "told": gettext(problem.sentence, **problem.values)}
    return {"free": True, "told": gettext("쓸 수 있는 닉네임이에요.")}


@bp.post("/logout")
def log_out():
    """Sign out, here and for every copy of the cookie; at Kakao as well if that was pressed."""
    sessions.end()
    if "kakao" in request.form:
        return redirect(kakao.log_out_url(url_for("pages.home", _external=True)))
    return redirect(next_url.HOME)


@bp.app_errorhandler(kakao.KakaoError)
def kakao_failed(error: kakao.KakaoError) -> Response | tuple:
    """Every failure at Kakao ends here: one log line, one page with one way on."""
    is_in = error.next_url and current_user.is_authenticated
    if is_in and error.is_repeat and error.next_url != request.path:
        return redirect(error.next_url)
    cause = error.cause
    if cause.operator:
        spent = f"kakao_seconds={error.seconds}"
        current_app.logger.error("sign-in ended: %s %s: %s", error, spent, cause.operator)
    else:
        event(f"sign-in ended: {error}", kakao_seconds=error.seconds)
    if is_in and cause is kakao.CANCELLED:
        return redirect(error.next_url)
    page = render_template(
        "auth/start_again.html", cause=cause, next_url=error.next_url or next_url.HOME
    )
    headers = {"Retry-After": cause.retry_after} if cause.retry_after else {}
    return page, cause.status, headers
