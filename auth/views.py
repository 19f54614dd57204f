"""Sign-in, callback, nickname form, sign-out."""

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
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from web import limits
from web.limits import limiter
from web.logs import log_event

from . import (
    account,
    deletion,
    devices,
    failures,
    members,
    next_url,
    nicknames,
    pending_signup,
    renaming,
    sessions,
    signals,
    signup,
)
from .extensions import kakao
from .forms import NicknameForm
from .kakao import INTERACTION_REQUIRED, SIGN_UP_EXPIRED, KakaoError, KakaoProfile
from .kakao import views as kakao_views
from .nicknames import InvalidNicknameError
from .prefetch import skip_for_prefetch

bp = Blueprint("auth", __name__, url_prefix="/auth")

SUGGESTIONS = "suggestions"  # key in the session: the wanted name, and those shown
# Values of Kakao's parameter `prompt` in our links: choose another account, or show no page.
ALLOWED_PROMPTS = ("select_account", "none")


@sessions.login_manager.unauthorized_handler
def redirect_to_sign_in() -> ResponseReturnValue:
    """Send a visitor who opened a members' page to sign in and come back.

    Inside KakaoTalk, Kakao knows the person, and may sign them in without a page.
    https://developers.kakao.com/docs/latest/ko/kakaosync/auto-login
    """
    if request.method not in ("GET", "HEAD"):
        return failures.signed_out()
    target = request.full_path.removesuffix("?")
    if sessions.has_signed_out():
        # Their Kakao session may still be open, and then the back button would sign them in again.
        raise KakaoError(INTERACTION_REQUIRED, next_url=target)
    prompt = "none" if devices.is_kakaotalk(request.user_agent.string) else None
    return redirect(url_for("auth.start", next=target, prompt=prompt, terms="unseen"))


@bp.get("/kakao")
@limiter.limit(limits.SIGN_IN_LIMIT)
@skip_for_prefetch
def start() -> ResponseReturnValue:
    """Go to Kakao's consent page: the button was pressed."""
    target = next_url.safe(request.args.get("next"))
    prompt = request.args.get("prompt")
    is_silent = prompt == "none" and devices.is_kakaotalk(request.user_agent.string)
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and not is_silent:
        # Kakao may show no page, so another site's link could sign people in, even someone who has
        # just signed out. So only a button on this site does (OWASP ASVS 5.0, 7.6.2).
        return render_template("auth/sign_in.html", next_url=target)
    prompt = prompt if prompt in ALLOWED_PROMPTS else None
    # Our link led here, and not the button under which the sentence about the terms stands.
    purpose = signup.TERMS_UNSEEN if request.args.get("terms") == "unseen" else None
    log_event("sign-in started", prompt=prompt or "-")
    return kakao.redirect_to_consent(target, purpose, prompt=prompt)


# The button's script calls this view of the extension before the tap.
app_request = limiter.limit(limits.SIGN_IN_LIMIT)(skip_for_prefetch(kakao_views.app_request))


@bp.get("/kakao/callback")
@limiter.limit(limits.CALLBACK_LIMIT)
@skip_for_prefetch
def callback() -> ResponseReturnValue:
    """Kakao redirected back: sign in, sign up, or ask for a nickname."""
    authorization = kakao.handle_callback()
    if authorization.purpose == deletion.DELETE_ACCOUNT:
        return account.finish_deletion(authorization)
    try:
        member = signup.find_or_create(authorization)
    except InvalidNicknameError as error:
        pending_signup.save(authorization.profile, authorization.next_url, reason=error)
        log_event("asked for a nickname", kakao_seconds=authorization.kakao_seconds)
        signals.nickname_asked.send(error, is_repeat=False)
        return redirect(url_for("auth.nickname"))
    if sessions.has_started_since(authorization.requested_at, member):
        # Several tabs were signing in at once. One session is enough, and ending the first would
        # break the pages that its tab is loading.
        return redirect(authorization.next_url)
    sessions.start(member)
    flash(greeting(member.nickname, member.is_new))
    if member.is_new and nicknames.was_adjusted(authorization.profile.nickname, member.nickname):
        flash(gettext("카카오 닉네임을 조금 다듬었어요."), "nickname")
    log_event("signed in", member=member.id, kakao_seconds=authorization.kakao_seconds)
    return redirect(authorization.next_url)


@bp.route("/nickname", methods=["GET", "POST"])
@limiter.limit(limits.NICKNAME_LIMIT)
def nickname() -> ResponseReturnValue:
    """Show the nickname form with suggestions, or sign up with the name that was chosen."""
    pending = pending_signup.load()
    if pending is None:
        say_which_nickname(current_user.kakao_id if current_user.is_authenticated else None)
        return redirect(pending_signup.finished_url() or next_url.HOME)
    if pending.is_used:
        say_which_nickname(pending.kakao_id)
        return redirect(pending.next_url)
    if pending.profile is None:
        raise KakaoError(SIGN_UP_EXPIRED, next_url=pending.next_url)
    if "other" in request.args and request.method == "GET":
        session.pop(SUGGESTIONS, None)
        return redirect(url_for("auth.nickname"))
    form, reason = NicknameForm(), pending.reason
    if form.is_submitted():
        try:
            return sign_up(pending, pending.profile, form)
        except InvalidNicknameError as error:
            signals.nickname_asked.send(error, is_repeat=True)
            if form.suggestion.data:  # someone else was faster; the page has other suggestions
                reason = error
            else:
                form.add_error(error)
                reason = None
    suggestions = suggest(form.wanted, pending.profile.nickname)
    terms_unseen = str(pending.reason) == str(signup.terms_unseen())
    if terms_unseen and (own := signup.free_nickname(pending.profile)):
        suggestions = list(dict.fromkeys([own, *suggestions]))[: len(suggestions)]
    page = render_template(
        "auth/nickname.html",
        form=form,
        pending=pending,
        reason=reason,
        suggestions=suggestions,
        terms_unseen=terms_unseen,
    )
    return page, 422 if form.is_submitted() else 200


def suggest(typed: str, kakao_nickname: str | None) -> list[str]:
    """Return five free nicknames: the same until others are requested, or one has been taken.

    They are based on the typed name, or on the one from Kakao if the former has no usable stem.
    """
    wanted = typed if nicknames.stem_of(typed) else kakao_nickname
    match session.get(SUGGESTIONS):
        case [base, names] if base == wanted and not signup.taken_names(names):
            return names
    names = nicknames.suggest(wanted, signup.taken_names)
    session[SUGGESTIONS] = [wanted, names]
    return names


def sign_up(
    pending: pending_signup.PendingSignup, profile: KakaoProfile, form: NicknameForm
) -> ResponseReturnValue:
    """Make the person a member with the nickname in the form, and sign them in.

    :raises InvalidNicknameError: if the nickname cannot be used.
    """
    pending.check_form(request.form.get("signup"))
    member = signup.find_and_refresh(profile)
    if member is None:
        member = signup.create(profile, form.validated_nickname())
    if pending_signup.use(pending):
        sessions.start(member)
        pending_signup.finish(pending)
        flash(greeting(member.nickname, member.is_new))
        if member.is_new:
            signals.nickname_chosen.send(member, is_suggestion=bool(form.suggestion.data))
        log_event("signed in", member=member.id)
    return redirect(pending.next_url)


def say_which_nickname(kakao_id: int | None) -> None:
    """Flash the member's nickname if the form was sent again with another one.

    The response to the first one may have been lost, or they went back to correct a typo.
    """
    wanted = NicknameForm().wanted
    member = members.find(kakao_id) if wanted and kakao_id else None
    if member and nicknames.key(wanted) != member.nickname_key:
        message = gettext("이미 %(nickname)s님으로 입주했어요.", nickname=member.nickname)
        flash(message, "nickname")  # with a link to change it


def greeting(nickname: str, is_new: bool) -> str:
    """Return the flash message of the first page after signing in."""
    if is_new:
        return gettext("입주를 축하해요, %(nickname)s님", nickname=nickname)
    return gettext("어서 오세요, %(nickname)s님", nickname=nickname)


@bp.get("/nickname/check")
@limiter.limit(limits.NICKNAME_CHECK_LIMIT, key_func=limits.member_or_address)
def check_nickname() -> ResponseReturnValue:
    """Say whether a nickname is free right now, for the script that checks while someone types."""
    pending = pending_signup.load()
    if current_user.is_authenticated:
        member_id, kakao_id = current_user.id, current_user.kakao_id
    elif pending and pending.profile:
        member_id, kakao_id = None, pending.kakao_id
    else:
        abort(403)
    try:
        if member_id:
            renaming.check_interval(current_user)
        name = nicknames.check(request.args.get("nickname", ""))
        signup.check_free(name, member_id, kakao_id)
    except InvalidNicknameError as error:
        return {"available": False, "message": gettext(error.message, **error.params)}
    return {"available": True, "message": gettext("쓸 수 있는 닉네임이에요.")}


@bp.app_errorhandler(sessions.SuspendedMemberError)
def sign_in_refused(error: sessions.SuspendedMemberError) -> ResponseReturnValue:
    """A suspended member tried to sign in: show why and until when, and start no session."""
    log_event("sign-in refused", member=getattr(error.suspended, "id", "-"))
    signals.sign_in_failed.send(error)
    return render_template("auth/suspended.html", suspended=error.suspended), 403


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the session, so that copies of its cookie are dead; also at Kakao if the form says so."""
    if current_user.is_authenticated:
        log_event("signed out", member=current_user.id)
    sessions.end()
    flash(gettext("로그아웃했어요. 또 놀러 오세요."))
    return redirect(signed_out_url())


def signed_out_url() -> str:
    """Return Kakao's log-out URL if the form says so, and home otherwise."""
    if "kakao" in request.form and current_app.config["KAKAO_LOGOUT_REDIRECT"]:
        return kakao.logout_url(url_for("pages.home", _external=True))
    return next_url.HOME
