"""The measured servers and the servers that they need, each on its own port. Linux only."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

import certifi

import config
from app import create_app

ROOT = Path(__file__).parent.parent
ALTERNATIVES_PYTHON = ROOT / "bench/.venv-alternatives/bin/python"
START_TIMEOUT = 30  # seconds
WORKERS, THREADS = 2, 4
# Threads of Flask-Dance share one session to Kakao, and so mix people up.
SINGLE_THREADED = ("Flask-Dance",)

OURS = "this site"
FLOOR = "bare Flask"
PLAIN = {
    "plain Authlib": "bench.alternatives.plain_authlib:app",
    "plain requests": "bench.alternatives.plain_requests:app",
}
INSTALLED_ALTERNATIVES = {  # by make bench-alternatives
    "Flask-Dance": "bench.alternatives.flask_dance_site:app",
    "django-allauth": "bench.alternatives.allauth_site:app",
}
MODULES = {
    OURS: "app:create_app()",
    FLOOR: "bench.alternatives.floor:app",
    **PLAIN,
    **INSTALLED_ALTERNATIVES,
}
STARTS = {  # where the button leads, unless to /auth/kakao
    "Flask-Dance": "/dance/kakao",
    "django-allauth": "/accounts/kakao/login/?next=/me",
}


class Server:
    """A process that serves until stop(), and its children.

    :param command: in which {port} stands for the port.
    """

    def __init__(self, command: Sequence[object], settings: dict[str, str]):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [str(part).format(port=self.port) for part in command]
        self.process = subprocess.Popen(  # noqa: S603, nothing in it came from outside
            self.command,
            cwd=ROOT,
            env=os.environ | settings | {"SITE_URL": self.url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until something listens on the port.

        :raises SystemExit: if nothing does within START_TIMEOUT.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while self.process.poll() is None and time.monotonic() < deadline:
            with suppress(ConnectionError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        self.stop()
        raise SystemExit(f"bench: {' '.join(self.command)} does not respond")

    def stop(self) -> None:
        """End the process, and wait for it."""
        self.process.terminate()
        self.process.wait()

    def workers(self) -> list[int]:
        """Return the process ids of the children."""
        pid = self.process.pid
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def decoders(self) -> list[int]:
        """Return the process ids of the workers' children, which decode pictures."""
        threads = [
            thread for pid in self.workers() for thread in Path(f"/proc/{pid}/task").iterdir()
        ]
        return [int(pid) for each in threads for pid in (each / "children").read_text().split()]

    def cpu_seconds(self) -> float:
        """Return the CPU seconds of the workers and decoders so far, user and system."""
        # The same number as clock_getcpuclockid(3) computes for another process.
        pids = self.workers() + self.decoders()
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)

    def megabytes(self) -> float:
        """Return the average memory of a worker; shared pages are divided among processes (PSS)."""
        sizes = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.workers()]
        kilobytes = [int(size.split("\nPss:")[1].split()[0]) for size in sizes]
        return sum(kilobytes) / len(kilobytes) / 1024


def installed_alternatives() -> list[str]:
    """Return the names of the sites that `make bench-alternatives` installs, if it has run."""
    return list(INSTALLED_ALTERNATIVES) if ALTERNATIVES_PYTHON.exists() else []


def start_kakao(stack: ExitStack) -> Server:
    """Start the Kakao sandbox."""
    command = [sys.executable, "-m", "sandbox", "--port", "{port}"]
    return stop_with(stack, Server(command, {}))


def start_latency_proxy(
    stack: ExitStack, kakao: Server, folder: Path, round_trip: float
) -> dict[str, str]:
    """Put Kakao behind TLS and `round_trip` seconds away; return the settings for start_site."""
    arguments = (kakao.port, round_trip, folder, "{port}")
    command = [sys.executable, "-m", "bench.latency_proxy", *arguments]
    proxy = stop_with(stack, Server(command, {}))
    authorities = folder / "authorities.pem"
    # Together with the usual authorities: reading them is part of the cost of a new connection.
    certificate = (folder / "certificate.pem").read_text()
    authorities.write_text(Path(certifi.where()).read_text() + certificate)
    return {
        "kakao": proxy.url.replace("http:", "https:"),
        "REQUESTS_CA_BUNDLE": str(authorities),
    }


def start_site(stack: ExitStack, name: str, folder: Path, kakao: str, **settings: str) -> Server:
    """Serve one of the sites, with a new SQLite database in the folder.

    :param kakao: the base URL of Kakao.
    """
    database = f"sqlite:///{folder / f'{name}.sqlite3'}"
    settings |= {
        "APP_ENV": "production",
        "SITE_URL": "http://localhost",  # Server sets the URL with its port
        "SECRET_KEY": secrets.token_urlsafe(32),
        "OPERATOR_NAME": "김이장",
        "OPERATOR_CONTACT": "privacy@home.example",
        "DATABASE_URL": database,
        "KAKAO_AUTH_URL": kakao,
        "KAKAO_API_URL": kakao,
        "RATELIMIT_ENABLED": "0",
        **config.SANDBOX_KEYS,
    }
    settings["ROUTES"] = routes()
    python = ALTERNATIVES_PYTHON if name in INSTALLED_ALTERNATIVES else sys.executable
    module, _, _ = MODULES[name].partition(":")
    # Imported once before the workers start, because they would all create the tables at once.
    make_tables = "app.create_app().app_context().push(); app.db.create_all()"
    script = f"import {module}; {make_tables if name == OURS else ''}"
    subprocess.run([python, "-c", script], cwd=ROOT, env=os.environ | settings, check=True)  # noqa: S603
    command: list[object] = [python, "-m", "gunicorn", MODULES[name]]
    single_threaded = name in SINGLE_THREADED
    workers, threads = (WORKERS * THREADS, 1) if single_threaded else (WORKERS, THREADS)
    command += ["--worker-class", "gthread", "--workers", workers, "--threads", threads]
    command.append("--preload")  # as in deploy/gunicorn.conf.py
    return stop_with(stack, Server([*command, "-b", "127.0.0.1:{port}"], settings))


@cache
def routes() -> str:
    """Return the site's URL rules and endpoints as JSON, for the alternatives' templates."""
    rules = create_app({"SECRET_KEY": "bench"}).url_map.iter_rules()
    return json.dumps([(rule.rule, rule.endpoint) for rule in rules if rule.endpoint != "static"])


def stop_with(stack: ExitStack, server: Server) -> Server:
    """Stop the server when the stack closes, and return it."""
    stack.callback(server.stop)
    return server


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
