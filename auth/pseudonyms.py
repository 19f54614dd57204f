"""Pseudonyms: keyed hashes, which name a person, a nickname or a file without saying which it is.

A pseudonym in the log still names the same person when ids of members have been given out again
after a restore. Without the site's secret key no one can find the Kakao id that belongs to it.
"""

import hmac
from collections.abc import Iterator

from flask import current_app

LENGTH = 16  # hexadecimal digits


def of(kakao_id: int) -> str:
    """Return the pseudonym of the person with this Kakao id."""
    return next(accepted(kakao_id))


def accepted(kakao_id: int) -> Iterator[str]:
    """Yield the pseudonyms of a person: by SECRET_KEY, then by each of SECRET_KEY_FALLBACKS."""
    return keyed_hashes("kakao id", str(kakao_id))


def keyed_hashes(kind: str, text: str) -> Iterator[str]:
    """Yield the hashes of a text: by SECRET_KEY, then by each of SECRET_KEY_FALLBACKS.

    :param kind: what it is; the same text as another kind has another hash.
    """
    for key in [current_app.secret_key, *current_app.config["SECRET_KEY_FALLBACKS"]]:
        digest = hmac.digest(key.encode(), f"{kind} {text}".encode(), "sha256")
        yield digest.hex()[:LENGTH]
