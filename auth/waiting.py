"""A sign-up that waits for its nickname: in the signed cookie, for 30 minutes, without a token."""

import time
from dataclasses import asdict, dataclass

from flask import session

from .kakao import KakaoProfile
from .nicknames import NicknameProblem

LIFETIME = 30 * 60  # seconds


@dataclass(frozen=True)
class Waiting:
    """Who waits, where they were going, and why they are asked."""

    profile: KakaoProfile
    next_url: str
    why: NicknameProblem
    is_over: bool = False


def put(profile: KakaoProfile, next_url: str, why: NicknameProblem) -> None:
    session["waiting"] = {
        "profile": asdict(profile),
        "next_url": next_url,
        "why": [why.sentence, why.values],
        "until": time.time() + LIFETIME,
    }


def get() -> Waiting | None:
    """The sign-up that waits in this browser, if one does; `is_over` when its time is up."""
    kept = session.get("waiting")
    if kept is None:
        return None
    try:
        sentence, values = kept["why"]
        return Waiting(
            KakaoProfile(**kept["profile"]),
            kept["next_url"],
            NicknameProblem(sentence, **values),
            is_over=kept["until"] < time.time(),
        )
    except (KeyError, TypeError, ValueError):
        return None  # put there by another version of this site
