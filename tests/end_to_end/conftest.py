"""The site under gunicorn and the Kakao sandbox, each on a port of its own, over real HTTP."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from app import create_app
from tests import databases
from tests.html_checks import Page

ROOT = Path(__file__).parent.parent.parent
START_TIMEOUT = 120  # seconds; a busy machine needs many of them
KEYS = ("a key for tests", "sandbox-client-secret", "sandbox-admin-key")
# A code, a token, a state or a cookie; nothing else that is logged is so long and so mixed.
SECRET = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{28,}", re.ASCII)
# The first is Chromium without its windows: the same pages for a third of the CPU time.
BROWSERS = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
# Those of tests/fonts/, as wide as Arial and as Verdana. Pages are shown in the wide one, which
# needs more room. It has no Hangul: a browser takes those letters from the next.
FONTS = {"narrow": "Test Narrow, Test Hangul", "wide": "Test Wide, Test Hangul"}
WIDTH_OF_W = """font => {
    const text = document.createElement("canvas").getContext("2d");
    text.font = `100px ${font}`;
    return Math.round(text.measureText("W").width);
}"""


@pytest.fixture(scope="session")
def sandbox_url():
    with kakao_sandbox() as url:
        yield url


@contextmanager
def kakao_sandbox():
    """A Kakao sandbox; its URL."""
    port = free_port()
    url = f"http://localhost:{port}"
    with running([sys.executable, "-m", "sandbox", "--port", str(port)], url):
        yield url


@pytest.fixture(scope="session")
def database(tmp_path_factory):
    """The URL of the site's database."""
    with databases.create(tmp_path_factory.mktemp("site")) as url:
        yield url


@pytest.fixture(scope="session")
def photos_folder(tmp_path_factory):
    """Where the site keeps the files of photos."""
    return tmp_path_factory.mktemp("site") / "photos"


@pytest.fixture(scope="session")
def two_processes(sandbox_url, database, photos_folder):
    """The site with two processes of four threads, in front of that sandbox."""
    folder = photos_folder.as_uri()
    with serving(sandbox_url, database, "--workers=2", PHOTOS_URL=folder) as url:
        yield url


@pytest.fixture
def site(two_processes, database):
    """That site, without members, and without what outlives their accounts."""
    for table in ("member", "departed_nickname", "departed_member", "removed_photo", "ban"):
        databases.run(database, f"DELETE FROM {table}")
    return two_processes


@contextmanager
def serving(sandbox_url, database, *options, output=None, port=None, **settings):
    """The site under gunicorn, with its tables; its URL.

    :param database: an empty one.
    :param options: for gunicorn.
    :param output: where it logs to.
    :param port: a free one if not given.
    """
    settings = settings_for(database, sandbox_url) | settings
    databases.make_tables(database)
    with gunicorn(settings, "--threads=4", *options, output=output, port=port) as server:
        yield server.address


def settings_for(database, kakao_url):
    return {
        "SECRET_KEY": "a key for tests",
        "DATABASE_URL": database,
        "KAKAO_AUTH_URL": kakao_url,
        "KAKAO_API_URL": kakao_url,
    }


def flask_runner(settings):
    """Return how to run a command of the site with these settings, in this process."""

    def run_flask(*command):
        result = create_app(settings).test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output

    return run_flask


def gunicorn(settings, *options, port=None, **kwargs):
    """The site on a port of its own."""
    address = f"127.0.0.1:{port or free_port()}"
    # By default gunicorn closes an idle connection after two seconds, and resets the request
    # that is just being sent over it.
    options = ["-b", address, "--keep-alive=75", *options]
    # Nor does it wait half a minute, in the end, for connections that a browser opened in advance.
    options.append("--graceful-timeout=2")
    # As in deploy/gunicorn.conf.py: no header decides the root path, and a wrong one is no fault.
    options.append("--forwarder-headers=")
    command = [sys.executable, "-m", "gunicorn", "app:create_app()", *options]
    url = f"http://{address.replace('127.0.0.1', 'localhost')}"
    return running(command, f"{url}/healthz", settings, **kwargs)


class running:
    """A server as long as the `with` lasts; entered once it responds.

    At the end its log is searched for secrets.

    :ivar address: its URL.
    """

    def __init__(self, command, url, settings=None, output=None, cwd=ROOT):
        self.output = output or tempfile.NamedTemporaryFile("w")  # noqa: SIM115, closed with it
        self.cwd = cwd
        self.command = command
        self.url = url
        self.address = url.removesuffix("/healthz")
        self.settings = settings or {}

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command,
            cwd=self.cwd,
            env=os.environ | self.settings,
            stdout=self.output,
            stderr=self.output,
            start_new_session=True,
        )
        give_up = time.monotonic() + START_TIMEOUT
        while True:
            try:
                requests.get(self.url, timeout=5)
                return self
            except (requests.ConnectionError, requests.Timeout):
                assert self.process.poll() is None, f"{self.command} ended"
                if time.monotonic() > give_up:
                    self.process.kill()
                    pytest.fail(f"{self.command} does not respond")
                time.sleep(0.05)

    def kill(self):
        """As when the machine dies: all of its processes at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        with suppress(requests.ConnectionError):
            while True:
                requests.get(self.url, timeout=5)

    def __exit__(self, *_):
        # Once more after a while: Python does not notice a signal that arrives just before its main
        # thread waits for another process, as the reloader of app.py does.
        while self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        if self.output == subprocess.DEVNULL:
            return
        logged = Path(self.output.name).read_text()
        print(logged, file=sys.stderr)
        assert not SECRET.findall(logged)
        assert not [key for key in KEYS if key in logged]


def free_port(port=0):
    """A port without a listener, which the system gives to no other program for a minute.

    A connection just ended there, and was closed on this side first (TIME-WAIT, RFC 9293).

    :param port: this one, or an OSError if it is taken; by default any.
    """
    with socket.create_server(("127.0.0.1", port)) as listener:
        with socket.create_connection(listener.getsockname()):
            listener.accept()[0].close()
        return listener.getsockname()[1]


@pytest.fixture
def person(site):
    return Person(site)


class Person:
    """A person with a simple browser: cookies, links and forms, over real HTTP."""

    def __init__(self, site):
        self.site = site
        self.http = requests.Session()

    def get(self, path):
        self.page = self.http.get(self.site + path, timeout=30)
        return self.page

    def sign_in_as(self, kakao_id, next_url="/"):
        """Press the button and choose a person on the consent page."""
        consent = self.http.get(
            f"{self.site}/auth/kakao", params={"next": next_url}, allow_redirects=False, timeout=30
        ).headers["Location"]
        self.page = self.http.post(consent, data={"person": kakao_id}, timeout=30)
        return self.page

    def choose(self, **form):
        """Post the form of the page seen last."""
        form["csrf_token"] = self.value("csrf_token")
        self.page = self.http.post(self.page.url, data=form, timeout=30)
        return self.page

    def value(self, field):
        """Return what a form of the page seen last has in a field."""
        return Page(self.page.text).value(field)

    def on_another_tab(self):
        """The same browser once more, so that both can send a request at the same time."""
        tab = Person(self.site)
        tab.http.cookies.update(self.http.cookies)
        tab.page = self.page
        return tab

    def suggestions(self):
        return Page(self.page.text).attributes("[name=suggestion]", "value")

    def nickname(self):
        names = Page(self.get("/me").text).texts("#my-nickname")
        return names[0] if names else None


@pytest.fixture(scope="session")
def chromium():
    """A real browser; without one these tests are skipped, except in CI."""
    if not (path := browser_path()):
        reason = "no browser found: install Chromium or Chrome, or name it in BROWSER_PATH"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)  # milliseconds, as for actions; a busy machine needs them
    quiet = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    # Nothing is fetched from elsewhere: a profile picture fails, and fails at once.
    quiet += ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=quiet)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def fonts(chromium):
    """Layouts are measured in the fonts of tests/fonts/, so that they are the same everywhere."""
    page = chromium.new_page()
    widths = [page.evaluate(WIDTH_OF_W, font) for font in ("system-ui", *FONTS.values())]
    page.close()
    if widths != [99, 94, 99]:
        reason = "this browser does not take its fonts from tests/fonts/fonts.conf"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def browser_path():
    """Where Chromium or Chrome is; None without one."""
    return os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture
def page(chromium, site):
    """A page in a phone's browser."""
    context = chromium.new_context(
        base_url=site, locale="ko-KR", viewport={"width": 375, "height": 667}, has_touch=True
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
