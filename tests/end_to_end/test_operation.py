"""The site in several processes, as deploy/ runs it: its numbers, and its log in JSON."""

import json
import os
import re
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

import sandbox
from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import Person, free_port, running, settings_for
from tests.servers import serving_here

CALLBACKS = ("requests_total", "auth.callback")
TOKEN = "a token for Prometheus, long enough"


@pytest.fixture(scope="module")
def kakao():
    """A Kakao sandbox in this process, which answers while its gate is open."""
    app = sandbox.create_app()
    app.gate = threading.Event()
    app.gate.set()
    app.before_request(lambda: app.gate.wait(60) and None)
    with serving_here(app) as app.url:
        yield app


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "site.log"


@pytest.fixture(scope="module")
def site(kakao, log, tmp_path_factory):
    """The site in two processes; a running server."""
    folder, port = tmp_path_factory.mktemp("site"), free_port()
    url = f"http://localhost:{port}"
    with databases.create(folder) as database, log.open("w") as output:
        settings = settings_for(database, kakao.url) | {
            "LOG_FORMAT": "json",
            "METRICS_TOKEN": TOKEN,
            "PORT": str(port),
            "SITE_URL": url,
            "TMPDIR": str(folder),
            "TRUSTED_PROXIES": "1",
            "WEB_CONCURRENCY": "2",
        }
        databases.make_tables(database)
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
        with running(command, f"{url}/healthz", settings, output) as server:
            yield server
    assert not [*folder.glob("neonejip-metrics-*")]


def scrape(site):
    """All metrics, by name and labels."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    response = requests.get(f"{site.address}/metrics", headers=headers, timeout=30)
    return {
        (sample.name.removeprefix("neonejip_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_the_numbers_in_alerts_begin_at_0(site):
    numbers = scrape(site)

    assert numbers["server_errors_total", "500"] == 0
    assert numbers["sign_ins_total", "misconfigured"] == 0
    assert numbers["webhooks_total", "unlink", "failed"] == 0
    assert numbers["store_failures_total",] == 0


def test_the_numbers_of_all_processes_are_added_up_and_outlive_them(site, log):
    before = scrape(site)
    with ThreadPoolExecutor(4) as crowd:
        people = [Person(site.address) for _ in range(12)]
        jieun = PEOPLE["no_email"].id
        pages = list(crowd.map(lambda one: one.sign_in_as(jieun, "/me"), people))
    pages.append(Person(site.address).get("/auth/kakao/callback?code=a&state=b"))

    after = scrape(site)
    growth = {name: number - before.get(name, 0) for name, number in after.items()}
    # A busy machine may refuse some, and then the numbers say so.
    count = len([page for page in pages if page.url.endswith("/me")])
    assert growth["sign_ins_total", "signed in"] == count
    assert growth["sign_ins_total", "no cookie"] == 1
    assert growth["requests_total", "auth.callback", "GET", "302"] == count
    assert growth["requests_total", "auth.callback", "GET", "400"] == 1
    assert sum(number for name, number in growth.items() if name[:2] == CALLBACKS) == len(pages)
    assert growth["kakao_call_seconds_count", "/oauth/token", "200"] >= count
    assert growth["kakao_call_seconds_count", "/v2/user/me", "200"] >= count
    assert after["new_members_total",] == 1

    started = "Booting worker with pid: ([0-9]+)"
    os.kill(int(re.findall(started, log.read_text())[0]), signal.SIGKILL)
    while len(re.findall(started, log.read_text())) < 3:
        assert site.process.poll() is None

    assert scrape(site)["sign_ins_total", "signed in"] == after["sign_ins_total", "signed in"]


def test_a_call_is_in_flight_while_kakao_does_not_respond(site, kakao):
    someone = Person(site.address)
    consent = someone.http.get(f"{site.address}/auth/kakao", allow_redirects=False, timeout=30)
    person = {"person": PEOPLE["no_email"].id}
    callback = requests.post(
        consent.headers["Location"], data=person, allow_redirects=False, timeout=30
    ).headers["Location"]
    kakao.gate.clear()
    with ThreadPoolExecutor() as background:
        response = background.submit(someone.http.get, callback, timeout=30)
        while not scrape(site).get(("kakao_calls_in_flight",)):
            assert not response.done()
        kakao.gate.set()

    assert response.result().status_code == 200
    assert scrape(site)["kakao_calls_in_flight",] == 0


def test_each_line_is_json_and_a_request_and_its_events_have_one_id_and_trace(site, log):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    page = requests.get(f'{site.address}/auth/kakao/callback?code="', headers=headers, timeout=30)
    requests.get(f'{site.address}/a"b\\', timeout=30)
    scrape(site)

    lines = [json.loads(line) for line in log.read_text().splitlines()]

    request_id = page.headers["X-Request-Id"]
    failure, access = (line for line in lines if line.get("request_id") == request_id)
    assert failure["failure"] == "state mismatch"
    assert (access["method"], access["path"]) == ("GET", "/auth/kakao/callback")
    assert access["status"] == 400
    assert failure["trace"] == access["trace"] == trace
    assert "/a%22b%5C" in [line.get("path") for line in lines]
