"""How gunicorn serves the site: gunicorn --config deploy/gunicorn.conf.py

It listens on 127.0.0.1:8000; with PORT in the environment, on that port of every interface.
"""

import errno
import gc
import os
import re
import selectors
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

from dotenv import dotenv_values
from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.http.wsgi import Response
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import TConn, ThreadWorker

from config import VERSION, ConfigError, read_half_of_threads, read_web_threads
from config.readers import drop_unset, read_number
from web.addresses import truncate_ip
from web.json_log import TIME_FORMAT, JSONFormatter

wsgi_app = "app:create_app()"

# The site reads .env, too, and both have to use the same WEB_THREADS.
given: Mapping[str, str | None] = os.environ
with suppress(UnicodeDecodeError):  # the site will say why it does not start
    given = dotenv_values(Path(__file__).parent.parent / ".env") | os.environ
env = drop_unset(given)

# Pages take CPU time, so one process per core; at least two, so that one serves while the other is
# replaced. Threads are for waiting: for Kakao and for the database.
try:
    workers = read_number(env, "WEB_CONCURRENCY", max(2, os.cpu_count() or 1), 1, 1000)
    threads = read_web_threads(env)
    half_of_threads = read_half_of_threads(env)
except ConfigError as error:
    sys.exit(f"The site does not start: {error}")

MAX_WAIT = 30  # seconds for which a client may send slower than BYTES_PER_SECOND
SHORT_WAIT = 0.1  # seconds for which any thread may wait for a client
BYTES_PER_SECOND = 2000
# Threads that may wait longer, all at the same time; the others serve everybody else.
waiting_threads = threading.BoundedSemaphore(half_of_threads)


class PacedSocket(socket.socket):
    """A connection that is closed if its client sends slower than 2 kB a second for half a minute.

    A proxy that buffers requests, as docs/deploy.md recommends, is never slow.
    """

    patience = 0.0  # seconds; received bytes earn patience, waiting uses it up

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Return what the client sent.

        :raises ConnectionResetError: if the client sends too slowly, or pauses while every thread
            that may wait longer is waiting; gunicorn then closes the connection.
        """
        timeout = self.gettimeout()
        may_wait = False
        try:
            self.settimeout(0)
            with suppress(BlockingIOError):
                return super().recv(bufsize, flags)
            may_wait = waiting_threads.acquire(blocking=False)
            self.settimeout(self.patience if may_wait else min(self.patience, SHORT_WAIT))
            started_at = time.monotonic()
            received = super().recv(bufsize, flags)
            earned = len(received) / BYTES_PER_SECOND - (time.monotonic() - started_at)
            self.patience = max(0, min(self.patience + earned, MAX_WAIT))
            return received
        except (BlockingIOError, TimeoutError):
            self.patience = 0  # gunicorn reads once more before it closes the connection
            raise ConnectionResetError(errno.ECONNRESET, "the client sends too slowly") from None
        finally:
            if may_wait:
                waiting_threads.release()
            self.settimeout(timeout)


class PacedWorker(ThreadWorker):
    """A process whose threads wait for no silent client, and at most half of them for slow ones."""

    def enqueue_req(self, conn: TConn) -> None:
        """Handle a request; gunicorn calls this for a new connection and for a readable one.

        A new connection is only watched: gunicorn itself would have a thread wait five seconds for
        its first byte.
        """
        if isinstance(conn.sock, PacedSocket):
            conn.sock.patience = MAX_WAIT
            super().enqueue_req(conn)
        else:
            conn.sock = PacedSocket(fileno=conn.sock.detach())
            conn.set_timeout()
            self.pending_conns.append(conn)
            on_readable = partial(self.on_pending_socket_readable, conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, on_readable)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End gracefully; gunicorn calls this at SIGTERM.

        gunicorn itself would wait 15 seconds for the first byte of connections that a browser
        opened in advance.
        """
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, time.monotonic() + 1)
        super().handle_exit(sig, frame)


worker_class = PacedWorker


class BodyReader:
    """Reads a body; one with malformed chunks is a bad request, and not a bug of the site."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def read(self, size: int) -> bytes:
        """Return at most this many bytes.

        :raises ConnectionResetError: if the body is malformed; Werkzeug then responds with 400.
        """
        try:
            return self.reader.read(size)
        except ParseException as error:
            raise ConnectionResetError(errno.ECONNRESET, str(error)) from None


def pre_request(_worker: Worker, req: Request) -> None:
    """Treat errors of a body as those of its sender; gunicorn calls this before a request."""
    if isinstance(req.body.reader, ChunkedReader):
        req.body.reader = BodyReader(req.body.reader)


def post_request(
    _worker: Worker, req: Request, _environ: dict[str, Any], _resp: Response | None
) -> None:
    """Limit the wait for a body that the response did not need; gunicorn calls this afterwards.

    gunicorn reads such a body for up to five seconds before it reuses or closes the connection.
    """
    connection = req.unreader.sock
    connection.patience = min(connection.patience, SHORT_WAIT)


# The site is loaded once, before the processes fork: they share its memory, and a new process
# serves at once. So nothing may start a thread or connect while the site is loaded.
preload_app = True

timeout = 30  # seconds without a heartbeat until a process is replaced
graceful_timeout = 15  # seconds; deleting an account calls Kakao twice, up to five seconds each
# Seconds; longer than the proxy keeps an idle connection. Otherwise the proxy could send a request
# while gunicorn closes the connection.
keepalive = 75

# Bytes per header. Each tab that is signing in has a cookie of about 400 bytes, and a browser may
# restore many tabs at once; a few seconds later only five cookies remain.
limit_request_field_size = 32 * 1024

# No header decides the visitor's IP address, the scheme or the root path here: web/canonical_url.py
# does, by TRUSTED_PROXIES and SITE_URL.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}

control_socket_disable = True  # not used

# Each process counts in its own files in this folder, and /metrics adds them up. Each start creates
# a new folder. A reload reads this file again, and finds the folder by the process id in its name.
metrics_folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
if env.get("METRICS_TOKEN") and f"-{os.getpid()}-" not in (metrics_folder or ""):
    metrics_folder = tempfile.mkdtemp(prefix=f"neonejip-metrics-{os.getpid()}-")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics_folder


def on_starting(_server: Arbiter) -> None:
    """Hide the photos and the database from other users of the machine; gunicorn calls this first.

    gunicorn's own setting `umask` covers only files of gunicorn, not those of the site.
    """
    os.umask(0o077)


def when_ready(_server: Arbiter) -> None:
    """Freeze the loaded objects, and log the version; gunicorn calls this before it forks."""
    gc.freeze()  # a collection would write to the memory that the processes share, and so copy it
    from web.logs import log_event

    log_event("started", version=VERSION)


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Drop the gauges of a process that has ended; gunicorn calls this."""
    if metrics_folder:  # its calls in flight have ended; its counters stay
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Arbiter) -> None:
    """Delete the folder of the numbers; gunicorn calls this on shutdown."""
    if metrics_folder:
        shutil.rmtree(metrics_folder, ignore_errors=True)


is_json = env.get("LOG_FORMAT") == "json"


class PathLogger(Logger):
    """Logs paths without their query, which may contain an authorization code.

    For the same reason access_log_format has no Referer. IP addresses are truncated, as /privacy
    promises. Paths are quoted, so that a path cannot look like a line of its own. All lines have
    the format of web/logs.py.
    """

    datefmt = TIME_FORMAT
    error_fmt = "%(asctime)s %(levelname)s [-] %(message)s"

    def setup(self, cfg: Config) -> None:
        """Format gunicorn's own lines as JSON, too, if LOG_FORMAT is json."""
        super().setup(cfg)
        if is_json:
            for handler in self.error_log.handlers:
                handler.setFormatter(JSONFormatter(datefmt=self.datefmt))

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        """Log a warning; those about malformed requests contain the IP address."""
        msg = re.sub(r"ip=(\S*): ", lambda ip: f"ip={truncate_ip(ip[1]) or '-'}: ", msg, count=1)
        super().warning(msg, *args, **kwargs)

    def now(self) -> str:
        """Return the time in the format of all log lines."""
        return time.strftime(self.datefmt)

    def atoms(
        self, resp: Response, req: Request, environ: dict[str, Any], request_time: timedelta
    ) -> dict[str, Any]:
        """Return the values for access_log_format."""
        path = quote(environ["PATH_INFO"], safe="/@", encoding="latin-1")
        trace = environ.get("neonejip.trace")  # checked in web/logs.py
        network = truncate_ip(environ.get("REMOTE_ADDR")) or "-"
        atoms = {"h": network, "U": path, "trace": f" trace={trace}" if trace else ""}
        return super().atoms(resp, req, environ, request_time) | atoms


logger_class = PathLogger
accesslog = "-"
access_log_format = (
    "%(t)s INFO [%({x-request-id}o)s] %(h)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms%(trace)s"
)
if is_json:
    access_log_format = (
        '{"time": "%(t)s", "level": "INFO", "message": "%(m)s %(U)s %(s)s", '
        '"request_id": "%({x-request-id}o)s", "trace": "%({neonejip.trace}e)s", "ip": "%(h)s", '
        '"method": "%(m)s", "path": "%(U)s", "status": %(s)s, "bytes": %(B)s, "ms": %(M)s}'
    )
