"""Kakao's own numbers, and how each looks on the wire: page, token error, kapi error."""

from flask import jsonify, make_response, render_template

# KOE number: HTTP status, OAuth error, what Kakao says.
KOE = {
    "KOE001": (400, "invalid_request", "Malformed request."),
    "KOE002": (404, "invalid_request", "Not found."),
    "KOE003": (500, "server_error", "Internal error."),
    "KOE004": (400, "access_denied", "Kakao Login is not activated."),
    "KOE005": (400, "access_denied", "Not a member of the test app."),
    "KOE006": (400, "invalid_request", "Admin Settings Issue: redirect_uri."),
    "KOE007": (400, "invalid_request", "Admin Settings Issue: logout_redirect_uri."),
    "KOE008": (400, "invalid_client", "Wrong type of app key."),
    "KOE009": (400, "invalid_client", "Admin Settings Issue: platform."),
    "KOE010": (401, "invalid_client", "Bad client credentials"),
    "KOE101": (401, "invalid_client", "Not exist client_id"),
    "KOE102": (400, "invalid_request", "No connected channel."),
    "KOE201": (400, "unsupported_response_type", "Unsupported response_type."),
    "KOE202": (400, "unsupported_response_type", "response_type=token is not supported."),
    "KOE203": (400, "invalid_request", "A required parameter is missing."),
    "KOE204": (400, "invalid_request", "Prompt is not allowed."),
    "KOE205": (400, "invalid_scope", "Consent item is not set up."),
    "KOE207": (400, "invalid_scope", "No permission for this consent item."),
    "KOE237": (429, "invalid_request", "token request limit exceeded."),
    "KOE303": (400, "invalid_grant", "Redirect URI mismatch."),
    "KOE310": (400, "invalid_request", "refresh_token is missing."),
    "KOE319": (400, "invalid_grant", "refresh_token is missing."),
    "KOE320": (400, "invalid_grant", "authorization code not found for code="),
    "KOE322": (400, "invalid_grant", "expired_or_invalid_refresh_token"),
    "KOE900": (500, "server_error", "Unexpected error."),
}
# kapi code: HTTP status, what Kakao says.
KAPI = {
    -1: (400, "internal error"),
    -2: (400, "wrong parameter"),
    -3: (403, "feature is not activated"),
    -4: (403, "blocked account"),
    -5: (403, "no permission"),
    -7: (400, "under maintenance or internal trouble"),
    -8: (400, "wrong headers"),
    -9: (400, "deprecated api"),
    -10: (400, "API limit has been exceeded."),
    -101: (400, "NotRegisteredUserException"),
    -102: (400, "already registered user"),
    -103: (400, "NotExistKakaoAccount"),
    -401: (401, "this access token does not exist"),
    -402: (403, "insufficient scopes."),
    -406: (401, "under age"),
    -501: (400, "given account is not connected to any talk user."),
    -602: (400, "upload size exceeded"),
    -603: (400, "internal time out"),
    -903: (400, "unregistered app key"),
    -9798: (503, "under maintenance"),
}


def init_app(app):
    app.register_error_handler(404, lambda _: page("KOE002"))


def page(number: str):
    """What a person sees when the app, not the person, did something wrong."""
    status, _, said = KOE[number]
    return make_response(render_template("error.html", number=number, said=said), status)


def oauth_error(number: str, echo: str = ""):
    """The token endpoint's refusal; `echo` repeats what was sent, as Kakao does for codes."""
    status, error, said = KOE[number]
    refusal = jsonify(error=error, error_description=said + echo, error_code=number)
    refusal.headers["Cache-Control"] = "no-store"
    return make_response(refusal, status)


def kapi_error(code: int, said: str | None = None):
    """kapi's refusal: its own negative code decides, not the HTTP status."""
    status, usual = KAPI[code]
    missing = {"required_scopes": ["account_email"]} if code == -402 else {}
    return make_response(jsonify(msg=said or usual, code=code, **missing), status)
