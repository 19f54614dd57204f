"""What every answer tells the browser: what it may load, keep and send on."""

from flask import Flask, Response, current_app, request, session

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
KAKAO_SIGN_IN = "https://accounts.kakao.com"  # where Kakao's consent page leads to first
HSTS = "max-age=31536000"  # a year, RFC 6797


def init_app(app: Flask) -> None:
    # form-action holds for each redirect as well: a form of ours may end at Kakao's sign-in.
    csp = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; img-src 'self' https:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {app.config['KAKAO_AUTH_URL']} {KAKAO_SIGN_IN}"
    )
    app.config["HEADERS"] = HEADERS | {"Content-Security-Policy": csp}
    if app.config["PRODUCTION"]:
        app.config["HEADERS"]["Strict-Transport-Security"] = HSTS
    app.after_request(add)


def add(response: Response) -> Response:
    for name, value in current_app.config["HEADERS"].items():
        response.headers[name] = value
    if request.endpoint != "static":
        # After signing out, the back button must not show a member's page.
        is_private = "_user_id" in session or request.blueprint == "auth"
        response.headers["Cache-Control"] = "no-store" if is_private else "no-cache"
    return response
