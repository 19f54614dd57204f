"""Kakao, and nothing of this site: send people to consent, handle the callback, unlink.

This package needs only Flask, Authlib, requests and joserfc, and can be copied into another
project.
There Kakao redirects to an endpoint auth.callback that calls handle_callback(); the settings
are in app.config: KAKAO_CLIENT_ID, KAKAO_CLIENT_SECRET, KAKAO_AUTH_URL, KAKAO_API_URL,
KAKAO_SCOPE, KAKAO_OIDC, KAKAO_SERVICE_TERMS and WEB_THREADS, to unlink KAKAO_ADMIN_KEY, and
for the KakaoTalk app KAKAO_JAVASCRIPT_KEY.
tests/auth/kakao/test_another_site.py is such a project.
"""

from .api import is_linked, log_out, unlink
from .client import (
    Authorization,
    handle_callback,
    init_app,
    logout_url,
    prepare_app_sign_in,
    redirect_to_consent,
    repeated_callback_url,
    verify_account_event,
)
from .errors import (
    CANCELLED,
    INTERACTION_REQUIRED,
    SIGN_UP_EXPIRED,
    STATE_MISMATCH,
    KakaoError,
)
from .profile import KakaoProfile, parse_user_id
from .tokens import AccountEvent, InvalidTokenError, KeyNotFetchedError

__all__ = [
    "CANCELLED",
    "INTERACTION_REQUIRED",
    "SIGN_UP_EXPIRED",
    "STATE_MISMATCH",
    "AccountEvent",
    "Authorization",
    "InvalidTokenError",
    "KakaoError",
    "KakaoProfile",
    "KeyNotFetchedError",
    "handle_callback",
    "init_app",
    "is_linked",
    "log_out",
    "logout_url",
    "parse_user_id",
    "prepare_app_sign_in",
    "redirect_to_consent",
    "repeated_callback_url",
    "unlink",
    "verify_account_event",
]
