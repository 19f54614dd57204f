"""Kakao's JavaScript SDK, and the KakaoTalk app that it opens on phones."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from .authorize import (
    COOKIE,
    AuthorizationRequest,
    current_person,
    issue_code,
    parse_authorization_request,
    selected_person,
)
from .errors import page
from .store import store

bp = Blueprint("talk", __name__)


@bp.get("/sdk/kakao.js")
def sdk(is_installed: bool = True) -> Response:
    """Return the SDK: init, isInitialized and Auth.authorize, as in Kakao's.

    :param is_installed: whether the phone has KakaoTalk.
    """
    script = render_template("sdk.js", is_installed=is_installed)
    return with_cors(Response(script, mimetype="text/javascript"))


@bp.get("/talk")
def show_app() -> ResponseReturnValue:
    """Ask for consent in the app; it closes at once for someone who has already consented."""
    authorization_request = parse_app_request()
    person = current_person()
    if person and store.has_consented(person, authorization_request.scopes):
        return finish(code=issue_code(authorization_request, person))
    return render_template(
        "talk.html", people=store.people.values(), authorization_request=authorization_request
    )


@bp.post("/talk")
def submit_app() -> ResponseReturnValue:
    """Store whether the person agreed; the tab that opened the app polls for it."""
    authorization_request = parse_app_request()
    if "cancel" in request.form:
        return finish(error="access_denied", error_description="User denied access")
    person = selected_person()
    store.consent(person, authorization_request.scopes, authorization_request.terms)
    response = make_response(finish(code=issue_code(authorization_request, person)))
    response.set_cookie(COOKIE, str(person.id), path="/talk", httponly=True, samesite="Lax")
    return response


@bp.get("/apiweb/code.json")
def poll() -> Response:
    """Return the result of a request in the app; an empty object until it is known."""
    return with_cors(store.talk_results.get(request.args.get("auth_tran_id", ""), {}))


def parse_app_request() -> AuthorizationRequest:
    """Return the checked query, as for the consent page; only the JavaScript key opens the app."""
    authorization_request = parse_authorization_request()
    is_from_sdk = authorization_request.client_id == store.javascript_key
    if not (is_from_sdk and request.args.get("auth_tran_id")):
        abort(page("KOE101"))
    return authorization_request


def finish(**result: str) -> str:
    """Store the result for the tab that polls, and close the app."""
    store.talk_results[request.args["auth_tran_id"]] = result
    return closed()


def closed() -> str:
    """Return the page after the app has closed; the person goes back to the browser."""
    return render_template("talk_closed.html")


def with_cors(body: Response | dict[str, Any]) -> Response:
    """Return an object as a JSON response that any site may read."""
    response = jsonify(body) if isinstance(body, dict) else body
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response
