"""Kakao sign-in with Authlib's Flask client, as in its documentation."""

from authlib.integrations.flask_client import OAuth
from flask import url_for
from werkzeug import Response

from bench.alternatives.site import CLIENT_ID, CLIENT_SECRET, KAKAO, sign_in, with_members

app = with_members()
kakao = OAuth(app).register(
    "kakao",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    authorize_url=f"{KAKAO}/oauth/authorize",
    access_token_url=f"{KAKAO}/oauth/token",
    api_base_url=f"{KAKAO}/",
    client_kwargs={
        "token_endpoint_auth_method": "client_secret_post",
        "code_challenge_method": "S256",
    },
)


@app.endpoint("auth.start")
def start() -> Response:
    """Redirect to Kakao's consent page."""
    return kakao.authorize_redirect(url_for("auth.callback", _external=True))


@app.endpoint("auth.callback")
def callback() -> Response:
    """Exchange the code, fetch the profile, and sign in."""
    token = kakao.authorize_access_token()
    response = kakao.get("v2/user/me", token=token)
    response.raise_for_status()
    return sign_in(response.json())
