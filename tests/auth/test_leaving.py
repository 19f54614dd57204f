"""Leaving for real: proof through Kakao, everything deleted, Kakao told."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest
import requests
from sqlalchemy import delete, update

from app import create_app
from auth import leaving
from models import Agreement, FormerNickname, LoginSession, Member, OpenUnlink, db, now

UNLINK = "https://kapi.kakao.com/v1/user/unlink"


@pytest.fixture
def answers_unlink(requests_mock):
    def answer(**answer):
        return requests_mock.post(UNLINK, **answer)

    answer(json={"id": 1})
    return answer


@pytest.fixture
def with_admin_key(app):
    app.config["KAKAO_ADMIN_KEY"] = "admin-key"


@pytest.fixture
def open_unlinks(app, with_admin_key):
    """People who left while Kakao did not answer."""

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
    return browser.come_back(consent.split("state=")[1].split("&")[0])


def test_everything_is_deleted_and_kakao_is_told(
    jieun, another_browser, rows, answers_unlink, kakao
):
    another_browser.sign_in()
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})

    page = jieun.open(withdraw(jieun).location)

    assert "안녕히 가세요" in page.text
    for table in (Member, LoginSession, FormerNickname, Agreement, OpenUnlink):
        assert rows(table) == []
    assert jieun.nickname() is another_browser.nickname() is None
    (told,) = kakao.asked("/v1/user/unlink")
    assert told.headers["Authorization"] == "Bearer access-token"


def test_the_back_button_does_not_bring_back_who_has_left(jieun, answers_unlink):
    """Kakao may still know them, and would send them here at once."""
    answers_unlink(status_code=503, text="")
    jieun.open(withdraw(jieun).location)

    page = jieun.get("/me/withdraw")

    assert page.status_code == 401
    assert 'href="/auth/kakao?next=/me/withdraw"' in page.text


def test_the_admin_key_is_used_where_there_is_one(jieun, with_admin_key, answers_unlink, kakao):
    withdraw(jieun)

    (told,) = kakao.asked("/v1/user/unlink")
    assert told.headers["Authorization"] == "KakaoAK admin-key"
    assert "target_id=1" in told.text


def test_somebody_elses_kakao_account_proves_nothing(jieun, kakao, rows, answers_unlink):
    kakao.knows(2, "민수")

    page = withdraw(jieun)

    assert page.status_code == 403
    assert len(rows(Member)) == 1
    assert not kakao.asked("/v1/user/unlink")
    assert jieun.nickname() == "지은"


def test_who_thinks_better_of_it_at_kakao_is_where_they_were(jieun):
    jieun.get("/me/withdraw")
    consent = jieun.post("/me/withdraw").location

    answer = jieun.come_back(consent.split("state=")[1].split("&")[0], error="access_denied")

    assert answer.location == "/me/withdraw"
    assert jieun.nickname() == "지은"


def test_who_is_signed_out_elsewhere_meanwhile_is_not_taken_for_somebody_else(
    jieun, another_browser, rows
):
    jieun.get("/me/withdraw")
    consent = jieun.post("/me/withdraw").location
    another_browser.sign_in()
    another_browser.get("/me/sessions")
    another_browser.post("/me/sessions/end-others")

    page = jieun.come_back(consent.split("state=")[1].split("&")[0])

    assert page.status_code == 401
    assert 'href="/auth/kakao?next=/me/withdraw"' in page.text
    assert len(rows(Member)) == 1


def test_a_sign_in_is_no_proof(jieun, rows, kakao):
    jieun.get("/me/withdraw")
    jieun.post("/me/withdraw")

    jieun.sign_in()

    assert len(rows(Member)) == 1


@pytest.mark.parametrize("code", [-101, -103])
def test_who_is_not_linked_any_more_is_done(jieun, answers_unlink, code, with_admin_key, rows):
    answers_unlink(json={"msg": "admin-key", "code": code}, status_code=400)

    page = jieun.open(withdraw(jieun).location)

    assert "직접 끊어" not in page.text
    assert rows(OpenUnlink) == []


DOWN = {
    "timeout": {"exc": requests.ConnectTimeout},
    "no connection": {"exc": requests.ConnectionError},
    "503": {"status_code": 503, "text": ""},
    "an error page": {"text": "<html>"},
    "an empty answer": {"text": ""},
    "half an answer": {"text": '{"id":'},
    "about somebody else": {"json": {"id": 2}},
}


@pytest.mark.parametrize("down", DOWN.values(), ids=DOWN)
def test_while_kakao_is_down_the_member_is_deleted_all_the_same(jieun, answers_unlink, rows, down):
    answers_unlink(**down)

    page = jieun.open(withdraw(jieun).location)

    assert rows(Member) == rows(OpenUnlink) == []
    assert "직접 끊어" in page.text


def test_an_open_unlink_is_retried_with_growing_pauses(
    app, jieun, answers_unlink, with_admin_key, rows
):
    answers_unlink(status_code=503, text="")
    page = jieun.open(withdraw(jieun).location)
    assert "직접 끊어" not in page.text
    retry = app.test_cli_runner().invoke

    assert "0 done, 1 left" in retry(args=["kakao", "retry-unlinks"]).output
    (waiting,) = rows(OpenUnlink)
    assert (waiting.kakao_id, waiting.tries) == (1, 1)
    assert waiting.try_after > now()
    answers_unlink(json={"id": 1})
    assert "0 done, 1 left" in retry(args=["kakao", "retry-unlinks"]).output

    with app.app_context():
        db.session.execute(update(OpenUnlink).values(try_after=now() - timedelta(seconds=1)))
        db.session.commit()
    assert "1 done, 0 left" in retry(args=["kakao", "retry-unlinks"]).output
    assert rows(OpenUnlink) == []


def test_a_wrong_admin_key_is_the_operators_matter(
    app, jieun, with_admin_key, answers_unlink, rows, caplog
):
    answers_unlink(json={"msg": "wrong appKey(admin-key) format", "code": -401}, status_code=401)

    withdraw(jieun)
    app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    lines = [line.getMessage() for line in caplog.records if line.levelname == "ERROR"]
    assert len(lines) == 2
    assert all("KAKAO_ADMIN_KEY is wrong" in line for line in lines)
    assert "admin-key" not in caplog.text
    assert len(rows(OpenUnlink)) == 1


@pytest.mark.parametrize(("tries", "minutes"), [(0, 2), (1, 4), (9, 1024), (10, 1440), (999, 1440)])
def test_the_pauses_grow_up_to_a_day(app, open_unlinks, answers_unlink, rows, tries, minutes):
    open_unlinks(1, tries=tries)
    answers_unlink(status_code=503, text="")

    app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    (waiting,) = rows(OpenUnlink)
    assert waiting.tries == tries + 1
    pause = waiting.try_after - now()
    assert timedelta(minutes=minutes - 1) < pause <= timedelta(minutes=minutes)


def test_without_an_admin_key_kakao_is_not_bothered(app, open_unlinks, kakao, rows):
    open_unlinks(1)
    app.config["KAKAO_ADMIN_KEY"] = None

    answer = app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    assert "0 done, 1 left for later" in answer.output
    assert kakao.asked("/v1/user/unlink") == []
    assert rows(OpenUnlink)[0].tries == 0


def test_a_member_is_not_told_goodbye(jieun):
    assert jieun.get("/me/goodbye").location == "/me"


def test_who_comes_back_during_a_run_is_not_unlinked(
    app, open_unlinks, browser, answers_unlink, kakao, rows
):
    open_unlinks(1, 2)

    def the_other_comes_back(request, _context):
        told = int(parse_qs(request.text)["target_id"][0])
        kakao.knows({1: 2, 2: 1}[told], "지은")
        browser.sign_in()
        return {"id": told}

    answers_unlink(json=the_other_comes_back)
    answer = app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    assert "1 done, 0 left for later" in answer.output
    assert len(kakao.asked("/v1/user/unlink")) == 1
    assert browser.nickname() == "지은"


def test_two_runs_at_once_tell_kakao_once(app, open_unlinks, answers_unlink, kakao):
    open_unlinks(1)

    def meanwhile(_request, _context):
        invoke(args=["kakao", "retry-unlinks"])
        return {"id": 1}

    invoke = app.test_cli_runner().invoke
    answers_unlink(json=meanwhile)
    answer = invoke(args=["kakao", "retry-unlinks"])

    assert "1 done, 0 left for later" in answer.output
    assert len(kakao.asked("/v1/user/unlink")) == 1


def test_of_two_runs_that_find_the_same_person_one_goes_on(app, open_unlinks):
    open_unlinks(1)

    with app.app_context():
        assert [leaving.put_off(1, tries=0) for _ in range(2)] == [True, False]


def test_two_runs_at_once_do_no_harm(app, jieun, answers_unlink, with_admin_key, rows):
    answers_unlink(status_code=503, text="")
    withdraw(jieun)

    def the_other_run_succeeds(_request, context):
        with app.app_context():
            db.session.execute(delete(OpenUnlink))
            db.session.commit()
        context.status_code = 503
        return ""

    answers_unlink(text=the_other_run_succeeds)
    answer = app.test_cli_runner().invoke(args=["kakao", "retry-unlinks"])

    assert "0 done, 0 left for later" in answer.output
    assert rows(OpenUnlink) == []


def test_coming_back_makes_a_new_account_that_is_not_unlinked(
    jieun, answers_unlink, with_admin_key, rows
):
    answers_unlink(status_code=503, text="")
    withdraw(jieun)

    jieun.sign_in()

    assert len(rows(Member)) == 1
    assert rows(OpenUnlink) == []


def test_ones_own_data_can_be_taken_along(jieun):
    answer = jieun.get("/me/export")

    data = answer.json
    assert data["member"]["nickname"] == "지은"
    assert data["member"]["kakao_id"] == 1
    assert len(data["login_session"]) == 1
    assert "token_hash" not in answer.text
    assert '"nickname": "지은"' in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]


def test_signing_out_of_the_kakao_account_as_well(jieun):
    jieun.get("/me")

    location = jieun.post("/auth/logout", {"kakao": "1"}).location

    assert location.startswith("https://kauth.kakao.com/oauth/logout?client_id=rest-api-key&")
    assert "logout_redirect_uri=http%3A%2F%2Flocalhost%2F" in location
    assert jieun.nickname() is None


KEY = {"Authorization": "KakaoAK admin-key"}
NOTICE = {"app_id": "77", "user_id": "1", "referrer_type": "UNLINK_FROM_APPS"}


class TestUnlinkNotice:
    """Kakao says that somebody unlinked the site in their Kakao account."""

    @pytest.fixture
    def client(self, settings, app, jieun):
        more = {"KAKAO_ADMIN_KEY": "admin-key", "KAKAO_APP_ID": "77"}
        return create_app(settings | more).test_client()

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_the_member_is_deleted_and_a_repeat_does_no_harm(self, client, rows, method):
        where = {"query_string": NOTICE} if method == "GET" else {"data": NOTICE}

        for _ in range(2):
            answer = client.open("/webhooks/kakao/unlink", method=method, headers=KEY, **where)
            assert answer.status_code == 200

        assert rows(Member) == rows(LoginSession) == []

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "KakaoAK wrong"},
            {"Authorization": "admin-key"},
            {"Authorization": "KakaoAK 키"},
        ],
        ids=repr,
    )
    def test_without_the_key_it_is_refused(self, client, rows, headers, caplog):
        answer = client.post("/webhooks/kakao/unlink", data=NOTICE, headers=headers)

        assert answer.status_code == 401
        assert len(rows(Member)) == 1
        assert "admin-key" not in caplog.text

    @pytest.mark.parametrize(
        "wrong", [{"user_id": "x"}, {"user_id": ""}, {"user_id": "-1"}, {"app_id": "78"}], ids=repr
    )
    def test_nonsense_is_refused(self, client, rows, wrong):
        answer = client.post("/webhooks/kakao/unlink", data=NOTICE | wrong, headers=KEY)

        assert answer.status_code == 400
        assert len(rows(Member)) == 1

    def test_without_an_admin_key_there_is_no_such_page(self, jieun):
        answer = jieun.client.post("/webhooks/kakao/unlink", data=NOTICE, headers=KEY)

        assert answer.status_code == 404
