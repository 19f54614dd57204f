"""The messages for visitors when Kakao fails, and the one error handler."""

import logging
import threading
import time
from typing import NamedTuple, cast
from urllib.parse import quote

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask_babel import LazyString, gettext, lazy_gettext
from flask_login import current_user
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Response

from web.logs import log, log_event

from . import next_url, signals
from .kakao import CANCELLED, KakaoError
from .next_url import HOME

bp = Blueprint("failures", __name__)
lock = threading.Lock()

# Logged as an ERROR for every visitor, the same fix would bury everything else and alert the
# operator over and over.
ERROR_INTERVAL = 10 * 60  # seconds until it is an ERROR again


class Message(NamedTuple):
    """The text for a visitor, and the links that may help."""

    heading: LazyString
    text: LazyString
    has_button: bool = True
    other_account: bool = False


# By Failure.name.
MESSAGES = {
    "cancelled": Message(
        lazy_gettext("시작하기를 취소했어요"),
        lazy_gettext("마음이 바뀌면 언제든 다시 눌러 주세요."),
        other_account=True,
    ),
    "consent missing": Message(
        lazy_gettext("필수 동의 항목이 빠졌어요"),
        lazy_gettext(
            "꼭 필요한 항목에 동의하지 않으면 함께할 수 없어요. "
            "다시 눌러 카카오 화면에서 필수 항목에 모두 체크해 주세요."
        ),
        other_account=True,
    ),
    "state mismatch": Message(
        lazy_gettext("시작하던 곳과 이어지지 않았어요"),
        lazy_gettext(
            "시작한 앱이나 브라우저가 아닌 곳으로 돌아왔을 수 있어요. "
            "아래 버튼을 한 번만 다시 눌러 주세요."
        ),
    ),
    "no cookie": Message(
        lazy_gettext("쿠키를 켜 주세요"),
        lazy_gettext(
            "이 브라우저에 쿠키가 없어서 시작하던 곳을 찾지 못했어요. "
            "쿠키를 막아 두셨다면 허용한 다음 아래 버튼을 다시 눌러 주세요."
        ),
    ),
    "sign-up expired": Message(
        lazy_gettext("시간이 지나 처음부터 다시 해야 해요"),
        lazy_gettext(
            "닉네임을 고르는 사이에 30분이 지났어요. 아래 버튼을 한 번만 다시 눌러 주세요."
        ),
    ),
    "code used": Message(
        lazy_gettext("시간이 지나 처음부터 다시 해야 해요"),
        lazy_gettext("아래 버튼을 한 번만 다시 눌러 주세요."),
    ),
    "request expired": Message(
        lazy_gettext("시간이 지나 처음부터 다시 해야 해요"),
        lazy_gettext("아래 버튼을 한 번만 다시 눌러 주세요."),
    ),
    "sign-in timed out": Message(
        lazy_gettext("시간이 지나 처음부터 다시 해야 해요"),
        lazy_gettext("카카오톡에서 제때 돌아오지 못했어요. 아래 버튼을 한 번만 다시 눌러 주세요."),
    ),
    "pop-up blocked": Message(
        lazy_gettext("카카오 창을 열지 못했어요"),
        lazy_gettext("아래 버튼을 한 번만 다시 눌러 주세요."),
    ),
    "unsupported browser": Message(
        lazy_gettext("이 브라우저에서는 카카오톡이 열리지 않아요"),
        lazy_gettext(
            "아래 버튼을 다시 누르거나, 사파리나 크롬 같은 다른 브라우저에서 열어 주세요."
        ),
    ),
    "interaction required": Message(
        lazy_gettext("카카오로 시작해요"),
        lazy_gettext("아래 버튼을 누르면 카카오로 시작하고, 보려던 화면으로 이어져요."),
        other_account=True,
    ),
    "temporary failure": Message(
        lazy_gettext("카카오가 잠시 대답하지 못하고 있어요"),
        lazy_gettext("조금 뒤 다시 눌러 주세요."),
    ),
    "maintenance": Message(
        lazy_gettext("카카오가 점검 중이에요"),
        lazy_gettext("몇 분 뒤 다시 눌러 주세요."),
    ),
    "rate limited": Message(
        lazy_gettext("지금 시작하는 분이 아주 많아요"),
        lazy_gettext("조금 뒤 다시 눌러 주세요."),
    ),
    "overloaded": Message(
        lazy_gettext("카카오의 대답을 기다리는 분이 많아요"),
        lazy_gettext("조금 뒤 다시 눌러 주세요."),
    ),
    "unreachable": Message(
        lazy_gettext("카카오와 연결되지 않았어요"),
        lazy_gettext("조금 뒤 다시 눌러 주세요."),
    ),
    "timed out": Message(
        lazy_gettext("카카오의 대답이 너무 늦어지고 있어요"),
        lazy_gettext("조금 뒤 다시 눌러 주세요."),
    ),
    "unexpected response": Message(
        lazy_gettext("카카오에서 이상한 응답이 왔어요"),
        lazy_gettext("조금 뒤 다시 눌러 주세요."),
    ),
    "under 14": Message(
        lazy_gettext("아직은 함께할 수 없어요"),
        lazy_gettext("만 14세가 되지 않은 분은 아직 함께할 수 없어요. 조금 더 크면 만나요."),
        has_button=False,
        other_account=True,
    ),
    "blocked": Message(
        lazy_gettext("이 카카오계정으로는 시작할 수 없어요"),
        lazy_gettext("왜 그런지는 카카오 고객센터에 물어봐 주세요."),
        has_button=False,
        other_account=True,
    ),
    "misconfigured": Message(
        lazy_gettext("지금은 카카오로 시작할 수 없어요"),
        lazy_gettext("저희 쪽 설정에 문제가 있어요. 고칠 때까지 조금만 기다려 주세요."),
        has_button=False,
    ),
}

SIGNED_OUT = Message(
    lazy_gettext("로그인이 풀렸어요"),
    lazy_gettext(
        "아직 바뀐 것은 없어요. 아래 버튼을 누르면 카카오로 시작하고, 그 화면으로 이어져요."
    ),
    other_account=True,
)


def signed_out() -> tuple[str, int]:
    """Return a page for a member's form that a visitor sent: their session has ended.

    The form is not carried out after they sign in, since that may be another person. No cookie is
    set: the browser sends a forged form without the session cookie, and a new one would replace it.
    """
    log_event("form rejected", endpoint=request.endpoint)
    return show(SIGNED_OUT, nearest_page(request.path)), 401


def nearest_page(path: str) -> str:
    """Return the page that has the form that was sent: this URL or the next one above it.

    :param path: decoded, as in request.path.
    """
    urls = cast(MapAdapter, current_app.create_url_adapter(request))
    while not urls.test(path, "GET"):
        path = path.rpartition("/")[0] or HOME
    # The path comes from the sender: a line break would end the Location header, and two slashes
    # would lead to another site.
    return next_url.safe(quote(path))


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
    page = show(MESSAGES[failure.name], error.next_url or HOME, app=not error.is_app)
    status = error.status
    headers = {"Retry-After": failure.retry_after} if status == 503 and failure.retry_after else {}
    return page, status, headers


def show(message: Message, target: str, app: bool = True) -> str:
    """Return the page with a message, and the button if it may help.

    :param target: the path that the visitor goes to after signing in.
    :param app: whether the button may open the KakaoTalk app.
    """
    return render_template("auth/sign_in_failed.html", message=message, next_url=target, app=app)


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
