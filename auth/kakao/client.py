"""The OAuth flow, through Authlib: consent, code, token, profile."""

import io
import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import (
    Flask,
    Response,
    after_this_request,
    current_app,
    jsonify,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from . import authorization_request, errors, tokens, transport
from .api import fetch_jwks, fetch_profile, oauth_client, parse_response, translate_request_errors
from .authorization_request import AuthorizationRequest
from .errors import KakaoError
from .profile import KakaoProfile

Member = TypeVar("Member")  # of the site, whatever that is


@dataclass(frozen=True)
class Authorization(Generic[Member]):
    """A person came back from Kakao with their consent.

    :ivar next_url: where they are going.
    :ivar kakao_seconds: seconds that the calls to Kakao took.
    :ivar access_token: for this one request; never stored.
    :ivar requested_at: when the browser left for Kakao.
    :ivar purpose: why the request was made, if not just to sign in.
    :ivar member: the site's member whom the id_token names; None if the profile was fetched.
    :ivar auth_time: when they last proved to Kakao who they are, in seconds since 1970; None
        without OpenID Connect.
    """

    profile: KakaoProfile
    next_url: str
    kakao_seconds: float
    access_token: str = field(repr=False)
    requested_at: datetime
    purpose: str | None = None
    member: Member | None = None
    auth_time: int | None = None


def init_app(app: Flask) -> None:
    """Register Kakao with Authlib, which reads KAKAO_CLIENT_ID and _SECRET itself."""
    adapter = transport.SharedAdapter(max_concurrent_calls=max(1, app.config["WEB_THREADS"] // 2))
    auth_url = app.config["KAKAO_AUTH_URL"]
    # requests would search the whole environment for these at every call.
    environment = requests.Session().merge_environment_settings(auth_url, {}, None, None, None)
    # A proxy does not reach the Kakao sandbox on this machine, whose localhost is another.
    is_local = urlsplit(auth_url).hostname in ("localhost", "127.0.0.1", "::1")
    proxies = {} if is_local else environment["proxies"]

    def configure_session(session: OAuth2Session) -> None:
        session.trust_env = False
        session.proxies, session.verify = proxies, environment["verify"]
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.register_compliance_hook("access_token_response", check_token_response)

    terms = app.config["KAKAO_SERVICE_TERMS"]
    OAuth(app).register(
        "kakao",
        authorize_url=f"{auth_url}/oauth/authorize",
        access_token_url=f"{auth_url}/oauth/token",
        authorize_params={"service_terms": terms} if terms else None,
        client_kwargs={
            # Only when set: an item that the console has not switched on fails for everyone.
            "scope": requested_scope(app.config) or None,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_post",  # Kakao rejects HTTP Basic
        },
        compliance_fix=configure_session,
    )
    app.extensions["kakao_adapter"] = adapter
    app.extensions["kakao_keys"] = tokens.KeyCache()
    app.extensions["kakao_event_keys"] = tokens.KeyCache()
    # Authlib logs each code_verifier at DEBUG.
    logging.getLogger("authlib").setLevel(logging.INFO)


def requested_scope(config: Mapping[str, Any]) -> str:
    """Return the consent items to ask for, separated by spaces; with `openid` for an id_token."""
    scope: str = config["KAKAO_SCOPE"]
    return f"openid {scope}".strip() if config["KAKAO_OIDC"] else scope


def redirect_to_consent(
    next_url: str, purpose: str | None = None, **extra: str
) -> ResponseReturnValue:
    """Send the browser to Kakao's consent page, with a new authorization request in a cookie.

    :param next_url: where the person is going.
    :param purpose: comes back with the authorization; the browser cannot change it.
    :param extra: further parameters of the request, such as prompt.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-code
    """
    redirect_uri = url_for("auth.callback", _external=True)
    created = oauth_client().create_authorization_url(
        redirect_uri,
        # Authlib would generate them one character at a time.
        state=secrets.token_urlsafe(24),
        code_verifier=secrets.token_urlsafe(32),
        **extra,
    )
    authorization_request = AuthorizationRequest(
        state=created["state"],
        redirect_uri=redirect_uri,
        next_url=next_url,
        code_verifier=created["code_verifier"],
        nonce=created.get("nonce"),
        purpose=purpose,
        created_at=time.time(),
    )
    return authorization_request.save(redirect(created["url"]))


def prepare_app_sign_in(next_url: str, tried_state: str | None = None) -> ResponseReturnValue:
    """Return the parameters for authorize() of Kakao's JavaScript SDK, as JSON.

    The KakaoTalk app opens only from a tap, so the script must have them before. The SDK has no
    parameter for PKCE: state, client secret and nonce protect such a request.

    :param next_url: where the person is going.
    :param tried_state: of a request with which this tab went to the app before. While that is
        pending, the app failed, and the response is 204: the script then follows the link.

    https://developers.kakao.com/docs/latest/ko/kakaologin/js
    """
    tried = authorization_request.find(tried_state or "")
    if tried and tried.is_pending:
        return Response(status=204)
    config = current_app.config
    created = AuthorizationRequest(
        state=secrets.token_urlsafe(24),
        redirect_uri=url_for("auth.callback", _external=True),
        next_url=next_url,
        code_verifier=None,
        nonce=secrets.token_urlsafe(24) if config["KAKAO_OIDC"] else None,
        purpose=None,
        created_at=time.time(),
        is_app=True,
    )
    options = {
        "redirectUri": created.redirect_uri,
        "state": created.state,
        "scope": ",".join(requested_scope(config).split()),
        "nonce": created.nonce,
        "serviceTerms": config["KAKAO_SERVICE_TERMS"],
    }
    return created.save(jsonify({name: value for name, value in options.items() if value}))


def repeated_callback_url() -> str | None:
    """Return where this callback led before, if it is a repeated one."""
    done = authorization_request.find(request.args.get("state", ""))
    return done.next_url if done and done.is_completed else None


def handle_callback(
    find_member: Callable[[int], Member | None],
    needs_profile: Callable[[Member], bool] = lambda member: False,
) -> Authorization[Member]:
    """Find the request that this callback belongs to, exchange its code, and fetch the profile.

    :param find_member: returns the site's member with a Kakao id, or None. With OpenID Connect
        the id_token is enough for them; Kakao unlinks new people whose profile no one fetches.
    :param needs_profile: returns whether to fetch the profile of a member, too; the result then
        has it instead of the member, unless the call fails.
    :raises KakaoError: unless a person came back. The cookies then stay: it may be a double tap.
    """
    pending = find_pending()
    started_at = time.monotonic()
    try:
        with current_app.extensions["kakao_adapter"].call_slot():
            token = exchange_code(pending)
            claims = verify_id_token(token, pending)
            member = find_member(claims.kakao_id) if claims else None
            if claims and member and not needs_profile(member):
                profile = KakaoProfile(claims.kakao_id)
            else:
                member, profile = refresh_profile(token, claims, member)
    except KakaoError as error:
        error.next_url = pending.next_url
        error.is_app = pending.is_app
        error.kakao_seconds = round(time.monotonic() - started_at, 3)
        raise
    after_this_request(pending.complete)
    return Authorization(
        profile,
        pending.next_url,
        kakao_seconds=round(time.monotonic() - started_at, 3),
        access_token=token["access_token"],
        requested_at=datetime.fromtimestamp(pending.created_at, UTC),
        purpose=pending.purpose,
        member=member,
        auth_time=claims.auth_time if claims else None,
    )


def find_pending() -> AuthorizationRequest:
    """Return the authorization request that this callback belongs to.

    :raises KakaoError: if this browser made none, or too long ago.
    """
    state = request.args.get("state", "")
    found = authorization_request.find(state)
    if found and found.is_pending:
        return found
    recent = authorization_request.find_all()
    if request.args.get("error") and recent and not state:
        # Kakao may leave the state out when it rejects a request; that signs no one in.
        raise authorization_error(recent[-1].next_url)
    if state and not request.cookies:  # not even this site's others: the browser blocks them
        raise KakaoError(errors.NO_COOKIE)
    if found:
        raise KakaoError(errors.REQUEST_EXPIRED, next_url=found.next_url)
    # In the log: forged, or from before the site's secret key was changed.
    is_forged = authorization_request.is_forged(state)
    raise KakaoError(errors.STATE_MISMATCH, "forged-cookie" if is_forged else "")


def refresh_profile(
    token: dict[str, Any], claims: tokens.IdTokenClaims | None, member: Member | None
) -> tuple[Member | None, KakaoProfile]:
    """Fetch the profile. If that fails, fall back on the member whom the id_token names.

    The id_token proves who they are: an outage of user info is no reason to turn away someone
    who could sign in the day before.

    :param member: whom the id_token names; None for anyone else.
    :raises KakaoError: if neither is available, or they name two people.
    """
    try:
        profile = fetch_profile(token)
    except KakaoError as error:
        if not (claims and member):
            raise
        current_app.logger.warning("profile not refreshed: %s", error)
        return member, KakaoProfile(claims.kakao_id)
    if claims and claims.kakao_id != profile.kakao_id:
        raise KakaoError(errors.UNEXPECTED_RESPONSE, "two-ids")
    return None, profile


def exchange_code(pending: AuthorizationRequest) -> dict[str, Any]:
    """Exchange the authorization code in this callback's query.

    :returns: access_token, and id_token if Kakao sent one; neither is verified yet.
    :raises KakaoError: if Kakao sent an error instead of a code, or rejects the code.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-token
    """
    if request.args.get("error"):
        raise authorization_error()
    code = request.args.get("code", "")
    # Kakao would respond to a made-up one as if our request were malformed.
    if not re.fullmatch("[!-~]{1,1024}", code):
        raise KakaoError(errors.CODE_USED)
    # Always with the REST API key and its secret, whichever key the request was made with.
    pkce = {} if pending.is_app else {"code_verifier": pending.code_verifier}
    with translate_request_errors():
        token: dict[str, Any] = oauth_client().fetch_access_token(
            pending.redirect_uri, code=code, allow_redirects=False, **pkce
        )
    return token


def authorization_error(next_url: str | None = None) -> KakaoError:
    """Return the error in this callback's query, which has one instead of a code."""
    description = request.args.get("error_description", "")
    return errors.authorization_error(request.args["error"], description, next_url)


def check_token_response(response: requests.Response) -> requests.Response:
    """Reduce Kakao's token response to the fields that we use, before Authlib parses it.

    Authlib would drop the error_code of a failure, and stumble over a malformed `expires_in`.

    :raises KakaoError: if there is no access token in it.
    """
    payload = parse_response(response)
    token = payload.get("access_token")
    if not isinstance(token, str) or not re.fullmatch("[!-~]{1,4096}", token):  # fits a header
        raise KakaoError(errors.UNEXPECTED_RESPONSE)
    used_fields = {"access_token": token, "id_token": payload.get("id_token")}
    reduced = requests.Response()
    reduced.status_code = response.status_code
    reduced.raw = io.BytesIO(json.dumps(used_fields).encode())
    return reduced


def verify_id_token(
    token: dict[str, Any], pending: AuthorizationRequest
) -> tokens.IdTokenClaims | None:
    """Return whom the id_token in a token response is about; None while OpenID Connect is off.

    :raises KakaoError: if there is none, or it is not for this authorization request.
    """
    if not current_app.config["KAKAO_OIDC"]:
        return None
    if not isinstance(token["id_token"], str):  # switched off in the console, or removed on the way
        raise KakaoError(errors.NO_ID_TOKEN)
    issuer, audience = issuer_and_audience()
    if pending.is_app:  # its audience is the key with which the sign-in began
        audience = current_app.config["KAKAO_JAVASCRIPT_KEY"]
    keys = current_app.extensions["kakao_keys"]
    try:
        return tokens.verify_id_token(
            token["id_token"],
            pending.nonce,
            lambda kid: keys.get(kid, fetch_jwks),
            issuer,
            audience,
        )
    except tokens.InvalidTokenError as error:
        raise KakaoError(errors.UNEXPECTED_RESPONSE, f"id_token-{error.err}") from error


def verify_account_event(token: bytes) -> tokens.AccountEvent:
    """Return the account event in a webhook from Kakao.

    :param token: the body of the request.
    :raises InvalidTokenError: if Kakao did not sign it for this site.
    :raises KakaoError: if Kakao's keys are needed and cannot be fetched.
    """
    keys: tokens.KeyCache = current_app.extensions["kakao_event_keys"]

    def get_key(kid: object) -> tokens.RSAKey:
        if key := keys.keys.get(kid):
            return key
        # Take the call slot before the cache's lock, so that a Kakao that hangs blocks half of
        # the threads at most.
        with current_app.extensions["kakao_adapter"].call_slot():
            return keys.get(kid, fetch_jwks)

    return tokens.verify_account_event(token, get_key, *issuer_and_audience())


def issuer_and_audience() -> tuple[str, str]:
    """Return what the claims `iss` and `aud` must be in all that Kakao signs for this site."""
    return current_app.config["KAKAO_AUTH_URL"], current_app.config["KAKAO_CLIENT_ID"]


def logout_url(return_to: str) -> str:
    """Return the URL that signs a person out of their Kakao account, too.

    :param return_to: where Kakao redirects afterwards; it must be registered in the console.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#logout-of-service-and-kakaoaccount
    """
    config = current_app.config
    query = {"client_id": config["KAKAO_CLIENT_ID"], "logout_redirect_uri": return_to}
    return f"{config['KAKAO_AUTH_URL']}/oauth/logout?{urlencode(query)}"
