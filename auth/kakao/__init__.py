"""Flask-Kakao: sign-in with Kakao for Flask sites.

    kakao = Kakao(app)

sends people to Kakao's consent page (redirect_to_consent) and says who came back
(handle_callback). What is imported here is public, and nothing else.
"""

from .authorization import Authorization
from .errors import (
    CANCELLED,
    INTERACTION_REQUIRED,
    SIGN_UP_EXPIRED,
    STATE_MISMATCH,
    AnotherPersonError,
    KakaoError,
)
from .extension import Kakao
from .profile import KakaoProfile, parse_user_id
from .tokens import AccountEvent, InvalidTokenError, KeyNotFetchedError

__version__ = "1.0.0"

__all__ = [
    "CANCELLED",
    "INTERACTION_REQUIRED",
    "SIGN_UP_EXPIRED",
    "STATE_MISMATCH",
    "AccountEvent",
    "AnotherPersonError",
    "Authorization",
    "InvalidTokenError",
    "Kakao",
    "KakaoError",
    "KakaoProfile",
    "KeyNotFetchedError",
    "__version__",
    "parse_user_id",
]
