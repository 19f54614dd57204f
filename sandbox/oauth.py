"""Codes become tokens; OpenID Connect's discovery, keys and id_token."""

import base64
import hashlib
import hmac
from datetime import timedelta

from flask import Blueprint, abort, jsonify, request
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.errors import oauth_error
from sandbox.memory import ACCESS_TOKEN_LIVES, REFRESH_TOKEN_LIVES, Grant, memory, now

RENEW_REFRESH_TOKEN_WITHIN = timedelta(days=30)

bp = Blueprint("oauth", __name__)


def init_app(app):
    app.register_blueprint(bp)


@bp.post("/oauth/token")
def token():
    """Hand out tokens for a code or a refresh token; reads the form and nothing else."""
    check_client()
    grant_type = request.form.get("grant_type")
    if grant_type == "authorization_code":
        answer = from_code()
    elif grant_type == "refresh_token":
        answer = from_refresh_token()
    else:
        abort(oauth_error("KOE001"))
    response = jsonify(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/.well-known/openid-configuration")
def discovery():
    here = issuer()
    return jsonify(
        issuer=here,
        authorization_endpoint=f"{here}/oauth/authorize",
        token_endpoint=f"{here}/oauth/token",
        userinfo_endpoint=f"{here}/v1/oidc/userinfo",
        jwks_uri=f"{here}/.well-known/jwks.json",
        token_endpoint_auth_methods_supported=["client_secret_post"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
        request_uri_parameter_supported=False,
        response_types_supported=["code"],
        response_modes_supported=["query"],
        grant_types_supported=["authorization_code", "refresh_token"],
        code_challenge_methods_supported=["S256"],
        claims_supported=[
            *("iss", "aud", "sub", "auth_time", "exp", "iat"),
            *("nonce", "nickname", "picture", "email"),
        ],
    )


@bp.get("/.well-known/jwks.json")
def jwks():
    memory.signing_key()
    return KeySet(memory.keys).as_dict(private=False)


@bp.post("/keys/rotate")
def rotate():
    """Not Kakao's: lets a test see keys change, as Kakao's do now and then."""
    return {"kid": memory.rotate_keys().kid}


def check_client() -> None:
    if "Authorization" in request.headers:  # Kakao knows client_secret_post only
        abort(oauth_error("KOE010"))
    if not same(request.form.get("client_id"), memory.client_id):
        abort(oauth_error("KOE101"))
    if not same(request.form.get("client_secret"), memory.client_secret):
        abort(oauth_error("KOE010"))


def from_code() -> dict:
    code = request.form.get("code", "")
    grant = memory.take(memory.codes, code)
    if grant is None or grant.is_expired:
        abort(oauth_error("KOE320", echo=code))
    if not same(request.form.get("redirect_uri"), grant.redirect_uri):
        abort(oauth_error("KOE303"))
    if not proves(request.form.get("code_verifier"), grant.code_challenge):
        abort(oauth_error("KOE320", echo=code))
    return tokens(grant) | new_refresh_token(grant)


def from_refresh_token() -> dict:
    text = request.form.get("refresh_token")
    if not text:
        abort(oauth_error("KOE310"))
    grant = memory.refresh_tokens.get(text)
    if grant is None or grant.is_expired:
        abort(oauth_error("KOE322"))
    if grant.expires_at - now() > RENEW_REFRESH_TOKEN_WITHIN:
        return tokens(grant)
    memory.take(memory.refresh_tokens, text)
    return tokens(grant) | new_refresh_token(grant)


def tokens(grant: Grant) -> dict:
    lives = int(ACCESS_TOKEN_LIVES.total_seconds())
    access_token = memory.issue(
        memory.access_tokens,
        person_id=grant.person_id,
        scopes=grant.scopes,
        expires_at=now() + ACCESS_TOKEN_LIVES,
        began_at=grant.began_at,
    )
    answer = {"token_type": "bearer", "access_token": access_token, "expires_in": lives}
    if "openid" in grant.scopes:
        answer["id_token"] = sign(id_token_claims(grant))
    return answer | {"scope": " ".join(sorted(grant.scopes))}


def new_refresh_token(grant: Grant) -> dict:
    text = memory.issue(
        memory.refresh_tokens,
        person_id=grant.person_id,
        scopes=grant.scopes,
        expires_at=now() + REFRESH_TOKEN_LIVES,
        began_at=grant.began_at,
    )
    lives = int(REFRESH_TOKEN_LIVES.total_seconds())
    return {"refresh_token": text, "refresh_token_expires_in": lives}


def id_token_claims(grant: Grant) -> dict:
    issued = int(now().timestamp())
    claims = {
        "iss": issuer(),
        "aud": memory.client_id,
        "iat": issued,
        "exp": issued + int(ACCESS_TOKEN_LIVES.total_seconds()),
        "auth_time": int(grant.began_at.timestamp()),
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    return claims | about(grant)


def about(grant: Grant) -> dict:
    """OpenID Connect's claims about a person: fewer than user info, and no flags."""
    person = memory.people[grant.person_id]
    claims = {"sub": str(person.id)}
    if "profile_nickname" in grant.scopes:
        claims["nickname"] = person.nickname
    if "profile_image" in grant.scopes:
        claims["picture"] = person.thumbnail_url
    usable = person.email and person.is_email_valid and person.is_email_verified
    if usable and "account_email" in grant.scopes:
        claims["email"] = person.email
    return claims


def sign(claims: dict) -> str:
    """Sign claims with the newest key; account events are signed the same way."""
    key = memory.signing_key()
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": key.kid}, claims, key)


def issuer() -> str:
    return request.host_url.rstrip("/")


def same(sent: str | None, right: str) -> bool:
    """Compare without telling, by the time it takes, how much was right."""
    return hmac.compare_digest((sent or "").encode(), right.encode())


def proves(verifier: str | None, challenge: str | None) -> bool:
    """PKCE (RFC 7636): who brings the code is who asked for it.

    A verifier without a challenge is refused as well: somebody took the challenge out.
    """
    if not challenge or not verifier:
        return not challenge and not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return same(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)
