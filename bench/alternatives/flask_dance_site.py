"""Kakao sign-in with Flask-Dance: its OAuth 2 blueprint, and its signal.

Without PKCE: it stores the verifier where threads overwrite each other's.
"""

import os

from flask_dance.consumer import OAuth2ConsumerBlueprint, oauth_authorized
from werkzeug import Response

from bench.alternatives.site import CLIENT_ID, CLIENT_SECRET, KAKAO, sign_in, with_members

# oauthlib refuses http, which the Kakao sandbox speaks.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

app = with_members()
kakao = OAuth2ConsumerBlueprint(
    "kakao",
    __name__,
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    base_url=f"{KAKAO}/",
    authorization_url=f"{KAKAO}/oauth/authorize",
    token_url=f"{KAKAO}/oauth/token",
    token_url_params={"include_client_id": True},
    login_url="/kakao",
)
app.register_blueprint(kakao, url_prefix="/dance")


@oauth_authorized.connect_via(kakao)
def authorized(blueprint: OAuth2ConsumerBlueprint, token: dict) -> Response:
    """Fetch the profile, and sign in."""
    response = blueprint.session.get("v2/user/me")
    response.raise_for_status()
    return sign_in(response.json())
