"""People who sign in, each with a browser that stores cookies and holds one connection."""

import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPMessage
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from bench.servers import STARTS, Server

CONCURRENCY = 4  # people at the same time

kakao_ids = itertools.count(10**9)
connections = threading.local()


class Person:
    """Someone with a Kakao account, at the site called `name`."""

    def __init__(self, name: str, site: Server, kakao: Server, kakao_id: int, nickname: str):
        self.start = STARTS.get(name, "/auth/kakao?next=/me")
        self.site = HTTPConnection("127.0.0.1", site.port, timeout=30)
        self.kakao = kakao
        self.account = {"new": "1", "id": kakao_id, "nickname": nickname}
        self.cookies: dict[str, str] = {}
        self.csrf_token = ""  # of the last opened form
        self.seconds: dict[str, float] = {}  # from request to response, by path

    def sign_in(self) -> str:
        """Press the button, consent, follow the redirects, and return the last page."""
        url = self.consent(self.open(self.start)["Location"])
        self.callback = path_of(url).partition("?")[0]
        while url:
            url = self.open(path_of(url))["Location"]
        assert self.status == 200, (self.path, self.status)  # noqa: S101
        return self.page

    def sign_in_with_a_suggestion(self) -> None:
        """Sign in, and submit the first suggestion on the nickname form."""
        page = self.sign_in()
        form = {name: first_value(name, page) for name in ("csrf_token", "suggestion")}
        self.open(self.open("/auth/nickname", form)["Location"])

    def open(self, path: str, form: dict[str, str] | None = None) -> HTTPMessage:
        """Request a page, or post a form, and return the response's headers."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.path = path.partition("?")[0]
        started_at = time.perf_counter()
        body = urlencode(form) if form else None
        self.site.request("POST" if form else "GET", path, body, headers)
        response = self.site.getresponse()
        self.page = response.read().decode()
        self.seconds[self.path] = time.perf_counter() - started_at
        self.status = response.status
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return response.headers

    def consent(self, url: str) -> str:
        """Agree on Kakao's page, and return the URL to which it redirects."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        kakao = connection_to(self.kakao)
        kakao.request("POST", path_of(url), urlencode(self.account), headers)
        response = kakao.getresponse()
        response.read()
        return response.headers["Location"]


def first_value(name: str, page: str) -> str:
    """Return the value of the first field or button with this name."""
    match = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert match, f"no {name} on the page"  # noqa: S101
    return match[1]


def path_of(url: str) -> str:
    """Return the path and query of a URL."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def connection_to(kakao: Server) -> HTTPConnection:
    """Return the thread's connection to Kakao; all people share it, as Kakao is not measured."""
    if getattr(connections, "port", None) != kakao.port:
        connections.port = kakao.port
        connections.kakao = HTTPConnection("127.0.0.1", kakao.port, timeout=30)
    return connections.kakao


def run_concurrently(
    people: list[Person], act: Callable[[Person], object], concurrency: int = CONCURRENCY
) -> float:
    """Call `act` with each person, some at a time, and return the seconds it took."""

    def go(person: Person) -> None:
        act(person)
        person.site.close()

    started_at = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        list(pool.map(go, people))
    return time.perf_counter() - started_at


def count_calls(kakao: Server) -> tuple[int, int]:
    """Return how many calls the sites made to Kakao since the last reset, and over how many
    connections; those of browsers are not counted.
    """
    connection_to(kakao).request("GET", "/calls")
    counts = json.load(connection_to(kakao).getresponse())
    none = {"requests": 0, "connections": 0}
    everyone, browsers = (counts.get(name, none) for name in ("all", "authorize"))
    return (
        everyone["requests"] - browsers["requests"],
        everyone["connections"] - browsers["connections"],
    )


def reset_calls(kakao: Server) -> None:
    """Forget the calls counted so far."""
    connection_to(kakao).request("DELETE", "/calls")
    connection_to(kakao).getresponse().read()
