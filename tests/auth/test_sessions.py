"""Sessions: how members see and end them, and when they end by themselves."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text, update

from auth import devices, sessions
from database import db, utc_now
from models import LoginSession

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def on_a_phone(another_browser, jieun):
    another_browser.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (Linux; Android 15) Chrome/130 Mobile Safari/537.36 KAKAOTALK 26.1.0"
    )
    another_browser.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"
    another_browser.sign_in()
    return another_browser


@pytest.fixture
def backdate(app):
    """Make the rows older."""

    def backdate(**values):
        with app.app_context():
            db.session.execute(update(LoginSession).values(**values))
            db.session.commit()

    return backdate


def test_the_sessions_are_listed_with_device_and_truncated_ip_address(jieun, on_a_phone):
    page = jieun.get("/me/sessions").text

    assert "Android · KakaoTalk" in page
    assert "203.0.113.0" in page
    assert "203.0.113.77" not in page
    assert page.count("지금 이 기기") == 1


def test_one_session_can_be_ended(jieun, on_a_phone, rows):
    phone = rows(LoginSession)[1].id
    jieun.get("/me/sessions")

    assert jieun.post(f"/me/sessions/{phone}/end").location == "/me/sessions"

    assert on_a_phone.nickname() is None
    assert jieun.nickname() == "지은"
    assert "로그아웃했어요" in jieun.get("/me/sessions").text


def test_ending_this_session_is_signing_out(jieun, rows):
    jieun.get("/me/sessions")

    assert jieun.post(f"/me/sessions/{rows(LoginSession)[0].id}/end").location == "/"
    assert jieun.nickname() is None


def test_all_others_can_be_ended(jieun, on_a_phone):
    assert "다른 기기 모두 로그아웃" in jieun.get("/me/sessions").text
    jieun.post("/me/sessions/end-others")

    assert on_a_phone.nickname() is None
    assert jieun.nickname() == "지은"
    # No other session is left, and there is no button.
    assert "다른 기기 모두 로그아웃" not in jieun.get("/me/sessions").text


def test_an_ended_session_keeps_its_end(jieun, on_a_phone, rows):
    jieun.get("/me/sessions")
    jieun.post("/me/sessions/end-others")
    ended_at = rows(LoginSession)[1].ended_at

    jieun.post("/me/sessions/end-others")

    assert rows(LoginSession)[1].ended_at == ended_at


def test_no_one_can_end_the_session_of_someone_else(jieun, another_browser, kakao, rows):
    kakao.knows(2, "민수")
    another_browser.sign_in()
    another_browser.get("/me/sessions")

    another_browser.post(f"/me/sessions/{rows(LoginSession)[0].id}/end")

    assert jieun.nickname() == "지은"


def test_no_one_sees_the_sessions_of_someone_else(jieun, another_browser, kakao):
    another_browser.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Edg/130"
    kakao.knows(2, "민수")
    another_browser.sign_in()

    assert "Windows · Edge" in another_browser.get("/me/sessions").text
    assert "Windows · Edge" not in jieun.get("/me/sessions").text


@pytest.mark.parametrize(("days", "is_listed"), [(89, True), (91, False)])
def test_a_session_is_listed_for_90_days_after_its_end(
    jieun, on_a_phone, rows, app, days, is_listed
):
    ended = LoginSession.id == rows(LoginSession)[1].id
    with app.app_context():
        ended_at = utc_now() - timedelta(days=days)
        db.session.execute(update(LoginSession).where(ended).values(ended_at=ended_at))
        db.session.commit()

    assert ("Android · KakaoTalk" in jieun.get("/me/sessions").text) is is_listed


@pytest.mark.parametrize("number", [2**31, 2**63 - 1, 2**63, 10**30])
def test_a_number_too_large_for_the_database_does_no_harm(jieun, number):
    jieun.get("/me/sessions")

    assert jieun.post(f"/me/sessions/{number}/end").status_code in (302, 404)
    assert jieun.nickname() == "지은"


@pytest.mark.parametrize(
    ("column", "days", "alive"),
    [
        ("last_seen_at", 29, True),
        ("last_seen_at", 31, False),
        ("created_at", 179, True),
        ("created_at", 181, False),
    ],
)
def test_a_session_ends_when_idle_or_old(jieun, backdate, column, days, alive):
    backdate(**{column: utc_now() - timedelta(days=days)})

    assert (jieun.nickname() == "지은") is alive


def test_last_seen_is_written_every_ten_minutes_at_most(jieun, backdate, rows):
    recently = utc_now() - timedelta(minutes=9)
    backdate(last_seen_at=recently)
    jieun.get("/me")
    assert rows(LoginSession)[0].last_seen_at == recently

    backdate(last_seen_at=utc_now() - timedelta(minutes=11))
    jieun.get("/me")
    assert rows(LoginSession)[0].last_seen_at > recently


def test_a_purge_with_a_clock_that_is_a_year_ahead_deletes_no_session(app, jieun, rows):
    run = app.test_cli_runner().invoke

    with time_machine.travel(utc_now() + timedelta(days=365)):
        result = run(args=["sessions", "purge"])
        assert result.exit_code == 1
        assert "machine's clock" in result.output
        assert len(rows(LoginSession)) == 1

        assert run(args=["sessions", "purge", "--yes"]).exit_code == 0
    assert rows(LoginSession) == []


@pytest.mark.parametrize(
    ("days", "left"), [pytest.param(89, 1, id="history"), pytest.param(91, 0, id="forgotten")]
)
def test_a_purge_deletes_sessions_that_ended_long_ago(
    app, jieun, backdate, rows, days, left, monkeypatch
):
    monkeypatch.setattr(sessions, "PURGE_BATCH_SIZE", 1)
    backdate(ended_at=utc_now() - timedelta(days=days))

    result = app.test_cli_runner().invoke(args=["sessions", "purge", "--yes"])

    assert result.exit_code == 0
    assert len(rows(LoginSession)) == left


@pytest.mark.parametrize(
    ("column", "days", "left"),
    [
        ("last_seen_at", 119, 1),
        ("last_seen_at", 121, 0),
        ("created_at", 269, 1),
        ("created_at", 271, 0),
    ],
)
def test_a_purge_deletes_sessions_that_expired_long_ago(
    app, jieun, backdate, rows, column, days, left
):
    now = utc_now()
    backdate(**{"created_at": now - timedelta(days=200), column: now - timedelta(days=days)})

    app.test_cli_runner().invoke(args=["sessions", "purge", "--yes"])

    assert len(rows(LoginSession)) == left


@pytest.mark.postgresql
def test_a_purge_can_use_the_indexes_that_the_guide_to_scaling_names(app):
    guide = (ROOT / "docs" / "scaling.md").read_text()
    indexes = re.findall("CREATE INDEX CONCURRENTLY (.*);", guide)
    assert len(indexes) == 2

    with app.app_context(), db.engine.connect() as connection:
        for index in indexes:
            connection.execute(text(f"CREATE INDEX {index}"))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        which = select(LoginSession.id).where(~sessions.is_retained())
        asked = which.compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.execute(text(f"EXPLAIN {asked}")).scalars().all()

    assert "Seq Scan" not in " ".join(plan)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1", "iPhone · Safari"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36 Edg/130", "Windows · Edge"),
        (
            "Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28 Chrome/130",
            "Android · Samsung Internet",
        ),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_device_is_described_by_its_user_agent(user_agent, words):
    assert devices.describe(user_agent) == words


def sign_in_often(browser, times):
    for _ in range(times):
        browser.client.delete_cookie("session")
        browser.sign_in()


def test_a_member_is_signed_in_on_a_limited_number_of_devices(jieun, another_browser, rows):
    sign_in_often(another_browser, sessions.MAX_ACTIVE - 1)
    assert jieun.nickname() == "지은"

    sign_in_often(another_browser, 1)

    assert jieun.nickname() is None
    assert another_browser.nickname() == "지은"
    assert [row.ended_at is not None for row in rows(LoginSession)] == [
        True,
        *[False] * sessions.MAX_ACTIVE,
    ]


def test_sign_ins_of_one_member_do_not_grow_without_end(jieun, kakao, rows, monkeypatch):
    monkeypatch.setattr(sessions, "MAX_ACTIVE", 2)
    monkeypatch.setattr(sessions, "MAX_ENDED", 3)

    sign_in_often(jieun, 10)

    assert [row.id for row in rows(LoginSession)] == [7, 8, 9, 10, 11]


def test_the_sessions_are_listed_page_by_page_with_the_active_ones_first(
    jieun, another_browser, monkeypatch
):
    monkeypatch.setattr(sessions, "PAGE_SIZE", 2)
    for _ in range(3):
        another_browser.sign_in()
        another_browser.log_out()

    first, second = jieun.get("/me/sessions").text, jieun.get("/me/sessions?page=2").text

    assert first.count('<li class="card">') == second.count('<li class="card">') == 2
    assert "지금 이 기기" in first
    assert "/me/sessions?page=2" in first
    assert "지금 이 기기" not in second
    assert "page=3" not in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "9" * 5000, "99"])
def test_a_page_of_sign_ins_that_does_not_exist_is_not_a_dead_end(jieun, page):
    response = jieun.get("/me/sessions", query_string={"page": page})

    assert response.status_code == 200
    assert 'href="/me' in response.text


def test_an_operator_signs_everyone_out(app, jieun, on_a_phone):
    result = app.test_cli_runner().invoke(args=["sessions", "end", "--all", "--yes"])

    assert result.output.endswith("2 sessions ended\n")
    assert jieun.nickname() is None
    assert on_a_phone.nickname() is None


def test_signing_everyone_out_ends_pending_sign_ups_too(app, browser, another_browser, kakao):
    kakao.knows(1, nickname=None)
    for person in (browser, another_browser):
        person.sign_in()
        person.get("/auth/nickname")
    another_browser.type("지은")
    app.test_cli_runner().invoke(args=["sessions", "end", "--all", "--yes"])

    browser.type("민수")

    assert browser.nickname() is None


@pytest.mark.parametrize("args", [[], ["--all"], ["지은", "--yes"]])
def test_an_operator_who_does_not_say_all_and_yes_ends_nothing(app, jieun, args):
    result = app.test_cli_runner().invoke(args=["sessions", "end", *args], input="n\n")

    assert result.exit_code != 0
    assert jieun.nickname() == "지은"
