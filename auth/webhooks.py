"""Kakao's webhooks: unlink and account events."""

import hmac
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from flask import Blueprint, abort, copy_current_request_context, current_app, request
from flask.typing import ResponseReturnValue

from web import limits
from web.limits import limiter
from web.logs import log_event

from . import account_events, deletion, failures, signals
from .extensions import kakao
from .kakao import InvalidTokenError, KakaoError, KeyNotFetchedError, parse_user_id

MAX_SECONDS = 2  # until we respond; Kakao waits for three
TRY_AGAIN: ResponseReturnValue = {"error": "try again"}, 503
workers = ThreadPoolExecutor(4, "webhook")

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks/kakao")


@bp.route("/unlink", methods=["GET", "POST"])
@limiter.limit(limits.WEBHOOK_LIMIT)
def unlink() -> ResponseReturnValue:
    """Handle an unlink webhook: delete the member, if Kakao confirms that they unlinked.

    The response is 200 even if we fail, because Kakao pauses webhooks that fail.
    https://developers.kakao.com/docs/latest/ko/kakaologin/callback#unlink
    """
    keys = current_app.config["KAKAO_WEBHOOK_KEY"]
    if not keys:
        abort(404)
    authorization = request.headers.get("Authorization", "").encode()
    if not any(hmac.compare_digest(authorization, f"KakaoAK {key}".encode()) for key in keys):
        log_event("webhook rejected: wrong key")
        signals.webhook_received.send("unlink", result="wrong key")
        return {"error": "wrong key"}, 401
    if request.method == "HEAD":
        return "", 200  # HEAD must not delete anyone
    app_id = current_app.config["KAKAO_APP_ID"]
    kakao_id = parse_user_id(request.values.get("user_id"))
    if kakao_id is None or (app_id and request.values.get("app_id") != app_id):
        log_event("webhook ignored: not for us")
        signals.webhook_received.send("unlink", result="ignored")
        return "", 200
    result = "handled"
    try:
        if error := start(deletion.handle_unlink_webhook, kakao_id).exception(MAX_SECONDS):
            current_app.logger.error("webhook failed", exc_info=error)
            result = "failed"
    except TimeoutError:
        log_event("webhook continues in the background")
        result = "continues"
    signals.webhook_received.send("unlink", result=result)
    return "", 200


@bp.post("/events")
@limiter.limit(limits.WEBHOOK_LIMIT)
def account_event() -> ResponseReturnValue:
    """Handle a change of a Kakao account: a signed Security Event Token (RFC 8417).

    The response follows RFC 8935. Kakao sends the event again after 503.
    https://developers.kakao.com/docs/latest/ko/kakaologin/callback
    """
    response, result = TRY_AGAIN, "failed"
    try:
        start(handle_account_event, request.get_data()).result(MAX_SECONDS)
        response, result = ("", 202), "handled"
    except KeyNotFetchedError as error:
        log_event(f"account event failed: {error}")
    except InvalidTokenError as error:
        log_event(f"account event rejected: {error}")
        payload = {"err": error.err, "description": str(error)}
        response, result = (payload, 400, {"Content-Language": "en"}), "rejected"
    except KakaoError as error:
        failures.log_failure("account event failed", error)
    except TimeoutError:
        log_event("account event failed: timed out")
    signals.webhook_received.send("account event", result=result)
    return response


def handle_account_event(token: bytes) -> None:
    """Verify and handle an account event.

    :raises InvalidTokenError, KeyNotFetchedError, KakaoError: if that is not possible.
    """
    account_events.handle(kakao.verify_account_event(token))


def start(function: Callable[..., None], *args: object) -> Future:
    """Run a function in a thread, so that the response does not wait for it to finish."""
    return workers.submit(copy_current_request_context(function), *args)
