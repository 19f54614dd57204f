"""Kakao, and nothing of this site: send people to consent, receive who came back.

This folder needs only Flask, Authlib and requests, and can be lifted into another project.
Settings it reads: KAKAO_CLIENT_ID, KAKAO_CLIENT_SECRET, KAKAO_AUTH_URL, KAKAO_API_URL and
KAKAO_SCOPE.
"""

from .client import NEXT_URLS, Arrival, init_app, receive, redirect_to_consent
from .errors import LOST, KakaoError
from .profile import KakaoProfile

__all__ = [
    "LOST",
    "NEXT_URLS",
    "Arrival",
    "KakaoError",
    "KakaoProfile",
    "init_app",
    "receive",
    "redirect_to_consent",
]
