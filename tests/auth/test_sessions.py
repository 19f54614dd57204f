"""The sign-ins one can see and end, and when they end by themselves."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from auth import devices, sessions
from models import LoginSession, db, now

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
def set_back(app):
    """Pretend that the rows are older."""

    def set_back(**values):
        with app.app_context():
            db.session.execute(update(LoginSession).values(**values))
            db.session.commit()

    return set_back


def test_the_sign_ins_are_listed_with_device_and_short_address(jieun, on_a_phone):
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
    # There are none any more, and nothing to press.
    assert "다른 기기 모두 로그아웃" not in jieun.get("/me/sessions").text


def test_what_ended_once_keeps_its_moment(jieun, on_a_phone, rows):
    jieun.get("/me/sessions")
    jieun.post("/me/sessions/end-others")
    ended_at = rows(LoginSession)[1].ended_at

    jieun.post("/me/sessions/end-others")

    assert rows(LoginSession)[1].ended_at == ended_at


def test_nobody_ends_anybody_elses_session(jieun, another_browser, kakao, rows):
    kakao.knows(2, "민수")
    another_browser.sign_in()
    another_browser.get("/me/sessions")

    another_browser.post(f"/me/sessions/{rows(LoginSession)[0].id}/end")

    assert jieun.nickname() == "지은"


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
def test_a_session_ends_when_idle_or_old(jieun, set_back, column, days, alive):
    set_back(**{column: now() - timedelta(days=days)})

    assert (jieun.nickname() == "지은") is alive


def test_last_seen_is_written_every_ten_minutes_at_most(jieun, set_back, rows):
    recently = now() - timedelta(minutes=9)
    set_back(last_seen_at=recently)
    jieun.get("/me")
    assert rows(LoginSession)[0].last_seen_at == recently

    set_back(last_seen_at=now() - timedelta(minutes=11))
    jieun.get("/me")
    assert rows(LoginSession)[0].last_seen_at > recently


@pytest.mark.parametrize(
    ("days", "left"), [pytest.param(89, 1, id="history"), pytest.param(91, 0, id="forgotten")]
)
def test_a_sweep_deletes_what_ended_long_ago(app, jieun, set_back, rows, days, left, monkeypatch):
    monkeypatch.setattr(sessions, "BATCH", 1)
    set_back(ended_at=now() - timedelta(days=days))

    answer = app.test_cli_runner().invoke(args=["sessions", "sweep"])

    assert answer.exit_code == 0
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
def test_a_sweep_deletes_what_ran_out_long_ago(app, jieun, set_back, rows, column, days, left):
    set_back(**{"created_at": now() - timedelta(days=200), column: now() - timedelta(days=days)})

    app.test_cli_runner().invoke(args=["sessions", "sweep"])

    assert len(rows(LoginSession)) == left


@pytest.mark.postgresql
def test_a_sweep_can_use_the_indexes_that_the_guide_to_scaling_names(app):
    guide = (ROOT / "docs" / "scaling.md").read_text()
    indexes = re.findall("CREATE INDEX CONCURRENTLY (.*);", guide)
    assert len(indexes) == 2

    with app.app_context(), db.engine.connect() as connection:
        for index in indexes:
            connection.execute(text(f"CREATE INDEX {index}"))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        which = select(LoginSession.id).where(~sessions.is_remembered())
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
def test_a_device_in_words(user_agent, words):
    assert devices.in_words(user_agent) == words


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("fe80::1%eth0", "fe80::"),
        ("nonsense", ""),
        (None, ""),
    ],
)
def test_an_address_is_shortened(address, short):
    assert devices.shortened(address) == short
