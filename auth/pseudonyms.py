"""Pseudonyms: keyed hashes of Kakao ids, which name a person without saying who they are.

A pseudonym in the log still names the same person when ids of members have been given out again
after a restore. Without the site's secret key no one can find the Kakao id that belongs to it.
"""

import hashlib
import hmac
from collections.abc import Iterator

from flask import current_app

LENGTH = 16  # hexadecimal digits


def of(kakao_id: int) -> str:
    """Return the pseudonym of the person with this Kakao id."""
    return next(accepted(kakao_id))


def accepted(kakao_id: int) -> Iterator[str]:
    """Yield the pseudonyms of a person: by SECRET_KEY, then by each of SECRET_KEY_FALLBACKS."""
    for key in [current_app.secret_key, *current_app.config["SECRET_KEY_FALLBACKS"]]:
        digest = hmac.new(key.encode(), f"kakao id {kakao_id}".encode(), hashlib.sha256)
        yield digest.hexdigest()[:LENGTH]
