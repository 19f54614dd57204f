"""The page and the log line of each failure: its heading, its buttons, its log level."""

import logging
from types import SimpleNamespace

import pytest
import requests

from auth import failures
from auth.kakao import errors, messages
from database import db
from tests.conftest import API, Browser
from tests.html_checks import Page

EVERY_FAILURE = {
    failure.name: failure
    for failure in [
        *(value for value in vars(errors).values() if isinstance(value, errors.Failure)),
        *errors.ERROR_CODES.values(),
        *errors.AUTHORIZATION_ERRORS.values(),
    ]
}
SCOPE_ERROR = "a consent item is not set up (KOE205)"


def heading(page):
    return Page(page.text).text("h1")


def return_from_kakao(browser, error, description=None):
    """Press the button, and make Kakao redirect back without a code."""
    state = browser.start("/me")["state"]
    query = {"error": error} | ({"error_description": description} if description else {})
    return browser.return_from_kakao(state, **query)


def lines(caplog, level):
    return [it.getMessage() for it in caplog.records if it.levelno == level]


def test_each_failure_has_its_message():
    assert messages.KOREAN.keys() == messages.ENGLISH.keys()
    assert messages.KOREAN.keys() == EVERY_FAILURE.keys() | {"app misconfigured"}


@pytest.mark.parametrize(
    ("error", "description", "title", "status"),
    [
        ("access_denied", "User denied access", "시작하기를 취소했어요", 200),
        ("access_denied", "Not allowed under age 14", "아직은 함께할 수 없어요", 403),
        ("access_denied", None, "시작하기를 취소했어요", 200),
        ("access_denied", "consent required (KOE203)", "필수 동의 항목이 빠졌어요", 403),
        ("invalid_request", "KOE203: required consent", "필수 동의 항목이 빠졌어요", 403),
        ("invalid_request", "malformed (KOE204)", "지금은 카카오로 시작할 수 없어요", 400),
        ("invalid_request", None, "지금은 카카오로 시작할 수 없어요", 400),
        ("invalid_scope", SCOPE_ERROR, "지금은 카카오로 시작할 수 없어요", 400),
        ("unauthorized_client", "(KOE009)", "지금은 카카오로 시작할 수 없어요", 400),
        ("access_denied", "pop-up (KOE023)", "카카오 창을 열지 못했어요", 400),
        ("timeout", None, "시간이 지나 처음부터 다시 해야 해요", 400),
        ("LOGIN_TIMEOUT", None, "시간이 지나 처음부터 다시 해야 해요", 400),
        ("NOT_SUPPORTED_BROWSER", None, "이 브라우저에서는 카카오톡이 열리지 않아요", 400),
        ("login_required", None, "카카오로 시작해요", 401),
        ("consent_required", None, "카카오로 시작해요", 401),
        ("interaction_required", None, "카카오로 시작해요", 401),
        ("server_error", None, "카카오가 잠시 응답하지 않아요", 400),
        ("server_error", "unexpected (KOE900)", "카카오가 잠시 응답하지 않아요", 400),
        ("whatever", "KOE", "카카오에서 이상한 응답이 왔어요", 400),
    ],
)
def test_a_callback_without_a_code_says_why(browser, caplog, error, description, title, status):
    page = return_from_kakao(browser, error, description)

    assert heading(page) == title
    assert page.status_code == status
    if description:
        assert description not in page.text + caplog.text


@pytest.mark.parametrize(
    "description", ["User denied access", "Not allowed under age 14", "x (KOE203)", SCOPE_ERROR]
)
def test_the_description_counts_without_a_state_too(browser, description):
    expected = heading(return_from_kakao(browser, "access_denied", description))

    page = browser.get(
        "/auth/kakao/callback",
        query_string={"error": "access_denied", "error_description": description},
    )

    assert heading(page) == expected


def test_without_a_state_too_the_button_leads_to_the_next_url(browser):
    browser.start("/me/sessions")

    page = browser.get("/auth/kakao/callback", query_string={"error": "access_denied"})

    assert 'href="/auth/kakao?next=/me/sessions"' in page.text


def test_a_missing_consent_is_led_to_try_again(browser):
    page = return_from_kakao(browser, "access_denied", "required (KOE203)")

    assert "필수 항목에 모두 체크해 주세요" in page.text
    assert "/auth/kakao?next=/me" in page.text


@pytest.mark.parametrize(
    ("name", "has_button"),
    [
        ("cancelled", True),
        ("consent missing", True),
        ("interaction required", True),
        ("maintenance", True),
        ("timed out", True),
        ("under 14", False),
        ("blocked", False),
        ("misconfigured", False),
    ],
)
def test_only_what_can_help_is_offered(app, kakao, name, has_button):
    @app.get("/fails")
    def fails():
        raise errors.KakaoError(EVERY_FAILURE[name])

    page = Browser(app, kakao).get("/fails")

    assert ("kakao-button" in page.text) is has_button
    assert 'href="/"' in page.text


def test_a_first_visitor_inside_kakaotalk_reads_no_again(browser):
    browser.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 KAKAOTALK 10.8.0"
    browser.open("/me")

    page = return_from_kakao(browser, "login_required")

    assert heading(page) == "카카오로 시작해요"
    assert "다시" not in page.text.partition("<main")[2]


@pytest.mark.parametrize(
    ("text", "status", "title"),
    [
        ("<!doctype html><h1>서비스 점검 중입니다.</h1>", 503, "카카오가 점검 중이에요"),
        ("<!doctype html><h1>서비스 점검 중입니다.</h1>", 200, "카카오가 점검 중이에요"),
        ("<html><h1>502 Bad Gateway</h1>", 502, "카카오가 잠시 응답하지 않아요"),
        ("<html><h1>Service Unavailable</h1>", 503, "카카오가 잠시 응답하지 않아요"),
    ],
)
def test_only_an_announced_maintenance_is_called_so(browser, kakao, text, status, title):
    kakao.responds_to_token(status_code=status, text=text)

    page = browser.sign_in()

    assert heading(page) == title
    assert page.status_code == 503


def test_the_operator_reads_the_fix_once(browser, another_browser, kakao, caplog):
    kakao.responds_to_token(
        json={"error": "invalid_client", "error_code": "KOE010"}, status_code=401
    )

    pages = [browser.sign_in(), another_browser.sign_in(), browser.sign_in()]

    assert [page.status_code for page in pages] == [503] * 3
    (line,) = lines(caplog, logging.ERROR)
    assert "KAKAO_CLIENT_SECRET" in line
    assert sum("misconfigured KOE010" in line for line in lines(caplog, logging.INFO)) == 2


def test_the_operator_is_reminded_after_some_minutes(browser, kakao, caplog, monkeypatch):
    kakao.responds_to_token(
        json={"error": "invalid_client", "error_code": "KOE010"}, status_code=401
    )
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(failures, "time", SimpleNamespace(monotonic=lambda: clock.now))

    for minutes in (0, 9.9, 10.1):
        clock.now = 1000 + minutes * 60
        browser.sign_in()

    assert len(lines(caplog, logging.ERROR)) == 2


def test_two_mistakes_are_two_errors(browser, kakao, caplog):
    for code in ("KOE010", "KOE101"):
        kakao.responds_to_token(
            json={"error": "invalid_client", "error_code": code}, status_code=401
        )
        browser.sign_in()

    assert len(lines(caplog, logging.ERROR)) == 2


@pytest.mark.parametrize("error", [*errors.AUTHORIZATION_ERRORS, "whatever"])
def test_no_query_makes_an_error_line_or_an_outage(browser, caplog, error):
    for code in ("", "KOE001", "KOE003", "KOE205"):
        page = return_from_kakao(browser, error, f"typed in by someone ({code})")

        assert page.status_code < 500
        assert "Retry-After" not in page.headers
    assert not lines(caplog, logging.ERROR)


@pytest.mark.parametrize("code", errors.ERROR_CODES)
def test_no_description_is_an_outage(code):
    error = errors.authorization_error("invalid_request", f"typed in by someone ({code})")

    assert not error.is_from_kakao
    assert error.status < 500


@pytest.mark.parametrize("code", ["", " ", "a b", "코드", "a\nb", "\x00", "a" * 2000])
def test_no_malformed_code_is_sent_to_kakao(browser, kakao, code):
    page = browser.return_from_kakao(browser.start("/me")["state"], code=code)

    assert page.status_code == 400
    assert heading(page) == "시간이 지나 처음부터 다시 해야 해요"
    assert not kakao.requests_to("/oauth/token")


def test_a_typed_in_error_does_not_hide_the_real_one(browser, kakao, caplog):
    return_from_kakao(browser, "invalid_client", "(KOE010)")
    (warning,) = lines(caplog, logging.WARNING)
    assert "KAKAO_CLIENT_SECRET" in warning

    kakao.responds_to_token(
        json={"error": "invalid_client", "error_code": "KOE010"}, status_code=401
    )
    browser.sign_in()

    assert len(lines(caplog, logging.ERROR)) == 1


def test_an_ip_address_that_kakao_does_not_accept_is_a_matter_for_the_operator(
    browser, kakao, caplog
):
    kakao.responds_to_me(
        json={
            "msg": "ip mismatched! callerIp=203.0.113.7. check out registered ips.",
            "code": -401,
        },
        status_code=401,
    )

    page = browser.sign_in()

    assert page.status_code == 503
    assert "203.0.113.7" not in page.text + caplog.text
    (line,) = lines(caplog, logging.ERROR)
    assert "IP address" in line


def test_unlinks_that_fail_for_one_reason_are_one_error(app, kakao, caplog):
    kakao.mock.post(
        f"{API}/v1/user/unlink",
        json={"msg": "ip mismatched! callerIp=203.0.113.7.", "code": -401},
        status_code=401,
    )
    with app.app_context():
        for _ in range(2):
            failures.log_failure("unlink failed", errors.KakaoError(errors.IP_NOT_ALLOWED, "-401"))
        db.session.rollback()

    assert len(lines(caplog, logging.ERROR)) == 1


def test_a_temporary_failure_is_not_an_error(browser, kakao, caplog):
    kakao.responds_to_token(exc=requests.ConnectionError)

    assert browser.sign_in().status_code == 502
    assert not lines(caplog, logging.ERROR)
