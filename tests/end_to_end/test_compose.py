"""deploy/compose.yaml, started: only where Docker is at hand (tests/conftest.py).

Where it is not, test_deploy.py and test_proxy.py check its parts one by one.
"""

import secrets
import shutil
import subprocess
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import urllib3

from config import VERSION
from tests.end_to_end.conftest import ROOT, free_port

START_TIMEOUT = 600  # seconds, with images to download and one to build
IGNORED = (".git", ".venv", ".env", "instance", "node_modules", "__pycache__", "tests", "bench")

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def compose(tmp_path_factory):
    """Run docker compose on a copy of deploy/, with names and a port of its own."""
    folder, port = tmp_path_factory.mktemp("compose") / "site", free_port()
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*IGNORED))
    name = f"neonejip-test-{secrets.token_hex(4)}"
    settings = {
        "SITE_ADDRESS": "localhost",
        "SITE_URL": f"https://localhost:{port}",
        "POSTGRES_PASSWORD": secrets.token_hex(16),
        "SECRET_KEY": secrets.token_hex(16),
        "KAKAO_CLIENT_ID": "rest-api-key",
        "KAKAO_CLIENT_SECRET": "client-secret",
        "OPERATOR_NAME": "지은",
        "OPERATOR_CONTACT": "jieun@home.example",
    }
    lines = [f"{key}={value}\n" for key, value in settings.items()]
    (folder / "deploy/.env").write_text("".join(lines))
    override = folder / "deploy/test.yaml"
    override.write_text(
        f"""services:
  site: {{image: {name}}}
  site2: {{image: {name}}}
  migration: {{image: {name}}}
  chores: {{image: {name}}}
  proxy:
    ports: !override ["127.0.0.1:{port}:443"]
"""
    )
    command = ["docker", "compose", "-p", name, "-f", folder / "deploy/compose.yaml"]
    command += ["-f", override]

    def run(*arguments, **kwargs):
        return subprocess.run([*command, *arguments], check=True, **kwargs)

    run.url = settings["SITE_URL"]
    try:
        run("up", "--build", "--detach", timeout=START_TIMEOUT)
        yield run
    finally:
        subprocess.run([*command, "logs", "--no-color"])
        subprocess.run([*command, "down", "--volumes"])
        subprocess.run(["docker", "image", "rm", name])


@pytest.fixture(scope="module")
def browse(compose):
    """Open a path through the proxy, whose certificate is its own."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def browse(path):
        return requests.get(compose.url + path, verify=False, allow_redirects=False, timeout=30)

    give_up = time.monotonic() + START_TIMEOUT
    while True:
        try:
            if browse("/healthz").status_code == 200:
                return browse
        except requests.RequestException:
            pass
        assert time.monotonic() < give_up, "the site does not respond"
        time.sleep(0.5)


def test_the_site_is_served_over_https(browse):
    page = browse("/")

    assert page.status_code == 200
    assert "카카오로 시작하기" in page.text
    assert page.headers["Strict-Transport-Security"]


def test_the_button_leads_to_kakao_and_back_to_the_site(browse, compose):
    location = urlsplit(browse("/auth/kakao").headers["Location"])

    assert location.hostname == "kauth.kakao.com"
    redirect_uri = f"{compose.url}/auth/kakao/callback"
    assert parse_qs(location.query)["redirect_uri"] == [redirect_uri]


def test_the_command_line_says_the_version(browse, compose):
    result = compose(
        *["exec", "-T", "site", "flask", "--app", "app", "version"], capture_output=True, text=True
    )

    assert result.stdout == f"{VERSION}\n"


def test_the_chores_can_be_done(browse, compose):
    result = compose(
        *["exec", "-T", "chores", "flask", "--app", "app", "sessions", "purge"],
        capture_output=True,
        text=True,
    )

    assert "0 sessions deleted" in result.stdout
