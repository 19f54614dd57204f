"""Flask's session cookie, accepted by servers whose clocks differ."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, URLSafeTimedSerializer

from .logs import log_event


def init_app(app: Flask) -> None:
    """Make the app use the SessionInterface below."""
    app.session_interface = SessionInterface(app)


class SessionInterface(SecureCookieSessionInterface):
    """Flask's sessions, without the check of when the cookie was signed.

    Flask rejects a cookie that seems to be signed in the future, such as one from a server whose
    clock is a second ahead. The database decides how long a sign-in lasts (auth/sessions.py),
    and nothing else in the cookie needs to expire.
    """

    def __init__(self, app: Flask):
        # Flask makes a serializer for each request, although the keys never change.
        self.serializer_of_app = super().get_signing_serializer(app)

    def get_signing_serializer(self, _app: Flask) -> URLSafeTimedSerializer | None:
        """Return the serializer that signs and reads the cookie."""
        return self.serializer_of_app

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return the session in the request's cookie; an empty one if no cookie is valid."""
        cookie = request.cookies.get(self.get_cookie_name(app))
        if cookie and self.serializer_of_app:
            try:
                return self.session_class(self.serializer_of_app.loads(cookie))
            except BadSignature:  # forged, or signed before SECRET_KEY was changed
                log_event("session cookie rejected")
        return self.session_class()
