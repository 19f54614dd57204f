"""The cost of a sign-in and of the members' pages, by the number of members."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import parse_qs, urlsplit

import requests_mock
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from bench.databases import SAMPLES, cost, fill, measure_on_each
from bench.suggestions import MORE_MEMBERS
from database import db
from web.logs import log

TITLE = "Growth"
COUNTS = (10, 1_000_000)
NOTE = f"""\
Without gunicorn and network: queries, and the median milliseconds of CPU and of the database in
{SAMPLES} requests, with one session for each member in the table. A sign-in is what the button or
the tap requests and the callback; Kakao responds at once. Through KakaoTalk it has no PKCE."""
RETURNING, BROWSING = 5, 6  # Kakao ids of two members
MORE_SESSIONS = """
    INSERT INTO login_session
        (token_hash, member_id, created_at, last_seen_at, device, address, is_unfamiliar)
    SELECT 'token' || id, id, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 'iPhone · Safari',
        '203.0.113.0', FALSE
    FROM member WHERE kakao_id BETWEEN :first AND :last
"""
SETTINGS = {"SECRET_KEY": "bench", "RATELIMIT_ENABLED": "0", "KAKAO_JAVASCRIPT_KEY": "bench"}

new_ids = count(10**9)


def measure() -> list[dict]:
    """Return the rows for each database."""
    return measure_on_each(measure_on)


def measure_on(name: str, url: str) -> Iterator[dict]:
    """Fill a database step by step, and yield a row per request after each."""
    app = create_app(SETTINGS | {"DATABASE_URL": url})
    log.setLevel(logging.WARNING)
    with app.app_context():
        engine = db.engine
        db.create_all()
    with responding_kakao(app) as kakao:
        so_far = 0
        for members in COUNTS:
            for statement in (MORE_MEMBERS, MORE_SESSIONS):
                fill(engine, statement, so_far + 1, members)
            so_far = members
            for what, act in requests(app, kakao, members).items():
                yield {"database": name, "members": f"{members:,}", "": what} | cost(engine, act)
    engine.dispose()


def requests(app: Flask, kakao: requests_mock.Mocker, members: int) -> dict[str, Callable]:
    """Return the functions to measure, by their names in the table."""
    browser = app.test_client()
    sign_in(browser, kakao, BROWSING)

    def by_link(kakao_id: int) -> None:
        sign_in(app.test_client(), kakao, kakao_id)

    def through_app(kakao_id: int) -> None:
        sign_in(app.test_client(), kakao, kakao_id, path="/flask-kakao/app-request")

    def open_page(path: str) -> None:
        assert browser.get(path).status_code == 200, path  # noqa: S101

    return {
        "returning sign-in": lambda: by_link(RETURNING),
        "the same through KakaoTalk": lambda: through_app(RETURNING),
        "new member": lambda: by_link(next(new_ids)),
        "account page": lambda: open_page("/me"),
        "members' home": lambda: open_page("/"),
        "all neighbours": lambda: open_page(f"/neighbours?before={members // 2 + 1}"),
        "sign-ins": lambda: open_page("/me/sessions"),
    }


@contextmanager
def responding_kakao(app: Flask) -> Iterator[requests_mock.Mocker]:
    """Make Kakao accept every code; sign_in() says whose it is."""
    with requests_mock.Mocker() as kakao:
        token = {"access_token": "bench", "token_type": "bearer", "expires_in": 21_599}
        kakao.post(f"{app.config['KAKAO_AUTH_URL']}/oauth/token", json=token)
        yield kakao


def sign_in(
    client: FlaskClient, kakao: requests_mock.Mocker, kakao_id: int, path: str = "/auth/kakao"
) -> None:
    """Sign this person in, by the link or, at the other path, through the KakaoTalk app."""
    profile = {"nickname": f"이웃{kakao_id}"}
    config = client.application.config
    user_info = {"id": kakao_id, "kakao_account": {"profile": profile}}
    kakao.get(f"{config['KAKAO_API_URL']}/v2/user/me", json=user_info)
    started = client.get(path)
    query = parse_qs(urlsplit(started.location or "").query)
    state = query["state"][0] if query else started.get_json()["state"]
    response = client.get(f"/auth/kakao/callback?code=bench&state={state}")
    assert response.location == "/", response.location  # noqa: S101
