"""What holds for every page: axe-core and the Nu HTML checker agree, and it fits every window.

In Korean; test_every_page_in_english.py has what depends on the language.
"""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests import databases, made_up_documents
from tests.end_to_end.conftest import FONTS, ROOT, flask_runner, serving, settings_for
from tests.end_to_end.gallery import PAGES, PHONE, RESERVED, Gallery

TOOLS = ROOT / "tests/node_modules"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RULES_ABOUT_COLOUR = ["color-contrast", "link-in-text-block"]
OLD_NAME, NEW_NAME = "오늘은 너네집", "내일은 우리집"
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
# A word as long as a nickname may wrap anywhere.
BROKEN = """longest => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const broken = [];
    while (texts.nextNode()) {
        const text = texts.currentNode;
        if (!text.parentElement.checkVisibility()) continue;
        for (const word of text.data.matchAll(/\\S+/g)) {
            if (word[0].length > longest) continue;
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            const tops = [...range.getClientRects()].map(line => line.top);
            if (Math.max(...tops) - Math.min(...tops) > 9) broken.push(word[0]);
        }
    }
    const times = [...document.querySelectorAll(".operator time[title]")];
    const twoLines = times.filter(time => time.getClientRects().length > 1);
    return [...broken, ...twoLines.map(time => time.textContent)];
}"""
# In a flexible box each element is a column of its own, and so is each text between elements. That
# is fine in a single line.
COLUMNS = """() => [...document.querySelectorAll("body *")]
    .filter(box => {
        const { display, whiteSpace } = getComputedStyle(box);
        return display.includes("flex") && whiteSpace !== "pre" && box.checkVisibility();
    })
    .flatMap(box => {
        const parts = [...box.childNodes].filter(part => part.textContent.trim()
            && part.ariaHidden !== "true" && !part.matches?.(".visually-hidden, .only-read-out"));
        const isText = part => part.nodeType === Node.TEXT_NODE;
        return parts.length > 1 && parts.some(isText) ? [box.textContent.trim()] : [];
    })"""
WITHOUT_EDGE = """() => [...document.querySelectorAll("button, .kakao-button, input, .card")]
    .filter(thing => thing.type !== "hidden")
    .filter(thing => {
        const style = getComputedStyle(thing);
        const ground = getComputedStyle(document.body).backgroundColor;
        return style.borderTopStyle === "none" || style.borderTopColor === ground;
    })
    .map(thing => thing.outerHTML)"""


@pytest.fixture(scope="module")
def gallery(chromium, sandbox_url, tmp_path_factory):
    with open_gallery(chromium, sandbox_url, tmp_path_factory, "ko-KR") as gallery:
        yield gallery


@contextmanager
def open_gallery(chromium, sandbox_url, tmp_path_factory, locale):
    folder = tmp_path_factory.mktemp("gallery")
    more = {
        "PHOTOS_URL": (folder / "photos").as_uri(),
        "SITE_NAME": NEW_NAME,
        "DOCUMENTS_FOLDER": str(made_up_documents.write_changing(folder / "documents")),
    }

    with (
        databases.create(folder) as database,
        serving(sandbox_url, database, TRUSTED_PROXIES="1", **more) as url,
    ):
        run_flask = flask_runner(settings_for(database, sandbox_url) | more)
        yield Gallery(chromium, url, sandbox_url, run_flask, locale=locale)


@pytest.fixture(scope="module", params=PAGES)
def open_tab(gallery, request):
    """Each page of the site in turn: opened once, and closed after the last look at it."""
    yield gallery[request.param]
    gallery.tabs.pop(request.param).close()


@pytest.fixture
def tab(open_tab):
    """Each page of the site in turn, on a phone in the light."""
    open_tab.set_viewport_size(PHONE)
    open_tab.emulate_media(color_scheme="light", reduced_motion="reduce", forced_colors="none")
    return open_tab


def needed(found, how):
    """A tool that may be missing on a newcomer's machine, but not in CI."""
    if not found:
        pytest.fail(how) if os.environ.get("CI") else pytest.skip(how)
    return found


@pytest.fixture(scope="session")
def axe():
    file = TOOLS / "axe-core/axe.min.js"
    return needed(file.exists() and file.read_text(), "axe-core is missing: npm ci in tests/")


def test_axe_finds_nothing_to_mend(tab, axe):
    assert violations(tab, axe, WCAG, checked_at_least=10) == []


def test_axe_finds_nothing_to_mend_in_the_dark_colours(tab, axe):
    tab.emulate_media(color_scheme="dark")

    assert violations(tab, axe, RULES_ABOUT_COLOUR, checked_at_least=1) == []


def violations(tab, axe, rules, checked_at_least):
    """What axe-core finds wrong with a page, by these rules or by the rules with these tags."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(axe)
    found = tab.evaluate("rules => axe.run({ runOnly: rules })", rules)

    assert len(found["passes"]) >= checked_at_least
    return [
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
def test_nothing_is_wider_than_the_window(tab, fonts, width, text):
    tab.set_viewport_size({"width": width, "height": 640})
    tab.evaluate("size => document.documentElement.style.fontSize = size", text)
    needed_width = tab.evaluate("document.documentElement.scrollWidth")
    tab.evaluate("document.documentElement.style.fontSize = ''")

    assert needed_width <= width


def test_no_word_is_broken(tab, fonts):
    for width in (360, 390, 430, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 640})

        assert tab.evaluate(BROKEN, 16) == [], width


def test_no_sentence_is_set_in_columns(tab):
    assert tab.evaluate(COLUMNS) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_labels_of_the_stored_data_have_room(gallery, fonts, width):
    tab = gallery["account/data.html"]
    tab.set_viewport_size({"width": width, "height": 640})

    heights = tab.locator("dt").evaluate_all("labels => labels.map(label => label.offsetHeight)")
    assert max(heights) <= 2 * min(heights), "two lines at most"


@pytest.mark.parametrize("text", ["100%", "200%"])
def test_the_dot_of_news_stays_at_the_corner_of_the_picture(gallery, fonts, text):
    tab = gallery["account/me.html"]
    tab.evaluate("size => document.documentElement.style.fontSize = size", text)
    dot, picture = (tab.locator(part).bounding_box() for part in (".unseen", ".site-me .avatar"))
    tab.evaluate("document.documentElement.style.fontSize = ''")

    assert abs(dot["x"] + dot["width"] / 2 - picture["x"] - picture["width"]) < 4
    assert abs(dot["y"] + dot["height"] / 2 - picture["y"]) < 4


def test_large_text_has_room_beside_or_below_photos(gallery, fonts):
    gallery.photo  # noqa: B018, hangs now
    tab = gallery.visitor("/")
    tab.evaluate("document.documentElement.style.fontSize = '200%'")
    words = tab.locator(".today > span:last-child").bounding_box()["width"]
    card = tab.locator(".photo-wall li").first.bounding_box()["width"]
    tab.close()

    assert words > 180
    assert card > 250


def test_everything_to_tap_is_as_big_as_a_finger(tab, fonts):
    assert not tab.evaluate(TOO_SMALL, TARGET)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize(
    "size", [(320, 568), (360, 560), (390, 664), (640, 360), (932, 430), (1280, 600)], ids=str
)
def test_the_button_and_its_agreement_are_in_sight_at_once(gallery, fonts, size, font):
    tab = gallery["pages/home.html"]
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    tab.evaluate("font => document.body.style.fontFamily = font", FONTS[font])
    agreement, button = tab.locator(".agreement"), tab.locator(".kakao-button")

    expect(agreement).to_be_in_viewport(ratio=1)
    expect(button).to_be_in_viewport(ratio=1)
    button_bottom = button.bounding_box()["y"] + button.bounding_box()["height"]
    assert button_bottom < size[1] - 12, "with some room below"
    assert agreement.bounding_box()["y"] < button.bounding_box()["y"]
    tab.evaluate("document.body.style.fontFamily = ''")


@pytest.mark.parametrize("page", ["auth/nickname.html", "auth/nickname.html, long"])
def test_the_suggestions_are_in_sight_on_a_small_phone(gallery, fonts, page):
    tab = gallery[page]
    tab.set_viewport_size({"width": 320, "height": 568})
    tab.reload()

    suggestions = tab.locator('button[name="suggestion"]')
    expect(suggestions).to_have_count(5)
    for suggestion in suggestions.all():
        expect(suggestion).to_be_in_viewport(ratio=1)


def test_a_refused_nickname_is_in_sight_with_its_reason_and_its_button(gallery, fonts):
    tab = gallery["auth/nickname.html, refused 422"]
    tab.set_viewport_size({"width": 360, "height": 640})
    tab.locator("#nickname").fill(RESERVED)
    with tab.expect_navigation():
        tab.locator("#nickname").press("Enter")

    expect(tab.locator("#nickname")).to_be_focused()
    for part in (".field-error", "#nickname", ".custom-nickname button"):
        expect(tab.locator(part)).to_be_in_viewport(ratio=1)


def test_the_focus_does_not_look_like_an_error(gallery):
    first = gallery["auth/nickname.html"].locator('button[name="suggestion"]').first
    refused = gallery["auth/nickname.html, refused 422"].locator("#nickname")

    focus = first.evaluate("button => getComputedStyle(button).outlineColor")
    error = refused.evaluate("field => getComputedStyle(field).borderColor")
    assert focus != error


def test_on_paper_there_is_nothing_to_tap(gallery):
    for name in ("pages/document.html, terms", "pages/document.html, privacy", "account/data.html"):
        tab = gallery[name]
        tab.emulate_media(media="print")
        visible = tab.locator("nav, form, button, .link, .button, .kakao-button, .skip-link")
        shown = visible.evaluate_all("things => things.filter(thing => thing.checkVisibility())")
        tab.emulate_media(media="screen")

        assert shown == []


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
        if name not in gallery.html:
            gallery[name]
        file = tmp_path / f"{re.sub('[^a-z0-9]+', '-', name)}.html"
        file.write_text(gallery.html[name])

    # Java would optimize the checker for longer than it runs; without that it needs more stack.
    quick = ["-XX:TieredStopAtLevel=1", "-Xss4m"]
    command = [java, *quick, "-jar", checker, "--Werror", tmp_path]
    found = subprocess.run(command, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")


def test_a_renamed_site_has_its_old_name_on_no_page(gallery):
    for name in PAGES:
        if name not in gallery.html:
            gallery[name]
        assert NEW_NAME in gallery.html[name]
        assert OLD_NAME not in gallery.html[name], name


def test_no_page_is_forgotten():
    templates = {
        file.relative_to(ROOT / "templates").as_posix()
        for file in (ROOT / "templates").rglob("*.html")
        if "{% extends " in file.read_text()
    }

    assert templates == {name.partition(",")[0] for name in PAGES}
