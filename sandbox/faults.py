"""Every way to fail, on request; and how often each endpoint was called."""

import contextlib
import json
import socket
import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace

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
from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy

from sandbox.authorize import read_wish
from sandbox.errors import KAPI, KOE, kapi_error, oauth_error, page

PLACES = {
    "authorize.ask": "authorize",
    "authorize.answer": "authorize",
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
}
# What each fault does, as the page with the switches tells it.
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
    "truncated": "JSON이 중간에서 끝나요",
    "json": "아무 JSON (json, status)",
    "huge": "몇 MB짜리 답",
}
REDIRECTS = (
    *("access_denied", "login_required", "consent_required", "interaction_required"),
    *("invalid_scope", "server_error", "temporarily_unavailable"),
)
NUMBERS = (*KOE, *map(str, KAPI))
USUAL_SECONDS = {"slow": 3.0, "hang": 60.0, "drip": 0.2}
HUGE_BYTES = 5_000_000

bp = Blueprint("faults", __name__)


@dataclass
class Fault:
    """One thrown switch. `times` counts down to 0; None lasts until it is cleared."""

    fault: str
    times: int | None = None
    seconds: float = 0.0
    status: int = 200
    json: object = None
    state: bool = True  # False leaves the state out of an error redirect, as Kakao may


@dataclass
class Switches:
    """The faults that are on, by place, and the calls that were made, by place."""

    thrown: dict[str, Fault] = field(default_factory=dict)
    calls: dict[str, list] = field(default_factory=lambda: defaultdict(list))
    cleared: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, place: str) -> Fault | None:
        """Return the fault for this call, if one is left."""
        with self.lock:
            fault = self.thrown.get(place)
            if fault is None:
                return None
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    del self.thrown[place]
            return fault

    def clear(self) -> None:
        """Turn all off, and let go whoever is being kept waiting."""
        with self.lock:
            self.thrown.clear()
            self.cleared.set()
            self.cleared = threading.Event()


switches: Switches = LocalProxy(lambda: current_app.extensions["switches"])


def init_app(app):
    app.extensions["switches"] = Switches()
    app.register_blueprint(bp)
    app.before_request(fail)
    app.context_processor(
        lambda: {
            "places": sorted(set(PLACES.values())),
            "faults": FAULTS,
            "redirects": REDIRECTS,
            "numbers": NUMBERS,
            "thrown": dict(switches.thrown),
        }
    )


@bp.get("/faults")
def show():
    """The switches that are on; the page with all of them is /."""
    return {place: vars(fault) for place, fault in switches.thrown.items()}


@bp.post("/faults")
def throw():
    """Throw a switch, by form from the page or by JSON from a test."""
    wanted = request.get_json() if request.is_json else request.form
    try:
        place, fault = read_fault(wanted)
    except (AttributeError, TypeError, ValueError) as problem:
        return {"problem": str(problem)}, 400
    switches.thrown[place] = fault
    return show() if request.is_json else redirect(url_for("home"))


@bp.delete("/faults")
def clear():
    switches.clear()
    return {}


@bp.post("/faults/clear")
def clear_from_page():
    switches.clear()
    return redirect(url_for("home"))


@bp.get("/calls")
def calls():
    """How many requests each endpoint had, over how many TCP connections."""
    with switches.lock:
        by_place = {place: list(lines) for place, lines in switches.calls.items()}
    by_place["all"] = [line for lines in by_place.values() for line in lines]
    return {
        place: {"requests": len(lines), "connections": len(set(lines) - {None})}
        for place, lines in by_place.items()
    }


@bp.delete("/calls")
def forget_calls():
    with switches.lock:
        switches.calls.clear()
    return {}


def read_fault(wanted) -> tuple[str, Fault]:
    """Turn a form or a JSON object into a place and its fault.

    :raises ValueError: with a sentence about what is wrong.
    """
    place, name = wanted.get("where"), str(wanted.get("fault"))
    if place not in PLACES.values():
        raise ValueError(f"where must be one of {', '.join(sorted(set(PLACES.values())))}")
    if name not in (*FAULTS, *REDIRECTS, *NUMBERS):
        raise ValueError(f"no fault is called {name}")
    if name in REDIRECTS and place != "authorize":
        raise ValueError(f"{name} exists at authorize only")
    times, seconds = wanted.get("times"), wanted.get("seconds")
    answer = wanted.get("json")
    if isinstance(answer, str) and not request.is_json:
        answer = json.loads(answer or "null")
    return place, Fault(
        fault=name,
        times=None if times in (None, "") else int(times),
        seconds=USUAL_SECONDS.get(name, 0.0) if seconds in (None, "") else float(seconds),
        status=int(wanted.get("status") or 200),
        json=answer,
        state=wanted.get("state", True) not in (False, "false"),
    )


def fail():
    """Before each call: write it down, and fail if a switch says so."""
    place = PLACES.get(request.endpoint)
    if place is None:
        return None
    port = request.environ.get("REMOTE_PORT")
    with switches.lock:
        switches.calls[place].append(port and (request.remote_addr, port))
    fault = switches.take(place)
    return answer_with(fault) if fault else None


def answer_with(fault: Fault):
    """The answer instead of the right one; None lets the right one through, late."""
    name = fault.fault
    if name in REDIRECTS:
        return error_redirect(fault)
    if name in KOE:
        echo = request.form.get("code", "") if name == "KOE320" else ""
        return oauth_error(name, echo) if request.endpoint == "oauth.token" else page(name)
    if name in NUMBERS:
        return kapi_error(int(name))
    if name.isdigit():
        return f"<html><h1>{name}</h1></html>", int(name)
    return WAYS[name](fault)


def error_redirect(fault: Fault):
    wish = read_wish()
    if not fault.state:
        wish = replace(wish, state=None)
    return wish.back(error=fault.fault, error_description=fault.fault.replace("_", " "))


def slow(fault: Fault):
    switches.cleared.wait(fault.seconds)


def hang(fault: Fault):
    switches.cleared.wait(fault.seconds)
    return reset(fault)


def reset(_):
    line = request.environ.get("werkzeug.socket")
    if line is None:  # a test client has no line to cut
        raise ConnectionResetError("the stand-in cut the connection")
    with contextlib.suppress(OSError):  # the caller may have hung up first
        line.shutdown(socket.SHUT_RDWR)
    return ""


def drip(fault: Fault):
    """The right answer, byte by byte: no single read is slow, the whole is."""
    right = right_answer()
    text, cleared, pause = right.get_data(), switches.cleared, fault.seconds

    def bytes_with_pauses():
        for position in range(len(text)):
            yield text[position : position + 1]
            cleared.wait(pause)

    dripping = Response(bytes_with_pauses(), right.status, right.headers)
    dripping.headers["Content-Length"] = str(len(text))
    return dripping


def truncated(_):
    right = right_answer()
    text = right.get_data()
    right.set_data(text[: len(text) // 2])
    return right


def right_answer() -> Response:
    try:
        return make_response(current_app.view_functions[request.endpoint]())
    except HTTPException as refusal:
        return refusal.get_response()


def any_json(fault: Fault):
    return make_response(jsonify(fault.json), fault.status)


def html(_):
    return "<!doctype html><title>Gateway</title><h1>잠시 후 다시 시도해 주세요.</h1>"


def maintenance(_):
    return "<!doctype html><title>점검</title><h1>서비스 점검 중입니다.</h1>", 503


def huge(_):
    return jsonify(id=1, filler="x" * HUGE_BYTES)


WAYS = {
    "slow": slow,
    "hang": hang,
    "drip": drip,
    "reset": reset,
    "html": html,
    "maintenance": maintenance,
    "truncated": truncated,
    "json": any_json,
    "huge": huge,
}
