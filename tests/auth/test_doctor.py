"""`flask kakao doctor`: what each answer of Kakao's says about the configuration."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests

from app import create_app
from models import db
from tests import databases
from tests.conftest import API, AUTH

DISCOVERY = f"{AUTH}/.well-known/openid-configuration"
KEYS = f"{AUTH}/.well-known/jwks.json"
SITE = "https://home.example"
REDIRECT_URI = f"{SITE}/auth/kakao/callback"
SECRETS = {
    "SECRET_KEY": "a key for tests",
    "KAKAO_CLIENT_ID": "0123456789abcdef" * 2,
    "KAKAO_CLIENT_SECRET": "AbCdEfGh01234567" * 2,
    "KAKAO_ADMIN_KEY": "fedcba9876543210" * 2,
}
PRODUCTION = SECRETS | {"APP_ENV": "production", "KAKAO_APP_ID": "77"}


def date(**ago):
    return {"Date": format_datetime(datetime.now(UTC) - timedelta(**ago), usegmt=True)}


def koe(number):
    return {
        "json": {"error": "x", "error_description": "made-up", "error_code": number},
        "status_code": 400,
    }


@pytest.fixture
def answers(requests_mock):
    """Kakao, and the running site, as they answer when all is well."""
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
    requests_mock.get(f"{API}/v1/user/ids", json={"elements": [1], "total_count": 1})
    start = f"{AUTH}/oauth/authorize?redirect_uri={REDIRECT_URI}"
    requests_mock.get(re.compile("/auth/kakao$"), exc=requests.ConnectionError)
    requests_mock.get(f"{SITE}/auth/kakao", status_code=302, headers={"Location": start})
    return requests_mock


@pytest.fixture
def examine(app, settings, answers):
    """Let the doctor look at a production site; what it said, and how it ended."""

    def examine(*options, **changes):
        patient = create_app(settings | PRODUCTION | changes)
        result = patient.test_cli_runner().invoke(
            args=["kakao", "doctor", *(options or ("--site", SITE))]
        )
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert not [secret for secret in SECRETS.values() if secret in result.output]
        with patient.app_context():
            db.engine.dispose()
        return result

    return examine


def lines(result, begins):
    return [line for line in result.output.splitlines() if line.startswith(begins)]


def test_a_good_configuration_is_ok_from_top_to_bottom(examine):
    result = examine()

    assert result.exit_code == 0
    assert len(lines(result, "ok  ")) == len(result.output.splitlines()) >= 12


def test_the_redirect_uri_is_printed_to_the_character(examine):
    (line,) = [line for line in lines(examine(), "ok  ") if "console" in line]

    assert line.endswith(f" {REDIRECT_URI}")


@pytest.mark.parametrize("site", ["https://HOME.example/", "https://home.example:443"])
def test_the_address_of_the_site_is_taken_as_a_browser_names_it(examine, site):
    assert f" {REDIRECT_URI}\n" in examine("--site", site).output


def test_a_korean_domain_is_registered_as_the_site_sends_it(examine):
    assert " https://xn--oy2b11vymc.kr/auth/kakao/callback\n" in (
        examine("--site", "https://우리집.kr").output
    )


@pytest.mark.parametrize(
    "site", ["home.example", "ftp://home.example", "https://home.example/path", "https://", ""]
)
def test_a_site_that_is_no_address_is_refused(examine, site):
    result = examine("--site", site)

    assert result.exit_code == 2
    assert "https://your.site" in result.output


@pytest.mark.parametrize("site", ["https://home..example", "https://home.example:99999"])
def test_a_mistyped_site_is_told_in_one_line(examine, site):
    result = examine("--site", site)

    assert result.exit_code == 2
    assert f"{site} is no address" in result.output


def test_in_production_the_site_has_to_be_named(app, settings, answers):
    patient = create_app(settings | PRODUCTION)

    result = patient.test_cli_runner().invoke(args=["kakao", "doctor"])

    assert result.exit_code == 2
    assert "--site" in result.output


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("KOE010", "KAKAO_CLIENT_SECRET is missing or wrong"),
        ("KOE101", "KAKAO_CLIENT_ID is unknown"),
        ("KOE303", "redirect URI"),
        ("KOE004", "switch on Kakao Login"),
        ("KOE009", "allow this server's address"),
    ],
)
def test_what_the_token_call_refuses_is_told_with_the_remedy(examine, answers, number, says):
    answers.post(f"{AUTH}/oauth/token", **koe(number))

    result = examine()

    (line,) = lines(result, "FAIL")
    assert "client id and secret" in line
    assert says in line
    assert number in line
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(
            {"status_code": 400, "text": "<h1>KOE006</h1>"},
            "register the redirect URI",
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
def test_what_the_consent_page_refuses_is_told_with_the_remedy(examine, answers, answer, says):
    answers.get(f"{AUTH}/oauth/authorize", **answer)

    result = examine(KAKAO_SCOPE="profile_nickname")

    (line,) = lines(result, "FAIL")
    assert says in line
    (asked,) = [r for r in answers.request_history if r.path == "/oauth/authorize"]
    assert asked.qs["redirect_uri"] == [REDIRECT_URI]
    assert asked.qs["scope"] == ["profile_nickname"]


def test_a_refused_admin_key_is_told_and_never_shown(examine, answers):
    refusal = {"msg": f"wrong appKey({SECRETS['KAKAO_ADMIN_KEY']}) format", "code": -401}
    answers.get(f"{API}/v1/user/ids", json=refusal, status_code=401)

    (line,) = lines(examine(), "FAIL")

    assert "KAKAO_ADMIN_KEY is wrong" in line


def test_without_an_admin_key_none_is_tried(examine, answers):
    result = examine(KAKAO_ADMIN_KEY="", KAKAO_APP_ID="")

    assert result.exit_code == 0
    assert "/v1/user/ids" not in [request.path for request in answers.request_history]


@pytest.mark.parametrize(
    ("ago", "astray"),
    [({"minutes": 10}, "[0-9]{3} seconds fast"), ({"minutes": -10}, "[0-9]{3} seconds slow")],
)
def test_a_clock_that_is_astray_is_told(examine, answers, ago, astray):
    answers.get(DISCOVERY, json={"issuer": AUTH, "jwks_uri": KEYS}, headers=date(**ago))

    (line,) = lines(examine(), "FAIL")

    assert re.search(astray, line)


def test_an_answer_kept_by_a_cache_is_not_mistaken_for_a_clock(examine, answers):
    headers = date(hours=1) | {"Age": "3600"}
    answers.get(DISCOVERY, json={"issuer": AUTH, "jwks_uri": KEYS}, headers=headers)

    assert examine().exit_code == 0


DOWN = {
    "refused": {"exc": requests.ConnectionError},
    "timeout": {"exc": requests.ConnectTimeout},
    "500": {"status_code": 500, "text": ""},
    "maintenance": {"status_code": 503, "text": "<h1>점검</h1>"},
    "not JSON": {"text": "hello"},
}


@pytest.mark.parametrize("answer", DOWN.values(), ids=DOWN)
@pytest.mark.parametrize("where", [DISCOVERY, f"{AUTH}/oauth/token", f"{API}/v2/user/me"])
def test_while_kakao_does_not_answer_one_line_says_so(examine, answers, where, answer):
    answers.register_uri("POST" if where.endswith("token") else "GET", where, **answer)

    result = examine()

    (line,) = lines(result, "FAIL")
    assert result.output.splitlines()[-1] == line
    assert "No more was asked" in line
    assert result.exit_code == 1


@pytest.mark.parametrize("age", ["nan", "inf", "soon"])
def test_an_age_that_is_no_number_is_an_odd_answer(examine, answers, age):
    headers = date() | {"Age": age}
    answers.get(DISCOVERY, json={"issuer": AUTH, "jwks_uri": KEYS}, headers=headers)

    assert "odd answer" in lines(examine(), "FAIL")[0]


def test_another_issuer_is_told(examine, answers):
    answers.get(DISCOVERY, json={"issuer": "https://a.b", "jwks_uri": KEYS}, headers=date())

    assert "check KAKAO_AUTH_URL" in lines(examine(), "FAIL")[0]


@pytest.mark.parametrize("keys", [{"json": {"keys": []}}, {"json": {}}, {"status_code": 404}])
def test_without_signing_keys_something_is_wrong(examine, answers, keys):
    answers.get(KEYS, **keys)

    assert "signing keys" in lines(examine(), "FAIL")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KAKAO_CLIENT_ID", "0123456789abcdef"),
        ("KAKAO_CLIENT_SECRET", "'" + "a" * 32 + "'"),
        ("KAKAO_ADMIN_KEY", "어드민 키"),
        ("KAKAO_APP_ID", "my-app"),
    ],
)
def test_a_key_of_an_odd_shape_is_pointed_out_and_no_more(examine, name, value):
    result = examine(**{name: value})

    (line,) = lines(result, "look")
    assert name in line
    assert value not in result.output
    assert result.exit_code == 0


def test_a_missing_secret_is_pointed_out_in_development(examine):
    result = examine(APP_ENV="", KAKAO_CLIENT_SECRET="", SESSION_COOKIE_SECURE="1")

    assert "KAKAO_CLIENT_SECRET is not set" in result.output
    assert "APP_ENV=production" in result.output


def test_production_without_https_fails(examine):
    result = examine("--site", "http://home.example")

    assert any("not https" in line for line in lines(result, "FAIL"))


def test_cookies_that_do_not_fit_the_address_fail(examine):
    (line,) = lines(examine(SESSION_COOKIE_SECURE="0"), "FAIL")
    assert "SESSION_COOKIE_SECURE has to be True" in line

    result = examine("--site", "http://localhost:8000", APP_ENV="", SESSION_COOKIE_SECURE="1")
    assert any("SESSION_COOKIE_SECURE has to be False" in line for line in lines(result, "FAIL"))


def test_a_site_behind_a_proxy_that_it_does_not_believe_fails(examine, answers):
    start = f"{AUTH}/oauth/authorize?redirect_uri=http://10.0.0.1:8000/auth/kakao/callback"
    answers.get(f"{SITE}/auth/kakao", status_code=302, headers={"Location": start})

    (line,) = lines(examine(), "FAIL")

    assert "TRUSTED_PROXIES" in line
    assert "http://10.0.0.1:8000/auth/kakao/callback" in line


@pytest.mark.parametrize(
    "answer", [{"exc": requests.ConnectionError}, {"status_code": 404}, {"status_code": 200}]
)
def test_a_site_that_does_not_run_yet_is_no_failure(examine, answers, answer):
    answers.get(f"{SITE}/auth/kakao", **answer)

    result = examine()

    assert "once the site runs" in lines(result, "look")[0]
    assert result.exit_code == 0


def test_a_database_without_its_tables_fails(examine, tmp_path):
    with databases.new(tmp_path) as url:
        (line,) = lines(examine(DATABASE_URL=url), "FAIL")

    assert "flask --app app db upgrade" in line


def test_a_database_with_tables_of_another_version_fails(examine, tmp_path):
    with databases.new(tmp_path) as url:
        databases.run(url, "CREATE TABLE alembic_version (version_num VARCHAR(32))")
        databases.run(url, "INSERT INTO alembic_version VALUES ('of a later day')")
        told = lines(examine(DATABASE_URL=url), "FAIL")

    assert "db upgrade" in told[0]


def test_a_database_that_does_not_answer_fails_without_its_address(examine, tmp_path):
    result = examine(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/site.sqlite3")

    (line,) = lines(result, "FAIL")
    assert "DATABASE_URL" in line
    assert "such" not in result.output
