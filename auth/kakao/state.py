"""What belongs to one app: the object in app.extensions["kakao"]."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from authlib.integrations.flask_client import (  # type: ignore[import-untyped, unused-ignore]
    FlaskIntegration,
    FlaskOAuth2App,
)
from authlib.integrations.requests_client import (  # type: ignore[import-untyped, unused-ignore]
    OAuth2Session,
)
from flask import Config, Flask, current_app

from . import settings
from .responses import check_token_response
from .tokens import KeyCache
from .transport import SharedAdapter


@dataclass(frozen=True, repr=False)  # the settings are secrets
class State:
    """What the extension needs in one app.

    :ivar config: the app's.
    :ivar login: endpoint of the view that calls redirect_to_consent.
    :ivar callback: endpoint of the view that calls handle_callback.
    :ivar client: Authlib's client for Kakao.
    :ivar adapter: carries all calls to Kakao.
    :ivar keys: Kakao's published keys, for id_tokens.
    :ivar event_keys: the same, for account events.
    """

    config: Config
    login: str
    callback: str
    client: Any
    adapter: SharedAdapter
    keys: KeyCache
    event_keys: KeyCache


def create_state(app: Flask, login: str, callback: str) -> State:
    """Return the state of an app, whose settings are complete."""
    adapter = SharedAdapter(max_concurrent_calls=app.config["KAKAO_CALL_SLOTS"])
    client = create_client(app.config, adapter)
    return State(app.config, login, callback, client, adapter, KeyCache(), KeyCache())


def current_state() -> State:
    """Return the state of the current app.

    :raises RuntimeError: if the extension is not set up for it.
    """
    try:
        return cast(State, current_app.extensions["kakao"])
    except KeyError:
        raise RuntimeError(
            "Flask-Kakao is not set up for this app: call kakao.init_app(app) first"
        ) from None


def create_client(config: Config, adapter: SharedAdapter) -> Any:
    """Return Authlib's client for Kakao.

    It is in no registry of the app's, so that neither a client called kakao nor a setting such as
    KAKAO_CLIENT_KWARGS, which Authlib would read, changes it.
    """
    auth_url, terms = config["KAKAO_AUTH_URL"], config["KAKAO_SERVICE_TERMS"]
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

    return FlaskOAuth2App(
        FlaskIntegration("kakao"),
        "kakao",
        client_id=config["KAKAO_CLIENT_ID"],
        client_secret=config["KAKAO_CLIENT_SECRET"],
        authorize_url=f"{auth_url}/oauth/authorize",
        access_token_url=f"{auth_url}/oauth/token",
        authorize_params={"service_terms": terms} if terms else None,
        client_kwargs={
            # Only when set: an item that the console has not switched on fails for everyone.
            "scope": settings.requested_scope(config) or None,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_post",  # Kakao rejects HTTP Basic
        },
        compliance_fix=configure_session,
    )
