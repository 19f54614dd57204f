"""Kakao sign-in with Flask-Dance: a blueprint of its own kind, and its signal.

Without PKCE: it keeps the verifier where threads overwrite each other's.
"""

import os

from flask_dance.consumer import OAuth2ConsumerBlueprint, oauth_authorized

from bench.peers.site import CLIENT_ID, CLIENT_SECRET, KAKAO, sign_in, with_members

# The library below it refuses http, which the stand-in Kakao speaks.
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
def authorized(blueprint, token):
    answer = blueprint.session.get("v2/user/me")
    answer.raise_for_status()
    return sign_in(answer.json())
