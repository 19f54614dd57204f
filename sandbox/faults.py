"""Faults that can be switched on for each endpoint, and a count of the calls to it."""

import contextlib
import json
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

from flask import (
    Blueprint,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from . import talk
from .authorize import parse_authorization_request
from .errors import KAPI, KOE, KOE_IN_REDIRECT, kapi_error, oauth_error, page

ENDPOINTS = {  # the names of the endpoints, by their names in Flask
    "authorize.show_consent": "authorize",
    "authorize.submit_consent": "authorize",
    "authorize.show_logout": "account_logout",
    "authorize.submit_logout": "account_logout",
    "oauth.token": "token",
    "oauth.discovery": "discovery",
    "oauth.jwks": "jwks",
    "api.me": "me",
    "api.unlink": "unlink",
    "api.log_out": "logout",
    "api.access_token_info": "token_info",
    "api.userinfo": "userinfo",
    "api.scopes": "scopes",
    "api.service_terms": "service_terms",
    "api.user_ids": "ids",
    "talk.sdk": "sdk",
    "talk.show_app": "talk",
    "talk.submit_app": "talk",
    "talk.poll": "code",
}
# The faults, with their labels on the page.
FAULTS = {
    "slow": "늦게 답해요 (seconds)",
    "hang": "답하지 않다가 끊어요 (seconds)",
    "drip": "한 바이트씩 흘려요 (seconds마다)",
    "reset": "답 없이 연결을 끊어요",
    "500": "500",
    "502": "502",
    "503": "503",
    "html": "200인데 HTML",
    "maintenance": "503 점검 안내 HTML",
    "ip_mismatched": "허용하지 않은 IP 주소라고 해요 (-401)",
    "truncated": "JSON이 중간에서 끝나요",
    "json": "아무 JSON (json, status)",
    "huge": "몇 MB짜리 답",
    "not_installed": "sdk: 카카오톡이 없는 휴대폰이에요",
    "closed": "talk: 카카오톡을 그냥 닫아요",
    "never_answers": "code: 동의해도 첫 화면에는 전해지지 않아요",
}
# Error redirects from authorize: error and description.
REDIRECTS = {
    "access_denied": ("access_denied", "User denied access"),
    "under_14": ("access_denied", "Not allowed under age 14"),
    "login_required": ("login_required", "user login required"),
    "consent_required": ("consent_required", "user consent required"),
    "interaction_required": ("interaction_required", "user interaction required"),
    "invalid_scope": ("invalid_scope", "a consent item is not set up (KOE205)"),
    "server_error": ("server_error", "server error"),
    "temporarily_unavailable": ("temporarily_unavailable", "temporarily unavailable"),
    # From the JavaScript SDK.
    "timeout": ("timeout", "timeout"),
    "LOGIN_TIMEOUT": ("LOGIN_TIMEOUT", "login timeout"),
    "NOT_SUPPORTED_BROWSER": ("NOT_SUPPORTED_BROWSER", "not supported browser"),
}
ONLY_AT = {"not_installed": "sdk", "closed": "talk", "never_answers": "code"}
CODES = (*KOE, *map(str, KAPI))
DEFAULT_SECONDS = {"slow": 3.0, "hang": 60.0, "drip": 0.2}
HUGE_BYTES = 5_000_000
Caller = tuple[str | None, str] | None  # None: from a test client

bp = Blueprint("faults", __name__)


@dataclass
class Fault:
    """One active fault. `times` counts down to 0; with None it lasts until it is cleared."""

    fault: str
    times: int | None = None
    seconds: float = 0.0
    status: int = 200
    json: object = None
    state: bool = True  # False leaves the state out of an error redirect, as Kakao may


@dataclass
class ActiveFaults:
    """The active faults, and the (IP address, port) of each call so far."""

    by_endpoint: dict[str, Fault] = field(default_factory=dict)
    calls: dict[str, list[Caller]] = field(default_factory=lambda: defaultdict(list))
    cleared: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_for(self, endpoint: str) -> Fault | None:
        """Return the active fault of this call, if any, and count it down."""
        with self.lock:
            fault = self.by_endpoint.get(endpoint)
            if fault is None:
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    del self.by_endpoint[endpoint]
            return fault

    def clear(self) -> None:
        """Remove all faults, and release the requests that are waiting in them."""
        with self.lock:
            self.by_endpoint.clear()
            self.cleared.set()
            self.cleared = threading.Event()


active_faults = cast(ActiveFaults, LocalProxy(lambda: current_app.extensions["active_faults"]))


@bp.app_context_processor
def fault_lists() -> dict[str, object]:
    """Give templates the faults that exist, and the active ones."""
    return {
        "endpoints": sorted(set(ENDPOINTS.values())),
        "faults": FAULTS,
        "redirects": REDIRECTS,
        "codes": CODES,
        "active": dict(active_faults.by_endpoint),
    }


@bp.get("/faults")
def show() -> ResponseReturnValue:
    """Return the active faults as JSON; the page to change them is /."""
    return {endpoint: vars(fault) for endpoint, fault in active_faults.by_endpoint.items()}


@bp.post("/faults")
def enable() -> ResponseReturnValue:
    """Enable a fault, from the form of the page or from a test's JSON."""
    fields = request.get_json() if request.is_json else request.form
    try:
        endpoint, fault = parse_fault(fields)
    except (AttributeError, TypeError, ValueError) as error:
        return {"problem": str(error)}, 400
    active_faults.by_endpoint[endpoint] = fault
    return show() if request.is_json else redirect(url_for("home"))


@bp.delete("/faults")
def clear() -> ResponseReturnValue:
    """Remove all faults."""
    active_faults.clear()
    return {}


@bp.post("/faults/clear")
def clear_from_page() -> ResponseReturnValue:
    """Remove all faults, and show the page again."""
    active_faults.clear()
    return redirect(url_for("home"))


@bp.get("/calls")
def calls() -> ResponseReturnValue:
    """Return the number of requests and of TCP connections of each endpoint."""
    with active_faults.lock:
        by_endpoint = {endpoint: list(calls) for endpoint, calls in active_faults.calls.items()}
    by_endpoint["all"] = [caller for callers in by_endpoint.values() for caller in callers]
    return {
        endpoint: {"requests": len(callers), "connections": len(set(callers) - {None})}
        for endpoint, callers in by_endpoint.items()
    }


@bp.delete("/calls")
def forget_calls() -> ResponseReturnValue:
    """Reset the count."""
    with active_faults.lock:
        active_faults.calls.clear()
    return {}


def parse_fault(fields: Any) -> tuple[str, Fault]:
    """Return the endpoint and the fault that a form or a JSON object describes.

    :raises AttributeError, TypeError, ValueError: if it describes none; the message says why.
    """
    endpoint, name = fields.get("where"), str(fields.get("fault"))
    check_fault(endpoint, name)
    times, seconds = fields.get("times"), fields.get("seconds")
    payload = fields.get("json")
    if isinstance(payload, str) and not request.is_json:
        payload = json.loads(payload or "null")
    return endpoint, Fault(
        fault=name,
        times=None if times in (None, "") else int(times),
        seconds=DEFAULT_SECONDS.get(name, 0.0) if seconds in (None, "") else float(seconds),
        status=int(fields.get("status") or 200),
        json=payload,
        state=fields.get("state", True) not in (False, "false"),
    )


def check_fault(endpoint: str, name: str) -> None:
    """Check that the fault exists at this endpoint.

    :raises ValueError: if it does not.
    """
    if endpoint not in ENDPOINTS.values():
        raise ValueError(f"where must be one of {', '.join(sorted(set(ENDPOINTS.values())))}")
    if name not in (*FAULTS, *REDIRECTS, *CODES):
        raise ValueError(f"no fault is called {name}")
    if name in REDIRECTS and endpoint not in ("authorize", "code"):
        raise ValueError(f"{name} exists at authorize and code only")
    if endpoint != ONLY_AT.get(name, endpoint):
        raise ValueError(f"{name} exists at {ONLY_AT[name]} only")


@bp.before_app_request
def inject_fault() -> ResponseReturnValue | None:
    """Count each call before it is handled, and respond with the endpoint's fault, if any."""
    endpoint = ENDPOINTS.get(request.endpoint or "")
    if endpoint is None:
        return None
    port = request.environ.get("REMOTE_PORT")
    with active_faults.lock:
        active_faults.calls[endpoint].append((request.remote_addr, port) if port else None)
    fault = active_faults.next_for(endpoint)
    return respond_with(fault, endpoint) if fault else None


def respond_with(fault: Fault, endpoint: str) -> ResponseReturnValue | None:
    """Return the response of the fault; None means the normal response, late."""
    name = fault.fault
    if name in REDIRECTS and endpoint == "code":
        error, description = REDIRECTS[name]
        return talk.with_cors({"error": error, "error_description": description})
    if name in REDIRECTS:
        return error_redirect(fault, *REDIRECTS[name])
    if name in KOE_IN_REDIRECT and endpoint == "authorize":
        _, error, message = KOE[name]
        return error_redirect(fault, error, f"{message} ({name})")
    if name in KOE:
        echo = request.form.get("code", "") if name == "KOE320" else ""
        return oauth_error(name, echo) if endpoint == "token" else page(name)
    if name in CODES:
        return kapi_error(int(name))
    if name.isdigit():
        return f"<html><h1>{name}</h1></html>", int(name)
    return RESPONDERS[name](fault)


def error_redirect(fault: Fault, error: str, description: str) -> ResponseReturnValue:
    """Redirect the browser back with an error."""
    authorization_request = parse_authorization_request()
    if not fault.state:
        authorization_request = replace(authorization_request, state=None)
    return authorization_request.redirect_back(error=error, error_description=description)


def slow(fault: Fault) -> None:
    """Wait; the normal response follows."""
    active_faults.cleared.wait(fault.seconds)


def hang(fault: Fault) -> ResponseReturnValue:
    """Wait, then close the connection."""
    active_faults.cleared.wait(fault.seconds)
    return reset(fault)


def reset(_: Fault) -> ResponseReturnValue:
    """Close the connection without a response."""
    sock = request.environ.get("werkzeug.socket")
    if sock is None:  # a test client has no connection to close
        raise ConnectionResetError("the sandbox closed the connection")
    with contextlib.suppress(OSError):  # the caller may have closed the connection first
        sock.shutdown(socket.SHUT_RDWR)
    return ""


def drip(fault: Fault) -> ResponseReturnValue:
    """Send the normal response byte by byte: each read is short, but all of them take long."""
    response = normal_response()
    body, cleared, pause = response.get_data(), active_faults.cleared, fault.seconds

    def bytes_with_pauses() -> Iterator[bytes]:
        for position in range(len(body)):
            yield body[position : position + 1]
            cleared.wait(pause)

    dripping = Response(bytes_with_pauses(), response.status, response.headers)
    dripping.headers["Content-Length"] = str(len(body))
    return dripping


def truncated(_: Fault) -> ResponseReturnValue:
    """Send the first half of the normal response."""
    response = normal_response()
    body = response.get_data()
    response.set_data(body[: len(body) // 2])
    return response


def normal_response() -> BaseResponse:
    """Return the endpoint's response without a fault."""
    view = current_app.view_functions[request.endpoint or ""]
    try:
        return make_response(view())
    except HTTPException as error:
        return error.get_response()


def any_json(fault: Fault) -> ResponseReturnValue:
    """Send the JSON of the fault."""
    return make_response(jsonify(fault.json), fault.status)


def html(_: Fault) -> ResponseReturnValue:
    """Send a gateway's page with status 200."""
    return "<!doctype html><title>Gateway</title><h1>잠시 후 다시 시도해 주세요.</h1>"


def maintenance(_: Fault) -> ResponseReturnValue:
    """Send a maintenance page."""
    return "<!doctype html><title>점검</title><h1>서비스 점검 중입니다.</h1>", 503


def ip_mismatched(_: Fault) -> ResponseReturnValue:
    """Reject the server's IP address."""
    return kapi_error(-401, "ip mismatched! callerIp=203.0.113.7. check out registered ips.")


def huge(_: Fault) -> ResponseReturnValue:
    """Send megabytes of JSON."""
    return jsonify(id=1, filler="x" * HUGE_BYTES)


RESPONDERS: dict[str, Callable[[Fault], ResponseReturnValue | None]] = {
    "slow": slow,
    "hang": hang,
    "drip": drip,
    "reset": reset,
    "html": html,
    "maintenance": maintenance,
    "truncated": truncated,
    "json": any_json,
    "ip_mismatched": ip_mismatched,
    "huge": huge,
    "not_installed": lambda _: talk.sdk(is_installed=False),
    "closed": lambda _: talk.closed(),
    "never_answers": lambda _: talk.with_cors({}),
}
