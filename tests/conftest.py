"""What every test may ask for: a browser, a Kakao that answers, and the people it knows."""

import os
import re
from urllib.parse import parse_qs, urlsplit

import hypothesis
import pytest
from flask_migrate import Migrate, upgrade
from sqlalchemy import select

from app import create_app
from models import db
from tests import databases
from tests import pages as page_checks

AUTH = "https://kauth.kakao.com"
API = "https://kapi.kakao.com"
SETTINGS = {
    "SECRET_KEY": "a key for tests",
    "KAKAO_CLIENT_ID": "rest-api-key",
    "KAKAO_CLIENT_SECRET": "client-secret",
}
# How long an example takes is a matter of the machine.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_collection_modifyitems(config, items):
    """Leave out what is about the other database."""
    other = "sqlite" if databases.SERVER else "postgresql"
    left_out = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI everything is there, so a test that is skipped has failed."""
    report = yield
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A database with its tables, as a newcomer's `flask db upgrade` makes them."""
    with databases.new(tmp_path_factory.mktemp("prepared")) as url:
        app = create_app(SETTINGS | {"DATABASE_URL": url})
        Migrate(app, db)
        with app.app_context():
            upgrade()
            db.engine.dispose()
        yield url


@pytest.fixture
def settings(prepared, tmp_path):
    with databases.empty(prepared, tmp_path) as url:
        yield SETTINGS | {"DATABASE_URL": url}


@pytest.fixture
def app(settings):
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def rows(app):
    """What the database holds, oldest first: rows(Member), rows(LoginSession)."""

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
def jieun(browser, kakao):
    """지은, who is signed in."""
    kakao.knows(1, "지은")
    browser.sign_in()
    return browser


class Kakao:
    """Kakao's answers. `knows` says who is in front of the consent page."""

    def __init__(self, mock):
        self.mock = mock
        self.answers_token(json={"access_token": "access-token", "token_type": "bearer"})

    def knows(self, kakao_id, nickname=None, **account):
        profile = {"nickname": nickname} if nickname else {}
        self.answers_me(json={"id": kakao_id, "kakao_account": {"profile": profile} | account})

    def answers_token(self, **answer):
        self.mock.post(f"{AUTH}/oauth/token", **answer)

    def answers_me(self, **answer):
        self.mock.get(f"{API}/v2/user/me", **answer)

    def asked(self, path):
        """The requests that came to this path."""
        return [r for r in self.mock.request_history if urlsplit(r.url).path == path]


class Browser:
    """A person's browser: a cookie jar, and what people do with it. Checks each page it gets."""

    csrf_token = ""  # of the page seen last

    def __init__(self, app, kakao):
        self.app = app
        self.kakao = kakao
        self.client = app.test_client()

    def get(self, url, **kwargs):
        return self.seen(self.client.get(url, **kwargs))

    def post(self, url, form=None, **kwargs):
        """Post a form with the CSRF token of the page seen last, as a browser would."""
        form = {"csrf_token": self.csrf_token} | (form or {})
        return self.seen(self.client.post(url, data=form, **kwargs))

    def seen(self, response):
        if response.mimetype == "text/html" and response.data and response.status_code != 302:
            page_checks.check(response.text)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', response.text)
            self.csrf_token = token[1] if token else ""
        return response

    def start(self, next_url=None):
        """Press the button; the parameters that reach Kakao's consent page."""
        query = {"next": next_url} if next_url else {}
        answer = self.get("/auth/kakao", query_string=query)
        assert answer.status_code == 302
        return {name: value[0] for name, value in parse_qs(urlsplit(answer.location).query).items()}

    def come_back(self, state, **query):
        """Kakao sends the browser to the callback."""
        query = query or {"code": "authorization-code"}
        return self.get("/auth/kakao/callback", query_string={"state": state, **query})

    def sign_in(self, next_url=None):
        return self.come_back(self.start(next_url)["state"])

    def open(self, url):
        """Open a page, following redirects on this site."""
        answer = self.get(url)
        while answer.status_code in (301, 302) and answer.location.startswith("/"):
            answer = self.get(answer.location)
        return answer

    def choose(self, nickname):
        """Tap one of the suggestions."""
        return self.post("/auth/nickname", {"suggestion": nickname})

    def type(self, nickname):
        """Type an own nickname."""
        return self.post("/auth/nickname", {"nickname": nickname})

    def nickname(self):
        """Who is signed in, as the own page says; None for a visitor."""
        page = self.get("/me").text
        found = re.search(r'id="my-nickname"[^>]*>([^<]*)<', page)
        return found and found[1]

    def log_out(self):
        self.get("/")
        return self.post("/auth/logout")
