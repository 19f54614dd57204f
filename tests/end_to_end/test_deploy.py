"""What deploy/ says, tried as far as it goes without containers."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sandbox.people import PEOPLE
from tests.end_to_end.conftest import ROOT, Person, free_port, running

DEPLOY = ROOT / "deploy"
NOT_SERVED = {"bench", "deploy", "docs", "sandbox", "tests"}


def instructions(name):
    """The Dockerfile's lines of one kind, continued ones joined."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} (.+)$", text, re.MULTILINE)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The folder that the image would hold."""
    folder = tmp_path_factory.mktemp("image")
    for instruction in instructions("COPY"):
        *sources, target = instruction.split()
        place = folder / target.removeprefix("/site/")
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            else:
                place.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, place)
    return folder


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "site.log"


@pytest.fixture(scope="module")
def settings(sandbox_url, tmp_path_factory):
    return {
        "APP_ENV": "production",
        "SECRET_KEY": "a key for tests",
        "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('database') / 'site.sqlite3'}",
        "KAKAO_CLIENT_ID": "sandbox-rest-api-key",
        "KAKAO_CLIENT_SECRET": "sandbox-client-secret",
        "KAKAO_AUTH_URL": sandbox_url,
        "KAKAO_API_URL": sandbox_url,
        "SESSION_COOKIE_SECURE": "0",  # there is no TLS here
        "PYTHONPATH": "",
        "PORT": str(free_port()),
        "WEB_CONCURRENCY": "2",
    }


@pytest.fixture(scope="module")
def site(image, log, settings):
    """What the image would run, in the folder it would hold, with all it logs in one file."""
    migration = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["migration"]
    flask = [sys.executable, "-m", *migration["command"].split()]
    subprocess.run(flask, cwd=image, env=os.environ | settings, check=True, capture_output=True)
    program, *arguments = json.loads(instructions("CMD")[0])
    if not Path("/dev/shm").exists():
        arguments = arguments[: arguments.index("--worker-tmp-dir")]
    url = f"http://localhost:{settings['PORT']}"
    command = [sys.executable, "-m", program, *arguments]
    with (
        log.open("w") as output,
        running(command, f"{url}/healthz", settings, output, cwd=image),
    ):
        yield url


def test_every_folder_is_in_the_image_or_known_not_to_be_needed():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    folders = {path.split("/")[0] for path in tracked if "/" in path and path[0] != "."}
    modules = {path for path in tracked if path.endswith(".py") and "/" not in path}
    copied = {source for line in instructions("COPY") for source in line.split()[:-1]}

    assert folders - NOT_SERVED | modules <= copied


def test_the_image_holds_nothing_that_is_secret_or_not_needed(image):
    assert not [*image.rglob(".env"), *image.rglob("instance"), *image.rglob("*.sqlite3")]
    assert not (image / "sandbox").exists()


def test_people_sign_in_at_what_the_image_runs(site):
    someone = Person(site)

    assert someone.sign_in_as(PEOPLE["no_email"].id, "/me").url.endswith("/me")
    assert someone.nickname() == PEOPLE["no_email"].nickname


def test_the_log_has_a_line_per_request_and_no_codes(site, log):
    someone = Person(site)
    someone.sign_in_as(PEOPLE["jieun"].id, "/me")
    forged = "/nowhere%0A[01/Jan/2026] 127.0.0.1 GET /forged 200"
    secret = "/auth/kakao/callback?code=a-code&state=a-state"
    someone.http.get(f"{site}{secret}", headers={"Referer": f"{site}{secret}"}, timeout=30)
    someone.get(forged)
    someone.get("/")  # over the same connection: answered once the lines before are written

    lines = log.read_text().splitlines()

    assert [line for line in lines if re.search(r" GET /auth/kakao/callback 302 \d+ bytes", line)]
    assert [line for line in lines if " GET /auth/kakao/callback 400 " in line]
    assert not [line for line in lines if re.search(r"code=|state=|a-code|\?", line)]
    assert [line for line in lines if "/forged" in line]
    assert not [line for line in lines if line.startswith("[01/Jan/2026]")]


def test_the_image_knows_whether_it_is_well(site, settings):
    check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD")[2])

    def is_well(**changes):
        command = [sys.executable, *check[1:]]
        environment = os.environ | settings | changes
        return subprocess.run(command, env=environment, capture_output=True).returncode == 0

    assert check[0] == "python"
    assert is_well()
    assert not is_well(PORT=str(free_port()))


def test_gunicorn_heeds_the_threads_that_a_file_names(tmp_path, monkeypatch):
    monkeypatch.delenv("WEB_THREADS", raising=False)
    (tmp_path / ".env").write_text("WEB_THREADS=7\n")
    (tmp_path / "deploy").mkdir()
    copy = shutil.copy(DEPLOY / "gunicorn.conf.py", tmp_path / "deploy")

    assert runpy.run_path(copy)["threads"] == 7


def test_the_services_are_complete_and_wait_for_each_other():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    known = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert set(services["site"]["environment"]) <= known
    for service in services.values():
        for name, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy" and name != "site":
                assert services[name]["healthcheck"]["test"]
    assert (DEPLOY / services["site"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / services["site"]["build"]["dockerfile"]).is_file()
    (mounted, *_) = [line for line in services["proxy"]["volumes"] if line.startswith("./")]
    assert (DEPLOY / mounted.split(":")[0]).is_file()


def test_the_proxy_gives_up_a_quiet_connection_before_gunicorn_does():
    kept = int(re.search(r"keepalive (\d+)s", (DEPLOY / "Caddyfile").read_text())[1])

    assert kept < int(re.search(r"keepalive = (\d+)", (DEPLOY / "gunicorn.conf.py").read_text())[1])
