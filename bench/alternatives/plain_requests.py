"""Kakao sign-in with plain requests, as someone would write it in an afternoon."""

import secrets

import requests
from flask import abort, redirect, request, session, url_for
from werkzeug import Response

from bench.alternatives.site import CLIENT_ID, CLIENT_SECRET, KAKAO, sign_in, with_members

app = with_members()


@app.endpoint("auth.start")
def start() -> Response:
    """Redirect to Kakao's consent page."""
    session["state"] = secrets.token_urlsafe(32)
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": url_for("auth.callback", _external=True),
        "response_type": "code",
        "state": session["state"],
    }
    consent = requests.Request("GET", f"{KAKAO}/oauth/authorize", params=query).prepare()
    return redirect(str(consent.url))


@app.endpoint("auth.callback")
def callback() -> Response:
    """Exchange the code, fetch the profile, and sign in."""
    if request.args["state"] != session.pop("state", None):
        abort(400)
    form = {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uri": url_for("auth.callback", _external=True),
        "code": request.args["code"],
    }
    token = requests.post(f"{KAKAO}/oauth/token", data=form, timeout=5)
    token.raise_for_status()
    headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
    response = requests.get(f"{KAKAO}/v2/user/me", headers=headers, timeout=5)
    response.raise_for_status()
    return sign_in(response.json())
