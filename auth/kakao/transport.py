"""HTTP to Kakao: shared connections, one deadline, limited concurrency.

requests and urllib3 limit each step (a connect, a read), but never a whole call: DNS may hang,
and a response may drip byte by byte. So every call runs in a worker thread, and its caller
stops waiting at the deadline.

The price: a worker may stay busy after its caller has gone, up to its own timeouts, and longer
while DNS hangs or headers drip. So there are several workers for each call slot, and a process
that exits waits for them. Handing a call over takes about 0.15 ms.
"""

import io
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError

from . import signals
from .errors import OVERLOADED, KakaoError

DEADLINE = 5  # seconds of Kakao's time, for all calls of one callback together
MAX_SLOT_WAIT = 1  # seconds; a call that takes longer than this shows that Kakao is slow
MAX_RESPONSE_BYTES = 256 * 1024  # a profile has about one thousand
HOSTS = 2  # kauth and kapi
WORKERS_PER_CALL = 4  # three may still be busy with calls whose callers have given up
CONNECT_SHARE = 1 / 3  # of the deadline for each IP address of a host: the next one may respond
if sys.platform == "darwin":
    TCP_KEEPIDLE = socket.TCP_KEEPALIVE
else:
    TCP_KEEPIDLE = socket.TCP_KEEPIDLE
# Firewalls silently drop idle connections; without keep-alive the next sign-in would hang.
TCP_KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, TCP_KEEPIDLE, 30),  # idle seconds until the first probe
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),  # seconds between probes
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),  # unanswered probes until it is closed
)

deadline: ContextVar[float] = ContextVar("deadline")  # of the call slot, in time.monotonic()


class SharedAdapter(HTTPAdapter):
    """Carries the calls of every requests session that Authlib creates, and outlives them.

    A pooled connection that Kakao has closed is replaced before anything is sent. No request is
    ever sent twice from here.

    :param max_concurrent_calls: how many callers may talk to Kakao at once.
    """

    def __init__(self, max_concurrent_calls: int) -> None:
        workers = max_concurrent_calls * WORKERS_PER_CALL
        super().__init__(pool_connections=HOSTS, pool_maxsize=workers)
        self.workers = ThreadPoolExecutor(workers, "kakao")  # threads start when needed
        self.max_concurrent_calls = max_concurrent_calls
        self.in_flight: list[float] = []  # the start of each call slot in use, in time.monotonic()
        self.last_call_was_fast = True
        self.slot_released = Condition()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the connection pools, with keep-alive; requests calls this."""
        options = [*HTTPConnection.default_socket_options, *TCP_KEEPALIVE]
        super().init_poolmanager(*args, socket_options=options, **kwargs)

    @contextmanager
    def call_slot(self, seconds: float | None = None) -> Iterator[None]:
        """Hold one deadline for all calls made inside.

        While Kakao is fast, a caller without a slot waits for one. While Kakao hangs no one
        waits: the other threads have to stay free for other pages.

        :param seconds: until the deadline; by default DEADLINE.
        :raises KakaoError: if there is no free slot.
        """
        with self.slot_released:
            while len(self.in_flight) >= self.max_concurrent_calls:
                wait = min(self.in_flight) + MAX_SLOT_WAIT - time.monotonic()
                if wait <= 0 or not self.last_call_was_fast:
                    signals.slot_refused.send(self)
                    raise KakaoError(OVERLOADED)
                self.slot_released.wait(wait)
            started_at = time.monotonic()
            self.in_flight.append(started_at)
        deadline.set(started_at + (DEADLINE if seconds is None else seconds))
        try:
            signals.slot_taken.send(self)
            yield
        finally:
            signals.slot_freed.send(self)
            with self.slot_released:
                self.in_flight.remove(started_at)
                self.last_call_was_fast = time.monotonic() - started_at < MAX_SLOT_WAIT
                self.slot_released.notify()

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send the request in a worker thread, and wait for the response until the deadline.

        :raises requests.Timeout: if there is none by then.
        """
        ends_at, started_at, status = deadline.get(), time.monotonic(), None
        call = self.workers.submit(self.send_in_worker, request, ends_at, *args, **kwargs)
        try:
            response = call.result(remaining_seconds(ends_at))
            status = response.status_code
            return response
        except TimeoutError as error:
            # It may still be queued: an unlink must not be sent later, when the member may be back.
            call.cancel()
            raise requests.Timeout("the deadline has passed") from error
        finally:
            signals.call_finished.send(
                self,
                path=urlsplit(request.url).path,
                seconds=time.monotonic() - started_at,
                status=status,
            )

    def send_in_worker(
        self, request: requests.PreparedRequest, ends_at: float, **kwargs: Any
    ) -> requests.Response:
        """Send the request and read the whole response, unless the deadline comes first.

        :param ends_at: the deadline, in time.monotonic().
        """
        remaining = remaining_seconds(ends_at)
        if request.body:
            # Some versions of the types of requests know no file-like body.
            body: Any = request.body
            timed_body = DeadlineBody(body, ends_at)
            request.body = timed_body  # type: ignore[assignment, unused-ignore]
        kwargs |= {"stream": True, "timeout": (min(DEADLINE * CONNECT_SHARE, remaining), remaining)}
        try:
            response = super().send(request, **kwargs)
            with response.raw as raw:
                content = b"".join(read_chunks(raw, ends_at))
                raw.release_conn()
        except requests.ConnectionError:
            remaining_seconds(ends_at)  # if the deadline has passed, then that is the reason
            raise
        response.raw = io.BytesIO(content)  # the caller reads it from here
        return response

    def close(self) -> None:
        """Keep the connections: Authlib closes its session after each call."""


class DeadlineBody(io.BytesIO):
    """A request body that is not sent after the deadline.

    DNS or a connect may take longer than the caller waited. Kakao acts only on a complete body, so
    a late request does nothing. Requests without a body can be late; they change nothing, except
    an unlink without the admin key, which the person has just asked for.
    """

    def __init__(self, body: str | bytes, ends_at: float) -> None:
        super().__init__(body.encode() if isinstance(body, str) else body)
        self.ends_at = ends_at

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes to send.

        :raises requests.Timeout: after the deadline.
        """
        remaining_seconds(self.ends_at)
        return super().read(size)


def read_chunks(raw: HTTPResponse, ends_at: float) -> Iterator[bytes]:
    """Yield the body as it arrives, so that a huge or slow one ends early.

    :raises requests.Timeout: at the deadline.
    :raises requests.ConnectionError: when it breaks off or grows too large.
    """
    size = 0
    try:
        while chunk := raw.read1(65536, decode_content=True):
            yield chunk
            size += len(chunk)
            if size > MAX_RESPONSE_BYTES:
                raise requests.ConnectionError("the response is too large")
            remaining_seconds(ends_at)
    except ReadTimeoutError as error:
        raise requests.ReadTimeout(error) from error
    except HTTPError as error:
        raise requests.ConnectionError(error) from error


def remaining_seconds(ends_at: float) -> float:
    """Return how long it is until a deadline.

    :param ends_at: the deadline, in time.monotonic().
    :raises requests.Timeout: if it has passed.
    """
    remaining = ends_at - time.monotonic()
    if remaining <= 0:
        raise requests.Timeout("the deadline has passed")
    return remaining
