"""A pending authorization request, in a cookie of its own.

Every tab has its own cookie, so that a response to one tab never deletes the request of another.
"""

import hashlib
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from flask import request
from flask.typing import ResponseClass
from itsdangerous import BadData, BadSignature, URLSafeSerializer

from .state import current_state

LIFETIME = 10 * 60  # seconds within which Kakao must have redirected back
COOKIE_MAX_AGE = 60 * 60  # seconds; a late or repeated callback still knows where it leads
# Per browser, since all these cookies travel with every request to this site.
MAX_PENDING = 5
MAX_PREPARED = 3  # prepared for the KakaoTalk app, in as many tabs; most are never used


@dataclass(frozen=True)
class AuthorizationRequest:
    """A request that sends, or can send, a browser to Kakao's consent page.

    :ivar state: ties Kakao's redirect to this browser (RFC 6749, 10.12); names the cookie.
    :ivar next_url: where the person is going; once completed, where the callback led.
    :ivar nonce: ties the id_token to this request; None without OpenID Connect.
    :ivar purpose: why the request was made, if not just to sign in.
    :ivar created_at: seconds since 1970.
    :ivar is_app: whether it is made with the JavaScript key, for the KakaoTalk app, and so
        without PKCE. The cookie's signature keeps anyone from turning one kind into the other.
    :ivar is_completed: whether its code has been exchanged.
    """

    state: str
    redirect_uri: str
    next_url: str
    code_verifier: str | None = field(default=None, repr=False)
    nonce: str | None = field(default=None, repr=False)
    purpose: str | None = None
    created_at: float = field(default_factory=time.time)
    is_app: bool = False
    is_completed: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether a code may still be exchanged for it."""
        # No lower bound: the clock of the server that created it may be ahead of this one's.
        return not self.is_completed and time.time() - self.created_at <= LIFETIME

    def save(self, response: ResponseClass, used_states: Collection[str] = ()) -> ResponseClass:
        """Set this request's cookie, and delete the oldest above the limit.

        The two kinds are counted apart, so that a prepared request never evicts a link's.

        :param used_states: of requests with which this browser has gone to the app: while they are
            pending, prepared ones do not evict them.
        """
        others = [
            saved
            for saved in find_all()
            if saved.is_app == self.is_app and saved.state != self.state
        ]
        if self.is_app:
            # Completing a request adds no cookie. It evicts no pending request, since the callback
            # does not know which requests the app is being used for.
            others = [
                saved
                for saved in others
                if not saved.is_pending or not (self.is_completed or saved.state in used_states)
            ]
        for saved in others[: 1 - (MAX_PREPARED if self.is_app else MAX_PENDING)]:
            response.delete_cookie(cookie_name(saved.state), **cookie_attributes())
        response.set_cookie(
            cookie_name(self.state),
            serializer().dumps(asdict(self)),
            max_age=COOKIE_MAX_AGE,
            **cookie_attributes(),
        )
        return response

    def complete(self, response: ResponseClass) -> ResponseClass:
        """Store only where the callback led: a repeated one must redirect there, too."""
        return replace(
            self,
            next_url=response.location or self.next_url,
            code_verifier=None,
            nonce=None,
            is_completed=True,
        ).save(response)


def find(state: str) -> AuthorizationRequest | None:
    """Return this browser's request with this state; None if it made no such request."""
    try:
        saved = AuthorizationRequest(**serializer().loads(request.cookies[cookie_name(state)]))
    except (KeyError, TypeError, BadData):  # absent, of another version, or not signed by us
        return None
    # Someone may have stored a valid value under the name of another state.
    return saved if saved.state == state else None


def is_forged(state: str) -> bool:
    """Return whether this browser has a cookie for this state that this site did not sign."""
    try:
        serializer().loads(request.cookies[cookie_name(state)])
    except BadSignature:
        return True
    except (KeyError, BadData):
        pass
    return False


def find_all() -> list[AuthorizationRequest]:
    """Return all requests of this browser: first those no longer pending, then by age."""
    prefix = cookie_name("")
    states = [name.removeprefix(prefix) for name in request.cookies if name.startswith(prefix)]
    found = [saved for state in states if (saved := find(state))]
    return sorted(found, key=lambda saved: (saved.is_pending, saved.created_at))


def cookie_name(state: str) -> str:
    """Return the name of a request's cookie."""
    # Browsers accept a __Host- cookie only from exactly this host, over https, so that no other
    # subdomain can plant a request of its own.
    prefix = "__Host-" if current_state().config["SESSION_COOKIE_SECURE"] else ""
    return f"{prefix}kakao-{state}"


def cookie_attributes() -> dict[str, Any]:
    """Return the attributes with which these cookies are set and deleted."""
    return {
        "secure": current_state().config["SESSION_COOKIE_SECURE"],
        "httponly": True,
        # Lax, not Strict: browsers must send the cookie with Kakao's redirect.
        "samesite": "Lax",
    }


def serializer() -> URLSafeSerializer:
    """Return what signs these cookies; earlier secret keys are still accepted."""
    config = current_state().config
    keys = [*(config.get("SECRET_KEY_FALLBACKS") or []), config["SECRET_KEY"]]
    return URLSafeSerializer(
        keys,
        salt="kakao authorization request",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
