"""The member's account pages under /me: nickname, picture, sessions, data, deletion."""

import time
from itertools import chain
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_login import current_user, login_required

from models import MAX_BIGINT
from web import errors, limits
from web.limits import limiter
from web.logs import log_event

from . import (
    agreements,
    deletion,
    devices,
    export,
    failures,
    image,
    new_devices,
    next_url,
    renaming,
    sessions,
)
from .extensions import kakao
from .forms import NicknameForm
from .kakao import INTERACTION_REQUIRED, Authorization, KakaoError
from .nicknames import InvalidNicknameError

# What someone may open before they have chosen another nickname.
PAGES_WITH_ANY_NICKNAME = {
    "account.nickname",
    "account.data",
    "account.delete_account",
    "pages.privacy",
    "pages.terms",
}
REAUTHENTICATION_MAX_AGE = 5 * 60  # seconds
MAX_PAGE = 1000  # pages of sign-ins, or of rows of data; members have far fewer
DATA_PAGE_SIZE = 24  # rows of one table
DATA_OVERVIEW_SIZE = 4  # rows of each table, where all tables are shown
TOO_MANY_EXPORTS = (
    lazy_gettext("지금은 내려받을 수 없어요"),
    lazy_gettext("먼저 시작한 내려받기가 끝나면 받을 수 있어요. 1분쯤 뒤에 다시 시도해 주세요."),
)
DELETED = "deleted"  # key in the session after a deletion; its value is the URL of the last page

bp = Blueprint("account", __name__, url_prefix="/me")


@bp.get("")
@login_required
def me() -> ResponseReturnValue:
    """Show the account page."""
    return render_template(
        "account/me.html",
        unseen=new_devices.pending_alerts(current_user),
        pending=agreements.pending(current_user),
        today=agreements.today(),
    )


@bp.route("/nickname", methods=["GET", "POST"])
@login_required
@limiter.limit(limits.NICKNAME_LIMIT, methods=["POST"])
@limiter.limit(limits.RENAME_LIMIT, key_func=limits.member, methods=["POST"])
def nickname() -> ResponseReturnValue:
    """Change the nickname, or say when it can be changed again."""
    form = NicknameForm(nickname=current_user.nickname)
    if form.is_submitted():
        try:
            renaming.rename(current_user, form.validated_nickname())
        except InvalidNicknameError as error:
            form.add_error(error)
        else:
            log_event("nickname changed", member=current_user.id)
            flash(
                gettext(
                    "닉네임을 바꿨어요. 이제 %(nickname)s님이에요.", nickname=current_user.nickname
                )
            )
            return redirect(url_for("account.me"))
    page = render_template(
        "account/nickname.html", form=form, next_change_at=renaming.next_change_at(current_user)
    )
    return page, 422 if form.errors else 200


@bp.after_app_request
def ask_for_nickname(response: Response) -> ResponseReturnValue:
    """Lead a member whose nickname an operator took away to the page where they choose another."""
    is_page = request.method == "GET" and response.status_code == 200
    if (
        is_page
        and response.mimetype == "text/html"
        and request.endpoint not in PAGES_WITH_ANY_NICKNAME
        and current_user.is_authenticated
        and current_user.rename_why is not None
    ):
        return redirect(url_for("account.nickname"))
    return response


@bp.post("/image")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def show_image() -> ResponseReturnValue:
    """Show the image from Kakao to others, or the drawn house instead."""
    image.set_visibility(current_user, request.form.get("show") == "1")
    if current_user.shows_image:
        flash(gettext("이제 카카오 사진이 보여요."))
    else:
        flash(gettext("이제 사진 대신 그린 집이 보여요."))
    return redirect(url_for("account.me"))


@bp.get("/sessions")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def list_sessions() -> ResponseReturnValue:
    """List the member's sign-ins of the last months, page by page, active ones first."""
    page = min(max(request.args.get("page", 1, type=int), 1), MAX_PAGE)
    history, has_more = sessions.history(current_user, page)
    return render_template("account/sessions.html", history=history, page=page, has_more=has_more)


@bp.post(f"/sessions/<int(max={MAX_BIGINT}):session_id>/end")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of the member's sessions; nothing happens to anyone else's."""
    if session_id == current_user.session_id:
        log_event("session ended", member=current_user.id, session=session_id)
        sessions.end()
        flash(gettext("로그아웃했어요. 또 놀러 오세요."))
        return redirect(url_for("pages.home"))
    was_active = sessions.revoke_one(current_user, session_id)
    event = "session ended" if was_active else "session not ended"
    log_event(event, member=current_user.id, session=session_id)
    flash(gettext("선택한 기기를 로그아웃했어요."))
    return redirect(url_for("account.list_sessions"))


@bp.post("/sessions/end-others")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def end_other_sessions() -> ResponseReturnValue:
    """End all sessions but this one."""
    sessions.revoke_others(current_user)
    log_event("other sessions ended", member=current_user.id)
    flash(gettext("다른 기기를 모두 로그아웃했어요."))
    return redirect(url_for("account.list_sessions"))


@bp.post(f"/sessions/<int(max={MAX_BIGINT}):session_id>/not-me")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def reject_session(session_id: int) -> ResponseReturnValue:
    """제가 아니에요: end a stranger's session, and ask Kakao to revoke this site's tokens."""
    login = new_devices.find_other(current_user, session_id)
    if login is None:
        abort(404)
    sessions.revoke_device(current_user, login)
    new_devices.dismiss(current_user, login)
    is_logged_out = log_out_at_kakao(current_user.kakao_id)
    log_event("session rejected", member=current_user.id, session=session_id, kakao=is_logged_out)
    if is_logged_out:
        flash(gettext("선택한 기기를 로그아웃하고, 카카오에도 모두 로그아웃해 달라고 했어요."))
    else:
        flash(gettext("선택한 기기를 로그아웃했어요. 카카오에는 알리지 못했어요."))
    flash(gettext("누가 카카오계정을 쓰고 있을 수 있으니, 카카오계정 비밀번호를 바꿔 주세요."))
    return redirect(url_for("account.list_sessions"))


def log_out_at_kakao(kakao_id: int) -> bool:
    """Ask Kakao to sign the member out everywhere; return whether it did."""
    if not current_app.config["KAKAO_ADMIN_KEY"]:
        return False
    try:
        kakao.log_out(kakao_id)
    except KakaoError as error:
        failures.log_failure("log-out at Kakao failed", error)
        return False
    return True


@bp.post("/sessions/seen")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def mark_sessions_seen() -> ResponseReturnValue:
    """저예요: the new sign-ins that this device reported were the member's own."""
    until = request.form.get("until", 0, type=int)
    new_devices.mark_seen(current_user, max(0, min(until, MAX_BIGINT)))
    flash(gettext("확인해 주셔서 고마워요."))
    return redirect(next_url.safe(request.form.get("next")))


@bp.post("/<any(terms, privacy):document>/<version>")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def answer_document(document: str, version: str) -> ResponseReturnValue:
    """Agree to a new version of the terms or the privacy policy, or acknowledge it."""
    new = agreements.find_public(document, version)
    if new is None:
        abort(404)
    agreements.record_answer(current_user, document, new)
    log_event("document settled", member=current_user.id, document=document, version=version)
    if new.needs_consent:
        flash(gettext("동의해 주셔서 고마워요. 언제 동의하셨는지 내 정보에서 볼 수 있어요."))
    else:
        flash(gettext("확인해 주셔서 고마워요."))
    return redirect(url_for("pages.home"))


@bp.get("/data")
@login_required
@limiter.limit(limits.EXPORT_LIMIT, key_func=limits.member)
def data() -> ResponseReturnValue:
    """Show what the site stores about the member, in everyday words; with ?table=, page by page."""
    tables = export.list_tables(current_user)
    name = request.args.get("table")
    if name is None:
        page, size = 1, DATA_OVERVIEW_SIZE
    elif name in tables:
        page, size = min(max(request.args.get("page", 1, type=int), 1), MAX_PAGE), DATA_PAGE_SIZE
        tables = {name: tables[name]}
    else:
        abort(404)
    pages = {
        name: export.read_page(current_user, table, page, size) for name, table in tables.items()
    }
    return render_template(
        "account/data.html",
        name=name,
        page=page,
        pages=pages,
        member=export.columns_of(current_user),
        outside_url=url_outside_kakaotalk("account.data"),
        columns_of=export.columns_of,
    )


@bp.get("/export", endpoint="export")
@login_required
@limiter.limit(limits.EXPORT_LIMIT, key_func=limits.member)
def download() -> ResponseReturnValue:
    """Download the stored data as a ZIP: JSON for other services, and the member's files."""
    pieces = export.archive_member(current_user)
    try:
        first = next(pieces)
    except export.TooManyExportsError:
        page = errors.render_error(*TOO_MANY_EXPORTS, is_temporary=True)
        return page, 503, {"Retry-After": str(limits.WINDOW)}
    log_event("data exported", member=current_user.id)
    response = Response(stream_with_context(chain([first], pieces)), mimetype="application/zip")
    response.call_on_close(pieces.close)  # also when the reader goes away, or wants the head alone
    response.headers.set("Content-Disposition", "attachment", filename="neonejip.zip")
    return response


@bp.get("/withdraw")
@login_required
def delete_account() -> ResponseReturnValue:
    """Say what deleting the account means, above one button."""
    return render_template("account/delete_account.html", outside_url=outside_url())


@bp.post("/withdraw")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def reauthenticate() -> ResponseReturnValue:
    """Sign in at Kakao once more, so that only the members themselves can delete their account."""
    return kakao.redirect_to_consent(
        url_for("account.delete_account"), purpose=deletion.DELETE_ACCOUNT, prompt="login"
    )


def finish_deletion(authorization: Authorization) -> ResponseReturnValue:
    """Kakao redirected back: delete the account if the person has just proven that it is theirs."""
    if not current_user.is_authenticated:
        if DELETED in session:  # in another tab
            return redirect(session[DELETED])
        raise KakaoError(INTERACTION_REQUIRED, next_url=authorization.next_url)
    is_owner = current_user.kakao_id == authorization.kakao_id
    if not is_owner or (current_app.config["KAKAO_OIDC"] and not is_fresh(authorization.auth_time)):
        log_event("deletion rejected", member=current_user.id, is_owner=is_owner)
        page = render_template(
            "account/reauthentication_failed.html", is_owner=is_owner, outside_url=outside_url()
        )
        return page, 403
    is_unlinked = deletion.delete_account(current_user, authorization.access_token)
    sessions.end()
    session[DELETED] = url_for("account.goodbye", unlinked=int(is_unlinked))
    return redirect(session[DELETED])


def outside_url() -> str | None:
    """Return the link that opens the deletion page outside KakaoTalk; None if it is not needed.

    Inside KakaoTalk, Kakao may not ask for the password again, and then the id_token is never
    fresh enough.
    https://developers.kakao.com/docs/latest/ko/kakaosync/auto-login
    """
    if not current_app.config["KAKAO_OIDC"]:
        return None
    return url_outside_kakaotalk("account.delete_account")


def url_outside_kakaotalk(endpoint: str) -> str | None:
    """Return the link that opens a page in the phone's own browser; None outside KakaoTalk."""
    if not devices.is_kakaotalk(request.user_agent.string):
        return None
    return f"kakaotalk://web/openExternal?url={quote(url_for(endpoint, _external=True), safe='')}"


def is_fresh(auth_time: int | None) -> bool:
    """Return whether the person has signed in at Kakao just now, and not days ago.

    :param auth_time: the claim of the id_token, in seconds since 1970.
    """
    # abs: a time in the future, such as one in milliseconds, would stay fresh forever.
    return auth_time is not None and abs(int(time.time()) - auth_time) < REAUTHENTICATION_MAX_AGE


@bp.get("/goodbye")
def goodbye() -> ResponseReturnValue:
    """Say that the account has been deleted."""
    if current_user.is_authenticated:  # someone followed a link; their account still exists
        return redirect(url_for("account.me"))
    return render_template("account/goodbye.html", is_unlinked=request.args.get("unlinked") != "0")
