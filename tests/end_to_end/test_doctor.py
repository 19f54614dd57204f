"""`flask kakao doctor` as an operator types it: the site runs, and so does the Kakao sandbox."""

import os
import subprocess
import sys

import pytest
import requests

import sandbox
from app import create_app
from tests.end_to_end.conftest import ROOT, free_port
from tests.servers import serving_here

SECRETS = ["a key for tests", "sandbox-client-secret", "sandbox-admin-key"]


@pytest.fixture(scope="module")
def kakao_url():
    """A Kakao sandbox of this module's own, as its faults would disturb other tests."""
    with serving_here(sandbox.create_app()) as url:
        yield url


@pytest.fixture(scope="module")
def settings(kakao_url, tmp_path_factory):
    """A configuration in which only the database waits for its tables."""
    return {
        "SECRET_KEY": "a key for tests",
        "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('doctor') / 'site.sqlite3'}",
        "KAKAO_AUTH_URL": kakao_url,
        "KAKAO_API_URL": kakao_url,
    }


@pytest.fixture
def fails(settings):
    """The doctor's lines that begin with FAIL."""

    def fails(**changes):
        result = create_app(settings | changes).test_cli_runner().invoke(args=["kakao", "doctor"])
        assert result.exit_code == 1
        assert not [secret for secret in SECRETS if secret in result.output]
        failed = [line for line in result.output.splitlines() if line.startswith("FAIL")]
        assert "flask --app app db upgrade" in failed.pop(0)
        return failed

    return fails


def test_everything_is_healthy_once_the_database_is_migrated(settings, site, tmp_path):
    own = {"DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}", "SITE_URL": site}

    def flask(*words):
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        env = os.environ | settings | own
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)

    flask("db", "upgrade")
    result = flask("kakao", "doctor")

    assert "FAIL" not in result.stdout
    assert result.returncode == 0
    assert f"{site}/auth/kakao/callback\n" in result.stdout
    assert "the running site sends this redirect URI" in result.stdout
    assert not [secret for secret in SECRETS if secret in result.stdout + result.stderr]


@pytest.mark.parametrize(
    ("where", "fault", "says"),
    [
        ("token", "KOE010", "KAKAO_CLIENT_SECRET is missing or wrong"),
        ("token", "KOE101", "KAKAO_CLIENT_ID is unknown"),
        ("authorize", "KOE006", "register exactly this redirect URI"),
        ("authorize", "invalid_scope", "KAKAO_SCOPE"),
        ("unlink", "-401", "KAKAO_ADMIN_KEY is wrong"),
        ("unlink", "-3", "KAKAO_ADMIN_KEY may not call this API"),
        ("discovery", "reset", "unreachable"),
        ("jwks", "maintenance", "maintenance"),
        ("token", "hang", "timed out"),
        ("me", "html", "temporary failure"),
    ],
)
def test_each_fault_is_one_line_with_its_fix(fails, kakao_url, where, fault, says):
    switch = {"where": where, "fault": fault}
    requests.post(f"{kakao_url}/faults", json=switch, timeout=30).raise_for_status()

    failures = fails()
    requests.delete(f"{kakao_url}/faults", timeout=30)

    assert [says in line for line in failures] == [True]


def test_wrong_keys_are_recognised_by_kakaos_responses(fails):
    failures = fails(KAKAO_CLIENT_SECRET="wrong", KAKAO_ADMIN_KEY="wrong")

    assert ["KAKAO_CLIENT_SECRET" in failures[0], "KAKAO_ADMIN_KEY" in failures[1]] == [True, True]


def test_without_kakao_one_line_says_so(fails):
    nowhere = f"http://localhost:{free_port()}"

    failures = fails(KAKAO_AUTH_URL=nowhere, KAKAO_API_URL=nowhere)

    assert ["Stopped here" in line for line in failures] == [True]
