"""What Kakao tells us without being asked: somebody unlinked us, or their account changed."""

import hmac

from flask import Blueprint, abort, current_app, request

from web.logs import event

from . import account_events, kakao, leaving

bp = Blueprint("notices", __name__, url_prefix="/webhooks/kakao")


@bp.route("/unlink", methods=["GET", "POST"])
def unlinked():
    """Somebody left at Kakao: delete them here as well. Heard twice, it is done once.

    https://developers.kakao.com/docs/latest/ko/kakaologin/callback#unlink
    """
    admin_key = current_app.config["KAKAO_ADMIN_KEY"]
    if not admin_key:
        abort(404)
    shown = request.headers.get("Authorization", "")
    if not hmac.compare_digest(shown.encode(), f"KakaoAK {admin_key}".encode()):
        return refused("wrong key", 401)
    app_id = current_app.config["KAKAO_APP_ID"]
    kakao_id = kakao.read_id(request.values.get("user_id"))
    if kakao_id is None or (app_id and request.values.get("app_id") != app_id):
        return refused("not for us", 400)
    leaving.delete_member(kakao_id)
    return "", 200


@bp.post("/events")
def account_event():
    """Something happened to a Kakao account: a signed Security Event Token (RFC 8417) tells what.

    Answered as RFC 8935 wants it.
    https://developers.kakao.com/docs/latest/ko/kakaologin/callback
    """
    try:
        account_events.heed(kakao.read_event(request.get_data()))
    except kakao.TokenProblem as problem:
        event(f"account event refused: {problem}")
        refusal = {"err": problem.err, "description": str(problem)}
        return refusal, 400, {"Content-Language": "en"}
    except kakao.KakaoError as error:
        event(f"account event not read: {error}")
        return {"error": "try again"}, 503  # Kakao tells it again
    return "", 202


def refused(why: str, status: int):
    event(f"notice refused: {why}")
    return {"error": why}, status
