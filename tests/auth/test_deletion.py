"""Deleting an account: reauthentication at Kakao, deletion of all data, unlinking."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
import requests
import time_machine
from sqlalchemy import create_engine, delete
from sqlalchemy.exc import OperationalError

from app import create_app
from auth import deletion, webhooks
from database import db, utc_now
from models import (
    Agreement,
    FormerNickname,
    LoginSession,
    Member,
    OpenUnlink,
    PendingSignup,
    UnlinkCheck,
)
from tests.conftest import read_export

UNLINK = "https://kapi.kakao.com/v1/user/unlink"


@pytest.fixture
def responds_to_unlink(requests_mock):
    def respond(**response):
        return requests_mock.post(UNLINK, **response)

    respond(json={"id": 1})
    return respond


@pytest.fixture
def with_admin_key(app):
    app.config["KAKAO_ADMIN_KEY"] = "admin-key"


@pytest.fixture
def open_unlinks(app, with_admin_key):
    """The deleted accounts that still have to be unlinked."""

    def add(*kakao_ids, **values):
        with app.app_context():
            db.session.add_all(OpenUnlink(kakao_id=kakao_id, **values) for kakao_id in kakao_ids)
            db.session.commit()

    return add


def withdraw(browser):
    """Press the button, and come back from Kakao."""
    browser.get("/me/withdraw")
    consent = browser.post("/me/withdraw").location
    assert "prompt=login" in consent
    return browser.return_from_kakao(consent.split("state=")[1].split("&")[0])


def test_everything_is_deleted_and_unlinked_at_kakao(
    jieun, another_browser, rows, responds_to_unlink, kakao
):
    another_browser.sign_in()
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})

    page = jieun.open(withdraw(jieun).location)

    assert "안녕히 가세요" in page.text
    for table in (Member, LoginSession, FormerNickname, Agreement, OpenUnlink):
        assert rows(table) == []
    assert jieun.nickname() is another_browser.nickname() is None
    (unlink,) = kakao.requests_to("/v1/user/unlink")
    assert unlink.headers["Authorization"] == "Bearer access-token"


def test_deleting_the_account_twice_leads_to_the_farewell_twice(jieun, responds_to_unlink, kakao):
    jieun.get("/me/withdraw")
    states = [jieun.post("/me/withdraw").location.split("state=")[1].split("&")[0] for _ in "ab"]
    tab = jieun.copy()
    tab.client = jieun.client

    first = jieun.return_from_kakao(states[0]).location

    assert first == "/me/goodbye?unlinked=1"
    assert jieun.return_from_kakao(states[0]).location == first  # the callback, reloaded
    assert jieun.return_from_kakao(states[1]).location == first  # another tab
    assert tab.post("/me/withdraw").location == first  # the form
    assert len(kakao.requests_to("/v1/user/unlink")) == 1
    for _ in "ab":
        assert "안녕히 가세요" in jieun.get(first).text


def test_the_back_button_does_not_bring_a_deleted_account_back(jieun, responds_to_unlink):
    """Kakao may still have a session of the person, and would redirect them back at once."""
    responds_to_unlink(status_code=503, text="")
    jieun.open(withdraw(jieun).location)

    page = jieun.get("/me/withdraw")

    assert page.status_code == 401
    assert 'href="/auth/kakao?next=/me/withdraw"' in page.text


def test_the_admin_key_is_used_where_there_is_one(jieun, with_admin_key, responds_to_unlink, kakao):
    withdraw(jieun)

    (unlink,) = kakao.requests_to("/v1/user/unlink")
    assert unlink.headers["Authorization"] == "KakaoAK admin-key"
    assert "target_id=1" in unlink.text


def test_the_kakao_account_of_someone_else_proves_nothing(jieun, kakao, rows, responds_to_unlink):
    kakao.knows(2, "민수")

    page = withdraw(jieun)

    assert page.status_code == 403
    assert len(rows(Member)) == 1
    assert not kakao.requests_to("/v1/user/unlink")
    assert jieun.nickname() == "지은"


def test_cancelling_at_kakao_leads_back_to_the_deletion_page(jieun):
    jieun.get("/me/withdraw")
    consent = jieun.post("/me/withdraw").location

    response = jieun.return_from_kakao(
        consent.split("state=")[1].split("&")[0], error="access_denied"
    )

    assert response.location == "/me/withdraw"
    assert jieun.nickname() == "지은"


def test_a_member_signed_out_elsewhere_is_not_mistaken_for_someone_else(
    jieun, another_browser, rows
):
    jieun.get("/me/withdraw")
    consent = jieun.post("/me/withdraw").location
    another_browser.sign_in()
    another_browser.get("/me/sessions")
    another_browser.post("/me/sessions/end-others")

    page = jieun.return_from_kakao(consent.split("state=")[1].split("&")[0])

    assert page.status_code == 401
    assert 'href="/auth/kakao?next=/me/withdraw"' in page.text
    assert len(rows(Member)) == 1


def test_an_earlier_sign_in_does_not_prove_identity(jieun, rows, kakao):
    jieun.get("/me/withdraw")
    jieun.post("/me/withdraw")

    jieun.sign_in()

    assert len(rows(Member)) == 1


@pytest.mark.parametrize("code", [-101, -103])
def test_an_account_that_is_already_unlinked_is_done(
    jieun, responds_to_unlink, code, with_admin_key, rows
):
    responds_to_unlink(json={"msg": "admin-key", "code": code}, status_code=400)

    page = jieun.open(withdraw(jieun).location)

    assert "직접 끊어" not in page.text
    assert rows(OpenUnlink) == []


DOWN = {
    "timeout": {"exc": requests.ConnectTimeout},
    "no connection": {"exc": requests.ConnectionError},
    "503": {"status_code": 503, "text": ""},
    "an error page": {"text": "<html>"},
    "an empty response": {"text": ""},
    "half a response": {"text": '{"id":'},
    "about someone else": {"json": {"id": 2}},
}


@pytest.mark.parametrize("down", DOWN.values(), ids=DOWN)
def test_while_kakao_is_down_the_member_is_deleted_all_the_same(
    jieun, responds_to_unlink, rows, down
):
    responds_to_unlink(**down)

    page = jieun.open(withdraw(jieun).location)

    assert rows(Member) == rows(OpenUnlink) == []
    assert "직접 끊어" in page.text


def test_an_open_unlink_is_retried_with_growing_pauses(
    app, jieun, responds_to_unlink, with_admin_key, rows
):
    responds_to_unlink(status_code=503, text="")
    page = jieun.open(withdraw(jieun).location)
    assert "직접 끊어" not in page.text
    retry = app.test_cli_runner().invoke

    assert "0 done, 1 left" in retry(args=["kakao", "retry-unlinks"]).output
    (waiting,) = rows(OpenUnlink)
    assert (waiting.kakao_id, waiting.tries) == (1, 1)
    assert waiting.try_after > utc_now()
    responds_to_unlink(json={"id": 1})
    assert "0 done, 1 left" in retry(args=["kakao", "retry-unlinks"]).output

    with time_machine.travel(waiting.try_after):
        assert "1 done, 0 left" in retry(args=["kakao", "retry-unlinks"]).output
    assert rows(OpenUnlink) == []


def test_a_wrong_admin_key_is_an_error_for_the_operator(
    app, jieun, with_admin_key, responds_to_unlink, rows, caplog
):
    responds_to_unlink(
        json={"msg": "wrong appKey(admin-key) format", "code": -401}, status_code=401
    )

    withdraw(jieun)
    app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    lines = [line.getMessage() for line in caplog.records if line.levelname == "ERROR"]
    assert len(lines) == 1  # the second try logs an ordinary line
    assert "KAKAO_ADMIN_KEY is wrong" in lines[0]
    assert "admin-key" not in caplog.text
    assert len(rows(OpenUnlink)) == 1


@pytest.mark.parametrize(("tries", "minutes"), [(0, 2), (1, 4), (9, 1024), (10, 1440), (999, 1440)])
def test_the_pauses_grow_up_to_a_day(app, open_unlinks, responds_to_unlink, rows, tries, minutes):
    open_unlinks(1, tries=tries)
    responds_to_unlink(status_code=503, text="")

    app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    (waiting,) = rows(OpenUnlink)
    assert waiting.tries == tries + 1
    pause = waiting.try_after - utc_now()
    assert timedelta(minutes=minutes - 1) < pause <= timedelta(minutes=minutes)


def test_without_an_admin_key_kakao_is_not_bothered(app, open_unlinks, kakao, rows):
    open_unlinks(1)
    app.config["KAKAO_ADMIN_KEY"] = None

    result = app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    assert "0 done, 1 left for later" in result.output
    assert kakao.requests_to("/v1/user/unlink") == []
    assert rows(OpenUnlink)[0].tries == 0


def test_a_member_does_not_see_the_goodbye_page(jieun):
    assert jieun.get("/me/goodbye").location == "/me"


def test_a_member_who_comes_back_during_a_run_is_not_unlinked(
    app, open_unlinks, browser, responds_to_unlink, kakao, rows
):
    open_unlinks(1, 2)

    def the_other_comes_back(request, _context):
        target_id = int(parse_qs(request.text)["target_id"][0])
        kakao.knows({1: 2, 2: 1}[target_id], "지은")
        browser.sign_in()
        return {"id": target_id}

    responds_to_unlink(json=the_other_comes_back)
    result = app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    assert "1 done, 0 left for later" in result.output
    assert len(kakao.requests_to("/v1/user/unlink")) == 1
    assert browser.nickname() == "지은"


def test_two_runs_at_once_unlink_once(app, open_unlinks, responds_to_unlink, kakao):
    open_unlinks(1)

    def the_member_returns(_request, _context):
        invoke(args=["kakao", "retry-unlinks"])
        return {"id": 1}

    invoke = app.test_cli_runner().invoke
    responds_to_unlink(json=the_member_returns)
    result = invoke(args=["kakao", "retry-unlinks"])

    assert "1 done, 0 left for later" in result.output
    assert len(kakao.requests_to("/v1/user/unlink")) == 1


def test_of_two_runs_that_find_the_same_person_one_goes_on(app, open_unlinks):
    open_unlinks(1)

    with app.app_context():
        assert [deletion.claim_for_retry(OpenUnlink, 1, tries=0) for _ in range(2)] == [True, False]


def test_two_runs_at_once_do_no_harm(app, jieun, responds_to_unlink, with_admin_key, rows):
    responds_to_unlink(status_code=503, text="")
    withdraw(jieun)

    def the_other_run_succeeds(_request, context):
        with app.app_context():
            db.session.execute(delete(OpenUnlink))
            db.session.commit()
        context.status_code = 503
        return ""

    responds_to_unlink(text=the_other_run_succeeds)
    result = app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    assert "0 done, 0 left for later" in result.output
    assert rows(OpenUnlink) == []


def test_coming_back_makes_a_new_account_that_is_not_unlinked(
    jieun, responds_to_unlink, with_admin_key, rows
):
    responds_to_unlink(status_code=503, text="")
    withdraw(jieun)

    jieun.sign_in()

    assert len(rows(Member)) == 1
    assert rows(OpenUnlink) == []


def test_members_can_download_their_data(jieun):
    response = jieun.get("/me/export")

    data = read_export(response.data)
    assert data["member"]["nickname"] == "지은"
    assert data["member"]["kakao_id"] == 1
    assert len(data["login_session"]) == 1
    assert "token_hash" not in str(data)
    assert "attachment" in response.headers["Content-Disposition"]


def test_a_member_can_sign_out_of_the_kakao_account_too(app, jieun):
    app.config["KAKAO_LOGOUT_REDIRECT"] = True
    assert "카카오계정에서도 로그아웃" in jieun.get("/me").text

    location = jieun.post("/auth/logout", {"kakao": "1"}).location

    assert location.startswith("https://kauth.kakao.com/oauth/logout?client_id=rest-api-key&")
    assert "logout_redirect_uri=http%3A%2F%2Flocalhost%2F" in location
    assert jieun.nickname() is None


def test_kakaos_sign_out_is_not_offered_while_its_redirect_uri_is_not_registered(jieun):
    assert "카카오계정에서도 로그아웃" not in jieun.get("/me").text

    assert jieun.post("/auth/logout", {"kakao": "1"}).location == "/"
    assert jieun.nickname() is None


KEY = {"Authorization": "KakaoAK admin-key"}
WEBHOOK = {"app_id": "77", "user_id": "1", "referrer_type": "UNLINK_FROM_APPS"}
WITH_KEY = {"KAKAO_ADMIN_KEY": "admin-key", "KAKAO_APP_ID": "77"}
USER_INFO = "https://kapi.kakao.com/v2/user/me"
ALREADY_UNLINKED = {"status_code": 400, "json": {"msg": "NotRegisteredUserException", "code": -101}}


def retry_unlinks(app):
    return app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"]).output


class TestUnlinkWebhook:
    """Kakao's webhook that someone unlinked the site in their Kakao account."""

    @pytest.fixture
    def app(self, settings):
        app = create_app(settings | WITH_KEY)
        yield app
        with app.app_context():
            db.engine.dispose()

    @pytest.fixture
    def client(self, app, jieun):
        return app.test_client()

    @pytest.fixture
    def kakao_says(self, kakao):
        """Kakao's response when the admin key queries 지은."""

        def say(**response):
            kakao.mock.get(USER_INFO, request_headers=KEY, **response)

        say(**ALREADY_UNLINKED)
        return say

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("code", [-101, -103])
    def test_the_member_is_deleted_and_a_repeat_does_no_harm(
        self, client, rows, kakao, kakao_says, method, code
    ):
        kakao_says(status_code=400, json={"msg": "x", "code": code})
        where = {"query_string": WEBHOOK} if method == "GET" else {"data": WEBHOOK}

        for _ in range(2):
            response = client.open("/webhooks/kakao/unlink", method=method, headers=KEY, **where)
            assert response.status_code == 200

        assert rows(Member) == rows(LoginSession) == rows(UnlinkCheck) == []
        assert kakao.requests_to("/v2/user/me")[-1].qs["target_id"] == ["1"]

    def test_a_pending_sign_up_ends(self, client, another_browser, rows, kakao, kakao_says):
        kakao.knows(2)
        another_browser.sign_in()
        kakao_says(**ALREADY_UNLINKED)

        client.post("/webhooks/kakao/unlink", data=WEBHOOK | {"user_id": "2"}, headers=KEY)

        assert rows(PendingSignup) == rows(UnlinkCheck) == []
        assert [member.nickname for member in rows(Member)] == ["지은"]

    def test_someone_who_is_linked_stays(self, client, jieun, rows, kakao_says):
        """Kakao repeats the webhook about an earlier link, and they have come back."""
        kakao_says(json={"id": 1})

        assert client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY).status_code == 200

        assert jieun.nickname() == "지은"
        assert rows(UnlinkCheck) == []
        assert rows(Member)[0].profile_fetched_at is None  # queried at the next sign-in

    def test_someone_who_comes_back_while_kakao_is_called_stays(
        self, client, jieun, rows, kakao_says
    ):
        def the_member_returns(_request, context):
            jieun.sign_in()
            context.status_code = 400
            return ALREADY_UNLINKED["json"]

        kakao_says(json=the_member_returns)

        client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY)

        assert jieun.nickname() == "지은"

    @pytest.mark.parametrize(
        "trouble",
        [
            {"status_code": 503, "text": ""},
            {"exc": requests.ConnectTimeout},
            {"text": "<html>"},
            {"json": {}},
            {"json": {"id": 2}},
            {"json": {"msg": "x", "code": -7}, "status_code": 400},
            {"json": {"msg": "x", "code": -3}, "status_code": 403},
            {"json": {"msg": "x", "code": -401}, "status_code": 401},
        ],
        ids=repr,
    )
    def test_while_kakao_cannot_be_called_the_webhook_waits(
        self, app, client, rows, kakao_says, trouble
    ):
        kakao_says(**trouble)
        assert client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY).status_code == 200
        assert (len(rows(Member)), len(rows(UnlinkCheck))) == (1, 1)
        assert retry_unlinks(app).endswith("0 done, 1 left for later\n")

        kakao_says(**ALREADY_UNLINKED)
        with time_machine.travel(utc_now() + timedelta(days=1)):
            assert retry_unlinks(app).endswith("1 done, 0 left for later\n")
        assert rows(Member) == []

    def test_a_key_without_permission_is_an_error_for_the_operator(
        self, client, kakao_says, caplog
    ):
        kakao_says(status_code=403, json={"msg": "KakaoAK admin-key", "code": -3})

        client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY)

        (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert "KAKAO_ADMIN_KEY may not call this API" in line.getMessage()
        assert "admin-key" not in caplog.text

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "KakaoAK wrong"},
            {"Authorization": "admin-key"},
            {"Authorization": "KakaoAK 키"},
        ],
        ids=["no key", "a wrong key", "a key without its scheme", "letters that no header has"],
    )
    def test_without_the_key_it_is_rejected(self, client, rows, headers, caplog):
        response = client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=headers)

        assert response.status_code == 401
        assert len(rows(Member)) == 1
        assert "admin-key" not in caplog.text

    @pytest.mark.parametrize(
        "change",
        [
            *({"user_id": user_id} for user_id in ("x", "", "-1", "5", None)),
            {"app_id": "78"},
            {"app_id": None},
        ],
        ids=repr,
    )
    def test_a_webhook_for_another_app_is_accepted_and_changes_nothing(
        self, client, rows, kakao, kakao_says, change
    ):
        """Kakao pauses webhooks that fail."""
        form = {name: value for name, value in (WEBHOOK | change).items() if value is not None}

        response = client.post("/webhooks/kakao/unlink", data=form, headers=KEY)

        assert response.status_code == 200
        assert len(rows(Member)) == 1
        assert rows(UnlinkCheck) == []
        assert len(kakao.requests_to("/v2/user/me")) == 1  # at the sign-up

    def test_a_hanging_kakao_does_not_hold_up_the_response(
        self, client, rows, kakao_says, monkeypatch
    ):
        workers, hanging = ThreadPoolExecutor(), threading.Event()
        monkeypatch.setattr(webhooks, "workers", workers)
        monkeypatch.setattr(webhooks, "MAX_SECONDS", 0.2)

        def hang(_request, context):
            hanging.wait(10)
            context.status_code = 400
            return ALREADY_UNLINKED["json"]

        kakao_says(json=hang)

        assert client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY).status_code == 200

        assert len(rows(UnlinkCheck)) == 1  # stored before the call to Kakao
        hanging.set()
        workers.shutdown()
        assert rows(Member) == rows(UnlinkCheck) == []

    def test_a_locked_database_does_not_hold_up_the_response(
        self, app, client, rows, kakao_says, monkeypatch
    ):
        workers = ThreadPoolExecutor()
        monkeypatch.setattr(webhooks, "workers", workers)
        monkeypatch.setattr(webhooks, "MAX_SECONDS", 0.2)
        with app.app_context():
            engine = create_engine(db.engine.url)  # a process of its own, with no limits
        lock = "BEGIN IMMEDIATE" if engine.name == "sqlite" else "LOCK TABLE member"

        with engine.connect() as another_process:
            another_process.exec_driver_sql(lock)
            status = client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY).status_code

        assert status == 200
        workers.shutdown()
        assert rows(Member) == []

    def test_a_database_that_is_away_for_a_while_loses_no_webhook(
        self, client, rows, kakao_says, monkeypatch
    ):
        monkeypatch.setattr(deletion, "DATABASE_RETRY_PAUSES", (0, 0, 0))
        store, tries = deletion.store_unlink_check, []

        def fail_twice(kakao_id):
            tries.append(kakao_id)
            if len(tries) < 3:
                raise OperationalError("UPDATE", {}, Exception("database is locked"))
            store(kakao_id)

        monkeypatch.setattr(deletion, "store_unlink_check", fail_twice)

        assert client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY).status_code == 200

        assert rows(Member) == []

    def test_a_database_that_stays_away_is_logged(self, client, kakao_says, monkeypatch, caplog):
        monkeypatch.setattr(deletion, "DATABASE_RETRY_PAUSES", (0,))

        def fail(_kakao_id):
            raise OperationalError("UPDATE", {}, Exception("database is locked"))

        monkeypatch.setattr(deletion, "store_unlink_check", fail)

        assert client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=KEY).status_code == 200

        assert "unlink webhook lost" in caplog.text

    @pytest.mark.parametrize(
        ("key", "status"), [("old-primary", 200), ("new-primary", 200), ("admin-key", 401)]
    )
    def test_while_the_primary_key_changes_both_are_accepted(
        self, settings, jieun, rows, kakao_says, key, status
    ):
        more = WITH_KEY | {"KAKAO_WEBHOOK_KEY": "old-primary, new-primary"}
        client = create_app(settings | more).test_client()
        headers = {"Authorization": f"KakaoAK {key}"}

        response = client.post("/webhooks/kakao/unlink", data=WEBHOOK, headers=headers)

        assert response.status_code == status
        assert (rows(Member) == []) == (status == 200)

    def test_without_an_admin_key_there_is_no_such_page(self, settings, jieun):
        client = create_app(settings).test_client()

        assert client.post("/webhooks/kakao/unlink", headers=KEY).status_code == 404
