"""Keys change, and no one is signed out, no sign-in fails and no webhook is lost."""

from datetime import timedelta

import pytest
import time_machine

from app import create_app
from database import utc_now
from tests.conftest import SETTINGS

UNLINK = "https://kapi.kakao.com/v1/user/unlink"

OLD_KEYS = "an even older key, a key for tests ,"


@pytest.fixture
def restart(settings, browser):
    """Restart the site with a new key; the browser keeps its cookies and the page it has open."""

    def restart(key, fallbacks="", **keys):
        changed = {"SECRET_KEY": key, "SECRET_KEY_FALLBACKS": fallbacks} | keys
        browser.client.application = create_app(settings | changed)

    return restart


def test_a_new_key_signs_no_one_out_and_breaks_no_open_form(browser, jieun, restart):
    browser.get("/me/nickname")

    restart("a new key", fallbacks=OLD_KEYS)

    assert browser.post("/me/nickname", {"nickname": "새이름"}).location == "/me"
    assert browser.nickname() == "새이름"


def test_a_new_key_breaks_no_sign_in_that_is_under_way(browser, kakao, restart):
    state = browser.start("/me")["state"]
    kakao.knows(1, None)

    restart("a new key", fallbacks=OLD_KEYS)
    browser.open(f"/auth/kakao/callback?code=a&state={state}")
    restart("a newer key", fallbacks="a new key")

    assert browser.choose("지은").location == "/me"


def test_without_fallbacks_a_new_key_signs_everyone_out(browser, jieun, restart):
    restart("a new key", fallbacks="")

    assert browser.nickname() is None


def test_servers_that_change_one_after_the_other_understand_each_other(
    browser, kakao, settings, jieun
):
    old = {"SECRET_KEY": SETTINGS["SECRET_KEY"], "SECRET_KEY_FALLBACKS": "a new key"}
    new = {"SECRET_KEY": "a new key", "SECRET_KEY_FALLBACKS": SETTINGS["SECRET_KEY"]}
    servers = [create_app(settings | keys) for keys in (old, new)]

    for there, back in (servers, servers[::-1]):
        browser.client.application = there
        state = browser.start("/me")["state"]
        browser.client.application = back
        assert browser.return_from_kakao(state).location == "/me"
        browser.client.application = there
        assert browser.nickname() == "지은"


def test_a_sign_in_under_way_is_completed_with_a_new_client_secret(browser, kakao, restart):
    state = browser.start("/me")["state"]
    kakao.knows(1, "지은")

    restart("a key for tests", KAKAO_CLIENT_SECRET="a new secret")

    assert browser.return_from_kakao(state).location == "/me"
    (call,) = kakao.requests_to("/oauth/token")
    assert "client_secret=a+new+secret" in call.text


def test_webhooks_come_with_either_key_while_the_primary_admin_key_changes(restart, browser):
    both = "old primary key, new primary key"

    restart("a key for tests", KAKAO_ADMIN_KEY="any admin key", KAKAO_WEBHOOK_KEY=both)

    for key, status in (("old primary key", 200), ("new primary key", 200), ("any admin key", 401)):
        headers = {"Authorization": f"KakaoAK {key}"}
        response = browser.client.post("/webhooks/kakao/unlink", headers=headers)
        assert response.status_code == status, key


def test_an_outstanding_unlink_uses_a_new_admin_key(browser, kakao, restart):
    restart("a key for tests", KAKAO_ADMIN_KEY="old admin key")
    kakao.mock.post(UNLINK, status_code=401, json={"msg": "wrong key", "code": -401})
    kakao.knows(1, "지은")
    browser.sign_in()
    run = browser.client.application.test_cli_runner()
    run.invoke(args=["members", "delete", "지은", "--yes"])

    with time_machine.travel(utc_now() + timedelta(minutes=5)):
        restart("a key for tests", KAKAO_ADMIN_KEY="new admin key")
        kakao.mock.post(UNLINK, json={"id": 1})
        run = browser.client.application.test_cli_runner()
        result = run.invoke(args=["kakao", "retry-unlinks"])

    assert result.output == "1 done, 0 left for later\n"
    assert (
        kakao.requests_to("/v1/user/unlink")[-1].headers["Authorization"] == "KakaoAK new admin key"
    )
