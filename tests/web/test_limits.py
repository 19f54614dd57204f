"""A request over a limit is refused; other people are not affected."""

import pytest

from app import create_app
from web import limits


@pytest.fixture
def client(settings, monkeypatch):
    def make(**more):
        return create_app(settings | more).test_client()

    return make


def use_up(limit, but=0):
    """Use up this limit for everyone counted so far, but for a few requests."""
    counts = limits.limiter.storage.storage
    reached = [key for key in counts if f"/{most(limit)}/1/minute" in key]
    assert reached
    counts |= dict.fromkeys(reached, most(limit) - but)


def most(limit):
    return int(limit.split()[0])


def test_after_many_starts_a_korean_page_says_when_to_come_back(client):
    visitor = client()
    for _ in range(most(limits.SIGN_IN_LIMIT)):
        assert visitor.get("/auth/kakao").status_code == 302
    page = visitor.get("/auth/kakao")

    assert page.status_code == 429
    assert "쉬었다가" in page.text
    assert 0 < int(page.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("GET", "/auth/kakao/callback", limits.CALLBACK_LIMIT),
        ("GET", "/flask-kakao/app-request", limits.SIGN_IN_LIMIT),
        ("POST", "/auth/nickname", limits.NICKNAME_LIMIT),
        ("GET", "/auth/nickname/check", limits.NICKNAME_CHECK_LIMIT),
        ("GET", "/auth/nickname", limits.NICKNAME_LIMIT),
        ("GET", "/@지은", limits.PROFILE_LIMIT),
        ("POST", "/webhooks/kakao/events", limits.WEBHOOK_LIMIT),
        ("POST", "/me/nickname", limits.RENAME_LIMIT),
        ("POST", "/me/image", limits.ACCOUNT_LIMIT),
        ("GET", "/me/sessions", limits.ACCOUNT_LIMIT),
        ("POST", "/me/sessions/7/end", limits.ACCOUNT_LIMIT),
        ("POST", "/me/sessions/end-others", limits.ACCOUNT_LIMIT),
        ("POST", "/me/withdraw", limits.ACCOUNT_LIMIT),
        ("GET", "/me/data", limits.EXPORT_LIMIT),
        ("GET", "/me/export", limits.EXPORT_LIMIT),
    ],
)
def test_each_thing_that_costs_something_has_its_limit(browser, kakao, method, path, limit):
    kakao.knows(1, "지은")
    browser.sign_in()
    limits.limiter.reset()
    browser.app.config["WTF_CSRF_ENABLED"] = False

    client = browser.client
    assert client.open(path, method=method).status_code != 429
    use_up(limit, but=1)

    assert client.open(path, method=method).status_code != 429
    assert client.open(path, method=method).status_code == 429


def test_a_members_limit_is_theirs_wherever_they_are_and_no_one_elses(
    jieun, another_browser, kakao
):
    another_browser.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    another_browser.sign_in()
    for _ in range(most(limits.EXPORT_LIMIT)):
        assert jieun.get("/me/export").status_code == 200

    assert jieun.get("/me/export").status_code == 429
    assert another_browser.get("/me/export").status_code == 429

    kakao.knows(2, "민수")
    jieun.log_out()
    jieun.sign_in()
    assert jieun.get("/me/export").status_code == 200


def test_neighbors_behind_one_ip_address_do_not_use_up_each_others_nickname_checks(
    jieun, another_browser, kakao
):
    kakao.knows(2, "민수")
    another_browser.sign_in()
    path = "/auth/nickname/check?nickname="  # an empty one costs little
    jieun.client.get(path)
    use_up(limits.NICKNAME_CHECK_LIMIT)

    assert jieun.client.get(path).status_code == 429
    assert another_browser.client.get(path).status_code == 200


def test_the_limits_can_be_switched_off(client):
    visitor = client(RATELIMIT_ENABLED="0")
    for _ in range(most(limits.SIGN_IN_LIMIT) + 1):
        assert visitor.get("/auth/kakao").status_code == 302


def test_behind_a_trusted_proxy_each_visitor_counts_alone(client):
    visitors = client(TRUSTED_PROXIES="1")

    def start(ip):
        return visitors.get("/auth/kakao", headers={"X-Forwarded-For": ip}).status_code

    assert start("203.0.113.7") == 302
    use_up(limits.SIGN_IN_LIMIT)

    assert start("203.0.113.7") == 429
    assert start("203.0.113.8") == 302
