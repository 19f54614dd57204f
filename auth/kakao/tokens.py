"""Verify what Kakao signs: id_tokens and account events."""

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey

from .profile import parse_user_id

# Seconds that this server's clock and Kakao's may differ: a token that Kakao has just signed is not
# yet "in the future".
LEEWAY = 60
MIN_REFETCH_INTERVAL = 60  # seconds; Kakao asks callers not to fetch the keys for every sign-in
MAX_JTI_LENGTH = 200
MIN_MILLISECONDS = 1e11  # as seconds it would be the year 5138
ID_TOKEN_TYPES = ("jwt",)
EVENT_TYPES = ("secevent+jwt", "application/secevent+jwt")  # RFC 8417, 2.3


class InvalidTokenError(Exception):
    """A token that is not Kakao's, or not for this site.

    :ivar err: the kind, by the names of RFC 8935, 2.4.
    """

    def __init__(self, err: str, description: str) -> None:
        super().__init__(description)
        self.err = err


class KeyNotFetchedError(InvalidTokenError):
    """The key is unknown, and it is too early to fetch the keys again."""


@dataclass(frozen=True)
class IdTokenClaims:
    """Who signed in to Kakao, and when (seconds since 1970)."""

    kakao_id: int
    auth_time: int | None


@dataclass(frozen=True)
class AccountEvent:
    """Something happened to a Kakao account.

    :ivar jti: the same when Kakao sends the event again.
    :ivar kakao_id: whose account; None when the event does not say.
    :ivar types: what happened, such as tokens-revoked.
    :ivar happened_at: when, which can be long ago: Kakao sends events again.
    :ivar scopes: the consent items that user-scope-withdraw names.
    """

    jti: str
    kakao_id: int | None
    types: frozenset[str]
    happened_at: datetime
    scopes: frozenset[str] = frozenset()


class KeyCache:
    """Kakao's published keys, fetched when one is missing.

    A fetch without the wanted key blocks further fetches for a minute. A successful fetch does not:
    Kakao may rotate its keys right after it, and no one could sign in for that minute. Account
    events need a cache of their own, because anyone can forge an event that starts such a minute.
    """

    def __init__(self) -> None:
        self.keys: dict[object, RSAKey] = {}
        self.missed_at = -math.inf  # of the last fetch without success, in time.monotonic()
        self.lock = threading.Lock()

    def get(self, kid: object, fetch: Callable[[], dict[str, Any]]) -> RSAKey:
        """Return the key with this id.

        :param fetch: gets the JWK set (RFC 7517) from Kakao.
        :raises InvalidTokenError: if Kakao publishes no such key.
        :raises KeyNotFetchedError: if it is not cached, and the last fetch was within a minute.
        """
        if key := self.keys.get(kid):
            return key
        with self.lock:
            if key := self.keys.get(kid):  # fetched by another thread
                return key
            now = time.monotonic()
            if now - self.missed_at < MIN_REFETCH_INTERVAL:
                raise KeyNotFetchedError("invalid_key", "signed with an unknown key")
            self.keys = import_keys(fetch())
            if key := self.keys.get(kid):
                return key
            self.missed_at = now
        raise InvalidTokenError("invalid_key", "signed with a key that Kakao does not publish")


def import_keys(jwk_set: dict[str, Any]) -> dict[object, RSAKey]:
    """Return the usable keys of a JWK set by their id, without all others."""
    keys: dict[object, RSAKey] = {}
    published = jwk_set.get("keys")
    for key in published if isinstance(published, list) else []:
        try:
            keys[key["kid"]] = RSAKey.import_key(key)
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    return keys


def verify_id_token(
    token: str, nonce: str | None, get_key: Callable[[object], RSAKey], issuer: str, audience: str
) -> IdTokenClaims:
    """Return whom an id_token is about.

    :param nonce: of this browser's authorization request; without one, no id_token is valid.
    :raises InvalidTokenError: unless Kakao signed it for this site and this browser, and it is
        still valid.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#oidc-id-token-verify
    https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    """
    claims = verify(token, get_key, issuer, audience, ID_TOKEN_TYPES, ("exp", "iat"))
    if claims.get("azp") not in (None, audience):
        raise InvalidTokenError("invalid_audience", "issued to another client")
    kakao_id = parse_user_id(claims.get("sub"))
    if kakao_id is None or not nonce or claims.get("nonce") != nonce:
        raise InvalidTokenError("invalid_request", "not for this sign-in")
    auth_time = claims.get("auth_time")
    return IdTokenClaims(kakao_id, auth_time if type(auth_time) is int else None)


def verify_account_event(
    token: bytes, get_key: Callable[[object], RSAKey], issuer: str, audience: str
) -> AccountEvent:
    """Return the account event in a Security Event Token (RFC 8417) from Kakao.

    It may be old: whether it still matters depends on what has happened since.

    :raises InvalidTokenError: unless Kakao signed it for this site.

    https://developers.kakao.com/docs/latest/ko/kakaologin/callback
    """
    claims = verify(token, get_key, issuer, audience, EVENT_TYPES, ("iat", "jti"))
    jti, events = claims["jti"], claims.get("events")
    # Printable, since PostgreSQL stores no NUL. With a nonce it would be an id_token.
    if not (
        isinstance(events, dict)
        and "nonce" not in claims
        and jti.isprintable()
        and len(jti) <= MAX_JTI_LENGTH
    ):
        raise InvalidTokenError("invalid_request", "not a security event")
    # An event's URI begins differently by who defined it; its last segment is the type.
    types = frozenset(uri.rsplit("/", 1)[-1] for uri in events)
    happened_at = parse_event_time(claims.get("toe"), issued_at=claims["iat"])
    scopes = frozenset().union(*map(parse_scopes, events.values()))
    return AccountEvent(jti, parse_user_id(claims.get("sub")), types, happened_at, scopes)


def parse_event_time(toe: object, issued_at: float) -> datetime:
    """Return the end of the second in which an event happened.

    :param toe: the claim (RFC 8417, 2.2); seconds since 1970, also as text or in milliseconds.
    :param issued_at: the claim iat, for a toe that is missing, invalid or in the future.
    """
    seconds = math.nan
    if isinstance(toe, int | float | str) and not isinstance(toe, bool):
        with suppress(ValueError, OverflowError):
            seconds = float(toe)
    if seconds > MIN_MILLISECONDS:
        seconds /= 1000
    if not 0 < seconds <= time.time() + LEEWAY:
        seconds = max(issued_at, 0)
    # The end, since someone who signed in within that second may have done so before the event.
    return datetime.fromtimestamp(math.floor(seconds), UTC) + timedelta(seconds=1)


def parse_scopes(event: object) -> frozenset[str]:
    """Return the consent items that an event names, as a list or as text like `a b` or `a,b`."""
    scope = event.get("scope") if isinstance(event, dict) else None
    if isinstance(scope, str):
        scope = scope.replace(",", " ").split()
    if not isinstance(scope, list):
        return frozenset()
    return frozenset(item for item in scope if isinstance(item, str))


def verify(
    token: str | bytes,
    get_key: Callable[[object], RSAKey],
    issuer: str,
    audience: str,
    types: tuple[str, ...],
    required_claims: tuple[str, ...],
) -> dict[str, Any]:
    """Return the claims of a token that Kakao signed for this site.

    :param types: the allowed values of the header `typ`, which may be missing.
    :param required_claims: claims that must not be missing.
    :raises InvalidTokenError: for any other token.
    """
    try:
        # Only RS256, as Kakao signs: with alg "none", or HS256 and the public key as its secret,
        # anyone could forge a token (RFC 8725, 2.1).
        signed = jwt.decode(token, lambda token: get_key(token.headers().get("kid")), ["RS256"])
    except BadSignatureError as error:
        raise InvalidTokenError("authentication_failed", "not signed by Kakao") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidTokenError("invalid_request", "not a token signed with RS256") from error
    claims = signed.claims
    # Both kinds are signed with the same keys: neither must pass for the other (RFC 8725, 3.11).
    if str(signed.header.get("typ", types[0])).lower() not in types:
        raise InvalidTokenError("invalid_request", "another type of token")
    if claims.get("iss") != issuer:
        raise InvalidTokenError("invalid_issuer", "not issued by Kakao")
    if claims.get("aud") not in (audience, [audience]):
        raise InvalidTokenError("invalid_audience", "not meant for this site")
    rules: dict[str, Any] = {name: {"essential": True} for name in required_claims}
    try:
        jwt.JWTClaimsRegistry(leeway=LEEWAY, **rules).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidTokenError("invalid_request", "expired, or a claim is missing") from error
    return claims
