"""The messages for visitors when Kakao fails, and the one error handler."""

import logging
import threading
import time
from typing import cast
from urllib.parse import quote, unquote

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Response

from web import errors
from web.language import language
from web.lines import unsent_line
from web.logs import log, log_event

from . import signals
from .kakao import CANCELLED, SIGN_UP_EXPIRED, KakaoError
from .kakao.messages import MESSAGES, Message
from .next_url import HOME

bp = Blueprint("failures", __name__)
lock = threading.Lock()

# Logged as an ERROR for every visitor, the same fix would bury everything else and alert the
# operator over and over.
ERROR_INTERVAL = 10 * 60  # seconds until it is an ERROR again


# The extension has the texts of all failures. It knows of no nickname, so this site has its own.
SIGN_UP_EXPIRED_MESSAGE = Message(
    lazy_gettext("시간이 지나 처음부터 다시 해야 해요"),
    lazy_gettext("닉네임을 고르는 사이에 30분이 지났어요. 아래 버튼을 한 번만 다시 눌러 주세요."),
)
SIGNED_OUT = Message(
    lazy_gettext("로그인이 풀렸어요"),
    lazy_gettext(
        "아직 바뀐 것은 없어요. 아래 버튼을 누르면 카카오로 시작하고, 그 화면으로 이어져요."
    ),
)
# After these failures, another Kakao account may help.
ANOTHER_ACCOUNT = {"cancelled", "consent missing", "interaction required", "under 14", "blocked"}


def signed_out() -> tuple[str, int]:
    """Return a page for a member's form that a visitor sent: their session has ended.

    The form is not carried out after they sign in, since that may be another person. No cookie is
    set: the browser sends a forged form without the session cookie, and a new one would replace it.
    """
    log_event("form rejected", endpoint=request.endpoint)
    page = show(SIGNED_OUT, quote(form_page()), has_other_account=True, typed=unsent_line())
    return page, 401


def form_page() -> str:
    """Return the page with the form that was sent: the previous page, if the browser names it.

    :returns: its path, decoded as in request.path. Otherwise this one or the next one above it.
    """
    previous = errors.previous_path()
    path = unquote(previous) if previous else request.path
    while not is_page(path):
        path = path.rpartition("/")[0] or HOME
    return path


def is_page(path: str) -> bool:
    """Return whether a GET of this path finds a view that only shows a page."""
    try:
        endpoint, _ = url_adapter().match(path, "GET")
    except HTTPException:
        return False
    return not hasattr(current_app.view_functions[endpoint], "changes_something")


def url_adapter() -> MapAdapter:
    """Return the routes of the site, as seen by this request."""
    return cast(MapAdapter, current_app.create_url_adapter(request))


@bp.app_errorhandler(KakaoError)
def kakao_failed(error: KakaoError) -> Response | tuple:
    """Log the failure once, and show a page with one clear next step."""
    # The page that a signed-in member was going to; the session is loaded only if it is known.
    member_url = error.next_url if error.next_url and current_user.is_authenticated else None
    if member_url and error.may_be_repeat and member_url != request.path:
        return redirect(member_url)
    failure = error.failure
    log_failure("sign-in failed", error, kakao_seconds=error.kakao_seconds)
    signals.sign_in_failed.send(error)
    if member_url and failure is CANCELLED:
        flash(gettext("취소했어요. 바뀐 것은 없어요."))
        return redirect(member_url)
    # After a failure in the app, the next try is on the web.
    page = show(
        message_for(error),
        error.next_url or HOME,
        has_button=error.has_button,
        has_other_account=failure.name in ANOTHER_ACCOUNT,
        app=not error.is_app,
    )
    status = error.status
    headers = {"Retry-After": failure.retry_after} if status == 503 and failure.retry_after else {}
    return page, status, headers


def message_for(error: KakaoError) -> Message:
    """Return what a visitor reads, in their language."""
    if error.failure is SIGN_UP_EXPIRED:
        return SIGN_UP_EXPIRED_MESSAGE
    return MESSAGES[language()][error.message_name]


def show(
    message: Message,
    target: str,
    *,
    has_button: bool = True,
    has_other_account: bool = False,
    app: bool = True,
    typed: str = "",
) -> str:
    """Return the page with a message, and the links that may help.

    :param target: the path that the visitor goes to after signing in.
    :param app: whether the button may open the KakaoTalk app.
    :param typed: what was typed in a form that is refused.
    """
    return render_template(
        "auth/sign_in_failed.html",
        message=message,
        next_url=target,
        has_button=has_button,
        has_other_account=has_other_account,
        app=app,
        typed=typed,
    )


def log_failure(event: str, error: KakaoError, **values: object) -> None:
    """Log an event with its failure and further values, and from time to time with the fix.

    A failure that only the operator can fix is an ERROR with the fix, once per process and
    ERROR_INTERVAL; in between it is an event like any other. A failure that anyone can cause by
    typing a URL is a WARNING at most; it does not silence the ERROR when Kakao itself reports it.
    """
    line = " ".join([f"{event}: {error}", *(f"{name}={value}" for name, value in values.items())])
    fields = {"event": event, "failure": error.failure.name, "code": error.code} | values
    if error.failure.fix and is_due((error.failure.fix, error.is_from_kakao)):
        level = logging.ERROR if error.is_from_kakao else logging.WARNING
        current_app.logger.log(level, "%s: %s", line, error.failure.fix, extra={"fields": fields})
    else:
        log.info(line, extra={"fields": fields})


def is_due(key: tuple) -> bool:
    """Return whether ERROR_INTERVAL has passed since this was logged, and if so record the time."""
    with lock:
        logged_at = current_app.extensions.setdefault("kakao_failures_logged_at", {})
        now = time.monotonic()
        if key in logged_at and now - logged_at[key] < ERROR_INTERVAL:
            return False
        logged_at[key] = now
        return True
