"""What Kakao signs: id_tokens and account events. Its keys are kept, every claim is checked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey

from . import profile

LEEWAY = 60  # seconds that Kakao's clock and ours may differ
ASK_FOR_KEYS_EVERY = 60  # seconds; Kakao asks not to fetch them for every sign-in
EVENT_LIFETIME = 24 * 60 * 60  # seconds after which an event is too old to be heeded
LONGEST_JTI = 200


class TokenProblem(Exception):
    """What somebody signed, or did not sign, is not believed.

    :ivar err: the kind, by the names of RFC 8935, 2.4.
    """

    def __init__(self, err: str, description: str):
        super().__init__(description)
        self.err = err


@dataclass(frozen=True)
class Identity:
    """Who signed in to Kakao, and when (seconds since 1970), as an id_token says."""

    kakao_id: int
    auth_time: int | None


@dataclass(frozen=True)
class AccountEvent:
    """Something happened to a Kakao account.

    :ivar jti: the same when Kakao tells it again.
    :ivar kakao_id: whose account; None when it does not say.
    :ivar names: what happened, such as tokens-revoked.
    """

    jti: str
    kakao_id: int | None
    names: frozenset[str]


class Keys:
    """Kakao's published keys. Asked for when one is missing, at most once a minute."""

    def __init__(self):
        self.known: dict[str, RSAKey] = {}
        self.asked = -ASK_FOR_KEYS_EVERY
        self.asking = threading.Lock()

    def find(self, kid: object, fetch: Callable[[], dict]) -> RSAKey:
        """The key with this id.

        :param fetch: gets the JWK set (RFC 7517) from Kakao.
        :raises TokenProblem: if Kakao publishes no such key.
        """
        if kid not in self.known:
            with self.asking:
                now = time.monotonic()
                if kid not in self.known and now - self.asked >= ASK_FOR_KEYS_EVERY:
                    self.known = read_keys(fetch())
                    self.asked = now
        if kid not in self.known:
            raise TokenProblem("invalid_key", "signed with a key that Kakao does not publish")
        return self.known[kid]


def read_keys(jwk_set: dict) -> dict[str, RSAKey]:
    """The usable keys by their id; any other is none of ours."""
    keys = {}
    published = jwk_set.get("keys")
    for key in published if isinstance(published, list) else []:
        try:
            keys[key["kid"]] = RSAKey.import_key(key)
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    return keys


def read_id_token(
    token: str, nonce: str, find_key: Callable[[object], RSAKey], issuer: str, audience: str
) -> Identity:
    """Who an id_token speaks of.

    :param nonce: the one sent along when this browser went to Kakao.
    :raises TokenProblem: unless Kakao signed it for this site, this browser and this moment.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#oidc-id-token-verify
    https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
    """
    claims = read(token, find_key, issuer, audience, needed=("exp", "iat"))
    kakao_id = profile.read_id(claims.get("sub"))
    if kakao_id is None or not nonce or claims.get("nonce") != nonce:
        raise TokenProblem("invalid_request", "not for this sign-in")
    auth_time = claims.get("auth_time")
    return Identity(kakao_id, auth_time if type(auth_time) is int else None)


def read_event(
    token: bytes, find_key: Callable[[object], RSAKey], issuer: str, audience: str
) -> AccountEvent:
    """What a Security Event Token (RFC 8417) of Kakao's tells.

    :raises TokenProblem: unless Kakao signed it for this site, and lately.

    https://developers.kakao.com/docs/latest/ko/kakaologin/callback
    """
    claims = read(token, find_key, issuer, audience, needed=("iat", "jti"))
    events = claims.get("events")
    # Not printable: PostgreSQL keeps no NUL.
    if not (
        isinstance(events, dict)
        and claims["jti"].isprintable()
        and len(claims["jti"]) <= LONGEST_JTI
    ):
        raise TokenProblem("invalid_request", "not a security event")
    if claims["iat"] < time.time() - EVENT_LIFETIME:
        raise TokenProblem("invalid_request", "too old")
    # The first part of an event's address differs by who defined it, the last part tells it.
    names = frozenset(address.rsplit("/", 1)[-1] for address in events)
    return AccountEvent(claims["jti"], profile.read_id(claims.get("sub")), names)


def read(
    token: str | bytes,
    find_key: Callable[[object], RSAKey],
    issuer: str,
    audience: str,
    needed: tuple[str, ...],
) -> dict:
    """The claims of a token that Kakao signed for this site.

    :raises TokenProblem: for any other.
    """
    try:
        # Kakao signs with RS256. "none", or HS256 with the public key, is how tokens are forged.
        signed = jwt.decode(token, lambda it: find_key(it.headers().get("kid")), ["RS256"])
    except BadSignatureError as problem:
        raise TokenProblem("authentication_failed", "not signed by Kakao") from problem
    except (JoseError, ValueError, TypeError, RecursionError) as problem:
        raise TokenProblem("invalid_request", "not a token signed with RS256") from problem
    claims = signed.claims
    if claims.get("iss") != issuer:
        raise TokenProblem("invalid_issuer", "not issued by Kakao")
    if claims.get("aud") not in (audience, [audience]):
        raise TokenProblem("invalid_audience", "not meant for this site")
    rules = {name: {"essential": True} for name in needed}
    try:
        jwt.JWTClaimsRegistry(leeway=LEEWAY, **rules).validate(claims)
    except (JoseError, ValueError, TypeError) as problem:
        raise TokenProblem("invalid_request", "expired, or a claim is missing") from problem
    return claims
