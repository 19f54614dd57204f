"""Who does too much too fast is asked to wait; others are not."""

import pytest

from app import create_app
from web import limits


@pytest.fixture
def client(settings, monkeypatch):
    def make(**more):
        return create_app(settings | more).test_client()

    return make


def starts_until_refused(client, most, **kwargs):
    for number in range(most):
        answer = client.get("/auth/kakao", **kwargs)
        if answer.status_code == 429:
            return number, answer
    return most, answer


def test_after_many_starts_a_korean_page_says_when_to_come_back(client):
    number, page = starts_until_refused(client(), 400)

    assert f"{number} per minute" == limits.STARTS
    assert "쉬었다가" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", "/auth/kakao/callback", limits.CALLBACKS),
        ("POST", "/auth/nickname", limits.NICKNAMES),
        ("GET", "/auth/nickname/check", limits.CHECKS),
        ("POST", "/me/nickname", limits.NICKNAMES),
    ],
)
def test_each_thing_that_costs_something_has_its_limit(browser, kakao, method, path, limit):
    kakao.knows(1, "지은")
    browser.sign_in()
    limits.limiter.reset()
    browser.app.config["WTF_CSRF_ENABLED"] = False

    answers = [browser.client.open(path, method=method) for _ in range(most(limit) + 1)]
    statuses = [answer.status_code for answer in answers]

    assert [status == 429 for status in statuses] == [False] * most(limit) + [True]


def most(limit):
    return int(limit.split()[0])


def test_the_limits_can_be_switched_off(client):
    assert starts_until_refused(client(RATELIMIT_ENABLED="0"), 310)[0] == 310


def test_a_forwarded_address_is_believed_from_a_trusted_proxy_only(client):
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}

    assert "evil.example" not in client().get("/auth/kakao", headers=forged).location
    trusting = client(TRUSTED_PROXIES="1")
    assert "https%3A%2F%2Fevil.example" in trusting.get("/auth/kakao", headers=forged).location


def test_behind_a_trusted_proxy_each_visitor_counts_alone(client):
    trusting = client(TRUSTED_PROXIES="1")
    starts_until_refused(trusting, 301, headers={"X-Forwarded-For": "203.0.113.7"})

    other = trusting.get("/auth/kakao", headers={"X-Forwarded-For": "203.0.113.8"})
    assert other.status_code == 302
