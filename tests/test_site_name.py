"""SITE_NAME is the one place for the site's name; the guide lists what is renamed by hand."""

import re
import subprocess
from pathlib import Path

import pytest

from app import create_app
from tests.conftest import Browser
from tests.html_checks import Page

ROOT = Path(__file__).parent.parent
OLD_NAME = "오늘은 너네집"
NOT_RENAMED = ("tests/", "docs/", "CHANGELOG.md", ".env.example", "config/__init__.py")


def renamed(settings, kakao, name):
    return Browser(create_app(settings | {"SITE_NAME": name}), kakao)


def test_the_guide_lists_every_file_that_names_the_site():
    guide = (ROOT / "docs/operations.md").read_text()
    section = re.search("^### Another name for the site\n(.*?)^## ", guide, re.M | re.S)[1]
    listed = tuple(re.findall("`([^`]+)`", section))
    names = (OLD_NAME.encode(), OLD_NAME.replace(" ", "").encode())
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    files = [file for file in tracked if not file.startswith(NOT_RENAMED)]

    found = {file for file in files if any(name in (ROOT / file).read_bytes() for name in names)}

    assert "deploy/maintenance.html" in found
    assert {file for file in found if not file.startswith(listed)} == set()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param("우리 마을", "우리 마을은 집을 좋아하는", id="consonant"),
        pytest.param("우리 동네", "우리 동네는 집을 좋아하는", id="vowel"),
        pytest.param("さくら", "さくら은(는) 집을 좋아하는", id="unknown"),
    ],
)
def test_the_terms_name_the_site_with_the_particle_of_its_name(settings, kakao, name, sentence):
    assert sentence in Page(renamed(settings, kakao, name).get("/terms").text).text("main")


def test_a_name_may_have_characters_that_html_and_json_escape(settings, kakao):
    browser = renamed(settings, kakao, 'Home & "Hearth"')

    page = Page(browser.get("/").text)
    assert page.text("head title") == 'Home & "Hearth"에 놀러 갈까요?'
    assert page.meta()["og:site_name"] == 'Home & "Hearth"'
    manifest = browser.get("/static/site.webmanifest")
    assert manifest.get_json(force=True)["name"] == 'Home & "Hearth"'
