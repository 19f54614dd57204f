"""Every value in every field of every route: no response is a 500, and no log line a traceback.

The fields are found by watching which ones a route reads, so that those of a new route are tested
too. Forms carry a valid CSRF token, and all their other fields are valid. In this process, for
breadth; tests/end_to_end/test_fuzz.py sends bytes over HTTP. `make fuzz` adds random values.
"""

import io
import logging
import os
import random
import re
from typing import ClassVar
from urllib.parse import quote, urlsplit

import pytest
import requests_mock
from sqlalchemy import delete, insert, select, update
from werkzeug.datastructures import ImmutableMultiDict

from app import create_app
from auth.kakao.authorization_request import serializer
from database import db
from houses import footprints
from models import Member, Photo
from tests import databases
from tests.conftest import API, AUTH, SETTINGS, Browser, Kakao, with_caches
from tests.houses import pictures
from web.request import Request

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))
WEBHOOK_KEY = "a key of the webhook"
ROLES = ("owner", "newcomer", "visitor")  # the owner of the photo is an operator, too

VALUES = [
    *("", " ", "0", "-1", "1e999", "NaN", "٣", "9" * 30, "9" * 5000, str(2**63), "a" * 20_000),
    *("\0", "\ud800", "\r\nSet-Cookie: a=b", "\u202e", "\u0301", "🏠", "민" * 500, "지은"),
    *("//evil.example", "/\\evil.example", "/%2f%2fevil.example", "/auth/kakao/callback"),
    *(
        "/%0d%0aa:b",
        "../../etc/passwd",
        "%00",
        "%ff",
        "{{7*7}}",
        "%(x)s",
        "<script>",
        "' OR 1=1 --",
    ),
    *("[]", "access_denied"),
]
# What PostgreSQL refuses and SQLite takes; all the rest does not depend on the database.
POSTGRESQL_VALUES = ["\0", "\ud800", str(2**63), "9" * 30, "민" * 500, "🏠"]
# Bytes as no browser would write them, but anyone else can.
RAW = [
    b"\xff",
    b"\xed\xa0\x80",
    b"%",
    b"%zz",
    b"%ed%a0%80",
    b"..",
    b"%2e%2e%2f",
    b"%0d%0aa:b",
    b";=&",
]
HEADERS = [
    *("Accept-Language", "Accept-Encoding", "If-None-Match", "Range", "Purpose", "X-Moz", "Origin"),
    *("Sec-Fetch-Site", "Sec-Purpose", "If-Modified-Since", "If-Range", "Referer", "User-Agent"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Authorization"),
]
HEADER_VALUES = [
    *(
        "",
        "*",
        "ko;q=x, en;q=1e999",
        "bytes=0-1,5-",
        "bytes=-1",
        "KakaoAK ÿ",
        "Bearer",
        '"',
        "\xff",
    ),
    *("none", "prefetch", "http://[", "http://localhost//evil.example", "KAKAOTALK", "a" * 5000),
    *("Thu, 99 Foo 99999 99:99:99 GMT", "gzip;q=-1, br;q=nan", "127.0.0.1:99999", "[::1", "%00"),
    *("multipart/form-data", "application/json", "text/plain; charset=utf-7", "same-origin"),
]
COOKIES = [
    "",
    "x",
    "e30.a.b",
    ".e30.a.b",
    "\xff",
    "a" * 3000,
    "null",
    "=",
    "eJw.x",
    "%00",
    '"\\400"',
]
# What a cookie may hold that another version of this site signed.
ODD = [None, True, 0, -1, 2**70, 1.5, "", "x", "\0", "//evil.example", [], [1], {}, {"token": 1}]
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "X")
BODIES = [
    ("application/json", b"[" * 20_000),
    ("application/x-www-form-urlencoded", b"\xff=\xff&%=%zz&csrf_token"),
    ("application/x-www-form-urlencoded; charset=utf-7", b"+AAA-=+AAA-"),
    ("application/x-www-form-urlencoded", b"&".join(b"a=b" for _ in range(5000))),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"x"),
    ("application/secevent+jwt", b"e30.e30.e30"),
    ("application/secevent+jwt", b"\xff.\xff.\xff"),
]
FILES = [
    b"",
    b"x",
    b"GIF89a",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\nIDAT",
    b"RIFF0000WEBP",
    b"0000ftypavif",
]
PHOTO = pictures.jpeg(200, 200)

# What a route is for, where that is more than opening it.
VALID = {
    "GET /auth/kakao": {"next": "/me"},
    "GET /flask-kakao/app-request": {"next": "/me", "tried": "{state}"},
    "GET /auth/kakao/callback": {"state": "{state}", "code": "authorization-code"},
    "GET /auth/nickname/check": {"nickname": "새이웃"},
    "GET /language/{code}": {"next": "/me"},
    "POST /auth/nickname": {"nickname": "새이웃"},
    "POST /me/nickname": {"nickname": "새이웃"},
    "POST /me/image": {"show": "1"},
    "POST /me/photos/new": {"photo": PHOTO, "words": "", "room": "kitchen"},
    "POST /photos/{photo_id}/answer": {"words": "제 사진이에요"},
    "POST /photos/{photo_id}/edit": {"words": "새 이야기", "room": "study"},
    "POST /photos/{photo_id}/footprint": {"left": "1"},
    "POST /photos/{photo_id}/report": {"reason": "other", "words": ""},
    "POST /operator/members/{nickname}": {"act": "suspend", "why": "광고", "days": "3"},
    "POST /operator/photos/{photo_id}": {"act": "hide", "why": "집이 아니에요"},
    "POST /webhooks/kakao/unlink": {"user_id": "2", "app_id": "1"},
    "GET /webhooks/kakao/unlink": {"user_id": "2", "app_id": "1"},
}


def routes():
    """Return every route of the site: "GET /photos/{photo_id}"."""
    return [
        method + " " + re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", rule.rule)
        for rule in create_app(SETTINGS).url_map.iter_rules()
        for method in sorted({"GET", "POST"} & rule.methods)
    ]


def texts():
    """Return VALUES, and as many random texts as FUZZ_EXAMPLES says."""
    alphabet = "aé지👩‍👩‍👧\0\r\n\t/\\%&=;,.:@<>'\"{}[]()-_0123456789\u200b\u202e\u0301\ud800٣"
    lengths = (random.choice((1, 3, 20, 300)) for _ in range(EXAMPLES))
    values = POSTGRESQL_VALUES if databases.SERVER and not EXAMPLES else VALUES
    return values + ["".join(random.choices(alphabet, k=length)) for length in lengths]


class Fields(ImmutableMultiDict):
    """Query and form of a request; remembers which of them were read."""

    names_read: ClassVar[set[str]] = set()

    def __getitem__(self, name):
        self.names_read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.names_read.add(name)
        return super().__contains__(name)

    def getlist(self, name, *args, **kwargs):
        self.names_read.add(name)
        return super().getlist(name, *args, **kwargs)


class WatchedRequest(Request):
    parameter_storage_class = Fields


class Tracebacks(logging.Handler):
    """The tracebacks that were logged since it was asked last."""

    def __init__(self):
        super().__init__()
        self.logged = []

    def emit(self, record):
        if record.exc_info:
            self.logged.append(self.format(record))

    def pop(self):
        logged, self.logged = self.logged, []
        return logged


class Fuzz:
    """The site, three people at it, and what they send."""

    def __init__(self, app, kakao):
        app.request_class = WatchedRequest
        self.app = app
        self.client = app.test_client(use_cookies=False)
        self.tracebacks = Tracebacks()
        people = {role: Browser(app, kakao) for role in ROLES}
        owner, newcomer, visitor = people.values()
        signed_in = [(1, "지은", owner), (2, "민수", Browser(app, kakao)), (3, "지은", newcomer)]
        for kakao_id, nickname, person in signed_in:
            kakao.knows(kakao_id, nickname)
            person.sign_in()
        self.parameters = {
            "session_id": 1,
            "nickname": "민수",
            "code": "ko",
            "filename": "style.css",
        }
        self.parameters |= {"photo_id": 1, "key": hang_photo(owner, app), "name": "200.webp"}
        self.states = {role: person.start("/me")["state"] for role, person in people.items()}
        for person, path in ((owner, "/me"), (newcomer, "/auth/nickname"), (visitor, "/photos/1")):
            person.get(path)
        self.tokens = {role: person.csrf_token for role, person in people.items()}
        self.cookies = {role: cookies_of(person) for role, person in people.items()}
        with app.app_context():
            add_other_photos()
            tables = db.metadata.sorted_tables
            self.rows = {it: db.session.execute(select(it)).mappings().all() for it in tables}

    def restore(self):
        """Undo what a form did."""
        with self.app.app_context():
            for table in reversed(self.rows):
                db.session.execute(delete(table))
            for table, rows in self.rows.items():
                if rows:
                    db.session.execute(insert(table), [dict(row) for row in rows])
            db.session.commit()

    def path(self, route, **hostile):
        """Return the path of a route, its parameters valid but for these."""
        others = {"/answer": 2, "/report": 3, "/footprint": 3}
        photo_id = next((it for end, it in others.items() if route.endswith(end)), 1)
        path = route.partition(" ")[2]
        for name, value in (self.parameters | {"photo_id": photo_id} | hostile).items():
            path = path.replace(f"{{{name}}}", encode(str(value)))
        return path

    def send(self, role, method, path, fields=None, cookies=None, headers=None, **kwargs):
        """Send a request as this person, and check what came of it.

        :param fields: the query of a GET, or the form of a POST, which has a CSRF token.
        """
        if fields and method == "GET":
            path += "?" + encode_fields(fields)
        elif fields is not None:
            kwargs |= encode_form({"csrf_token": self.tokens[role]} | fields)
        cookies = self.cookies[role] if cookies is None else cookies
        headers = {"Cookie": cookies} | (headers or {})
        if "webhooks" in path:
            headers.setdefault("Authorization", f"KakaoAK {WEBHOOK_KEY}")
        response = self.client.open(path, method=method, headers=headers, **kwargs)
        response.close()
        sent = role, method, path[:500], str(kwargs)[:500], str(headers)[:500]
        assert response.status_code < 500, (response.status_code, sent, self.tracebacks.pop())
        assert not (tracebacks := self.tracebacks.pop()), (sent, tracebacks)
        planted = [it for it in response.headers.getlist("Set-Cookie") if it.startswith("a=")]
        assert not planted and not leads_away(response.headers.get("Location", "")), sent
        if method != "GET" and response.status_code < 400:
            self.restore()
        return response


def leads_away(location):
    parts = urlsplit(location)
    return parts.netloc not in ("", "localhost", urlsplit(AUTH).netloc) or "\\" in parts.path[:2]


def hang_photo(owner, app):
    """Hang photo 1; return its key."""
    owner.get("/me/photos/new")
    form = {"photo": (io.BytesIO(PHOTO), "a.jpg"), "room": "kitchen", "words": ""}
    owner.post("/me/photos/new", form, content_type="multipart/form-data")
    with app.app_context():
        return db.session.scalar(select(Photo.key))


def add_other_photos():
    """Add photo 2, hidden, and photo 3, of someone else; make the owner of 1 and 2 an operator."""
    db.session.execute(update(Member).where(Member.kakao_id == 1).values(is_operator=True))
    photo = dict(db.session.execute(select(Photo.__table__)).mappings().one())
    neighbor = db.session.scalar(select(Member.id).where(Member.kakao_id == 2))
    changes = {"id": 2, "is_hidden": True}, {"id": 3, "member_id": neighbor}
    for number, change in enumerate(changes):
        row = photo | change | {"key": f"other {number}", "form_key": f"other {number}"}
        db.session.execute(insert(Photo), [row])
    db.session.commit()


def cookies_of(browser):
    return "; ".join(f"{it.key}={it.value}" for it in browser.client._cookies.values())


def encode(text):
    return quote(text, safe="", errors="surrogatepass")


def encode_fields(fields):
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in fields.items())


def encode_form(fields):
    """Return body and type of a form, as the test client takes them."""
    if "photo" not in fields:
        return {"data": encode_fields(fields), "content_type": "application/x-www-form-urlencoded"}
    data = {
        name: value if isinstance(value, bytes) else value.encode(errors="surrogatepass")
        for name, value in fields.items()
    }
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n%b\r\n'
        % (name.encode(), b'; filename="../a.jpg"' if name == "photo" else b"", value)
        for name, value in data.items()
    ]
    body = b"".join(parts) + b"--x--\r\n"
    return {"data": body, "content_type": "multipart/form-data; boundary=x"}


@pytest.fixture(scope="module")
def fuzz(database_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    with databases.fresh_copy(database_template, folder) as url, requests_mock.Mocker() as mock:
        kakao = Kakao(mock)
        mock.get(f"{AUTH}/.well-known/jwks.json", json={"keys": []})
        mock.post(f"{API}/v1/user/unlink", json={"id": 1})
        app = create_app(
            SETTINGS
            | {"DATABASE_URL": url, "PHOTOS_URL": folder.as_uri(), "RATELIMIT_ENABLED": "0"}
            | {"KAKAO_WEBHOOK_KEY": WEBHOOK_KEY, "KAKAO_ADMIN_KEY": "admin-key"}
            | {"KAKAO_JAVASCRIPT_KEY": "javascript-key", "KAKAO_LOGOUT_REDIRECT": "1"}
        )
        with_caches(app)
        fuzz = Fuzz(app, kakao)
        logging.getLogger().addHandler(fuzz.tracebacks)
        yield fuzz
        logging.getLogger().removeHandler(fuzz.tracebacks)
        with app.app_context():
            db.engine.dispose()


@pytest.mark.parametrize("route", routes())
def test_no_value_in_any_field_makes_a_server_error(fuzz, route):
    method, path = route.split()[0], fuzz.path(route)
    # For all other routes a newcomer is a visitor.
    for role in ROLES if "/auth/" in route else ("owner", "visitor"):
        fields = {
            name: value.replace("{state}", fuzz.states[role]) if isinstance(value, str) else value
            for name, value in VALID.get(route, {}).items()
        }
        Fields.names_read.clear()
        response = fuzz.send(role, method, path, fields)
        if role != "owner" and is_refused(response):
            continue
        for name in sorted(Fields.names_read | fields.keys()):
            # The record is searched by the number of a photo.
            is_file = name == "photo" and method == "POST"
            for value in FILES if is_file else texts():
                fuzz.send(role, method, path, fields | {name: value})
        for parameter in re.findall(r"{(\w+)}", route):
            valid = fuzz.parameters.get(parameter, "x")
            spellings = [f"x/../{valid}", f"./{valid}", f"{valid}/../{valid}", f"{valid}/"]
            for value in texts() + spellings:
                fuzz.send(role, method, fuzz.path(route, **{parameter: value}), fields)


def is_refused(response):
    """Whether requests of this role are refused unread."""
    location = urlsplit(response.headers.get("Location", ""))
    return location.path == "/auth/kakao" or response.status_code in (403, 404)


@pytest.mark.parametrize("route", routes())
def test_no_header_method_or_body_makes_a_server_error(fuzz, route):
    method, path = route.split()[0], fuzz.path(route)
    fields = VALID.get(route, {})
    for shift in range(len(HEADER_VALUES)):
        values = HEADER_VALUES[shift:] + HEADER_VALUES[:shift]
        fuzz.send("owner", method, path, fields, headers=dict(zip(HEADERS, values, strict=False)))
    for other_method in METHODS:
        fuzz.send("owner", other_method, path)
    for raw in RAW:
        text = raw.decode("latin-1")  # as WSGI has it; the client would quote it
        environ = {"QUERY_STRING": f"{text}={text}&next={text}"}
        fuzz.send("owner", method, path, environ_overrides=environ)
        fuzz.send("owner", method, f"{path.rstrip('/')}/{quote(raw)}")
    for kind, body in BODIES:
        fuzz.send("owner", method, path, data=body, content_type=kind)


@pytest.mark.parametrize("path", ["/", "/me", "/auth/nickname", "/photos/3/footprint", "callback"])
def test_no_cookie_makes_a_server_error(fuzz, path):
    state = fuzz.states["visitor"]
    path = f"/auth/kakao/callback?state={state}&code=x" if path == "callback" else path
    names = ["session", "language", "footprint", f"kakao-{state}", "kakao-", "", "__Host-session"]
    # Each of our own cookies under every other name, too.
    values = COOKIES + [it.partition("=")[2] for it in fuzz.cookies["newcomer"].split("; ")]
    for name in names:
        for value in values:
            fuzz.send("visitor", "GET", path, cookies=f"{name}={value}")


def test_no_cookie_of_another_version_makes_a_server_error(fuzz):
    sign = fuzz.app.session_interface.get_signing_serializer(fuzz.app).dumps
    for value in ODD:
        for path in ("/", "/auth/nickname", "/auth/nickname/check"):
            session = f"session={sign({'pending_signup': value, 'unknown': value})}"
            fuzz.send("visitor", "GET", path, cookies=session)
        with fuzz.app.app_context():
            footprint = f"footprint={footprints.serializer().dumps(value)}"
            request = f"kakao-state={serializer().dumps(value)}"
        fuzz.send(
            "owner", "GET", "/photos/3/footprint", cookies=f"{fuzz.cookies['owner']}; {footprint}"
        )
        for path in ("/auth/kakao", "/auth/kakao/callback?state=state&code=x"):
            fuzz.send("visitor", "GET", path, cookies=request)
