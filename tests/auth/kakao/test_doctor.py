"""`flask kakao doctor` of another site; auth/test_doctor.py tests each response of Kakao's."""

import pytest
import requests
from flask import Flask

from auth.kakao import Kakao
from tests.auth.test_doctor import AUTH, lines, responses  # noqa: F401 (a fixture)

KEYS = {"KAKAO_CLIENT_ID": "0123456789abcdef" * 2, "KAKAO_CLIENT_SECRET": "AbCdEfGh01234567" * 2}


@pytest.fixture
def run_doctor(site_without_oidc, responses):  # noqa: F811
    site = site_without_oidc
    responses.get("http://localhost:5000/login/kakao", exc=requests.ConnectionError)
    responses.get("https://your.site/login/kakao", exc=requests.ConnectionError)

    def run_doctor(*arguments, **settings):
        site.app.config |= KEYS | settings
        return site.app.test_cli_runner().invoke(args=["kakao", "doctor", *arguments])

    run_doctor.site = site
    return run_doctor


def test_a_site_that_does_not_run_yet_is_checked_all_the_same(run_doctor):
    result = run_doctor()

    assert result.exit_code == 0
    assert "http://localhost:5000/login/kakao/callback" in result.output
    (line,) = lines(result, "warn")
    assert "once the site runs" in line


def test_with_its_url_a_running_site_is_ok_from_top_to_bottom(run_doctor, responses):  # noqa: F811
    redirect_uri = "https://your.site/login/kakao/callback"
    location = f"{AUTH}/oauth/authorize?redirect_uri={redirect_uri}"
    start = "https://your.site/login/kakao"
    responses.get(start, status_code=302, headers={"Location": location})

    result = run_doctor("--url", "https://your.site/", SESSION_COOKIE_SECURE=True)

    assert result.exit_code == 0
    assert len(lines(result, "ok  ")) == len(result.output.splitlines()) >= 10
    assert redirect_uri in result.output


def test_cookies_have_to_fit_the_url(run_doctor):
    (line,) = lines(run_doctor("--url", "https://your.site"), "FAIL")
    assert "SESSION_COOKIE_SECURE has to be True" in line

    (line,) = lines(run_doctor(SESSION_COOKIE_SAMESITE="Strict"), "FAIL")
    assert "SESSION_COOKIE_SAMESITE has to be Lax" in line


def test_an_endpoint_that_does_not_exist_fails_and_is_named(run_doctor):
    state = run_doctor.site.app.extensions["kakao"]
    object.__setattr__(state, "callback", "auth.callback")

    result = run_doctor()

    (line,) = lines(result, "FAIL")
    assert "auth.callback" in line
    assert result.exit_code == 1


@pytest.mark.parametrize("url", ["your.site", "https://your.site/path", "ftp://your.site"])
def test_only_a_url_of_a_site_is_taken(run_doctor, url):
    result = run_doctor("--url", url)

    assert result.exit_code == 2
    assert "https://your.site" in result.output


def test_a_rejected_secret_fails_with_its_fix_and_is_never_shown(run_doctor, responses):  # noqa: F811
    rejection = {"error": "invalid_client", "error_code": "KOE010"}
    responses.post(f"{AUTH}/oauth/token", json=rejection, status_code=401)

    result = run_doctor()

    (line,) = lines(result, "FAIL")
    assert "KAKAO_CLIENT_SECRET" in line
    assert result.exit_code == 1
    assert not [key for key in KEYS.values() if key in result.output]


def test_a_kakao_command_of_the_site_stays(site_without_oidc):
    app = site_without_oidc.app
    assert "doctor" in app.cli.commands["kakao"].commands

    other = Flask("other")
    other.config |= {"SECRET_KEY": "x", "KAKAO_CLIENT_ID": "x", "KAKAO_CLIENT_SECRET": "x"}
    other.cli.command("kakao")(lambda: None)
    Kakao(other)

    assert not hasattr(other.cli.commands["kakao"], "commands")
