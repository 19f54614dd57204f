"""Security and caching headers.

Without Flask-Talisman: the policy here differs by page and by setting, as with Kakao's SDK, and
fits into one dict and one function.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, current_app, g, request, session
from flask.typing import ResponseReturnValue

from .logs import log_event

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # This limits scripts only; a file input still opens a phone's camera (HTML Media Capture).
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
KAKAO_SIGN_IN = "https://accounts.kakao.com"  # where Kakao's consent page redirects first
# RFC 6797; a year is the least that browsers' preload list accepts.
HSTS = {
    "host": "max-age=31536000",
    "subdomains": "max-age=31536000; includeSubDomains",
    "preload": "max-age=31536000; includeSubDomains; preload",
}
# A proxy may store the page for a minute. A browser asks again: its member may have signed in.
SHARED = "public, max-age=0, s-maxage=60"


def init_app(app: Flask) -> None:
    """Check where each request comes from, and set the headers of each response."""
    app.jinja_env.globals["kakao_sdk"] = kakao_sdk
    app.config["SECURITY_HEADERS"] = HEADERS | {"Content-Security-Policy": csp(app)}
    if app.config["PRODUCTION"]:
        app.config["SECURITY_HEADERS"]["Strict-Transport-Security"] = HSTS[app.config["HSTS"]]
    app.before_request(reject_cross_site)
    app.after_request(add_headers)


def reject_cross_site() -> None:
    """Reject a form sent from another site's page, even with a stolen CSRF token.

    Browsers name such a page's relation to this site in Sec-Fetch-Site; other programs, such as
    Kakao's webhooks, send no such header.
    https://www.w3.org/TR/fetch-metadata/
    """
    is_foreign = request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    if is_foreign and request.method not in ("GET", "HEAD", "OPTIONS"):
        log_event("cross-site request rejected")
        abort(403)


def csp(app: Flask, scripts: str = "'self'", connections: str = "'self'") -> str:
    """Return the Content-Security-Policy of a page.

    :param scripts: the sources that scripts may be loaded from, as CSP writes them.
    :param connections: the sources that scripts may connect to.
    """
    # form-action covers each redirect, too: a form of ours may lead to Kakao's sign-in.
    # blob: is a photo that someone has just chosen, which upload.js makes smaller.
    # No report-to: browsers would post reports, mostly about extensions, to a route that must
    # accept them from anyone.
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; connect-src {connections}; "
        "manifest-src 'self'; img-src 'self' https: blob:; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {app.config['KAKAO_AUTH_URL']} {KAKAO_SIGN_IN}"
    )


def kakao_sdk() -> dict | None:
    """Return what the script of a button needs to open the KakaoTalk app.

    A page that calls this gets a CSP under which browsers load Kakao's SDK, and the SDK can
    connect to Kakao.

    :returns: a dict of key, url and integrity; None without a JavaScript key.
    """
    config = current_app.config
    if not config["KAKAO_JAVASCRIPT_KEY"]:
        return None
    # Only this file is allowed: the same host serves scripts of strangers.
    sdk = urlsplit(config["KAKAO_SDK_URL"])._replace(query="", fragment="").geturl()
    sdk = quote(sdk, safe=":/%[]@")  # a ; or , would end the source
    g.csp = csp(current_app, f"'self' {sdk}", f"'self' {config['KAKAO_AUTH_URL']}")
    return {
        "key": config["KAKAO_JAVASCRIPT_KEY"],
        "url": config["KAKAO_SDK_URL"],
        "integrity": config["KAKAO_SDK_INTEGRITY"],
    }


def shared_cache(view: Callable) -> Callable:
    """Decorate a view whose page depends on nothing but the language.

    A proxy may store such a page; cache_control() says when.
    """

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        g.has_shared_cache = True
        return view(*args, **kwargs)

    return wrapper


def add_headers(response: Response) -> Response:
    """Set the security headers, and keep members' pages out of every cache."""
    response.headers.extend(current_app.config["SECURITY_HEADERS"])
    if "csp" in g:
        response.headers["Content-Security-Policy"] = g.csp
    if response.cache_control.public:
        # A static file, or a picture of a photo. Flask-Login has read the session, and with
        # Vary: Cookie a browser would load every file again after each sign-in.
        session.accessed = False
    elif not response.cache_control.no_store:
        response.headers["Cache-Control"] = cache_control(response)
    return response


def cache_control(response: Response) -> str:
    """Return no-store for members, no-cache for visitors, a shared minute for marked views."""
    # After signing out, the back button must not show a member's page.
    if "_user_id" in session or request.blueprint == "auth":
        return "no-store"
    # A flash message or a CSRF token belongs to one person, and both need a session. The response
    # to a request with a session cookie is never shared, even if the cookie is invalid.
    has_session = session or current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    is_shared = "has_shared_cache" in g and response.status_code == 200
    if is_shared and not has_session and "Set-Cookie" not in response.headers:
        return SHARED
    return "no-cache"
