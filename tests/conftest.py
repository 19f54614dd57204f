"""Fixtures for all tests: the app, a browser, and a Kakao whose responses are mocked."""

import functools
import gc
import json
import os
import shutil
import subprocess
import tempfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import hypothesis
import obstore
import pytest
import requests
import sqlalchemy
import werkzeug.routing
from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

import documents
from app import create_app
from database import db
from houses.decoder import decoder
from tests import databases, environment, html_checks

environment.isolate()

AUTH = "https://kauth.kakao.com"
API = "https://kapi.kakao.com"
SETTINGS = {
    "SECRET_KEY": "a key for tests",
    "KAKAO_CLIENT_ID": "rest-api-key",
    "KAKAO_CLIENT_SECRET": "client-secret",
    "OPERATOR_NAME": "김이장",
    "OPERATOR_CONTACT": "privacy@home.example",
}
# Each test has its own app. What is the same in each is made once: without this, creating apps
# would take a third of all the time.
documents.check_text = functools.cache(documents.check_text)
sqlalchemy.engine_from_config = databases.shared_engine
decoder.convert = functools.lru_cache(100)(decoder.convert)
compiled_templates = {}  # the code by Jinja's key for its source
compiled_rules = {}  # what compiling adds to a route, by what it is without


class TemplateCache(BytecodeCache):
    """Keeps the code of each template in this process."""

    def load_bytecode(self, bucket):
        bucket.code = compiled_templates.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        compiled_templates[bucket.key, bucket.checksum] = bucket.code


class Rule(werkzeug.routing.Rule):
    """A route; compiling it is done once for all apps."""

    def compile(self):
        uncompiled = repr({name: value for name, value in vars(self).items() if name != "map"})
        if uncompiled not in compiled_rules:
            super().compile()
            compiled_rules[uncompiled] = vars(self) | {"map": None}
        vars(self).update(compiled_rules[uncompiled] | {"map": self.map})


Flask.jinja_options["bytecode_cache"] = TemplateCache()
Flask.url_rule_class = Rule
# Python looks for garbage less often, and not among what is imported: that took a tenth.
gc.freeze()
gc.set_threshold(10_000)
# How long an example takes is a matter of the machine.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_collection_modifyitems(config, items):
    """Deselect tests for the other database, and those of Docker where it does not run.

    With CASES=first, also all cases of a parametrized test but the first.
    """
    left_out = {item for item in items if any(map(item.get_closest_marker, absent_markers()))}
    if os.environ.get("CASES") == "first":
        firsts = {item.nodeid.partition("[")[0]: item for item in reversed(items)}
        left_out |= set(items) - set(firsts.values())
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter):
    """Say why tests were deselected: pytest-xdist does not even count them."""
    for marker, reason in absent_markers().items():
        terminalreporter.write_line(f"without the tests marked {marker}: {reason}")


@functools.cache
def absent_markers():
    """Return the markers of tests that do not run here, each with the reason."""
    if databases.SERVER:
        absent = {"sqlite": "make test runs them"}
    else:
        absent = {"postgresql": "make test-postgres runs them"}
    if not is_docker_at_hand():
        absent["docker"] = "Docker with Compose does not run here"
    return absent


def is_docker_at_hand():
    if not shutil.which("docker"):
        return False
    commands = (["docker", "info"], ["docker", "compose", "version"])
    return not any(subprocess.run(command, capture_output=True).returncode for command in commands)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI everything is there, so a test that is skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def database_template(tmp_path_factory):
    """A database with its tables, as a newcomer's `flask db upgrade` makes them."""
    with databases.create(tmp_path_factory.mktemp("template")) as url:
        databases.make_tables(url)
        yield url


@pytest.fixture(scope="session")
def database_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("database")


@pytest.fixture
def tmp_path(tmp_path_factory):
    """An empty folder; pytest's own fixture reads the names of all earlier ones to number it."""
    return Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))


@pytest.fixture
def decodes_anew():
    """Have pictures decoded that an earlier test has used."""
    decoder.convert.cache_clear()


@pytest.fixture
def settings(database_template, database_folder, tmp_path):
    with databases.fresh_copy(database_template, database_folder) as url:
        yield SETTINGS | {"DATABASE_URL": url, "PHOTOS_URL": (tmp_path / "photos").as_uri()}


@pytest.fixture
def app(settings):
    return with_caches(create_app(settings))


def with_caches(app):
    """Return the app without what development does at each request for someone who edits files.

    That is dropping cached URLs and cards. Here they are dropped once for each app.
    """
    hooks = app.before_request_funcs[None]
    for drop in [hook for hook in hooks if hook.__name__ == "cache_clear"]:
        drop()
        hooks.remove(drop)
    return app


@pytest.fixture
def count_queries(app):
    """Count the queries: `with count_queries() as counts: …`."""

    @contextmanager
    def count_queries():
        counts = Counter(reads=0, writes=0, commits=0)

        def statement(_connection, _cursor, text, *_):
            if text.split()[0] not in ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK"):
                counts["reads" if text.startswith("SELECT") else "writes"] += 1

        def commit(_connection):
            counts["commits"] += 1

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)
        yield counts
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)

    return count_queries


@pytest.fixture
def rows(app):
    """The rows of a table, oldest first: rows(Member), rows(LoginSession)."""

    def rows(model):
        with app.app_context():
            return db.session.scalars(select(model).order_by(*model.__table__.primary_key)).all()

    return rows


@pytest.fixture
def browser(app, kakao):
    return Browser(app, kakao)


@pytest.fixture
def another_browser(app, kakao):
    return Browser(app, kakao)


@pytest.fixture
def kakao(requests_mock):
    return Kakao(requests_mock)


@pytest.fixture
def kakao_knows_jieun(kakao):
    """지은 is in front of Kakao's consent page, and new here."""
    kakao.knows(1, "지은")


@pytest.fixture
def jieun(browser, kakao_knows_jieun):
    """The browser of 지은, who is signed in."""
    browser.sign_in()
    return browser


@pytest.fixture
def broken_database(monkeypatch):
    """From now on every query fails."""

    def fail(*_, **__):
        raise OperationalError("select", {}, Exception("gone"))

    for method in ("execute", "scalar", "scalars"):
        monkeypatch.setattr(db.session, method, fail)


@pytest.fixture
def slow_steps(app, monkeypatch):
    """The steps from now on that may take many seconds, and how many connections each held.

    A dict with the numbers by step: a read of a body, a call to the store of photos or to Kakao,
    a write to a ZIP.
    """
    steps = defaultdict(list)
    with app.app_context():
        pool = db.engine.pool

    def watch(owner, name, step):
        original = getattr(owner, name)

        def watched(*args, **kwargs):
            steps[step].append(pool.checkedout())
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, watched)

    for name in ("get", "put", "delete", "list"):
        watch(obstore, name, "store")
    watch(ZipFile, "open", "ZIP")
    watch(requests.Session, "send", "Kakao")
    respond = app.wsgi_app

    def wsgi_app(environ, start_response):
        body = environ["wsgi.input"]
        environ["wsgi.input"] = SimpleNamespace(read=body.read)
        watch(environ["wsgi.input"], "read", "body")
        return respond(environ, start_response)

    monkeypatch.setattr(app, "wsgi_app", wsgi_app)
    return steps


def read_export(content):
    """The JSON in what /me/export sent."""
    with ZipFile(BytesIO(content)) as archive:
        return json.loads(archive.read("neonejip.json"))


class Kakao:
    """Kakao's mocked responses. `knows` says who is in front of the consent page."""

    def __init__(self, mock):
        self.mock = mock
        self.responds_to_token(json={"access_token": "access-token", "token_type": "bearer"})

    def knows(self, kakao_id, nickname=None, **account):
        profile = {"nickname": nickname} if nickname else {}
        self.responds_to_me(json={"id": kakao_id, "kakao_account": {"profile": profile} | account})

    def responds_to_token(self, **response):
        self.mock.post(f"{AUTH}/oauth/token", **response)

    def responds_to_me(self, **response):
        self.mock.get(f"{API}/v2/user/me", **response)

    def requests_to(self, path):
        """The requests that came to this path."""
        return [r for r in self.mock.request_history if urlsplit(r.url).path == path]


class Browser:
    """A person's browser: a cookie jar, and what people do with it. Checks each page it gets."""

    page = None  # the one seen last
    csrf_token = ""  # of that page

    def __init__(self, app, kakao):
        self.app = app
        self.kakao = kakao
        self.client = app.test_client()

    def copy(self):
        """Another client with the same cookies: a second tap, or someone who copied them."""
        copied = type(self)(self.app, self.kakao)
        copied.client._cookies = dict(self.client._cookies)
        copied.csrf_token = self.csrf_token
        return copied

    def get(self, url, **kwargs):
        return self.check(self.client.get(url, **kwargs))

    def post(self, url, form=None, **kwargs):
        """Post a form with the CSRF token of the page seen last, as a browser would."""
        form = {"csrf_token": self.csrf_token} | (form or {})
        return self.check(self.client.post(url, data=form, **kwargs))

    def check(self, response):
        """Check the page, if it is one, and store it as the page seen last."""
        if response.mimetype == "text/html" and response.data and response.status_code != 302:
            self.page = html_checks.check(response.text)
            tokens = self.page.attributes("[name=csrf_token]", "value")
            self.csrf_token = tokens[0] if tokens else ""
        return response

    def start(self, next_url=None):
        """Press the button; the parameters that reach Kakao's consent page."""
        query = {"next": next_url} if next_url else {}
        response = self.get("/auth/kakao", query_string=query)
        assert response.status_code == 302
        return {
            name: value[0] for name, value in parse_qs(urlsplit(response.location).query).items()
        }

    def return_from_kakao(self, state, **query):
        """Follow Kakao's redirect to the callback."""
        query = query or {"code": "authorization-code"}
        return self.get("/auth/kakao/callback", query_string={"state": state, **query})

    def sign_in(self, next_url=None):
        return self.return_from_kakao(self.start(next_url)["state"])

    def open(self, url):
        """Open a page, following redirects on this site."""
        response = self.get(url)
        while response.status_code in (301, 302) and response.location.startswith("/"):
            response = self.get(response.location)
        return response

    def choose(self, nickname):
        """Tap one of the suggestions."""
        return self.post("/auth/nickname", {"suggestion": nickname})

    def type(self, nickname):
        """Type a nickname of their choice."""
        return self.post("/auth/nickname", {"nickname": nickname})

    def nickname(self):
        """Return the nickname on the account page; None for a visitor."""
        is_member = self.get("/me").status_code == 200
        return self.page.text("#my-nickname") if is_member else None

    def log_out(self):
        self.get("/")
        return self.post("/auth/logout")
