"""Every response that our two calls may get from Kakao, and the page that follows."""

import logging
import re

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import create_app
from auth.kakao import KakaoError
from auth.kakao.api import fetch_jwks, is_linked, unlink
from auth.kakao.errors import AUTHORIZATION_ERRORS, ERROR_CODES
from models import Member
from tests.conftest import API, AUTH, Browser, Kakao

FAILURES = [*ERROR_CODES.values(), *AUTHORIZATION_ERRORS.values()]
NO_SECOND_TRY = (-2, -3, -4, -5, -8, -9, -12, -201, -406, -903)
TOKEN, ME = "responds_to_token", "responds_to_me"
BOTH = [TOKEN, ME]


def token_error(number, error="invalid_grant"):
    return {"error": error, "error_description": "authorization-code", "error_code": number}


@pytest.mark.parametrize(
    ("number", "status", "page_status"),
    [
        ("KOE320", 400, 400),
        ("KOE003", 400, 503),
        ("KOE237", 400, 503),
        ("KOE999", 400, 503),
        ("KOE010", 401, 503),
        ("KOE101", 401, 503),
        ("KOE303", 400, 503),
        ("KOE004", 400, 503),
        ("KOE005", 400, 503),
        ("KOE006", 400, 503),
        ("KOE205", 400, 503),
        (None, 400, 400),
    ],
)
def test_each_rejection_of_the_code_has_its_page(browser, kakao, number, status, page_status):
    kakao.responds_to_token(json=token_error(number), status_code=status)

    page = browser.sign_in("/me")

    assert page.status_code == page_status
    assert "KOE" not in page.text
    assert "authorization-code" not in page.text
    # What only the operator can end is not offered again.
    is_ours = "저희 쪽 설정" in page.text
    assert ("/auth/kakao?next=" in page.text) is not is_ours
    assert is_ours is (
        number in ("KOE010", "KOE101", "KOE303", "KOE004", "KOE005", "KOE006", "KOE205")
    )


@pytest.mark.parametrize(
    ("code", "status", "page_status"),
    [
        (-1, 400, 503),
        (-2, 400, 503),
        (-3, 403, 503),
        (-4, 403, 403),
        (-5, 403, 503),
        (-7, 400, 503),
        (-8, 400, 503),
        (-6, 400, 503),
        (-9, 400, 503),
        (-10, 400, 503),
        (-11, 400, 503),
        (-12, 403, 503),
        (-201, 400, 503),
        (-401, 401, 400),
        (-402, 403, 403),
        (-406, 401, 403),
        (-602, 400, 503),
        (-903, 400, 503),
        (-9798, 503, 503),
        (-12345, 400, 502),
    ],
)
def test_each_rejection_of_the_profile_call_has_its_page(
    browser, kakao, code, status, page_status, rows
):
    kakao.responds_to_me(json={"msg": "access-token", "code": code}, status_code=status)

    page = browser.sign_in("/me")

    assert page.status_code == page_status
    assert "access-token" not in page.text
    assert rows(Member) == []
    # Someone who is rejected, or waits for the operator, is not asked to try once more.
    assert ("kakao-button" in page.text) is (code not in NO_SECOND_TRY)


@pytest.mark.parametrize("call", BOTH)
@pytest.mark.parametrize(
    ("response", "status"),
    [
        pytest.param({"exc": requests.ConnectTimeout}, 504, id="connect timeout"),
        pytest.param({"exc": requests.ReadTimeout}, 504, id="read timeout"),
        pytest.param({"exc": requests.ConnectionError}, 502, id="refused"),
        pytest.param({"exc": requests.exceptions.SSLError}, 502, id="TLS"),
        pytest.param({"exc": requests.exceptions.ChunkedEncodingError}, 502, id="cut off"),
        pytest.param({"status_code": 500, "text": "{}"}, 503, id="500"),
        pytest.param({"status_code": 502, "text": "bad gateway"}, 503, id="502"),
        pytest.param({"status_code": 503, "text": "<html>점검</html>"}, 503, id="maintenance"),
        pytest.param({"text": " <!doctype html><title>점검</title>"}, 503, id="HTML with 200"),
        pytest.param({"text": "\ufeff<!doctype html>"}, 503, id="HTML behind a mark"),
        pytest.param({"status_code": 429, "text": "{}"}, 503, id="too many"),
        pytest.param({"text": ""}, 502, id="empty"),
        pytest.param({"text": '{"access_token": "a'}, 502, id="truncated"),
        pytest.param({"text": "[" * 100_000}, 502, id="nested without end"),
        pytest.param({"content": b"\xff\xfe\x00"}, 502, id="bytes"),
        pytest.param({"json": []}, 502, id="a list"),
        pytest.param({"text": "null"}, 502, id="null"),
        pytest.param({"json": {}}, 502, id="an empty object"),
        pytest.param({"json": {"access_token": 7, "id": 0}}, 502, id="wrong types"),
        pytest.param({"json": {"access_token": "a\nb", "id": "x"}}, 502, id="invalid values"),
        pytest.param({"json": {"access_token": "토큰", "id": True}}, 502, id="Korean token"),
        pytest.param(
            {"status_code": 302, "text": "", "headers": {"Location": "https://evil.example/"}},
            502,
            id="a redirect is not followed",
        ),
        pytest.param(
            {"status_code": 302, "headers": {"Location": "http://["}}, 502, id="no address"
        ),
        pytest.param({"status_code": 302, "headers": {"Location": "\xff"}}, 502, id="no UTF-8"),
    ],
)
def test_any_malformed_response_has_its_page_and_stores_nothing(
    browser, kakao, call, response, status, rows
):
    kakao.knows(1, "지은")
    getattr(kakao, call)(**response)

    page = browser.sign_in("/me")

    assert page.status_code == status
    assert "다시" in page.text
    assert rows(Member) == []
    assert browser.nickname() is None


@pytest.mark.parametrize("call", BOTH)
def test_after_a_failure_the_same_callback_can_be_tried_again(browser, kakao, call):
    kakao.knows(1, "지은")
    getattr(kakao, call)(status_code=503, text="")
    state = browser.start("/me")["state"]
    assert browser.return_from_kakao(state).status_code == 503

    kakao.responds_to_token(json={"access_token": "access-token"})
    kakao.knows(1, "지은")

    assert browser.return_from_kakao(state).location == "/me"


@pytest.mark.parametrize(
    "token",
    [
        {"access_token": "a", "expires_in": "21599"},
        {"access_token": "a", "expires_in": []},
        {"access_token": "a", "expires_in": "soon", "token_type": 7},
        {"access_token": "a", "scope": None, "refresh_token": {}},
    ],
    ids=repr,
)
def test_unused_fields_of_a_token_response_may_be_malformed(browser, kakao, token):
    kakao.knows(1, "지은")
    kakao.responds_to_token(json=token)

    assert browser.sign_in("/me").location == "/me"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("access_denied", 200),
        ("login_required", 401),
        ("consent_required", 401),
        ("interaction_required", 401),
        ("server_error", 400),
        ("temporarily_unavailable", 400),
        ("invalid_scope", 400),
        ("invalid_request", 400),
        ("unauthorized_client", 400),
        ("timeout", 400),
        ("LOGIN_TIMEOUT", 400),
        ("NOT_SUPPORTED_BROWSER", 400),
        ("whatever", 400),
    ],
)
def test_each_callback_without_a_code_has_its_page(browser, kakao, error, status):
    response = browser.return_from_kakao(browser.start("/me")["state"], error=error)

    assert response.status_code == status
    assert not kakao.requests_to("/oauth/token")


@pytest.mark.parametrize(
    ("error", "status"), [("access_denied", 200), ("server_error", 400), ("whatever", 400)]
)
def test_a_refusal_may_come_back_without_the_state(browser, error, status):
    browser.start("/me")

    assert browser.get(f"/auth/kakao/callback?error={error}").status_code == status
    assert browser.return_from_kakao("unknown", error=error).status_code == 400
    assert browser.nickname() is None


def test_a_passing_fault_says_when_to_come_back(browser, kakao):
    kakao.responds_to_token(status_code=503, text="")

    assert int(browser.sign_in().headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    "failure",
    [failure for failure in FAILURES if failure.fix],
    ids=lambda failure: failure.fix[:30],
)
def test_a_failure_for_the_operator_says_what_to_change(failure):
    assert re.search("KAKAO_[A-Z]|Kakao console|check|update|parameter", failure.fix)


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_failure_that_passes_says_when_to_try_again(failure):
    assert (failure.retry_after is not None) == (failure.status == 503 and not failure.fix)


TEMPORARY = [
    pytest.param({"exc": requests.ConnectionError}, id="reset"),
    pytest.param({"status_code": 500, "text": ""}, id="500"),
    pytest.param({"status_code": 502, "text": "<html>"}, id="502 with HTML"),
    pytest.param({"status_code": 503, "text": "{}"}, id="503"),
    pytest.param({"json": {"msg": "x", "code": -1}, "status_code": 400}, id="-1"),
    pytest.param({"json": {"msg": "x", "code": -7}, "status_code": 400}, id="-7"),
]
PERMANENT = [
    pytest.param({"exc": requests.ReadTimeout}, id="timeout"),
    pytest.param({"json": {"msg": "x", "code": -10}, "status_code": 400}, id="quota"),
    pytest.param({"json": {"msg": "x", "code": -401}, "status_code": 401}, id="-401"),
    pytest.param({"json": {}}, id="no id"),
]


@pytest.mark.parametrize("fault", TEMPORARY)
def test_a_profile_call_is_sent_once_more_after_a_passing_fault(browser, kakao, fault):
    profile = {"json": {"id": 1, "kakao_account": {"profile": {"nickname": "지은"}}}}
    kakao.mock.get(f"{API}/v2/user/me", [fault, profile])

    assert browser.sign_in("/me").location == "/me"
    assert len(kakao.requests_to("/v2/user/me")) == 2
    assert len(kakao.requests_to("/oauth/token")) == 1


@pytest.mark.parametrize(
    ("fault", "calls"),
    [pytest.param(*case.values, 2, id=case.id) for case in TEMPORARY]
    + [pytest.param(*case.values, 1, id=case.id) for case in PERMANENT],
)
def test_a_profile_call_is_sent_twice_at_most(browser, kakao, fault, calls):
    kakao.responds_to_me(**fault)

    assert browser.sign_in().status_code >= 400
    assert len(kakao.requests_to("/v2/user/me")) == calls


@pytest.mark.parametrize("fault", [*TEMPORARY, *PERMANENT])
def test_the_code_is_exchanged_once(browser, kakao, fault):
    kakao.knows(1, "지은")
    kakao.responds_to_token(**fault)

    assert browser.sign_in().status_code >= 400
    assert len(kakao.requests_to("/oauth/token")) == 1


@pytest.mark.parametrize("fault", TEMPORARY)
def test_service_terms_are_fetched_once_more_after_a_passing_fault(settings, kakao, fault):
    kakao.knows(1, "지은")
    kakao.mock.get(f"{API}/v2/user/service_terms", [fault, {"json": {"service_terms": []}}])
    browser = Browser(create_app(settings | {"KAKAO_SERVICE_TERMS": "terms"}), kakao)

    assert browser.sign_in("/me").location == "/me"
    assert len(kakao.requests_to("/v2/user/service_terms")) == 2


@pytest.mark.parametrize("fault", TEMPORARY)
def test_kakao_is_asked_once_more_whether_someone_is_linked(settings, kakao, fault):
    kakao.mock.get(f"{API}/v2/user/me", [fault, {"json": {"id": 1}}])
    site = create_app(settings | {"KAKAO_ADMIN_KEY": "admin-key"})

    with site.app_context():
        assert is_linked(1)
    assert len(kakao.requests_to("/v2/user/me")) == 2


@pytest.mark.parametrize("fault", TEMPORARY)
def test_keys_are_fetched_once_more_after_a_passing_fault(app, kakao, fault):
    kakao.mock.get(f"{AUTH}/.well-known/jwks.json", [fault, {"json": {"keys": []}}])

    with app.app_context(), app.extensions["kakao"].adapter.call_slot():
        assert fetch_jwks() == {"keys": []}


def test_an_unlink_is_never_sent_twice(app, kakao):
    kakao.mock.post(f"{API}/v1/user/unlink", status_code=503, text="")

    with app.app_context(), pytest.raises(KakaoError):
        unlink(1, "access-token")

    assert len(kakao.requests_to("/v1/user/unlink")) == 1


def test_an_unlink_with_neither_key_nor_token_says_that_the_key_is_missing(app, kakao):
    refusal = {"code": -401, "msg": "wrong appKey"}
    kakao.mock.post(f"{API}/v1/user/unlink", status_code=401, json=refusal)

    with app.app_context(), pytest.raises(KakaoError) as refused:
        unlink(1)

    assert "KAKAO_ADMIN_KEY" in refused.value.failure.fix


def test_the_operator_reads_one_line_that_says_what_to_change(browser, kakao, caplog):
    caplog.set_level(logging.ERROR)
    kakao.responds_to_token(json=token_error("KOE010", "invalid_client"), status_code=401)

    browser.sign_in()

    (line,) = caplog.records
    assert "KOE010" in line.getMessage()
    assert "KAKAO_CLIENT_SECRET" in line.getMessage()
    assert "kakao_seconds=" in line.getMessage()
    assert "authorization-code" not in line.getMessage()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
fields = st.sampled_from(
    ["id", "code", "msg", "error", "error_code", "kakao_account", "access_token"]
)


@pytest.mark.parametrize("call", BOTH)
@settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    response=json_values | st.dictionaries(fields, json_values),
    status=st.sampled_from([200, 400, 401]),
)
def test_no_json_whatsoever_breaks_the_callback(browser, kakao, call, response, status, rows):
    kakao.knows(1, "지은")
    before = len(rows(Member))
    getattr(kakao, call)(json=response, status_code=status)

    page = browser.sign_in()

    assert page.status_code != 500
    is_person = call == ME and isinstance(response, dict) and "id" in response
    is_token = call == TOKEN and isinstance(response, dict) and "access_token" in response
    assert len(rows(Member)) == before or is_person or is_token


def test_proxy_and_certificates_that_the_environment_names_are_used(settings, kakao, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/own.pem")
    kakao.responds_to_me(json={})

    Browser(create_app(settings), kakao).sign_in()

    calls = kakao.requests_to("/oauth/token") + kakao.requests_to("/v2/user/me")
    assert len(calls) == 2
    for call in calls:
        assert call.proxies["https"] == "http://proxy.example:3128"
        assert call.verify == "/etc/own.pem"


def test_a_proxy_is_not_used_for_the_sandbox_on_this_machine(settings, requests_mock, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    sandbox = "http://localhost:8001"
    token = requests_mock.post(f"{sandbox}/oauth/token", json={"access_token": "a"})
    local = settings | {"KAKAO_AUTH_URL": sandbox, "KAKAO_API_URL": sandbox}

    Browser(create_app(local), Kakao(requests_mock)).sign_in()

    assert token.last_request.proxies == {}
