"""What holds for every page: axe-core and the Nu HTML checker agree, and it fits every window."""

import os
import re
import shutil
import subprocess

import pytest
from playwright.sync_api import expect

from tests import databases
from tests.end_to_end.conftest import ROOT, serving
from tests.end_to_end.gallery import PAGES, PHONE, Gallery

TOOLS = ROOT / "tests/node_modules"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
TARGET = 44  # CSS pixels; WCAG 2.2 (2.5.8) asks for 24

# An inline link is as tall as its line, which is fine inside a sentence and only there.
TOO_SMALL = """smallest => [...document.querySelectorAll("a, button, input, select, summary")]
    .filter(thing => thing.type !== "hidden" && thing.checkVisibility())
    .filter(thing => getComputedStyle(thing).display !== "inline"
        || thing.textContent.trim() === thing.parentElement.textContent.trim())
    .filter(thing => {
        const { width, height } = thing.getBoundingClientRect();
        return Math.min(width, height) < smallest;
    })
    .map(thing => thing.outerHTML)"""
MOVING = """() => [...document.querySelectorAll("*")].filter(thing =>
    ["", "::before", "::after"].some(part => {
        const style = getComputedStyle(thing, part);
        return style.transitionDuration !== "0s" || style.animationName !== "none";
    })).map(thing => thing.outerHTML)"""
WITHOUT_EDGE = """() => [...document.querySelectorAll("button, .kakao-button, input")]
    .filter(thing => thing.type !== "hidden")
    .filter(thing => {
        const style = getComputedStyle(thing);
        const ground = getComputedStyle(document.body).backgroundColor;
        return style.borderTopStyle === "none" || style.borderTopColor === ground;
    })
    .map(thing => thing.outerHTML)"""


@pytest.fixture(scope="module", params=["ko-KR", "en-US"])
def gallery(chromium, sandbox_url, tmp_path_factory, request):
    with (
        databases.new(tmp_path_factory.mktemp("gallery")) as database,
        serving(sandbox_url, database, TRUSTED_PROXIES="1") as url,
    ):
        yield Gallery(chromium, url, sandbox_url, locale=request.param)


@pytest.fixture(params=PAGES)
def tab(gallery, request):
    """Each page of the site in turn, on a phone in the light."""
    tab = gallery[request.param]
    tab.set_viewport_size(PHONE)
    tab.emulate_media(color_scheme="light", reduced_motion="reduce", forced_colors="none")
    return tab


def needed(found, how):
    """A tool that may be missing on a newcomer's machine, but not in CI."""
    if not found:
        pytest.fail(how) if os.environ.get("CI") else pytest.skip(how)
    return found


@pytest.fixture(scope="session")
def axe():
    file = TOOLS / "axe-core/axe.min.js"
    return needed(file.exists() and file.read_text(), "axe-core is missing: npm ci in tests/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(tab, axe, scheme):
    tab.emulate_media(color_scheme=scheme)
    tab.evaluate(axe)
    found = tab.evaluate("tags => axe.run({ runOnly: tags })", WCAG)

    assert len(found["passes"]) > 10
    assert not [
        f"{rule['id']}: {node['html']}\n{node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize(
    ("width", "text"),
    [
        pytest.param(320, "100%", id="small phone"),
        pytest.param(320, "200%", id="small phone, big text"),
        pytest.param(1280, "200%", id="desktop, big text"),
    ],
)
def test_nothing_is_wider_than_the_window(tab, width, text):
    tab.set_viewport_size({"width": width, "height": 640})
    tab.evaluate("size => document.documentElement.style.fontSize = size", text)
    needed_width = tab.evaluate("document.documentElement.scrollWidth")
    tab.evaluate("document.documentElement.style.fontSize = ''")

    assert needed_width <= width


def test_everything_to_tap_is_as_big_as_a_finger(tab):
    assert not tab.evaluate(TOO_SMALL, TARGET)


@pytest.mark.parametrize("page", ["auth/nickname.html", "auth/nickname.html, long"])
def test_the_suggestions_are_in_sight_on_a_small_phone(gallery, page):
    tab = gallery[page]
    tab.set_viewport_size({"width": 320, "height": 568})
    tab.reload()

    suggestions = tab.locator('button[name="suggestion"]')
    expect(suggestions).to_have_count(5)
    for suggestion in suggestions.all():
        expect(suggestion).to_be_in_viewport(ratio=1)


def test_nothing_moves_for_those_who_want_it_calm(tab):
    assert not tab.evaluate(MOVING)


def test_with_forced_colours_controls_still_have_an_edge(tab):
    tab.emulate_media(forced_colors="active")

    assert not tab.evaluate(WITHOUT_EDGE)


def test_the_html_checker_finds_nothing_to_mend(gallery, tmp_path):
    java = needed(shutil.which("java"), "the HTML checker needs Java")
    checker = TOOLS / "vnu-jar/build/dist/vnu.jar"
    needed(checker.exists(), "vnu-jar is missing: npm ci in tests/")
    for name in PAGES:
        gallery[name]
        file = tmp_path / f"{re.sub('[^a-z0-9]+', '-', name)}.html"
        file.write_text(gallery.html[name])

    command = [java, "-jar", checker, "--Werror", tmp_path]
    found = subprocess.run(command, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


def test_no_page_is_forgotten():
    templates = {
        file.relative_to(ROOT / "templates").as_posix()
        for file in (ROOT / "templates").rglob("*.html")
        if '{% extends "layout.html" %}' in file.read_text()
    }

    assert templates == {name.partition(",")[0] for name in PAGES}
