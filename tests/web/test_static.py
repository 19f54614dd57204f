"""Files are kept for a year under an address that changes with them; words travel compressed."""

import gzip
import re
import shutil
import time
from pathlib import Path

import pytest

from tests.pages import Page

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
FIRST_FLIGHT = 14_600  # bytes that a new connection sends before it waits: ten packets of 1460
SERVERS_OWN = 200  # bytes of status line, Date, Server and the like


@pytest.fixture
def static(app, tmp_path):
    """Files of this test's own."""
    app.static_folder = shutil.copytree(app.static_folder, tmp_path / "static")
    (tmp_path / "static/style.css").write_text("h1 { color: #ad4228 }\n" * 50)
    return tmp_path / "static"


def address_of_style(browser):
    return re.search(r'"(/static/style.css[^"]*)"', browser.get("/").text)[1]


def test_each_file_a_page_names_is_kept_for_a_year(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    page = browser.get("/").text
    addresses = re.findall(r'"(/static/[^"]+)"', page)

    assert len(addresses) >= 4
    for each in addresses:
        answer = browser.get(each)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_an_edited_file_has_a_new_address_at_once(browser, static):
    before = address_of_style(browser)

    (static / "style.css").write_text("h1 { color: #000 }")

    assert address_of_style(browser) != before


@pytest.mark.parametrize("v", ["", "?v=", "?v=0123456789", "?w=1"])
def test_a_file_under_another_address_is_kept_briefly(browser, v):
    answer = browser.get(f"/static/style.css{v}")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=60"


@pytest.mark.parametrize("path", ["nothing.css", "", "../app.py", "%2e%2e/app.py"])
def test_a_file_that_is_not_there_is_an_ordinary_404(browser, path):
    assert browser.get(f"/static/{path}?v=1").status_code == 404


@pytest.mark.parametrize("headers", [GZIP, {}], ids=["compressed", "plain"])
def test_a_file_that_did_not_change_is_not_sent_again(browser, headers):
    url = address_of_style(browser)
    first = browser.get(url, headers=headers)

    for condition in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        answer = browser.get(url, headers=headers | condition)

        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"].removeprefix("W/") == first.headers["ETag"].removeprefix("W/")
        assert answer.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_the_two_encodings_of_a_file_are_not_taken_for_the_same_bytes(browser):
    url = address_of_style(browser)

    assert browser.get(url, headers=GZIP).headers["ETag"].startswith("W/")
    assert browser.get(url).headers["ETag"].startswith('"')


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/static/style.css", "/static/nickname.js", "/auth/kakao/callback"]
)
def test_words_travel_compressed_to_who_understands_it(browser, path):
    plain = browser.get(path)
    packed = browser.client.get(path, headers=GZIP)

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert len(gzip.decompress(packed.data)) == len(plain.data)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("accepts", ["", "identity", "gzip;q=0", "br", "gzip;q=0, *;q=0"])
def test_nobody_gets_what_they_do_not_understand(browser, accepts):
    answer = browser.get("/", headers={"Accept-Encoding": accepts})

    assert "Content-Encoding" not in answer.headers


def test_a_part_of_a_file_is_a_part_of_the_plain_one(app, browser):
    answer = browser.get(address_of_style(browser), headers=GZIP | {"Range": "bytes=0-999"})

    assert answer.status_code == 206
    assert answer.data == Path(app.static_folder, "style.css").read_bytes()[:1000]
    assert "Content-Encoding" not in answer.headers


def test_pictures_are_left_as_they_are(browser):
    answer = browser.get("/static/icon-180.png", headers=GZIP)

    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"].startswith('"')


def test_the_head_of_a_page_says_what_its_body_would_have(browser):
    head = browser.client.head("/", headers=GZIP)

    assert head.data == b""
    assert head.headers["Content-Length"] == browser.client.get("/", headers=GZIP).headers.get(
        "Content-Length"
    )


def test_a_csrf_token_is_signed_anew_every_second(browser, kakao, monkeypatch):
    """So compressing it beside other people's words gives nothing away."""
    kakao.knows(1, "지은")
    browser.sign_in()
    tokens = []
    began = time.time()
    for moment in (began + 1, began + 2):
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda moment=moment: moment)
        browser.get("/me")
        tokens.append(browser.csrf_token)

    signatures = [token.rpartition(".")[2] for token in tokens]
    assert len(set(signatures)) == 2


def weight(browser, url):
    answer = browser.client.get(url, headers=GZIP)
    headers = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers)
    return SERVERS_OWN + headers + len(answer.data)


@pytest.fixture
def asked_for_a_nickname(browser, kakao):
    kakao.knows(1, None)
    browser.sign_in()
    return browser


@pytest.mark.parametrize("path", ["/", "/auth/nickname"])
def test_a_page_and_what_it_needs_fit_into_the_first_flight(asked_for_a_nickname, path):
    page = Page(asked_for_a_nickname.get(path).text)
    needed = [
        attrs.get("href") or attrs["src"]
        for tag, attrs in page.elements
        if attrs.get("rel") == "stylesheet" or tag in ("script", "img")
    ]

    assert needed  # Kakao's symbol is drawn in the page
    assert sum(weight(asked_for_a_nickname, url) for url in [path, *needed]) < FIRST_FLIGHT
