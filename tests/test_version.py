"""The version of the site, which is config.VERSION, everywhere else where it is written."""

import re
from pathlib import Path

import pytest
import yaml

from config import VERSION

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("CHANGELOG.md", r"^## ([0-9.]+) \(\d{4}-\d\d-\d\d\)$"),
        ("deploy/Dockerfile", r'org\.opencontainers\.image\.version="(.*?)"'),
        ("deploy/Dockerfile", r"--tag neonejip:(\S+)"),
        ("docs/deploy.md", r"neonejip:([0-9.]+)"),
    ],
)
def test_the_version_is_the_same_in(file, pattern):
    (newest, *_) = re.findall(pattern, (ROOT / file).read_text("utf-8"), re.M)

    assert newest == VERSION


def test_every_container_of_the_site_runs_this_version():
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))["services"]
    images = {name: services[name]["image"] for name in ("site", "migration", "chores")}

    assert set(images.values()) == {f"neonejip:{VERSION}"}


def test_the_command_line_says_the_version(app):
    assert app.test_cli_runner().invoke(args=["version"]).output == f"{VERSION}\n"
