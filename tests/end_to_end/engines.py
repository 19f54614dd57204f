"""The same few steps in three browser engines: Chromium, Firefox, and WebKit as Safari has it.

Chromium is driven by Playwright as in the other tests. What Playwright calls Firefox and WebKit
are builds of its own; these are the real ones, which speak WebDriver (https://www.w3.org/TR/
webdriver2/): WebKit over HTTP, Firefox over Marionette, the protocol beneath geckodriver.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager

import requests

TIMEOUT = 60  # seconds for a page or an element on a busy machine
ENTER = "\ue007"  # WebDriver, 17.4.2
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver, 12.2
# Where each command goes when it travels over HTTP (WebDriver, 6.5).
COMMANDS = {
    "Navigate": ("POST", "/url"),
    "GetCurrentURL": ("GET", "/url"),
    "FindElement": ("POST", "/element"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "ElementSendKeys": ("POST", "/element/{id}/value"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "GetComputedLabel": ("GET", "/element/{id}/computedlabel"),
    "DeleteAllCookies": ("DELETE", "/cookie"),
}
# Nothing is fetched from elsewhere: no one listens at this proxy.
NOWHERE = "127.0.0.1:9"


class CommandError(Exception):
    """The browser could not do that, or not yet."""


class WebDriver:
    """A browser that speaks WebDriver; waits for an element that is not there yet.

    :param send: takes a command's name and its parameters, and returns its value; raises
        CommandError.
    """

    def __init__(self, send):
        self.send = send

    def open(self, url):
        self.send("Navigate", url=url)

    def find(self, selector):
        def find():
            return self.send("FindElement", using="css selector", value=selector)[ELEMENT]

        return wait_for(find)

    def click(self, selector):
        self.send("ElementClick", id=self.find(selector))

    def type(self, selector, text):
        """Type the text and press Enter."""
        self.send("ElementSendKeys", id=self.find(selector), text=text + ENTER)

    def choose_file(self, selector, path):
        self.send("ElementSendKeys", id=self.find(selector), text=str(path))

    def text(self, selector):
        # By a script: WebKit's own command finds no text in what CSS may cut off.
        script = "return document.querySelector(arguments[0])?.innerText"
        return wait_for(lambda: self.send("ExecuteScript", script=script, args=[selector]))

    def accessible_name(self, selector):
        return self.send("GetComputedLabel", id=self.find(selector))

    def wait_until_gone(self, selector):
        script = "return !document.querySelector(arguments[0])"
        wait_for(lambda: self.send("ExecuteScript", script=script, args=[selector]))

    def wait_for_focus(self, selector):
        # A field with `autofocus` is focused when the page is first rendered, after its parsing.
        script = "return document.activeElement.matches(arguments[0])"
        wait_for(lambda: self.send("ExecuteScript", script=script, args=[selector]))

    def url(self):
        return self.send("GetCurrentURL")

    def delete_cookies(self):
        self.send("DeleteAllCookies")


class Playwright:
    """The same steps by Playwright."""

    def __init__(self, page):
        self.page = page
        self.open = page.goto
        self.click = page.click
        self.choose_file = page.set_input_files
        self.text = page.inner_text
        self.delete_cookies = page.context.clear_cookies

    def find(self, selector):
        self.page.wait_for_selector(selector)

    def accessible_name(self, selector):
        return re.search('"(.+)"', self.page.locator(selector).aria_snapshot())[1]

    def wait_until_gone(self, selector):
        self.page.wait_for_selector(selector, state="detached")

    def type(self, selector, text):
        self.page.fill(selector, text)
        self.page.press(selector, "Enter")

    def wait_for_focus(self, selector):
        self.page.wait_for_function("it => document.activeElement.matches(it)", arg=selector)

    def url(self):
        return self.page.url


@contextmanager
def chromium(browser, **_):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(TIMEOUT * 1000)
    yield Playwright(context.new_page())
    context.close()


@contextmanager
def firefox(folder, **_):
    (folder / "user.js").write_text('user_pref("marionette.port", 0);\n')  # a free one
    program = firefox_path()
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
    port_file = folder / "MarionetteActivePort"
    with running(command):
        wait_for(lambda: port_file.exists() and port_file.read_text())
        address = ("127.0.0.1", int(port_file.read_text()))
        with socket.create_connection(address, timeout=2 * TIMEOUT) as connection:
            send = marionette(connection)
            proxy = {"proxyType": "manual", "httpProxy": NOWHERE, "sslProxy": NOWHERE}
            proxy["noProxy"] = ["localhost"]
            send("NewSession", capabilities={"alwaysMatch": {"proxy": proxy}})
            yield WebDriver(send)


def marionette(connection):
    """Return how to send a command: https://firefox-source-docs.mozilla.org/testing/marionette/"""
    stream = connection.makefile("rb")

    def receive():
        length = iter(lambda: stream.read(1), b":")
        return json.loads(stream.read(int(b"".join(length))))

    def send(command, **parameters):
        message = json.dumps([0, 1, f"WebDriver:{command}", parameters]).encode()
        connection.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = receive()
        if error:
            raise CommandError(f"{command}: {error}")
        return result["value"] if result and "value" in result else result

    receive()  # its greeting
    return send


@contextmanager
def webkit(port, **_):
    driver = f"http://127.0.0.1:{port}"
    # Not as a capability: MiniBrowser 2.50 reads beyond the list in noProxy, and crashes at one
    # start of four. The driver and the browser themselves talk over 127.0.0.1.
    proxy = dict.fromkeys(["http_proxy", "https_proxy"], f"http://{NOWHERE}")
    # By itself it listens on ::1, too, and ends on a machine without IPv6.
    address = ["--host=127.0.0.1", f"--port={port}"]
    command = ["xvfb-run", "-a", "WebKitWebDriver", *address]
    # xvfb-run does not quote the path of its temporary folder, which may have a space.
    with running(command, **proxy, no_proxy="localhost,127.0.0.1", TMPDIR="/tmp"):
        wait_for(lambda: is_listening(port))

        def call(method, path, parameters):
            json_body = parameters if method == "POST" else None
            response = requests.request(method, driver + path, json=json_body, timeout=2 * TIMEOUT)
            value = response.json()["value"]
            if not response.ok:
                raise CommandError(f"{path}: {value}")
            return value

        session = call("POST", "/session", {"capabilities": {}})["sessionId"]

        def send(command, **parameters):
            method, path = COMMANDS[command]
            path = path.format(id=parameters.pop("id", ""))
            return call(method, f"/session/{session}{path}", parameters)

        yield WebDriver(send)
        call("DELETE", f"/session/{session}", None)


@contextmanager
def running(command, **variables):
    """A program, and what it started, as long as the `with` lasts; the variables are added to
    its environment."""
    process = subprocess.Popen(
        command,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def wait_for(step):
    """Repeat a step until it yields something, and return that."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        problem = "nothing came"
        try:
            if value := step():
                return value
        except CommandError as error:
            problem = error
        assert time.monotonic() < deadline, problem
        time.sleep(0.05)


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def firefox_path():
    return shutil.which("firefox-esr") or shutil.which("firefox")


def has_webkit():
    return shutil.which("WebKitWebDriver") and shutil.which("xvfb-run")
