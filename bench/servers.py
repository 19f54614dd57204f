"""The servers that are measured, each on a port of its own, and what they use. Linux only."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

import certifi

import config
from app import create_app

ROOT = Path(__file__).parent.parent
PEERS_PYTHON = ROOT / "bench/.venv-peers/bin/python"
START_TIMEOUT = 30  # seconds
WORKERS, THREADS = 2, 4
# Threads of Flask-Dance share one session to Kakao and take each other's people for their own.
WORKERS_OF_ONE_THREAD = ("Flask-Dance",)

OURS = "this site"
FLOOR = "bare Flask"
BY_HAND = {
    "Authlib by hand": "bench.peers.authlib_by_hand:app",
    "requests by hand": "bench.peers.requests_by_hand:app",
}
INSTALLED_PEERS = {  # by make bench-peers
    "Flask-Dance": "bench.peers.flask_dance_site:app",
    "django-allauth": "bench.peers.allauth_site:app",
}
MODULES = {OURS: "app:create_app()", FLOOR: "bench.peers.floor:app", **BY_HAND, **INSTALLED_PEERS}
STARTS = {  # where the button leads; /auth/kakao at the others
    "Flask-Dance": "/dance/kakao",
    "django-allauth": "/accounts/kakao/login/?next=/me",
}


class Server:
    """A process that serves until stop(), and its children; {port} in its command is filled in."""

    def __init__(self, command: list, settings: dict[str, str]):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(  # noqa: S603, nothing in it came from outside
            [str(part).format(port=self.port) for part in command],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT
        while self.process.poll() is None and time.monotonic() < give_up:
            with suppress(ConnectionError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        self.stop()
        raise SystemExit(f"bench: {' '.join(map(str, self.process.args))} does not answer")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def workers(self) -> list[int]:
        pid = self.process.pid
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def cpu_seconds(self) -> float:
        """What the workers have computed so far, in the kernel and outside."""
        # The clock of another process, as clock_getcpuclockid(3) makes its number.
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self.workers())

    def megabytes(self) -> float:
        """Memory of a worker; what processes share is divided among them (PSS)."""
        sizes = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.workers()]
        kilobytes = [int(size.split("\nPss:")[1].split()[0]) for size in sizes]
        return sum(kilobytes) / len(kilobytes) / 1024


def installed_peers() -> list[str]:
    return list(INSTALLED_PEERS) if PEERS_PYTHON.exists() else []


def start_kakao(stack: ExitStack) -> Server:
    command = [sys.executable, "-m", "sandbox", "--port", "{port}"]
    return started(stack, Server(command, {}))


def start_line(stack: ExitStack, kakao: Server, folder: Path, round_trip: float) -> dict[str, str]:
    """Put Kakao so many seconds away, behind TLS; what start_site has to know of it."""
    command = [sys.executable, "-m", "bench.slow_line", kakao.port, round_trip, folder, "{port}"]
    line = started(stack, Server(command, {}))
    authorities = folder / "authorities.pem"
    # With all the others: reading them is part of what a new connection costs.
    own = (folder / "certificate.pem").read_text()
    authorities.write_text(Path(certifi.where()).read_text() + own)
    return {
        "kakao": line.url.replace("http:", "https:"),
        "REQUESTS_CA_BUNDLE": str(authorities),
    }


def start_site(stack: ExitStack, name: str, folder: Path, kakao: str, **settings: str) -> Server:
    """Serve one of the sites, in front of that Kakao, with a new database in that folder."""
    database = f"sqlite:///{folder / f'{name}.sqlite3'}"
    settings |= {
        "APP_ENV": "production",
        "SECRET_KEY": "bench",
        "DATABASE_URL": database,
        "KAKAO_AUTH_URL": kakao,
        "KAKAO_API_URL": kakao,
        "RATELIMIT_ENABLED": "0",
        **config.SANDBOX_KEYS,
    }
    settings["ROUTES"] = routes()
    python = PEERS_PYTHON if name in INSTALLED_PEERS else sys.executable
    module, _, _ = MODULES[name].partition(":")
    # Once before the workers, which would make the tables at the same moment.
    make_tables = "app.create_app().app_context().push(); app.db.create_all()"
    script = f"import {module}; {make_tables if name == OURS else ''}"
    subprocess.run([python, "-c", script], cwd=ROOT, env=os.environ | settings, check=True)  # noqa: S603
    command = [python, "-m", "gunicorn", MODULES[name]]
    alone = name in WORKERS_OF_ONE_THREAD
    workers, threads = (WORKERS * THREADS, 1) if alone else (WORKERS, THREADS)
    command += [
        "--worker-class",
        "gthread",
        "--workers",
        workers,
        "--threads",
        threads,
        "-b",
        "127.0.0.1:{port}",
    ]
    return started(stack, Server(command, settings))


@cache
def routes() -> str:
    """The site's addresses, for the peers that render its templates."""
    rules = create_app({"SECRET_KEY": "bench"}).url_map.iter_rules()
    return json.dumps([(rule.rule, rule.endpoint) for rule in rules if rule.endpoint != "static"])


def started(stack: ExitStack, server: Server) -> Server:
    stack.callback(server.stop)
    return server


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
