"""The round trips to Kakao, through Authlib's registry: consent, code, token, who it is."""

import codecs
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import requests
from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, current_app, redirect, request, session, url_for

from . import errors, profile, tokens, transport
from .errors import KakaoError
from .profile import KakaoProfile

STATE = "_state_kakao_"  # Authlib keeps each round that waits for its callback under this + state
NEXT_URLS = "kakao_next_urls"  # in the session: state -> when that round began, where it leads
ROUND_LIFETIME = 600  # seconds
MOST_ROUNDS = 5
LARGEST_COOKIE = 3000  # characters; browsers drop a cookie of more than 4096 bytes


@dataclass(frozen=True)
class Arrival:
    """Somebody came back from Kakao, after so many seconds of calls, and was going to next_url."""

    profile: KakaoProfile
    next_url: str
    seconds: float
    access_token: str = field(repr=False)  # for this one request; never kept
    purpose: str | None = None  # why this round was begun, when not just to sign in
    known: object = None  # whom the site recognised by their id_token
    auth_time: int | None = None  # when they last showed Kakao who they are, by their id_token


def init_app(app: Flask) -> None:
    """Register Kakao with Authlib, which reads KAKAO_CLIENT_ID and _SECRET by itself."""
    adapter = transport.Adapter(places=max(1, app.config["WEB_THREADS"] // 2))
    auth_url = app.config["KAKAO_AUTH_URL"]
    # requests would look through the whole environment for these at every call.
    environment = requests.Session().merge_environment_settings(auth_url, {}, None, None, None)

    def fit(client: requests.Session) -> None:
        client.trust_env = False
        client.proxies, client.verify = environment["proxies"], environment["verify"]
        client.mount("https://", adapter)
        client.mount("http://", adapter)
        client.register_compliance_hook("access_token_response", read_token)

    scope = f"{'openid ' * app.config['KAKAO_OIDC']}{app.config['KAKAO_SCOPE']}".strip()
    terms = app.config["KAKAO_SERVICE_TERMS"]
    kakao = OAuth(app).register(
        "kakao",
        authorize_url=f"{auth_url}/oauth/authorize",
        access_token_url=f"{auth_url}/oauth/token",
        authorize_params={"service_terms": terms} if terms else None,
        client_kwargs={
            # Only when set: an item that the console has not switched on fails for everybody.
            "scope": scope or None,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_post",  # Kakao refuses HTTP Basic
        },
        compliance_fix=fit,
    )
    app.extensions["kakao_transport"] = adapter
    app.extensions["kakao_keys"] = tokens.Keys()
    kakao.framework.expires_in = ROUND_LIFETIME
    app.after_request(forget_old_rounds)
    # Authlib tells each code_verifier to its debug log.
    logging.getLogger("authlib").setLevel(logging.INFO)


def redirect_to_consent(next_url: str, purpose: str | None = None, **extra: str) -> Response:
    """Send the browser to Kakao's consent page; state and PKCE verifier wait in the session.

    :param next_url: where the person is going; kept by state, so that two tabs do not
        disturb each other.
    :param purpose: comes back with the arrival; the browser cannot change it.
    :param extra: further parameters of the request, such as prompt.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-code
    """
    redirect_uri = url_for("auth.callback", _external=True)
    round_trip = registered().create_authorization_url(
        redirect_uri,
        # Authlib would draw them letter by letter.
        state=secrets.token_urlsafe(24),
        code_verifier=secrets.token_urlsafe(32),
        **extra,
    )
    url = round_trip.pop("url")  # long, and not needed again
    registered().save_authorize_data(redirect_uri=redirect_uri, purpose=purpose, **round_trip)
    begun = {round_trip["state"]: [time.time(), next_url]}
    session[NEXT_URLS] = session.get(NEXT_URLS, {}) | begun
    return redirect(url)


def forget_old_rounds(response: Response) -> Response:
    """Authlib would let them pile up until the cookie is too large for the browser."""
    if session.modified:
        next_urls = session.get(NEXT_URLS, {})
        for state, (began, _) in next_urls.items():
            if began < time.time() - ROUND_LIFETIME:  # where it led is still told
                session.pop(STATE + state, None)
        for state in sorted(next_urls, key=next_urls.get)[:-1]:  # from the oldest, but the newest
            if len(next_urls) <= MOST_ROUNDS and cookie_size() <= LARGEST_COOKIE:
                break
            del next_urls[state]
            session.pop(STATE + state, None)
    return response


def cookie_size() -> int:
    signer = current_app.session_interface.get_signing_serializer(current_app)
    return len(signer.dumps(dict(session)))


def receive(recognise: Callable[[int], object]) -> Arrival:
    """Check the callback's state, exchange its code, and ask Kakao who it is.

    :param recognise: finds who has this Kakao id here, or None. With OpenID Connect the
        id_token is enough for them; about anybody new Kakao is always asked, because it
        unlinks people about whom nobody asks.
    :raises KakaoError: for everything that is not a person with an id. The session then
        stays as it was: after a double tap the same callback runs twice, and the one that
        fails must not undo the cookie of the one that worked.
    """
    state = request.args.get("state", "")
    next_urls = session.get(NEXT_URLS, {})
    _, next_url = next_urls.get(state, (0, None))
    waiting = session.get(STATE + state)
    if waiting is None or waiting["exp"] < time.time():
        # Kakao may leave the state out when it refuses; a refusal signs nobody in.
        refusal = request.args.get("error") if next_urls and not state else None
        raise KakaoError(errors.REFUSALS.get(refusal, errors.LOST), next_url=next_url)
    began = time.monotonic()
    try:
        with current_app.extensions["kakao_transport"].trip():
            token = exchange_code()
            identity = check_id_token(token, waiting["data"].get("nonce"))
            known = identity and recognise(identity.kakao_id)
            person = KakaoProfile(identity.kakao_id) if known else ask_who_it_is(token)
        if identity and identity.kakao_id != person.kakao_id:
            raise KakaoError(errors.ODD, "two-ids")
    except KakaoError as error:
        error.next_url = next_url
        error.seconds = round(time.monotonic() - began, 3)
        session[STATE + state] = waiting
        session.modified = False
        raise
    seconds = round(time.monotonic() - began, 3)
    return Arrival(
        person,
        next_url,
        seconds,
        access_token=token["access_token"],
        purpose=waiting["data"].get("purpose"),
        known=known,
        auth_time=identity and identity.auth_time,
    )


def exchange_code() -> dict:
    """Turn the authorization code into a token.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#request-token
    """
    if refusal := request.args.get("error"):
        raise KakaoError(errors.REFUSALS.get(refusal, errors.ODD))
    if not request.args.get("code"):
        raise KakaoError(errors.LOST)
    with failures_told_apart():
        return registered().authorize_access_token(allow_redirects=False)


def read_token(response: requests.Response) -> requests.Response:
    """Check Kakao's token answer before Authlib, which would drop the error_code, reads it."""
    answer = read(response)
    token = answer.get("access_token")
    if not isinstance(token, str) or not re.fullmatch("[!-~]{1,4096}", token):  # fits a header
        raise KakaoError(errors.ODD)
    # Under a name that Authlib does not look for: tokens.py is stricter, and checks it once.
    response.json = lambda: {"access_token": token, "signed": answer.get("id_token")}
    return response


def check_id_token(token: dict, nonce: str | None) -> tokens.Identity | None:
    """Who the token answer says it is; None while OpenID Connect is off."""
    if not current_app.config["KAKAO_OIDC"]:
        return None
    if not isinstance(token["signed"], str):  # switched off at Kakao, or taken out by somebody
        raise KakaoError(errors.NO_ID_TOKEN)
    keys = current_app.extensions["kakao_keys"]
    try:
        return tokens.read_id_token(
            token["signed"],
            nonce,
            lambda kid: keys.find(kid, fetch_keys),
            *issuer_and_audience(),
        )
    except tokens.TokenProblem as problem:
        raise KakaoError(errors.ODD, f"id_token-{problem.err}") from problem


def ask_who_it_is(token: dict) -> KakaoProfile:
    """Ask whose token it is, and with Kakao Sync which terms they agreed to there.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#req-user-info
    https://developers.kakao.com/docs/latest/ko/kakaosync/rest-api#get-service-terms
    """
    # Image addresses with https, please.
    person = profile.read(ask(token, "/v2/user/me", secure_resource="true"))
    if person is None:
        raise KakaoError(errors.ODD)
    if current_app.config["KAKAO_SERVICE_TERMS"]:
        person = replace(person, agreed=profile.read_terms(ask(token, "/v2/user/service_terms")))
    return person


def ask(token: dict, path: str, **params: str) -> dict:
    """What kapi answers to a question that changes nothing, and may be asked once more."""

    def get() -> requests.Response:
        url = current_app.config["KAKAO_API_URL"] + path
        return registered().get(url, params=params, token=token, allow_redirects=False)

    with failures_told_apart():
        try:
            response = get()
        except requests.ConnectionError:
            response = get()
    return read(response)


def read_event(token: bytes) -> tokens.AccountEvent:
    """What an account event of Kakao's tells.

    :param token: the body of the request that brought it.
    :raises TokenProblem: if it is not Kakao's.
    :raises KakaoError: if Kakao's keys are needed and cannot be had.
    """
    keys = current_app.extensions["kakao_keys"]

    def find_key(kid: object):
        if known := keys.known.get(kid):
            return known
        # A place first, then the turn to ask: while Kakao hangs, not every thread may wait.
        with current_app.extensions["kakao_transport"].trip():
            return keys.find(kid, fetch_keys)

    return tokens.read_event(token, find_key, *issuer_and_audience())


def fetch_keys() -> dict:
    url = f"{current_app.config['KAKAO_AUTH_URL']}/.well-known/jwks.json"
    with failures_told_apart():
        answer = read(registered().get(url, withhold_token=True, allow_redirects=False))
    if not isinstance(answer.get("keys"), list):  # nonsense; the keys that are known stay known
        raise KakaoError(errors.ODD)
    return answer


def issuer_and_audience() -> tuple[str, str]:
    return current_app.config["KAKAO_AUTH_URL"], current_app.config["KAKAO_CLIENT_ID"]


def unlink(kakao_id: int, access_token: str | None = None) -> None:
    """Tell Kakao that this person has left; with the admin key where there is one.

    :param access_token: the person's own, for a site without an admin key.
    :raises KakaoError: unless Kakao knows now, or knew before.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#unlink
    """
    url = f"{current_app.config['KAKAO_API_URL']}/v1/user/unlink"
    admin_key = current_app.config["KAKAO_ADMIN_KEY"]
    credential = f"KakaoAK {admin_key}" if admin_key else f"Bearer {access_token}"
    whom = {"target_id_type": "user_id", "target_id": kakao_id} if admin_key else {}
    with current_app.extensions["kakao_transport"].trip(), failures_told_apart():
        response = registered().post(
            url,
            data=whom,
            headers={"Authorization": credential},
            withhold_token=True,
            allow_redirects=False,
        )
    try:
        answer = (read_as_admin if admin_key else read)(response)
    except KakaoError as error:
        if error.number in errors.NOT_LINKED:
            return
        raise
    if profile.read_id(answer.get("id")) != kakao_id:
        raise KakaoError(errors.ODD)


def read_as_admin(response: requests.Response) -> dict:
    """Like read(), where the admin key was shown: if Kakao refuses it, the operator must know."""
    try:
        return read(response)
    except KakaoError as error:
        if error.number == "-401":
            raise KakaoError(errors.misconfigured(errors.WRONG_ADMIN_KEY), "-401") from error
        raise


def log_out_url(back_to: str) -> str:
    """The address of Kakao's page that signs a person out of their Kakao account as well.

    :param back_to: where Kakao sends the browser then; it must be registered in the console.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#logout-of-service-and-kakaoaccount
    """
    config = current_app.config
    query = {"client_id": config["KAKAO_CLIENT_ID"], "logout_redirect_uri": back_to}
    return f"{config['KAKAO_AUTH_URL']}/oauth/logout?{urlencode(query)}"


def read(response: requests.Response) -> dict:
    """The JSON object that Kakao answered.

    :raises KakaoError: if it is an error, or no such thing.
    """
    if response.content.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"<"):
        raise KakaoError(errors.MAINTENANCE, f"HTTP {response.status_code}")
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        answer = {}
    if response.status_code != 200 or "error" in answer or "msg" in answer:
        number = str(answer.get("error_code") or answer.get("code") or answer.get("error") or "")
        number = re.sub(r"[^\w-]", "", number)[:20]  # it is logged, and it came from outside
        raise KakaoError(errors.cause_of(number, response.status_code), number)
    return answer


@contextmanager
def failures_told_apart() -> Iterator[None]:
    """Turn what requests raises into a KakaoError."""
    try:
        yield
    except requests.Timeout as failure:  # first: a ConnectTimeout is a ConnectionError as well
        raise KakaoError(errors.TOO_SLOW) from failure
    except requests.RequestException as failure:
        raise KakaoError(errors.UNREACHABLE) from failure
    except ValueError as failure:  # requests reads where a redirect leads, also to follow none
        raise KakaoError(errors.ODD) from failure


def registered():
    return current_app.extensions["authlib.integrations.flask_client"].kakao
