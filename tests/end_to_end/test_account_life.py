"""An account's whole life against the Kakao sandbox: sign-in by id_token, webhooks, deletion."""

import re
from types import SimpleNamespace

import pytest
import requests

import sandbox
from app import create_app
from database import db
from sandbox.people import PEOPLE
from tests.conftest import SETTINGS, read_export
from tests.end_to_end.conftest import Person
from tests.html_checks import Page
from tests.servers import serving_here

JIEUN = PEOPLE["jieun"].id
SECEVENT = "https://schemas.openid.net/secevent"
OAUTH = f"{SECEVENT}/oauth/event-type"


@pytest.fixture
def kakao():
    """A Kakao sandbox of this test's own."""
    app = sandbox.create_app("rest-api-key", "client-secret", "admin-key")

    def fails(where, fault, **more):
        response = requests.post(f"{url}/faults", json={"where": where, "fault": fault} | more)
        response.raise_for_status()

    def tells(what, person=JIEUN, **more):
        """Press the button that sends a webhook; the status of the site's response."""
        form = {"person": person, "what": what} | more
        return status(requests.post(f"{url}/webhooks", data=form))

    def tells_again():
        """Press the button that repeats the last webhook."""
        return status(requests.post(f"{url}/webhooks/again"))

    def status(page):
        return int(re.search(r"사이트가 (\d+)", Page(page.text).text("h1"))[1])

    with serving_here(app) as url:
        yield SimpleNamespace(url=url, app=app, fails=fails, tells=tells, tells_again=tells_again)


@pytest.fixture(params=["0", "1"], ids=["plain", "OpenID Connect"])
def site(request, kakao, settings):
    """The site in front of it."""
    own = {
        "KAKAO_AUTH_URL": kakao.url,
        "KAKAO_API_URL": kakao.url,
        "KAKAO_ADMIN_KEY": "admin-key",
        "KAKAO_APP_ID": "100001",
        "KAKAO_OIDC": request.param,
        "KAKAO_SCOPE": "profile_nickname profile_image account_email",
    }
    app = create_app(SETTINGS | settings | own)
    with serving_here(app) as url:
        kakao.app.config["SITE"] = url
        yield SimpleNamespace(app=app, url=url, by_id_token=request.param == "1")
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def jieun(site):
    person = Person(site.url)
    person.sign_in_as(JIEUN)
    assert person.nickname() == "지은"
    return person


def leave(person, as_whom=JIEUN):
    """Press the button on the page about deletion, and reauthenticate at Kakao."""
    person.get("/me/withdraw")
    consent = person.http.post(
        f"{person.site}/me/withdraw",
        data={"csrf_token": person.value("csrf_token")},
        allow_redirects=False,
    ).headers["Location"]
    assert "prompt=login" in consent
    person.page = person.http.post(consent, data={"person": as_whom})
    return person.page


def is_in(person):
    """Checked on the home page: a members' page would redirect to Kakao and sign them in again."""
    return "kakao-button" not in person.get("/").text


def calls(kakao, place):
    return requests.get(f"{kakao.url}/calls").json().get(place, {"requests": 0})["requests"]


def test_an_id_token_saves_the_profile_call(site, kakao, jieun):
    before = calls(kakao, "me")

    Person(site.url).sign_in_as(JIEUN)

    assert calls(kakao, "me") - before == (0 if site.by_id_token else 1)
    assert calls(kakao, "jwks") == (1 if site.by_id_token else 0)


def test_when_kakao_changes_its_keys_people_come_in_as_before(site, kakao, jieun):
    requests.post(f"{kakao.url}/keys/rotate")

    again = Person(site.url)
    again.sign_in_as(JIEUN)

    assert again.nickname() == "지은"


def test_a_copied_cookie_is_dead_after_signing_out(site, jieun):
    thief = Person(site.url)
    thief.http.cookies.update(jieun.http.cookies)
    assert is_in(thief)

    jieun.get("/")
    jieun.http.post(
        f"{site.url}/auth/logout",
        data={"csrf_token": jieun.value("csrf_token")},
    )

    assert not is_in(thief)


def test_deleting_an_account_ends_everything_here_and_at_kakao(site, kakao, jieun):
    phone = Person(site.url)
    phone.sign_in_as(JIEUN)

    assert "안녕히 가세요" in leave(jieun).text

    assert not is_in(jieun) and not is_in(phone)
    assert JIEUN not in kakao.app.extensions["store"].links
    assert phone.get("/@지은").status_code == 404


def test_no_one_can_delete_the_account_of_someone_else(site, jieun):
    assert leave(jieun, as_whom=PEOPLE["haneul"].id).status_code == 403

    assert jieun.nickname() == "지은"


def test_a_deleted_member_who_comes_back_is_new(site, jieun):
    leave(jieun)

    jieun.sign_in_as(JIEUN)

    assert jieun.nickname() == "지은"
    kept = read_export(jieun.get("/me/export").content)
    assert len(kept["login_session"]) == 1


def test_an_account_that_kakao_does_not_know_can_be_deleted(site, kakao, jieun):
    kakao.fails("unlink", "-101")

    assert "안녕히 가세요" in leave(jieun).text

    assert retry_unlinks(site) == "0 done, 0 left for later\n"


@pytest.mark.parametrize("fault", ["503", "reset", "html", "-7"])
def test_an_account_deleted_while_kakao_is_down_is_unlinked_later(site, kakao, jieun, fault):
    kakao.fails("unlink", fault)

    assert "안녕히 가세요" in leave(jieun).text
    assert not is_in(jieun)

    requests.delete(f"{kakao.url}/faults")
    assert retry_unlinks(site) == "1 done, 0 left for later\n"
    assert JIEUN not in kakao.app.extensions["store"].links
    assert retry_unlinks(site) == "0 done, 0 left for later\n"


def retry_unlinks(site):
    return site.app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"]).output


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("UNLINK_FROM_APPS", 200),
        ("ACCOUNT_DELETE", 200),
        (f"{OAUTH}/user-unlinked", 202),
        (f"{SECEVENT}/risc/event-type/account-purged", 202),
    ],
)
def test_an_unlink_webhook_deletes_the_member(site, kakao, jieun, what, status):
    assert kakao.tells(what) == kakao.tells(what) == status

    assert not is_in(jieun)
    assert Person(site.url).get("/@지은").status_code == 404


@pytest.mark.parametrize(
    "event", ["oauth/event-type/tokens-revoked", "risc/event-type/account-disabled"]
)
def test_a_webhook_that_an_account_is_in_danger_signs_out_everywhere(site, kakao, jieun, event):
    assert kakao.tells(f"{SECEVENT}/{event}") == 202

    assert not is_in(jieun)
    jieun.sign_in_as(JIEUN)
    assert jieun.nickname() == "지은"


def test_other_webhooks_change_nothing(site, kakao, jieun):
    assert kakao.tells(f"{OAUTH}/user-linked") == 202
    assert kakao.tells("UNLINK_FROM_APPS", person=PEOPLE["haneul"].id) == 200

    assert jieun.nickname() == "지은"


@pytest.mark.parametrize(
    ("what", "status"), [("UNLINK_FROM_APPS", 200), (f"{OAUTH}/user-unlinked", 202)]
)
def test_a_repeated_webhook_does_not_delete_someone_who_came_back(site, kakao, jieun, what, status):
    assert kakao.tells(what) == status
    jieun.sign_in_as(JIEUN)

    assert kakao.tells_again() == status
    assert kakao.tells(what, ago=3600) == status

    assert jieun.nickname() == "지은"


def test_an_old_event_ends_no_newer_session(site, kakao, jieun):
    assert kakao.tells(f"{OAUTH}/tokens-revoked", ago=3600) == 202

    assert is_in(jieun)


@pytest.mark.parametrize("fault", ["503", "reset", "html", "-7"])
def test_an_unlink_webhook_waits_while_kakao_is_down(site, kakao, jieun, fault):
    kakao.fails("me", fault)
    assert kakao.tells("UNLINK_FROM_APPS") == 200
    assert is_in(jieun)

    requests.delete(f"{kakao.url}/faults")
    assert retry_unlinks(site).endswith("1 done, 0 left for later\n")
    assert not is_in(jieun)


def test_a_withdrawn_email_address_is_deleted_at_once_and_comes_back_with_consent(
    site, kakao, jieun
):
    def email():
        return read_export(jieun.get("/me/export").content)["member"]["email"]

    assert email() == "jieun@example.com"
    assert kakao.tells(f"{OAUTH}/user-scope-withdraw", scope="account_email") == 202
    assert email() is None

    jieun.sign_in_as(JIEUN)

    assert email() == "jieun@example.com"


def test_an_unlink_webhook_is_checked_with_kakao(site, kakao, jieun):
    assert kakao.tells("UNLINK_FROM_APPS", ago=3600) == 200  # linked anew since then
    before = calls(kakao, "me")

    for _ in range(2):
        jieun.sign_in_as(JIEUN)

    assert calls(kakao, "me") - before == (1 if site.by_id_token else 2)


def test_an_admin_key_without_permission_leaves_the_webhook_for_later(site, kakao, jieun):
    key = {"key": "another-key", "apis": ["/v1/user/unlink"]}
    requests.post(f"{kakao.url}/admin-keys", json=key).raise_for_status()
    site.app.config["KAKAO_ADMIN_KEY"] = "another-key"

    assert kakao.tells("UNLINK_FROM_APPS") == 200

    assert is_in(jieun)
    assert retry_unlinks(site).endswith("0 done, 1 left for later\n")
