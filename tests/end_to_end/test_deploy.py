"""deploy/, tested as far as possible without containers."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests
import yaml

from config import VERSION
from sandbox.people import PEOPLE
from tests.end_to_end.conftest import ROOT, Person, free_port, running
from tests.houses import pictures

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
    port = free_port()
    return {
        "APP_ENV": "production",
        "SITE_URL": f"http://localhost:{port}",
        "SECRET_KEY": "a key for tests, of 32 characters",
        "OPERATOR_NAME": "김이장",
        "OPERATOR_CONTACT": "privacy@home.example",
        "DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('database') / 'site.sqlite3'}",
        "PHOTOS_URL": tmp_path_factory.mktemp("photos").as_uri(),
        "KAKAO_CLIENT_ID": "sandbox-rest-api-key",
        "KAKAO_CLIENT_SECRET": "sandbox-client-secret",
        "KAKAO_AUTH_URL": sandbox_url,
        "KAKAO_API_URL": sandbox_url,
        "SESSION_COOKIE_SECURE": "0",  # there is no TLS here
        "PYTHONPATH": "",
        "PORT": str(port),
        "WEB_CONCURRENCY": "2",
    }


@pytest.fixture(scope="module")
def site(image, log, settings):
    """What the image would run, in the folder it would hold, with all it logs in one file."""
    entrypoint = json.loads(instructions("ENTRYPOINT")[0])
    migration = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["migration"]
    flask = [*entrypoint, sys.executable, "-m", *migration["command"].split()]
    subprocess.run(flask, cwd=image, env=os.environ | settings, check=True, capture_output=True)
    program, *arguments = json.loads(instructions("CMD")[0])
    if not Path("/dev/shm").exists():
        arguments = arguments[: arguments.index("--worker-tmp-dir")]
    url = f"http://localhost:{settings['PORT']}"
    command = [*entrypoint, sys.executable, "-m", program, *arguments]
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


def test_the_log_begins_with_the_version(site, log):
    assert f" INFO [-] started version={VERSION}\n" in log.read_text()


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Proto: https",
        "X-Forwarded-Ssl: on",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-For: 203.0.113.7",
        "SCRIPT_NAME: //evil.example",
        "SCRIPT-NAME: //evil.example",
        "PATH_INFO: //evil.example",
    ],
)
def test_an_untrusted_header_changes_nothing(site, log, header):
    name, value = header.split(": ")
    headers = {name: value}
    plain = requests.get(f"{site}/auth/kakao", allow_redirects=False, timeout=30)
    forged = requests.get(f"{site}/auth/kakao", headers=headers, allow_redirects=False, timeout=30)
    page = requests.get(f"{site}/", headers=headers, timeout=30)

    query = parse_qs(urlsplit(forged.headers["Location"]).query)
    assert forged.status_code == plain.status_code == 302
    assert query["redirect_uri"] == [f"{site}/auth/kakao/callback"]
    assert page.status_code == 200
    assert "evil" not in page.text
    assert 'href="/auth/kakao' in page.text
    assert " 203.0.113.7 " not in log.read_text()


def test_another_host_is_redirected_to_site_url(site):
    port = urlsplit(site).port
    for host in (
        f"127.0.0.1:{port}",
        "www.home.example",
        "localhost.:80",
        "evil.example@localhost",
    ):
        response = requests.get(
            f"{site}/terms?a=%2F&b", headers={"Host": host}, allow_redirects=False, timeout=30
        )
        assert response.status_code == 308
        assert response.headers["Location"] == f"{site}/terms?a=%2F&b"
    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).text == "ok\n"


@pytest.mark.parametrize(
    ("command", "encoding"),  # tests/test_config.py has all encodings
    [
        pytest.param(["app.py"], "utf-16-le", id="make run"),
        pytest.param(["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"], "cp949", id="gunicorn"),
    ],
)
def test_an_env_file_that_is_not_utf8_is_one_clear_line(
    image, tmp_path, monkeypatch, command, encoding
):
    monkeypatch.delenv("PYTHON_DOTENV_DISABLED")  # tests/environment.py
    folder = shutil.copytree(image, tmp_path / "site")
    (folder / ".env").write_text("KAKAO_BUTTON_LABEL=카카오로\n", encoding=encoding)

    result = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=os.environ | {"PORT": str(free_port()), "WEB_CONCURRENCY": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode
    output = result.stdout + result.stderr
    (line,) = [line for line in output.splitlines() if "UTF-8" in line]
    assert line.endswith(".env is not UTF-8 text: save it as UTF-8")
    assert "Traceback" not in output


def test_an_invalid_number_of_threads_is_one_clear_line():
    result = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(free_port()), "WEB_THREADS": "many"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode
    assert "does not start: WEB_THREADS is 'many', not a number" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_log_has_a_line_per_request_and_no_codes(site, log):
    someone = Person(site)
    someone.sign_in_as(PEOPLE["jieun"].id, "/me")
    forged = "/nowhere%0A[01/Jan/2026] 127.0.0.1 GET /forged 200"
    secret = "/auth/kakao/callback?code=a-code&state=a-state"
    someone.http.get(f"{site}{secret}", headers={"Referer": f"{site}{secret}"}, timeout=30)
    someone.get(forged)
    someone.get(
        "/"
    )  # over the same connection: the response comes once the earlier lines are written

    lines = log.read_text().splitlines()

    assert [line for line in lines if re.search(r" GET /auth/kakao/callback 302 \d+ bytes", line)]
    assert [line for line in lines if " GET /auth/kakao/callback 400 " in line]
    assert not [line for line in lines if re.search(r"code=|state=|a-code|\?", line)]
    assert [line for line in lines if "/forged" in line]
    assert not [line for line in lines if line.startswith("[01/Jan/2026]")]


def test_the_image_has_a_health_check(site, settings):
    check = json.loads(instructions("HEALTHCHECK")[0].partition("CMD")[2])

    def is_well(**changes):
        command = [sys.executable, *check[1:]]
        environment = os.environ | settings | changes
        return subprocess.run(command, env=environment, capture_output=True).returncode == 0

    assert check[0] == "python"
    assert is_well()
    assert is_well(http_proxy="http://127.0.0.1:9"), "Docker may set one in each container"
    assert not is_well(PORT=str(free_port()))


def test_the_hourly_commands_run_in_the_image(site, image, settings):
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    commands = re.findall(r"flask --app app ([a-z -]+)", services["chores"]["command"])
    program = "import app; run = app.create_app().test_cli_runner().invoke; "
    program += f"print([run(args=command.split()).exit_code for command in {commands}])"

    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=image,
        env=os.environ | settings,
        check=True,
        capture_output=True,
        text=True,
    )

    assert len(commands) == 3
    assert result.stdout == "[0, 0, 0]\n"


def test_gunicorn_uses_the_threads_that_a_file_names(tmp_path, monkeypatch):
    monkeypatch.delenv("WEB_THREADS", raising=False)
    (tmp_path / ".env").write_text("WEB_THREADS=7\n")
    (tmp_path / "deploy").mkdir()
    copy = shutil.copy(DEPLOY / "gunicorn.conf.py", tmp_path / "deploy")

    assert runpy.run_path(copy)["threads"] == 7


def test_the_services_are_complete_and_wait_for_each_other():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    known = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert set(services["site"]["environment"]) - {"WEB_CONCURRENCY"} <= known
    for service in services.values():
        for name, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy" and name != "site":
                assert services[name]["healthcheck"]["test"]
    assert (DEPLOY / services["site"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / services["site"]["build"]["dockerfile"]).is_file()
    (mounted, *_) = [line for line in services["proxy"]["volumes"] if line.startswith("./")]
    assert (DEPLOY / mounted.split(":")[0]).is_file()


def is_private(path):
    return path.stat().st_mode & 0o077 == 0


def test_the_database_and_the_photos_are_for_the_site_alone(site, settings):
    someone = Person(site)
    someone.sign_in_as(PEOPLE["no_email"].id)
    someone.get("/me/photos/new")
    form = {name: someone.value(name) for name in ("csrf_token", "form_key")}
    files = {"photo": ("photo.jpg", pictures.jpeg())}
    photo = someone.http.post(
        f"{site}/me/photos/new", data=form | {"room": "kitchen"}, files=files, timeout=60
    )

    database = Path(settings["DATABASE_URL"].removeprefix("sqlite:///"))
    photos = [*Path(unquote(urlsplit(settings["PHOTOS_URL"]).path)).rglob("*")]
    assert "/photos/" in photo.url
    assert photos
    assert not [path for path in (database, *photos) if not is_private(path)]


def test_gunicorn_hides_files_from_others_without_containers_too():
    program = "import os, runpy; runpy.run_path('deploy/gunicorn.conf.py')['on_starting'](None); "
    program += "print(oct(os.umask(0)))"
    command = [sys.executable, "-c", program]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert result.stdout == "0o77\n"


def test_the_image_can_be_read_by_its_user_after_a_checkout_with_umask_077(image, tmp_path):
    folder = shutil.copytree(image, tmp_path / "site")
    subprocess.run(["chmod", "-R", "go-rwx", folder], check=True)
    (command,) = [line for line in instructions("RUN") if line.startswith("chmod")]

    subprocess.run(command.partition(" && ")[0], shell=True, cwd=folder, check=True)

    assert not [path for path in folder.rglob("*") if not path.stat().st_mode & 0o004]


def test_no_container_has_a_privilege_or_a_log_or_memory_without_end():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]

    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["mem_limit"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name
        assert re.search(r":v?[0-9]+[.][0-9]+[.-]", service["image"]), name
    assert "POSTGRES_USER" not in services["database"]["environment"]
    role = (DEPLOY / "database.sql").read_text()
    assert "CREATE ROLE neonejip LOGIN PASSWORD" in role
    assert not re.search(r"\b(SUPERUSER|CREATEROLE|CREATEDB)\b", role)


def test_the_proxy_closes_an_idle_connection_before_gunicorn_does():
    kept = int(re.search(r"keepalive (\d+)s", (DEPLOY / "Caddyfile").read_text())[1])

    assert kept < int(re.search(r"keepalive = (\d+)", (DEPLOY / "gunicorn.conf.py").read_text())[1])


UNITS = sorted(path.name for path in (DEPLOY / "systemd").iterdir())


def test_systemd_accepts_the_units(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze found: apt-get install systemd")
    python = Path(sys.executable).parent
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text()
        text = re.sub(r"/srv/neonejip/\.venv/bin/(\w+)", rf'"{python}/\1"', text)
        text = text.replace("User=neonejip", "")
        (tmp_path / name).write_text(text)

    command = ["systemd-analyze", "verify", *UNITS]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert [line for line in result.stderr.splitlines() if "neonejip" in line] == []


def test_a_process_that_is_killed_for_its_memory_does_not_stop_the_others():
    """systemd would stop the whole unit; the site itself starts another process that decodes."""
    assert "\nOOMPolicy=continue\n" in (DEPLOY / "systemd/neonejip.service").read_text()


def test_the_timer_runs_what_the_container_chores_runs():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    pattern = r"flask --app app ([a-z -]+[a-z])"
    unit = (DEPLOY / "systemd/neonejip-chores.service").read_text()

    assert re.findall(pattern, unit) == re.findall(pattern, services["chores"]["command"])


def test_prometheus_asks_every_container_of_the_site():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    sites = [name for name, service in services.items() if "stop_grace_period" in service]
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"][0]
    proxied = re.search(r"UPSTREAMS:([^}]+)", (DEPLOY / "Caddyfile").read_text())[1]

    addresses = [f"{name}:8000" for name in sites]
    assert scraped["static_configs"][0]["targets"] == proxied.split() == addresses
