"""People who sign in: each with a browser that keeps cookies and one connection to the site."""

import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from bench.servers import STARTS, Server

AT_ONCE = 4  # people who sign in at the same time

kakao_ids = itertools.count(10**9)
lines = threading.local()


class Person:
    """Somebody with a Kakao account, at the site called `name`."""

    def __init__(self, name: str, site: Server, kakao: Server, kakao_id: int, nickname: str):
        self.start = STARTS.get(name, "/auth/kakao?next=/me")
        self.site = HTTPConnection("127.0.0.1", site.port, timeout=30)
        self.kakao = kakao
        self.account = {"new": "1", "id": kakao_id, "nickname": nickname}
        self.cookies = {}
        self.seconds = {}  # that the site took to answer, by path

    def sign_in(self) -> str:
        """Press the button, consent, and follow to where it ends; that page."""
        address = self.consent(self.open(self.start)["Location"])
        self.callback = path_of(address).partition("?")[0]
        while address:
            address = self.open(path_of(address))["Location"]
        assert self.status == 200, (self.path, self.status)  # noqa: S101
        return self.page

    def sign_in_with_a_suggestion(self) -> None:
        page = self.sign_in()
        form = {
            name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1]
            for name in ("csrf_token", "suggestion")
        }
        self.open(self.open("/auth/nickname", form)["Location"])

    def open(self, path: str, form: dict | None = None):
        """Ask the site for a page; the headers of its answer."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.path = path.partition("?")[0]
        began = time.perf_counter()
        self.site.request("POST" if form else "GET", path, form and urlencode(form), headers)
        answer = self.site.getresponse()
        self.page = answer.read().decode()
        self.seconds[self.path] = time.perf_counter() - began
        self.status = answer.status
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: each.value for name, each in SimpleCookie(line).items()}
        return answer.headers

    def consent(self, address: str) -> str:
        """Agree on Kakao's page; where it sends the browser."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        kakao = line_to(self.kakao)
        kakao.request("POST", path_of(address), urlencode(self.account), headers)
        answer = kakao.getresponse()
        answer.read()
        return answer.headers["Location"]


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def line_to(kakao: Server) -> HTTPConnection:
    """One connection for everybody in a thread: it is not Kakao that is measured."""
    if getattr(lines, "port", None) != kakao.port:
        lines.port, lines.kept = kakao.port, HTTPConnection("127.0.0.1", kakao.port, timeout=30)
    return lines.kept


def all_do(people: list[Person], act: Callable[[Person], object]) -> float:
    """Let all of them act, some at a time; the seconds it took."""

    def go(person: Person) -> None:
        act(person)
        person.site.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(go, people))
    return time.perf_counter() - began


def calls(kakao: Server, forget: bool = False) -> tuple[int, int]:
    """How many calls the sites made to Kakao, and over how many connections, since a forget."""
    line_to(kakao).request("DELETE" if forget else "GET", "/calls")
    told = json.load(line_to(kakao).getresponse())
    none = {"requests": 0, "connections": 0}
    browsers = told.get("authorize", none)
    told.setdefault("all", none)
    return tuple(told["all"][what] - browsers[what] for what in ("requests", "connections"))
