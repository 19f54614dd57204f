"""Every route over HTTP, with every kind of bytes: no response is a 500, no log line a traceback.

The examples are the same in each run. `make fuzz` draws others, and more of them. What the fields
of forms may hold is tested in tests/test_fuzz.py.
"""

import functools
import os
import random
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import create_app
from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import Person, serving

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))
fuzz = settings(
    max_examples=EXAMPLES or 25,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
REQUESTS_PER_EXAMPLE = 6  # over as many connections at once
ROLES = ("visitor", "member", "pending sign-up")
VALUES = [
    *("", "0", "-1", "1", "2", "999999999999999999999", "jieun", "지은네", "ko", "en", "a" * 6000),
    *("%00", "%ff%fe", "%2f", "%2e%2e%2f", "..", "%5c", "%25", "%ed%a0%80", "%0d%0aSet-Cookie:a=b"),
    *("//evil.example", "/%5Cevil.example", "@evil.example", "%F0%9F%8F%A0", "[]", "{{7*7}}"),
    *("style.css", "none", "select_account", "access_denied", "KOE205", "/me", "/auth/nickname"),
]
VALUE = st.sampled_from(VALUES).map(str.encode) | st.binary(max_size=30).map(
    lambda junk: re.sub(rb"[\r\n ]", b"", junk)
)
FIELDS = [
    *("nickname", "suggestion", "csrf_token", "signup", "show", "kakao", "next", "prompt", "page"),
    *("state", "code", "error", "error_description", "tried", "user_id", "app_id", "unlinked", "v"),
]
METHODS = [
    *(*["GET"] * 24, *["POST"] * 16, "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"),
    *("CONNECT", "PROPFIND", "get", "X"),
]
HEADERS = [
    *("Accept-Language", "Accept-Encoding", "Authorization", "Range", "Referer", "User-Agent"),
    *("Sec-Fetch-Site", "Sec-Purpose", "Origin", "If-None-Match", "If-Modified-Since", "Cookie"),
    *("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "SCRIPT_NAME"),
    *("Content-Type", "Expect", "Host", "Transfer-Encoding", "Content-Encoding", "If-Range"),
]
HEADER_VALUES = st.sampled_from(
    [
        *(b"*", b"ko;q=x, en;q=1e999", b"bytes=0-1,5-", b"bytes=-1", b"KakaoAK x", b"Bearer "),
        *(b"KakaoAK \xff", b"none", b"cross-site", b"prefetch", b'"\xff"', b"http://[", b"chunked"),
        *(b"//evil.example", b"localhost:99999", b"[::1", b"\xf0\x9f\x8f\xa0", b"gzip;q=-1"),
        *(b"Thu, 99 Foo 99999 99:99:99 GMT", b"KAKAOTALK 10.0", b"a" * 5000, b"100-continue"),
        *(b"kakao-x=y; session=.x.y", b"kakao-=a; language=\xff", b"session=e30.a.b; session=\x01"),
    ]
) | st.binary(max_size=40).map(lambda junk: re.sub(rb"[\r\n]", b"", junk))
FORM_TYPES = [
    b"application/x-www-form-urlencoded",
    b"application/x-www-form-urlencoded; charset=utf-7",
    b"multipart/form-data; boundary=x",
    b"multipart/form-data",
    b"application/secevent+jwt",
    b"application/json",
]


@functools.cache  # each request that is drawn needs them
def routes():
    """Return every route of the site, its parameters as {}."""
    rules = create_app({"SECRET_KEY": "s" * 40}).url_map.iter_rules()
    return sorted({re.sub("<[^>]*>", "{}", rule.rule) for rule in rules})


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "site.log"


@pytest.fixture(scope="module")
def fuzzed_site(sandbox_url, log, tmp_path_factory):
    """The site without limits of its own, so that a fuzz does not stop at 429."""
    with (
        databases.create(tmp_path_factory.mktemp("fuzzed")) as database,
        log.open("w") as output,
        serving(
            sandbox_url,
            database,
            output=output,
            RATELIMIT_ENABLED="0",
            KAKAO_WEBHOOK_KEY="a key of the webhook",
            KAKAO_JAVASCRIPT_KEY="sandbox-javascript-key",
        ) as url,
    ):
        yield url


@pytest.fixture(scope="module", params=ROLES)
def cookies(request, fuzzed_site):
    """The Cookie header of a visitor, of a member, and of someone who has to pick a nickname."""
    person = Person(fuzzed_site)
    person.get("/auth/nickname")
    if request.param == "member":
        person.sign_in_as(PEOPLE["jieun"].id)
        assert person.nickname()
    elif request.param == "pending sign-up":
        person.sign_in_as(PEOPLE["nameless"].id)
        assert person.page.url.endswith("/auth/nickname")
    return "; ".join(f"{it.name}={it.value}" for it in person.http.cookies).encode()


@st.composite
def http_requests(draw):
    """Draw the bytes of a request, but for its Host and Cookie."""
    method = draw(st.sampled_from(METHODS)).encode()
    path = draw(st.sampled_from(routes())).encode()
    while b"{}" in path:
        path = path.replace(b"{}", draw(VALUE), 1)
    if draw(st.integers(0, 7)) == 0:
        path += b"/" + draw(VALUE)
    pairs = st.lists(st.tuples(st.sampled_from(FIELDS).map(str.encode), VALUE), max_size=4)
    query = b"&".join(b"=".join(pair) for pair in draw(pairs))
    headers = draw(  # few: gunicorn refuses many of them before the site sees the request
        st.lists(st.tuples(st.sampled_from(HEADERS).map(str.encode), HEADER_VALUES), max_size=2)
    )
    body = b""
    if method in (b"POST", b"PUT", b"PATCH"):
        content_type = draw(st.sampled_from(FORM_TYPES))
        headers.append((b"Content-Type", content_type))
        if b"multipart" in content_type:
            body = b"".join(
                b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % pair
                for pair in draw(pairs)
            ) + draw(st.sampled_from([b"--x--\r\n", b"", b"--x"]))
        else:
            body = b"&".join(b"=".join(pair) for pair in draw(pairs))
        headers.append((b"Content-Length", b"%d" % len(body)))
    lines = [b"%b /%b%b HTTP/1.1" % (method, path.lstrip(b"/"), query and b"?" + query)]
    lines += [b"%b: %b" % header for header in headers]
    return lines, body


def send(site, request, cookies):
    """Send the bytes, and return the status; None if the connection was closed without one."""
    lines, body = request
    parts = urlsplit(site)
    fixed = [b"Connection: close", b"Cookie: " + cookies]
    if not any(line.startswith(b"Host:") for line in lines):
        fixed.append(b"Host: " + parts.netloc.encode())
    message = b"\r\n".join([*lines, *fixed]) + b"\r\n\r\n" + body
    with socket.create_connection(("127.0.0.1", parts.port), timeout=30) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        try:
            status = connection.makefile("rb").readline()
        except ConnectionResetError:
            return None
    found = re.match(rb"HTTP/1.1 (\d{3})", status)
    return int(found[1]) if found else None


def damaged(cookies, seed):
    """Return the cookies with one character changed, or cut off, or as they are."""
    generator = random.Random(seed)
    position = generator.randrange(len(cookies) or 1)
    return generator.choice(
        [cookies, cookies, cookies[:position], cookies[:position] + b"x" + cookies[position + 1 :]]
    )


@fuzz
@given(
    batch=st.lists(
        st.tuples(http_requests(), st.integers(0, 2**32)),
        min_size=REQUESTS_PER_EXAMPLE,
        max_size=REQUESTS_PER_EXAMPLE,
    )
)
def test_no_bytes_make_a_server_error(fuzzed_site, log, cookies, batch):
    began = log.stat().st_size

    with ThreadPoolExecutor(REQUESTS_PER_EXAMPLE) as pool:
        statuses = list(
            pool.map(lambda it: send(fuzzed_site, it[0], damaged(cookies, it[1])), batch)
        )

    # gunicorn itself refuses a Transfer-Encoding that it does not know with 501.
    errors = [status for status in statuses if status and status >= 500 and status != 501]
    logged = log.read_bytes()[began:].decode(errors="replace")
    assert not errors, (batch, statuses, logged)
    assert "Traceback" not in logged, (batch, logged)


def test_the_site_still_works_after_the_fuzz(fuzzed_site):
    assert requests.get(f"{fuzzed_site}/healthz", timeout=30).status_code == 200
