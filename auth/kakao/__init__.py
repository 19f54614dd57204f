"""Kakao, and nothing of this site: send people to consent, receive who came back, unlink.

This folder needs only Flask, Authlib and requests, and can be lifted into another project.
There Kakao comes back to an endpoint auth.callback, which calls receive(), and the settings
are in app.config: KAKAO_CLIENT_ID, KAKAO_CLIENT_SECRET, KAKAO_AUTH_URL, KAKAO_API_URL,
KAKAO_SCOPE, KAKAO_OIDC, KAKAO_SERVICE_TERMS and WEB_THREADS, and to unlink KAKAO_ADMIN_KEY.
tests/auth/kakao/test_another_site.py is such a project.
"""

from .client import (
    NEXT_URLS,
    Arrival,
    init_app,
    log_out_url,
    read_event,
    receive,
    redirect_to_consent,
    unlink,
)
from .errors import CANCELLED, LOST, UNASKED, KakaoError
from .profile import KakaoProfile, read_id
from .tokens import AccountEvent, TokenProblem

__all__ = [
    "CANCELLED",
    "LOST",
    "NEXT_URLS",
    "UNASKED",
    "AccountEvent",
    "Arrival",
    "KakaoError",
    "KakaoProfile",
    "TokenProblem",
    "init_app",
    "log_out_url",
    "read_event",
    "read_id",
    "receive",
    "redirect_to_consent",
    "unlink",
]
