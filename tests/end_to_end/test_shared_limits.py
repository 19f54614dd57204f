"""Rate limits that several servers share through Redis, and a Redis that hangs or dies."""

import os
import re
import shutil
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests import databases
from tests.end_to_end.conftest import free_port, gunicorn, settings_for
from web import limits


@pytest.fixture
def redis():
    """A Redis of this test's own, which may be killed."""
    command = shutil.which("redis-server")
    if not command:
        pytest.skip("no redis-server found: install Redis")
    port = free_port()
    process = subprocess.Popen(
        [command, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    process.url = f"redis://127.0.0.1:{port}"
    while not listens(port):
        assert process.poll() is None
    yield process
    process.kill()
    process.wait()


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def two_servers(redis, tmp_path):
    with databases.create(tmp_path) as database:
        settings = settings_for(database, "http://localhost:9")  # no request reaches Kakao
        settings |= {"RATELIMIT_STORAGE_URI": redis.url}
        with gunicorn(settings, "--threads=4") as one, gunicorn(settings, "--threads=4") as two:
            yield [one, two]


def press(server):
    """Press the button."""
    return requests.get(f"{server.address}/auth/kakao", allow_redirects=False, timeout=30)


def test_two_servers_share_one_count(two_servers):
    each_alone = int(limits.SIGN_IN_LIMIT.split()[0])

    pressed = 0
    while press(two_servers[pressed % 2]).status_code == 302:
        pressed += 1
        # Also when a new minute begins in between, and the count with it.
        assert pressed < 2 * each_alone


@pytest.mark.parametrize("trouble", [signal.SIGKILL, signal.SIGSTOP], ids=["dies", "hangs"])
def test_while_redis_is_unavailable_people_can_sign_in(two_servers, redis, trouble):
    assert press(two_servers[0]).status_code == 302

    os.kill(redis.pid, trouble)

    with ThreadPoolExecutor(8) as pool:  # several on their way to Redis at that moment
        responses = list(pool.map(press, two_servers * 8))
    assert {response.status_code for response in responses} == {302}
    for server in two_servers:
        logged = Path(server.output.name).read_text()
        assert "Rate limit storage unreachable" in logged
        assert re.search(r"memory storage \(\w+Error: .+\): check RATELIMIT_STORAGE_URI", logged)
        assert "Traceback" not in logged
