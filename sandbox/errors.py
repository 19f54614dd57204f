"""Kakao's error codes, and their three forms: page, token error, kapi error."""

from flask import Response, jsonify, make_response, render_template

# KOE code: HTTP status, OAuth error, message.
KOE = {
    "KOE001": (400, "invalid_request", "Malformed request."),
    "KOE002": (404, "invalid_request", "Not found."),
    "KOE003": (500, "server_error", "Internal error."),
    "KOE004": (400, "unauthorized_client", "Kakao Login is not activated."),
    "KOE005": (400, "access_denied", "Not a member of the test app."),
    "KOE006": (400, "invalid_request", "Admin Settings Issue: redirect_uri."),
    "KOE007": (400, "invalid_request", "Admin Settings Issue: logout_redirect_uri."),
    "KOE008": (400, "invalid_client", "Wrong type of app key."),
    "KOE009": (400, "invalid_client", "Admin Settings Issue: platform."),
    "KOE023": (400, "access_denied", "The pop-up could not be opened."),
    "KOE010": (401, "invalid_client", "Bad client credentials"),
    "KOE101": (401, "invalid_client", "Not exist client_id"),
    "KOE102": (400, "invalid_request", "No connected channel."),
    "KOE201": (400, "unsupported_response_type", "Unsupported response_type."),
    "KOE202": (400, "unsupported_response_type", "response_type=token is not supported."),
    "KOE203": (400, "invalid_request", "A required consent item is not agreed to."),
    "KOE204": (400, "invalid_request", "Prompt is not allowed."),
    "KOE205": (400, "invalid_scope", "Consent item is not set up."),
    "KOE207": (400, "invalid_request", "A required parameter is missing."),
    "KOE237": (429, "invalid_request", "token request limit exceeded."),
    "KOE303": (400, "invalid_grant", "Redirect URI mismatch."),
    "KOE310": (400, "unsupported_grant_type", "Unsupported grant_type."),
    "KOE319": (400, "invalid_grant", "refresh_token is missing."),
    "KOE320": (400, "invalid_grant", "authorization code not found for code="),
    "KOE322": (400, "invalid_grant", "expired_or_invalid_refresh_token"),
    "KOE900": (500, "server_error", "Unexpected error."),
}
# The authorize endpoint sends these codes back to the app, in error_description; the others end on
# Kakao's page.
KOE_IN_REDIRECT = (
    *("KOE004", "KOE023", "KOE102", "KOE201", "KOE202", "KOE203", "KOE204", "KOE205", "KOE207"),
    "KOE900",
)
# kapi code: HTTP status, message.
KAPI = {
    -1: (400, "internal error"),
    -2: (400, "wrong parameter"),
    -3: (403, "feature is not activated"),
    -4: (403, "blocked account"),
    -5: (403, "no permission"),
    -6: (400, "temporary internal error"),
    -7: (400, "under maintenance or internal trouble"),
    -8: (400, "wrong headers"),
    -9: (400, "deprecated api"),
    -10: (400, "API limit has been exceeded."),
    -11: (400, "temporarily unavailable"),
    -12: (403, "the app or its developer account is under sanction"),
    -101: (400, "NotRegisteredUserException"),
    -102: (400, "already registered user"),
    -103: (400, "NotExistKakaoAccount"),
    -201: (400, "undefined property"),
    -401: (401, "this access token does not exist"),
    -402: (403, "insufficient scopes."),
    -406: (401, "under age"),
    -501: (400, "given account is not connected to any talk user."),
    -602: (400, "upload size exceeded"),
    -603: (400, "internal time out"),
    -903: (400, "unregistered app key"),
    -9798: (503, "under maintenance"),
}


def page(code: str) -> Response:
    """Return the page that people see after a mistake of the app."""
    status, _, message = KOE[code]
    return make_response(render_template("error.html", code=code, message=message), status)


def oauth_error(code: str, echo: str = "") -> Response:
    """Return an error of the token endpoint.

    :param echo: repeats what was sent, as Kakao does with authorization codes.
    """
    status, error, message = KOE[code]
    response = jsonify(error=error, error_description=message + echo, error_code=code)
    response.headers["Cache-Control"] = "no-store"
    return make_response(response, status)


def kapi_error(code: int, message: str | None = None) -> Response:
    """Return an error of kapi; its code decides, not the HTTP status."""
    status, default_message = KAPI[code]
    missing = {"required_scopes": ["account_email"]} if code == -402 else {}
    return make_response(jsonify(msg=message or default_message, code=code, **missing), status)
