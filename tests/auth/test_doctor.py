"""`flask kakao doctor`: what each of Kakao's responses says about the configuration."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from app import create_app
from database import db
from tests import databases
from tests.conftest import API, AUTH

DISCOVERY = f"{AUTH}/.well-known/openid-configuration"
KEYS = f"{AUTH}/.well-known/jwks.json"
SITE = "https://home.example"
REDIRECT_URI = f"{SITE}/auth/kakao/callback"
SECRETS = {
    "SECRET_KEY": "a key for tests, of 32 characters",
    "KAKAO_CLIENT_ID": "0123456789abcdef" * 2,
    "KAKAO_CLIENT_SECRET": "AbCdEfGh01234567" * 2,
    "KAKAO_ADMIN_KEY": "fedcba9876543210" * 2,
}
PRODUCTION = SECRETS | {
    "APP_ENV": "production",
    "SITE_URL": SITE,
    "OPERATOR_NAME": "김이장",
    "OPERATOR_CONTACT": "privacy@home.example",
    "KAKAO_APP_ID": "77",
}


def date(**ago):
    return {"Date": format_datetime(datetime.now(UTC) - timedelta(**ago), usegmt=True)}


def koe(number):
    return {
        "json": {"error": "x", "error_description": "made-up", "error_code": number},
        "status_code": 400,
    }


def kapi(code, status=400):
    return {"json": {"msg": "x", "code": code}, "status_code": status}


@pytest.fixture
def responses(requests_mock):
    """Kakao and the running site, with their normal responses."""
    discovery = {"issuer": AUTH, "jwks_uri": KEYS}
    requests_mock.get(DISCOVERY, json=discovery, headers=date())
    requests_mock.get(KEYS, json={"keys": [{"kid": "1"}]})
    requests_mock.post(f"{AUTH}/oauth/token", **koe("KOE320"))
    requests_mock.get(
        f"{AUTH}/oauth/authorize",
        status_code=302,
        headers={"Location": "https://accounts.kakao.com/login"},
    )
    requests_mock.get(f"{API}/v2/user/me", json={"msg": "x", "code": -401}, status_code=401)
    admin_key = {"Authorization": f"KakaoAK {SECRETS['KAKAO_ADMIN_KEY']}"}
    requests_mock.get(f"{API}/v2/user/me", request_headers=admin_key, **kapi(-101))
    requests_mock.post(f"{API}/v1/user/unlink", **kapi(-101))
    start = f"{AUTH}/oauth/authorize?redirect_uri={REDIRECT_URI}"
    requests_mock.get(re.compile("/auth/kakao$"), exc=requests.ConnectionError)
    requests_mock.get(f"{SITE}/auth/kakao", status_code=302, headers={"Location": start})
    return requests_mock


@pytest.fixture
def run_doctor(app, settings, responses):
    """Run the doctor on a production site; its output and exit code."""

    def run_doctor(**changes):
        patient = create_app(settings | PRODUCTION | changes)
        result = patient.test_cli_runner().invoke(args=["kakao", "doctor"])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert not [secret for secret in SECRETS.values() if secret in result.output]
        with patient.app_context():
            db.engine.dispose()
        return result

    return run_doctor


def lines(result, begins):
    return [line for line in result.output.splitlines() if line.startswith(begins)]


def test_a_good_configuration_is_ok_from_top_to_bottom(run_doctor):
    result = run_doctor()

    assert result.exit_code == 0
    assert len(lines(result, "ok  ")) == len(result.output.splitlines()) >= 12


def test_the_redirect_uri_is_printed_exactly(run_doctor):
    (line,) = [line for line in lines(run_doctor(), "ok  ") if "console" in line]

    assert line.endswith(f" {REDIRECT_URI}")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("KOE010", "KAKAO_CLIENT_SECRET is missing or wrong"),
        ("KOE101", "KAKAO_CLIENT_ID is unknown"),
        ("KOE303", "redirect URI"),
        ("KOE004", "switch on Kakao Login"),
        ("KOE009", "register the site's domain"),
    ],
)
def test_a_rejected_token_call_is_reported_with_its_fix(run_doctor, responses, number, says):
    responses.post(f"{AUTH}/oauth/token", **koe(number))

    result = run_doctor()

    (line,) = lines(result, "FAIL")
    assert "client id and secret" in line
    assert says in line
    assert number in line
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("response", "says"),
    [
        pytest.param(
            {"status_code": 400, "text": "<h1>KOE006</h1>"},
            "register exactly this redirect URI",
            id="not registered",
        ),
        pytest.param(
            {"status_code": 302, "headers": {"Location": f"{REDIRECT_URI}?error=invalid_scope"}},
            "KAKAO_SCOPE",
            id="a consent item that is not switched on",
        ),
        pytest.param(
            {"status_code": 400, "text": "<h1>?</h1>"}, "in a browser", id="without a number"
        ),
    ],
)
def test_a_rejection_by_the_consent_page_is_reported_with_its_fix(
    run_doctor, responses, response, says
):
    responses.get(f"{AUTH}/oauth/authorize", **response)

    result = run_doctor(KAKAO_SCOPE="profile_nickname")

    (line,) = lines(result, "FAIL")
    assert says in line
    (asked,) = [r for r in responses.request_history if r.path == "/oauth/authorize"]
    assert asked.qs["redirect_uri"] == [REDIRECT_URI]
    assert asked.qs["scope"] == ["profile_nickname"]


LOGOUT_PAGES = [
    pytest.param({"status_code": 400, "text": "<h1>KOE007</h1>"}, "KOE007", id="not registered"),
    pytest.param({"status_code": 404, "text": "<h1>?</h1>"}, "in a browser", id="another page"),
]


@pytest.mark.parametrize(("page", "message"), LOGOUT_PAGES)
def test_an_unregistered_logout_redirect_uri_fails(run_doctor, responses, page, message):
    responses.get(f"{AUTH}/oauth/logout", **page)

    (line,) = lines(run_doctor(KAKAO_LOGOUT_REDIRECT="1"), "FAIL")

    assert f"{SITE}/" in line
    assert message in line


def test_a_registered_logout_redirect_uri_is_ok(run_doctor, responses):
    responses.get(f"{AUTH}/oauth/logout", text="<h1>Kakao</h1>")

    result = run_doctor(KAKAO_LOGOUT_REDIRECT="1")

    assert not lines(result, "FAIL")
    (call,) = [it for it in responses.request_history if it.path == "/oauth/logout"]
    assert call.qs["logout_redirect_uri"] == [f"{SITE}/"]


def test_an_ip_address_that_kakao_does_not_accept_is_not_blamed_on_a_key(run_doctor, responses):
    rejection = {"msg": "ip mismatched! callerIp=203.0.113.7.", "code": -401}
    responses.get(f"{API}/v2/user/me", json=rejection, status_code=401)
    responses.post(f"{API}/v1/user/unlink", json=rejection, status_code=401)
    responses.post(f"{API}/v1/user/unlink", json=rejection, status_code=401)

    failed = lines(run_doctor(), "FAIL")

    assert len(failed) >= 2
    for line in failed:
        assert "IP address" in line
        assert "KAKAO_ADMIN_KEY" not in line
        assert "203.0.113.7" not in line


def test_a_consent_error_in_the_redirect_is_read_with_its_description(run_doctor, responses):
    location = f"{REDIRECT_URI}?error=invalid_request&error_description=Invalid+prompt+(KOE204)"
    responses.get(f"{AUTH}/oauth/authorize", status_code=302, headers={"Location": location})

    (line,) = lines(run_doctor(), "FAIL")

    assert "KOE204" in line


def test_a_rejected_admin_key_is_reported_and_never_shown(run_doctor, responses):
    rejection = {"msg": f"wrong appKey({SECRETS['KAKAO_ADMIN_KEY']}) format", "code": -401}
    responses.post(f"{API}/v1/user/unlink", json=rejection, status_code=401)

    (line,) = lines(run_doctor(), "FAIL")

    assert "KAKAO_ADMIN_KEY is wrong" in line


def test_an_admin_key_that_may_not_unlink_fails(run_doctor, responses):
    responses.post(f"{API}/v1/user/unlink", **kapi(-3, 403))

    (line,) = lines(run_doctor(), "FAIL")

    assert "KAKAO_ADMIN_KEY may not call this API" in line


def test_an_admin_key_that_may_only_unlink_is_enough_without_webhooks(run_doctor, responses):
    responses.get(
        f"{API}/v2/user/me",
        request_headers={"Authorization": f"KakaoAK {SECRETS['KAKAO_ADMIN_KEY']}"},
        **kapi(-3, 403),
    )

    result = run_doctor()

    assert result.exit_code == 0
    (line,) = lines(result, "warn")
    assert "unlink webhooks wait" in line


def test_a_webhook_key_that_looks_wrong_is_said_and_never_shown(run_doctor):
    result = run_doctor(KAKAO_WEBHOOK_KEY=f"{SECRETS['KAKAO_ADMIN_KEY']},half-a-key")

    (line,) = lines(result, "warn")
    assert "KAKAO_WEBHOOK_KEY" in line
    assert "half-a-key" not in result.output


def test_without_an_admin_key_none_is_tried(run_doctor, responses):
    result = run_doctor(KAKAO_ADMIN_KEY="", KAKAO_APP_ID="")

    assert result.exit_code == 0
    assert "/v1/user/unlink" not in [request.path for request in responses.request_history]


JAVASCRIPT_KEY = "abcdef0123456789" * 2
SDK = {
    "KAKAO_JAVASCRIPT_KEY": JAVASCRIPT_KEY,
    "KAKAO_SDK_URL": "https://cdn.example/kakao.js",
    "KAKAO_SDK_INTEGRITY": "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",  # of "abc"
}


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("KOE006", "register the redirect URI under the JavaScript key"),
        ("KOE009", "register the site's domain"),
        ("KOE101", "KAKAO_JAVASCRIPT_KEY is unknown"),
    ],
)
def test_a_rejected_javascript_key_is_reported_with_its_fix(run_doctor, responses, number, says):
    responses.get(SDK["KAKAO_SDK_URL"], text="abc")
    responses.get(f"{AUTH}/oauth/authorize?client_id={JAVASCRIPT_KEY}", text=f"({number})")

    result = run_doctor(**SDK)

    assert result.exit_code == 1
    (line,) = lines(result, "FAIL")
    assert says in line
    (request,) = [r for r in responses.request_history if JAVASCRIPT_KEY in r.url]
    params = parse_qs(urlsplit(request.url).query)
    assert params["ka"][0].endswith(f" origin/{quote(SITE, safe='')}")
    assert params["redirect_uri"] == [f"{SITE}/auth/kakao/callback"]


def test_a_javascript_key_with_its_sdk_is_ok(run_doctor, responses):
    responses.get(SDK["KAKAO_SDK_URL"], text="abc")

    result = run_doctor(**SDK)

    assert result.exit_code == 0
    assert len([line for line in lines(result, "ok  ") if "JavaScript" in line]) == 2


@pytest.mark.parametrize(
    ("response", "says"),
    [
        ({"text": "abd"}, "KAKAO_SDK_INTEGRITY is not the hash"),
        ({"status_code": 404}, "KAKAO_SDK_URL is wrong"),
    ],
)
def test_an_sdk_that_browsers_would_not_run_fails(run_doctor, responses, response, says):
    responses.get(SDK["KAKAO_SDK_URL"], **response)

    (line,) = lines(run_doctor(**SDK), "FAIL")

    assert says in line


@pytest.mark.parametrize(
    ("ago", "description"),
    [({"minutes": 10}, "[0-9]{3} seconds fast"), ({"minutes": -10}, "[0-9]{3} seconds slow")],
)
def test_a_wrong_clock_is_reported(run_doctor, responses, ago, description):
    responses.get(DISCOVERY, json={"issuer": AUTH, "jwks_uri": KEYS}, headers=date(**ago))

    (line,) = lines(run_doctor(), "FAIL")

    assert re.search(description, line)


def test_a_cached_response_is_not_mistaken_for_a_wrong_clock(run_doctor, responses):
    headers = date(hours=1) | {"Age": "3600"}
    responses.get(DISCOVERY, json={"issuer": AUTH, "jwks_uri": KEYS}, headers=headers)

    assert run_doctor().exit_code == 0


DOWN = {
    "refused": {"exc": requests.ConnectionError},
    "timeout": {"exc": requests.ConnectTimeout},
    "500": {"status_code": 500, "text": ""},
    "maintenance": {"status_code": 503, "text": "<h1>점검</h1>"},
    "not JSON": {"text": "hello"},
}


@pytest.mark.parametrize("response", DOWN.values(), ids=DOWN)
@pytest.mark.parametrize("where", [DISCOVERY, f"{AUTH}/oauth/token", f"{API}/v2/user/me"])
def test_while_kakao_does_not_respond_one_line_says_so(run_doctor, responses, where, response):
    responses.register_uri("POST" if where.endswith("token") else "GET", where, **response)

    result = run_doctor()

    (line,) = lines(result, "FAIL")
    assert result.output.splitlines()[-1] == line
    assert "Stopped here" in line
    assert result.exit_code == 1


@pytest.mark.parametrize("age", ["nan", "inf", "soon"])
def test_an_age_that_is_not_a_number_is_an_unexpected_response(run_doctor, responses, age):
    headers = date() | {"Age": age}
    responses.get(DISCOVERY, json={"issuer": AUTH, "jwks_uri": KEYS}, headers=headers)

    assert "unexpected response" in lines(run_doctor(), "FAIL")[0]


def test_another_issuer_is_reported(run_doctor, responses):
    responses.get(DISCOVERY, json={"issuer": "https://a.b", "jwks_uri": KEYS}, headers=date())

    assert "check KAKAO_AUTH_URL" in lines(run_doctor(), "FAIL")[0]


@pytest.mark.parametrize("keys", [{"json": {"keys": []}}, {"json": {}}, {"status_code": 404}])
def test_without_signing_keys_something_is_wrong(run_doctor, responses, keys):
    responses.get(KEYS, **keys)

    assert "signing keys" in lines(run_doctor(), "FAIL")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAKAO_CLIENT_ID", "0123456789abcdef"),
        ("KAKAO_CLIENT_SECRET", "'" + "a" * 32 + "'"),
        ("KAKAO_ADMIN_KEY", "어드민 키"),
        ("KAKAO_APP_ID", "my-app"),
    ],
)
def test_a_key_in_an_unexpected_format_is_a_warning(run_doctor, name, value):
    result = run_doctor(**{name: value})

    (line,) = lines(result, "warn")
    assert name in line
    assert value not in result.output
    assert result.exit_code == 0


def test_a_missing_secret_is_pointed_out_in_development(run_doctor):
    result = run_doctor(APP_ENV="", KAKAO_CLIENT_SECRET="", SESSION_COOKIE_SECURE="1")

    assert "KAKAO_CLIENT_SECRET is not set" in result.output
    assert "APP_ENV=production" in result.output


def test_cookies_that_do_not_fit_the_url_fail(run_doctor):
    (line,) = lines(run_doctor(SESSION_COOKIE_SECURE="0"), "FAIL")
    assert "SESSION_COOKIE_SECURE has to be True" in line

    result = run_doctor(APP_ENV="", SITE_URL="", SESSION_COOKIE_SECURE="1")
    assert any("SESSION_COOKIE_SECURE has to be False" in line for line in lines(result, "FAIL"))


@pytest.mark.parametrize(
    ("location", "advice"),
    [
        pytest.param(
            f"{AUTH}/oauth/authorize?redirect_uri=https://old.example/auth/kakao/callback",
            "https://old.example/auth/kakao/callback: restart it with the SITE_URL",
            id="a setting: it runs with another SITE_URL",
        ),
        pytest.param(f"{SITE}/auth/kakao", "pass on Host", id="a proxy: it changes the host"),
        pytest.param("/auth/kakao", "pass on Host", id="a proxy: the same, without a host"),
        pytest.param(
            "https://www.home.example/auth/kakao",
            "redirects to https://www.home.example/auth/kakao: set SITE_URL",
            id="a proxy: it redirects to another host",
        ),
    ],
)
def test_a_proxy_that_does_not_fit_the_setting_is_reported(run_doctor, responses, location, advice):
    responses.get(f"{SITE}/auth/kakao", status_code=308, headers={"Location": location})

    (line,) = lines(run_doctor(), "FAIL")

    assert advice in line


@pytest.mark.parametrize(
    "response", [{"exc": requests.ConnectionError}, {"status_code": 404}, {"status_code": 200}]
)
def test_a_site_that_does_not_run_yet_is_not_a_failure(run_doctor, responses, response):
    responses.get(f"{SITE}/auth/kakao", **response)

    result = run_doctor()

    assert "once the site runs" in lines(result, "warn")[0]
    assert result.exit_code == 0


def test_a_database_without_its_tables_fails(run_doctor, tmp_path):
    with databases.create(tmp_path) as url:
        (line,) = lines(run_doctor(DATABASE_URL=url), "FAIL")

    assert "flask --app app db upgrade" in line


@pytest.mark.parametrize(
    ("revision", "level", "line"),
    [("0001", "FAIL", "db upgrade"), ("of a later day", "warn", "newer release")],
)
def test_a_database_with_tables_of_another_version_is_named(
    run_doctor, tmp_path, revision, level, line
):
    with databases.create(tmp_path) as url:
        databases.run(url, "CREATE TABLE alembic_version (version_num VARCHAR(32))")
        databases.run(url, f"INSERT INTO alembic_version VALUES ('{revision}')")
        result = run_doctor(DATABASE_URL=url)

    assert [text for text in lines(result, level) if line in text]


def test_an_unavailable_database_fails_without_showing_its_url(run_doctor, tmp_path):
    result = run_doctor(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/site.sqlite3")

    (line,) = lines(result, "FAIL")
    assert "DATABASE_URL" in line
    assert "such" not in result.output
