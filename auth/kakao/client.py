"""The OAuth flow, through Authlib: consent, code, token."""

import re
import secrets
from typing import Any
from urllib.parse import urlencode

from flask import (
    abort,
    after_this_request,
    jsonify,
    redirect,
    request,
    url_for,
)
from joserfc.jwk import RSAKey
from werkzeug import Response

from . import authorization_request, errors, prefetch, tokens
from .api import fetch_jwks, translate_request_errors
from .authorization import Authorization
from .authorization_request import AuthorizationRequest
from .errors import KakaoError
from .next_url import safe
from .settings import requested_scope
from .state import current_state

NO_STORE = {"Cache-Control": "no-store"}


def redirect_to_consent(
    next_url: str | None = None, purpose: str | None = None, **parameters_for_kakao: str | None
) -> Response:
    """Send the browser to Kakao's consent page, with a new authorization request in a cookie.

    :param next_url: where the person is going; anything but a path on this site leads home.
    :param purpose: comes back with the authorization; the browser cannot change it.
    :param parameters_for_kakao: of the authorization request, such as prompt; None leaves one out.
    :raises HTTPException: for a prefetch, with a page that links to the same URL.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-code
    """
    prefetch.refuse()
    if scope := parameters_for_kakao.get("scope"):  # without openid there would be no id_token
        parameters_for_kakao["scope"] = requested_scope(current_state().config, scope)
    redirect_uri = url_for(current_state().callback, _external=True)
    created = current_state().client.create_authorization_url(
        redirect_uri,
        # Authlib would generate them one character at a time.
        state=secrets.token_urlsafe(24),
        code_verifier=secrets.token_urlsafe(32),
        **parameters_for_kakao,
    )
    authorization_request = AuthorizationRequest(
        state=created["state"],
        redirect_uri=redirect_uri,
        next_url=safe(next_url),
        code_verifier=created["code_verifier"],
        nonce=created.get("nonce"),
        purpose=purpose,
    )
    return authorization_request.save(redirect(created["url"]))


def prepare_app_sign_in(
    next_url: str | None, tried_state: str | None, used_states: str = ""
) -> Response:
    """Return the parameters for authorize() of Kakao's JavaScript SDK, as JSON.

    The KakaoTalk app opens only from a tap, so the script must have them before. The SDK has no
    parameter for PKCE: state, client secret and nonce protect such a request.

    :param next_url: where the person is going; anything but a path on this site leads home.
    :param tried_state: of a request with which this tab went to the app before. While that is
        pending, the app failed, and the response is 204: the script then follows the link.
    :param used_states: of requests with which any tab went to the app, with spaces between.

    https://developers.kakao.com/docs/latest/ko/kakaologin/js
    """
    tried = authorization_request.find(tried_state or "")
    if tried and tried.is_pending:
        return Response(status=204, headers=NO_STORE)
    config = current_state().config
    created = AuthorizationRequest(
        state=secrets.token_urlsafe(24),
        redirect_uri=url_for(current_state().callback, _external=True),
        next_url=safe(next_url),
        nonce=secrets.token_urlsafe(24) if config["KAKAO_OIDC"] else None,
        is_app=True,
    )
    options = {
        "redirectUri": created.redirect_uri,
        "state": created.state,
        "scope": ",".join(requested_scope(config).split()),
        "nonce": created.nonce,
        "serviceTerms": config["KAKAO_SERVICE_TERMS"],
    }
    response = jsonify({name: value for name, value in options.items() if value})
    response.headers |= NO_STORE
    used = used_states.split()[: authorization_request.MAX_PENDING]
    return created.save(response, used)


def handle_callback() -> Authorization:
    """Find the request that this callback belongs to, exchange its code, and say who came back.

    With OpenID Connect the id_token is enough for that; without, the profile is fetched.

    :raises KakaoError: unless a person came back. The cookies then stay: it may be a double tap.
    :raises HTTPException: when the callback is opened again, with a redirect to where it led; for a
        prefetch, with a page that links to the same URL.
    """
    prefetch.refuse()
    pending = find_pending()
    authorization = Authorization(pending)
    after_this_request(authorization.finish)
    with authorization.calls():
        token = exchange_code(pending)
        authorization.identify(token["access_token"], verify_id_token(token, pending))
    return authorization


def find_pending() -> AuthorizationRequest:
    """Return the authorization request that this callback belongs to.

    :raises KakaoError: if this browser made none, or too long ago.
    :raises HTTPException: if it was completed before; redirects to where that led.
    """
    state = request.args.get("state", "")
    found = authorization_request.find(state)
    if found and found.is_pending:
        return found
    if found and found.is_completed:
        abort(redirect(found.next_url))
    recent = authorization_request.find_all()
    if request.args.get("error") and recent and not state:
        # Kakao may leave the state out when it rejects a request; that signs no one in.
        raise authorization_error(recent[-1])
    if state and not request.cookies:  # not even this site's others: the browser blocks them
        raise KakaoError(errors.NO_COOKIE)
    if found:
        raise KakaoError(errors.REQUEST_EXPIRED, next_url=found.next_url)
    # In the log: forged, or from before the site's secret key was changed.
    is_forged = authorization_request.is_forged(state)
    raise KakaoError(errors.STATE_MISMATCH, "forged-cookie" if is_forged else "")


def exchange_code(pending: AuthorizationRequest) -> dict[str, Any]:
    """Exchange the authorization code in this callback's query.

    :returns: access_token, and id_token if Kakao sent one; neither is verified yet.
    :raises KakaoError: if Kakao sent an error instead of a code, or rejects the code.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-token
    """
    if request.args.get("error"):
        raise authorization_error(pending)
    code = request.args.get("code", "")
    # Kakao would respond to a made-up one as if our request were malformed.
    if not re.fullmatch("[!-~]{1,1024}", code):
        raise KakaoError(errors.CODE_USED)
    # Always with the REST API key and its secret, whichever key the request was made with.
    pkce = {} if pending.is_app else {"code_verifier": pending.code_verifier}
    with translate_request_errors():
        token: dict[str, Any] = current_state().client.fetch_access_token(
            pending.redirect_uri, code=code, allow_redirects=False, **pkce
        )
    return token


def authorization_error(pending: AuthorizationRequest) -> KakaoError:
    """Return the error in this callback's query, which has one instead of a code."""
    description = request.args.get("error_description", "")
    error = request.args["error"]
    return errors.authorization_error(error, description, pending.next_url, pending.is_app)


def verify_id_token(
    token: dict[str, Any], pending: AuthorizationRequest
) -> tokens.IdTokenClaims | None:
    """Return whom the id_token in a token response is about; None while OpenID Connect is off.

    :raises KakaoError: if there is none, or it is not for this authorization request.
    """
    if not current_state().config["KAKAO_OIDC"]:
        return None
    if not isinstance(token["id_token"], str):  # switched off in the console, or removed on the way
        raise KakaoError(errors.NO_ID_TOKEN)
    issuer, audience = issuer_and_audience()
    if pending.is_app:  # its audience is the key with which the sign-in began
        audience = current_state().config["KAKAO_JAVASCRIPT_KEY"]
    keys = current_state().keys
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
    state = current_state()
    keys = state.event_keys

    def get_key(kid: object) -> RSAKey:
        if key := keys.keys.get(kid):
            return key
        # Take the call slot before the cache's lock, so that a Kakao that hangs blocks half of
        # the threads at most.
        with state.adapter.call_slot():
            return keys.get(kid, fetch_jwks)

    return tokens.verify_account_event(token, get_key, *issuer_and_audience())


def issuer_and_audience() -> tuple[str, str]:
    """Return what the claims `iss` and `aud` must be in all that Kakao signs for this site."""
    config = current_state().config
    return config["KAKAO_AUTH_URL"], config["KAKAO_CLIENT_ID"]


def logout_url(return_to: str) -> str:
    """Return the URL that signs a person out of their Kakao account, too.

    :param return_to: where Kakao redirects afterwards; it must be registered in the console.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#logout-of-service-and-kakaoaccount
    """
    config = current_state().config
    query = {"client_id": config["KAKAO_CLIENT_ID"], "logout_redirect_uri": return_to}
    return f"{config['KAKAO_AUTH_URL']}/oauth/logout?{urlencode(query)}"
