"""Files are cached for a year, as their URL changes with them; text is compressed."""

import gzip
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from app import create_app
from tests.html_checks import Page

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
FIRST_FLIGHT = 14_600  # bytes that a new connection sends before it waits: ten packets of 1460
SERVERS_OWN = 200  # bytes of status line, Date, Server and the like


@pytest.fixture
def app(settings):
    """The site as in development, where an edited file counts at once."""
    return create_app(settings)


@pytest.fixture
def static(app, tmp_path):
    """Files of this test's own."""
    app.static_folder = shutil.copytree(app.static_folder, tmp_path / "static")
    (tmp_path / "static/style.css").write_text("h1 { color: #ad4228 }\n" * 50)
    return tmp_path / "static"


def style_url(browser):
    browser.get("/")
    return browser.page.attributes("link[href^='/static/style.css']", "href")[0]


def test_each_file_a_page_names_is_cached_for_a_year(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    browser.get("/")
    addresses = browser.page.attributes("[href^='/static/']:not([rel=manifest])", "href")
    addresses += browser.page.attributes("[src^='/static/']", "src")

    assert len(addresses) >= 4
    for each in addresses:
        response = browser.get(each)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.headers.get("Vary", "")


def test_an_edited_file_has_a_new_url_at_once(browser, static):
    before = style_url(browser)

    (static / "style.css").write_text("h1 { color: #000 }")

    assert style_url(browser) != before


@pytest.mark.parametrize("v", ["", "?v=", "?v=0123456789", "?w=1"])
def test_a_file_under_another_url_is_cached_briefly(browser, v):
    response = browser.get(f"/static/style.css{v}")

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "path", ["./style.css", "x/../style.css", "a.css/../style.css", "style.css/"]
)
def test_a_file_under_another_spelling_is_served_and_cached_briefly(browser, path):
    version = style_url(browser).partition("?")[2]

    # As WSGI passes it on: browsers and the test client shorten such paths.
    environ = {"PATH_INFO": f"/static/{path}"}
    response = browser.client.get(f"/static/style.css?{version}", environ_overrides=environ)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("path", ["nothing.css", "", "../app.py", "%2e%2e/app.py"])
def test_a_file_that_is_not_there_is_an_ordinary_404(browser, path):
    assert browser.get(f"/static/{path}?v=1").status_code == 404


@pytest.mark.parametrize("headers", [GZIP, {}], ids=["compressed", "plain"])
def test_a_file_that_did_not_change_is_not_sent_again(browser, headers):
    url = style_url(browser)
    first = browser.get(url, headers=headers)

    for condition in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        response = browser.get(url, headers=headers | condition)

        assert (response.status_code, response.data) == (304, b"")
        assert response.headers["ETag"].removeprefix("W/") == first.headers["ETag"].removeprefix(
            "W/"
        )
        assert response.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_the_two_encodings_of_a_file_are_not_taken_for_the_same_bytes(browser):
    url = style_url(browser)

    assert browser.get(url, headers=GZIP).headers["ETag"].startswith("W/")
    assert browser.get(url).headers["ETag"].startswith('"')


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/static/style.css", "/static/nickname.js", "/auth/kakao/callback"]
)
def test_text_is_compressed_for_browsers_that_accept_gzip(browser, path):
    plain = browser.get(path)
    packed = browser.client.get(path, headers=GZIP)

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert len(gzip.decompress(packed.data)) == len(plain.data)
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["Vary"]


@pytest.mark.parametrize("accepts", ["", "identity", "gzip;q=0", "br", "gzip;q=0, *;q=0"])
def test_no_browser_gets_an_encoding_it_did_not_accept(browser, accepts):
    response = browser.get("/", headers={"Accept-Encoding": accepts})

    assert "Content-Encoding" not in response.headers


def test_a_part_of_a_file_is_a_part_of_the_plain_one(app, browser):
    response = browser.get(style_url(browser), headers=GZIP | {"Range": "bytes=0-999"})

    assert response.status_code == 206
    assert response.data == Path(app.static_folder, "style.css").read_bytes()[:1000]
    assert "Content-Encoding" not in response.headers


def test_pictures_are_left_as_they_are(browser):
    response = browser.get("/static/icon-192.png", headers=GZIP)

    assert "Content-Encoding" not in response.headers
    assert response.headers["ETag"].startswith('"')


def test_the_head_of_a_page_says_what_its_body_would_have(browser):
    head = browser.client.head("/", headers=GZIP)

    assert head.data == b""
    assert head.headers["Content-Length"] == browser.client.get("/", headers=GZIP).headers.get(
        "Content-Length"
    )


def test_a_csrf_token_is_signed_anew_every_second(browser, kakao):
    """So compressing it beside other people's words gives nothing away."""
    kakao.knows(1, "지은")
    browser.sign_in()
    tokens = []
    began = datetime.now(UTC)
    for seconds in (1, 2):
        with time_machine.travel(began + timedelta(seconds=seconds), tick=False):
            browser.get("/me")
        tokens.append(browser.csrf_token)

    signatures = [token.rpartition(".")[2] for token in tokens]
    assert len(set(signatures)) == 2


def weight(browser, url):
    response = browser.client.get(url, headers=GZIP)
    headers = sum(len(f"{name}: {value}\r\n") for name, value in response.headers)
    return SERVERS_OWN + headers + len(response.data)


@pytest.fixture
def asked_for_a_nickname(browser, kakao):
    kakao.knows(1, None)
    browser.sign_in()
    return browser


@pytest.mark.parametrize("path", ["/", "/auth/nickname"])
def test_a_page_and_what_it_needs_fit_into_the_first_flight(asked_for_a_nickname, path):
    page = Page(asked_for_a_nickname.get(path).text)
    needed = page.attributes("link[rel=stylesheet]", "href")
    needed += page.attributes("script, img", "src")

    assert needed  # Kakao's symbol is drawn in the page
    assert sum(weight(asked_for_a_nickname, url) for url in [path, *needed]) < FIRST_FLIGHT
