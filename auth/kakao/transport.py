"""How calls travel to Kakao: over connections kept alive, one deadline, only so many at once."""

import http.client
import io
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, ReadTimeoutError

from .errors import BUSY, KakaoError

DEADLINE = 5  # seconds, for all calls of one callback together
PATIENCE = 1  # seconds; who waits longer for Kakao than this shows that Kakao is slow
LARGEST_ANSWER = 256 * 1024  # bytes; a profile has about one thousand
HOSTS = 2  # kauth and kapi
# A firewall may forget a quiet connection and tell nobody; the next sign-in would wait in vain.
PROBED_WHEN_QUIET = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    # Seconds of quiet; macOS has another name for it.
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", 0) or socket.TCP_KEEPALIVE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),  # seconds between probes
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),  # unanswered ones, and it is given up
)

deadline = ContextVar("deadline")  # of the trip that is under way


class Adapter(HTTPAdapter):
    """Carries the calls of every requests session that Authlib makes, and outlives them.

    A kept connection that Kakao has closed is replaced before anything is sent. What was sent
    is never sent again from here.

    :param places: how many trips may be under way at once.
    """

    def __init__(self, places: int):
        super().__init__(pool_connections=HOSTS, pool_maxsize=places)
        self.places = places
        self.begun: list[float] = []  # when each trip under way began
        self.was_quick = True  # the last one that ended
        self.place_left = Condition()

    def init_poolmanager(self, *args, **kwargs):
        options = [*HTTPConnection.default_socket_options, *PROBED_WHEN_QUIET]
        super().init_poolmanager(*args, socket_options=options, **kwargs)

    @contextmanager
    def trip(self) -> Iterator[None]:
        """One deadline for all calls made inside.

        While Kakao is quick, who finds no place waits a moment. While Kakao hangs nobody
        waits: the other threads have to be free for people who want something else.

        :raises KakaoError: if no place is to be had.
        """
        with self.place_left:
            while len(self.begun) >= self.places:
                patience = min(self.begun) + PATIENCE - time.monotonic()
                if patience <= 0 or not self.was_quick:
                    raise KakaoError(BUSY)
                self.place_left.wait(patience)
            began = time.monotonic()
            self.begun.append(began)
        deadline.set(began + DEADLINE)
        try:
            yield
        finally:
            with self.place_left:
                self.begun.remove(began)
                self.was_quick = time.monotonic() - began < PATIENCE
                self.place_left.notify()

    def get_connection_with_tls_context(self, *args, **kwargs):
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = HURRIED.get(pool.ConnectionCls, pool.ConnectionCls)
        return pool

    def send(self, request, **kwargs):
        kwargs |= {"stream": True, "timeout": Timeout(total=seconds_left())}
        response = super().send(request, **kwargs)
        with response.raw as body:
            response._content = b"".join(pieces(body))
            body.release_conn()
        return response

    def close(self) -> None:
        """Authlib closes its session after each call; the connections stay open."""


def pieces(body: HTTPResponse) -> Iterator[bytes]:
    """The body as it comes, so that a huge one ends early.

    :raises requests.Timeout: at the deadline.
    :raises requests.ConnectionError: when it breaks off or grows too large.
    """
    size = 0
    try:
        while piece := body.read1(65536, decode_content=True):
            yield piece
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise requests.ConnectionError("the answer is too large")
    except ReadTimeoutError as failure:
        raise requests.ReadTimeout(failure) from failure
    except HTTPError as failure:
        raise requests.ConnectionError(failure) from failure


class Hurried:
    """What urllib3's connections lack: their limits are for each step, and the steps are many."""

    def _new_conn(self):
        address = self._dns_host, self.port
        try:
            asked = resolving.submit(socket.getaddrinfo, *address, type=socket.SOCK_STREAM)
            found = asked.result(seconds_left())
            self.timeout = seconds_left() / len(found)  # each may have to be tried
            line = super()._new_conn()
            line.settimeout(seconds_left())  # for the handshake of TLS
        except (socket.gaierror, UnicodeError) as failure:
            raise NameResolutionError(self.host, self, failure) from failure
        except TimeoutError as failure:
            raise ConnectTimeoutError(self, "the deadline has passed") from failure
        return line

    class response_class(http.client.HTTPResponse):
        def __init__(self, line, *args, **kwargs):
            super().__init__(line, *args, **kwargs)
            self.fp = io.BufferedReader(Stream(line, self.fp.detach()))


class Stream(io.RawIOBase):
    """What comes over a line, until the deadline."""

    def __init__(self, line: socket.socket, raw: io.RawIOBase):
        self.line = line
        self.raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self.line.settimeout(seconds_left())
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class HurriedHTTP(Hurried, HTTPConnection):
    pass


class HurriedHTTPS(Hurried, HTTPSConnection):
    pass


HURRIED = {HTTPConnection: HurriedHTTP, HTTPSConnection: HurriedHTTPS}
# A name server that hangs holds up these threads; who asked goes on at the deadline.
resolving = ThreadPoolExecutor(HOSTS, "resolving")


class TooLate(requests.Timeout, TimeoutError):
    """The deadline has passed. A TimeoutError, so that urllib3 understands it as well."""


def seconds_left() -> float:
    left = deadline.get() - time.monotonic()
    if left <= 0:
        raise TooLate
    return left
