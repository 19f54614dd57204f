"""The tests see the same environment on every machine, and the fonts they measure in."""

import os
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import environment

EXAMPLE = Path(__file__).parent.parent / ".env.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("https_proxy", "http://127.0.0.1:9"),
        ("JAVA_TOOL_OPTIONS", "-Dfile.encoding=EUC-KR"),
        ("LANG", "tr_TR.UTF-8"),
        ("GUNICORN_CMD_ARGS", "--workers=9"),
        ("FLASK_DEBUG", "1"),
        *((name, "9") for name in re.findall(r"^# ([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE)),
    ],
)
def test_a_variable_of_the_machine_is_dropped(monkeypatch, name, value):
    monkeypatch.setenv(name, value)

    environment.isolate()

    assert name not in os.environ


def test_the_time_zone_is_that_of_the_tests(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()

    environment.isolate()

    assert time.timezone == 3.5 * 60 * 60


@pytest.mark.parametrize("home", [None, "", "/nowhere"])
def test_there_is_a_home_folder(monkeypatch, home):
    monkeypatch.delenv("HOME", raising=False)
    if home is not None:
        monkeypatch.setenv("HOME", home)

    environment.isolate()

    assert os.access(os.environ["HOME"], os.W_OK)


def test_the_fonts_and_their_licences_are_there():
    folder = environment.FONTS.parent
    named = ElementTree.parse(environment.FONTS).findtext("dir")
    files = {file.name for file in folder.glob("*.?tf")}

    assert named == "."
    assert files == set(re.findall(r"[\w-]+\.[ot]tf", (folder / "LICENSES.txt").read_text()))
