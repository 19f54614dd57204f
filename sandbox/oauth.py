"""The token endpoint, and OpenID Connect's discovery, keys and id_tokens."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import KeySet

from .errors import oauth_error
from .store import ACCESS_TOKEN_LIFETIME, REFRESH_TOKEN_LIFETIME, Grant, now, store

REFRESH_TOKEN_RENEWAL = timedelta(days=30)  # before it expires

bp = Blueprint("oauth", __name__)


@bp.post("/oauth/token")
def token() -> Response:
    """Return tokens for a code or a refresh token; parameters in the URL are ignored."""
    check_client()
    grant_type = request.form.get("grant_type")
    if grant_type == "authorization_code":
        payload = exchange_code()
    elif grant_type == "refresh_token":
        payload = refresh()
    else:
        abort(oauth_error("KOE310"))
    response = jsonify(payload)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """Return the OpenID Connect discovery document."""
    base_url = issuer()
    return jsonify(
        issuer=base_url,
        authorization_endpoint=f"{base_url}/oauth/authorize",
        token_endpoint=f"{base_url}/oauth/token",
        userinfo_endpoint=f"{base_url}/v1/oidc/userinfo",
        jwks_uri=f"{base_url}/.well-known/jwks.json",
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
def jwks() -> ResponseReturnValue:
    """Return the public keys; there is at least one."""
    store.signing_key()
    return jsonify(KeySet(store.keys).as_dict(private=False))


@bp.post("/keys/rotate")
def rotate() -> ResponseReturnValue:
    """Change the signing key, as Kakao does from time to time. Kakao has no such endpoint."""
    return {"kid": store.rotate_keys().kid}


def check_client() -> None:
    """Abort unless the form has the app's key and secret."""
    if "Authorization" in request.headers:  # Kakao accepts client_secret_post only
        abort(oauth_error("KOE010"))
    if not constant_time_equal(request.form.get("client_id"), store.client_id):
        abort(oauth_error("KOE101"))
    if not constant_time_equal(request.form.get("client_secret"), store.client_secret):
        abort(oauth_error("KOE010"))


def exchange_code() -> dict[str, Any]:
    """Return the tokens for an authorization code."""
    code = request.form.get("code", "")
    grant = store.take(store.codes, code)
    if grant is None or grant.is_expired:
        abort(oauth_error("KOE320", echo=code))
    if not constant_time_equal(request.form.get("redirect_uri"), grant.redirect_uri):
        abort(oauth_error("KOE303"))
    if not verify_pkce(request.form.get("code_verifier"), grant.code_challenge):
        abort(oauth_error("KOE320", echo=code))
    return issue_access_token(grant) | issue_refresh_token(grant)


def refresh() -> dict[str, Any]:
    """Return a new access token, and a new refresh token if the old one expires soon."""
    text = request.form.get("refresh_token")
    if not text:
        abort(oauth_error("KOE319"))
    grant = store.refresh_tokens.get(text)
    if grant is None or grant.is_expired:
        abort(oauth_error("KOE322"))
    if grant.expires_at - now() > REFRESH_TOKEN_RENEWAL:
        return issue_access_token(grant)
    store.take(store.refresh_tokens, text)
    return issue_access_token(grant) | issue_refresh_token(grant)


def issue_access_token(grant: Grant) -> dict[str, Any]:
    """Return the token endpoint's fields for a new access token, with an id_token if granted."""
    access_grant = replace(grant, expires_at=now() + ACCESS_TOKEN_LIFETIME)
    payload = {
        "token_type": "bearer",
        "access_token": store.issue(store.access_tokens, access_grant),
        "expires_in": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
    }
    if "openid" in grant.scopes:
        payload["id_token"] = sign(id_token_claims(grant))
    return payload | {"scope": " ".join(sorted(grant.scopes))}


def issue_refresh_token(grant: Grant) -> dict[str, Any]:
    """Return the token endpoint's fields for a new refresh token."""
    # A refreshed id_token belongs to no authorization request, and so has no nonce.
    refresh_grant = replace(grant, expires_at=now() + REFRESH_TOKEN_LIFETIME, nonce=None)
    return {
        "refresh_token": store.issue(store.refresh_tokens, refresh_grant),
        "refresh_token_expires_in": int(REFRESH_TOKEN_LIFETIME.total_seconds()),
    }


def id_token_claims(grant: Grant) -> dict[str, Any]:
    """Return the claims of an id_token."""
    issued_at = int(now().timestamp())
    claims = {
        "iss": issuer(),
        "aud": grant.client_id,
        "iat": issued_at,
        "exp": issued_at + int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        "auth_time": int(grant.authenticated_at.timestamp()),
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    return claims | userinfo_claims(grant)


def userinfo_claims(grant: Grant) -> dict[str, Any]:
    """Return OpenID Connect's claims about a person: fewer than user info, without flags."""
    person = store.people[grant.person_id]
    claims = {"sub": str(person.id)}
    if "profile_nickname" in grant.scopes:
        claims["nickname"] = person.nickname
    if "profile_image" in grant.scopes:
        claims["picture"] = person.thumbnail_url
    is_trusted = person.is_email_valid and person.is_email_verified
    if person.email and is_trusted and "account_email" in grant.scopes:
        claims["email"] = person.email
    return claims


def sign(claims: dict[str, Any], typ: str = "JWT") -> str:
    """Return claims signed with the newest key, as id_tokens and account events are."""
    key = store.signing_key()
    return jwt.encode({"alg": "RS256", "typ": typ, "kid": key.kid}, claims, key)


def issuer() -> str:
    """Return the base URL of the sandbox."""
    return request.host_url.rstrip("/")


def constant_time_equal(sent: str | None, expected: str) -> bool:
    """Compare two strings in constant time."""
    return hmac.compare_digest((sent or "").encode(), expected.encode())


def verify_pkce(verifier: str | None, challenge: str | None) -> bool:
    """Return whether the code is exchanged by the client that requested it (PKCE, RFC 7636).

    A verifier without a challenge is rejected, too: someone removed the challenge on the way.
    """
    if not challenge or not verifier:
        return not challenge and not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return constant_time_equal(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)
