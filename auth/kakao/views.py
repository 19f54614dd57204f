"""What the extension serves itself: its static files, and a view for the button's script."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from . import client, prefetch
from .state import current_state

bp = Blueprint(
    "flask_kakao",
    __name__,
    url_prefix="/flask-kakao",
    static_folder="static",
    template_folder="templates",
)


@bp.get("/app-request")
def app_request() -> ResponseReturnValue:
    """Return what the button's script needs to open the KakaoTalk app; fetched before the tap."""
    if not current_state().config["KAKAO_JAVASCRIPT_KEY"]:
        abort(404)
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403)
    prefetch.refuse()
    return client.prepare_app_sign_in(
        request.args.get("next"), request.args.get("tried"), request.args.get("used", "")
    )
