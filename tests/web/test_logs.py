"""What is logged: one line per event, joined by the request's id, in UTC."""

import json
import re
import socket
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from app import create_app
from database import db
from models import Member, Photo
from tests.conftest import Browser
from tests.houses.conftest import Neighbour
from web import limits, logs


@pytest.fixture
def events(caplog):
    """The events logged so far, by the site itself."""
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == logs.log.name
    ]


def test_changes_to_sessions_and_data_are_logged(jieun, another_browser, events):
    another_browser.sign_in()
    jieun.get("/me/sessions")
    jieun.post("/me/sessions/2/end")
    jieun.get("/me/sessions")
    jieun.post("/me/sessions/end-others")
    jieun.get("/me/export")
    jieun.log_out()

    assert events()[-4:] == [
        "session ended member=1 session=2",
        "other sessions ended member=1",
        "data exported member=1",
        "signed out member=1",
    ]


def test_an_attempt_on_someone_elses_session_is_not_logged_as_its_end(jieun, events):
    jieun.get("/me/sessions")

    jieun.post("/me/sessions/4711/end")

    assert events()[-1] == "session not ended member=1 session=4711"


def test_refusals_are_logged(jieun, events):
    jieun.get("/")
    jieun.post("/auth/logout", headers={"Sec-Fetch-Site": "cross-site"})
    for _ in range(int(limits.EXPORT_LIMIT.split()[0]) + 1):
        jieun.get("/me/export")

    assert "cross-site request rejected" in events()
    assert events()[-1] == "rate limited endpoint=account.export"


def test_a_log_line_names_the_time_with_its_offset_and_the_request(app, caplog, browser):
    browser.get("/auth/kakao")
    formatter = logs.default_handler.formatter
    record = caplog.records[-1]
    record.request_id = "0123abcd"

    line = formatter.format(record)

    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} INFO \[0123abcd\] sign-in", line)


def test_the_response_carries_the_id_under_which_its_request_is_logged(browser, caplog):
    request_id = browser.get("/auth/kakao").headers["X-Request-Id"]

    assert re.fullmatch("[0-9a-f]{8}", request_id)
    assert caplog.records[-1].request_id == request_id


def test_a_line_names_the_network_of_the_visitor(browser, caplog):
    browser.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"

    browser.get("/auth/kakao")

    line = logs.default_handler.formatter.format(caplog.records[-1])
    assert line.endswith("sign-in started prompt=- ip=203.0.113.0")


def test_a_forged_session_cookie_is_logged_and_signs_no_one_in(jieun, events):
    cookie = jieun.client.get_cookie("session").value
    content, _, signature = cookie.rpartition(".")
    jieun.client.set_cookie("session", f"{content}.{signature[::-1]}")

    assert jieun.get("/me").location.startswith("/auth/kakao")

    assert events()[-1] == "session cookie rejected"


def test_a_forged_authorization_request_is_logged_and_signs_no_one_in(browser, kakao, rows, events):
    kakao.knows(1, "지은")
    state = browser.start()["state"]
    browser.client.set_cookie(f"kakao-{state}", "e30.forged")

    assert browser.return_from_kakao(state).status_code == 400

    assert events()[-1] == "sign-in failed: state mismatch forged-cookie kakao_seconds=0.0"
    assert rows(Member) == []


def test_someone_elses_kakao_account_at_a_deletion_is_logged(jieun, kakao, events):
    jieun.get("/me/withdraw")
    state = parse_qs(urlsplit(jieun.post("/me/withdraw").location).query)["state"][0]
    kakao.knows(2, "민수")

    jieun.return_from_kakao(state)

    assert events()[-1] == "deletion rejected member=1 is_owner=False"


def test_a_redis_that_is_unavailable_is_a_line_and_no_traceback(app, caplog):
    with app.test_request_context():
        try:
            raise ConnectionError
        except ConnectionError:
            logs.rate_limits.exception("Failed to rate limit. Swallowing error")

    line = logs.default_handler.formatter.format(caplog.records[-1])
    assert "Failed to rate limit" in line and "\n" not in line


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def behind_a_proxy(app):
    app.config["TRUSTED_PROXIES"] = 1


def test_a_line_names_the_trace_that_the_proxy_has_begun(browser, caplog, behind_a_proxy):
    browser.get("/auth/kakao", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})

    line = logs.default_handler.formatter.format(caplog.records[-1])
    assert line.endswith(f" trace={TRACE}")


@pytest.mark.parametrize(
    "traceparent",
    [
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-00f067aa0ba902b7-01\xe9",
        "00-forged INFO [0123abcd] signed in-00f067aa0ba902b7-01",
    ],
)
def test_an_invalid_traceparent_is_not_logged(browser, caplog, behind_a_proxy, traceparent):
    assert browser.get("/auth/kakao", headers={"traceparent": traceparent}).status_code == 302

    assert "trace=" not in logs.default_handler.formatter.format(caplog.records[-1])


def test_without_a_trusted_proxy_no_one_names_a_trace(browser, caplog):
    browser.get("/auth/kakao", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})

    assert "trace=" not in logs.default_handler.formatter.format(caplog.records[-1])


@pytest.mark.parametrize("path", ["/nowhere", "/auth/kakao/callback?code=a&state=b"])
def test_an_error_page_shows_the_id_under_which_its_request_is_logged(browser, path):
    page = browser.get(path)

    assert f"<code>{page.headers['X-Request-Id']}</code>" in page.text


def test_lines_may_be_json(settings, kakao, caplog):
    browser = Browser(create_app(settings | {"LOG_FORMAT": "json"}), kakao)
    browser.client.environ_base["REMOTE_ADDR"] = "203.0.113.77"

    page = browser.return_from_kakao(browser.start()["state"], error="access_denied")

    line = json.loads(logs.default_handler.formatter.format(caplog.records[-1]))
    del line["time"]
    seconds = line.pop("kakao_seconds")  # how long a mocked call takes depends on the machine
    assert line.pop("message") == f"sign-in failed: cancelled kakao_seconds={seconds}"
    assert line == {
        "level": "INFO",
        "event": "sign-in failed",
        "failure": "cancelled",
        "code": "",
        "request_id": page.headers["X-Request-Id"],
        "ip": "203.0.113.0",
    }


def test_a_traceback_is_one_line_of_json(settings, caplog):
    app = create_app(settings | {"LOG_FORMAT": "json"})
    try:
        raise ValueError("two\nlines")
    except ValueError:
        app.logger.exception("failed: %s", "“why”")

    text = logs.default_handler.formatter.format(caplog.records[-1])
    assert "\n" not in text
    assert json.loads(text)["exception"].endswith("ValueError: two\nlines")
    assert json.loads(text)["message"] == "failed: “why”"


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://127.0.0.1:1", "NewConnectionError"),
        ("https://127.0.0.1:{port}", "SSLError"),
    ],
)
def test_a_line_says_why_kakao_is_unreachable(settings, events, url, cause):
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=lambda: server.accept()[0].sendall(b"no TLS\n" * 10), daemon=True).start()
        url = url.format(port=server.getsockname()[1])
        client = create_app(settings | {"KAKAO_AUTH_URL": url}).test_client()
        state = parse_qs(urlsplit(client.get("/auth/kakao").location).query)["state"][0]

        client.get(f"/auth/kakao/callback?state={state}&code=x")

    assert events()[-1].startswith(f"sign-in failed: unreachable {cause} ")


def test_members_refused_at_operators_pages_and_others_photos_are_logged(app, jieun, kakao, events):
    kakao.knows(2, "민수")
    minsu = Browser(app, kakao)
    minsu.sign_in()
    with app.app_context():
        photo = {"member_id": 1, "key": "k", "form_key": "k", "room": "study", "words": ""}
        db.session.add(Photo(**photo, width=400, height=300, colours=""))
        db.session.commit()

    assert minsu.get("/operator").status_code == 404
    assert minsu.get("/photos/1/edit").status_code == 404

    assert events()[-2:] == ["operator page refused member=2", "photo refused member=2 photo=1"]


def test_what_happens_to_a_photo_is_logged(app, kakao, events):
    jieun, minsu = Neighbour(app, kakao), Neighbour(app, kakao)
    for number, neighbour in enumerate((jieun, minsu), start=1):
        kakao.knows(number, f"이웃{number}")
        neighbour.sign_in()

    path = jieun.hang_photo()
    minsu.report(path, "stolen")
    jieun.get(f"{path}/edit")
    jieun.post(f"{path}/remove")

    assert [event for event in events() if event.startswith("photo")] == [
        "photo added member=1 photo=1",
        "photo reported member=2 photo=1 reason=stolen",
        "photo removed member=1 photo=1",
    ]
