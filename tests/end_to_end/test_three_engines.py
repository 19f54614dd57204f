"""From the button to the first page, and the nickname step, in Chromium, Firefox and WebKit."""

import os

import pytest

from sandbox.people import PEOPLE
from tests.end_to_end import engines
from tests.end_to_end.conftest import free_port
from tests.houses import pictures


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def started_engine(request, tmp_path_factory):
    """Each engine in turn; one that is not installed is skipped, except in CI."""
    is_there = {
        "chromium": lambda: True,
        "firefox": engines.firefox_path,
        "webkit": engines.has_webkit,
    }
    packages = {"firefox": "firefox-esr", "webkit": "webkit2gtk-driver and xvfb"}
    if not is_there[request.param]():
        reason = f"{request.param} is missing: install {packages[request.param]}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    options = {}
    if request.param == "chromium":
        options["browser"] = request.getfixturevalue("chromium")
    options["folder"] = tmp_path_factory.mktemp("profile")
    with getattr(engines, request.param)(port=free_port(), **options) as engine:
        yield engine


@pytest.fixture
def engine(started_engine, sandbox_url):
    """That engine, with nobody signed in."""
    yield started_engine
    # WebDriver deletes only the cookies that the open page would get. This one gets all of them.
    started_engine.open(f"{sandbox_url}/oauth/authorize")
    started_engine.delete_cookies()


def choose_person(engine, name):
    engine.click(f'button[name="person"][value="{PEOPLE[name].id}"]')


def test_from_the_button_to_the_first_page(engine, site):
    engine.open(f"{site}/")
    engine.click(".kakao-button")
    choose_person(engine, "haneul")

    assert engine.accessible_name(".site-me") in ("하늘님의 내 정보", "하늘’s account")
    assert engine.url() == f"{site}/"
    engine.open(f"{site}/me")
    assert engine.text("#my-nickname") == "하늘"
    engine.find(".my-house svg")
    engine.wait_until_gone(".my-house img")  # the picture failed; WebKit would show that


def test_a_nickname_is_refused_with_the_focus_on_the_field_and_one_is_picked(engine, site):
    engine.open(f"{site}/")
    engine.click(".kakao-button")
    choose_person(engine, "placeholder")
    first = 'button[name="suggestion"]'
    engine.find(first)
    engine.wait_for_focus(first)

    engine.type("#nickname", "관리자")
    assert "관리자" in engine.text(".field-error")
    engine.wait_for_focus("#nickname")

    suggestion = engine.text(first)
    engine.click(first)
    assert engine.accessible_name(".site-me").startswith(suggestion)
    assert engine.url() == f"{site}/"


def test_a_large_photo_is_shown_made_smaller_and_hung(engine, site, tmp_path):
    file = tmp_path / "home.jpg"
    file.write_bytes(pictures.phone_jpeg(6, 9000, 6000))  # more than the site takes
    engine.open(f"{site}/auth/kakao?next=/me/photos/new")
    choose_person(engine, "haneul")

    engine.choose_file("#photo", file)
    engine.find('canvas[width="1707"][height="2560"]')
    engine.click("#words")  # WebKit's driver does not scroll to what is transparent
    engine.click("#room-0")
    engine.click("main form button")

    engine.find('.flash a[href="/me/photos/new"]')
    engine.find("#photo[srcset]")
