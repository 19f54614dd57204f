"""requirements.lock pins the packages of requirements.txt and their dependencies, with hashes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def pinned(text):
    """The version of each package; names as PyPI compares them (PEP 503)."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\\\]+)", text, re.M)
    return {re.sub("[-_.]+", "-", name).lower(): version for name, version in lines}


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_file_agrees_with_the_list(name):
    wanted = pinned((ROOT / f"{name}.txt").read_text())
    lock = (ROOT / f"{name}.lock").read_text()

    assert wanted.items() <= pinned(lock).items(), "run make lock"
    for package in re.split(r"^(?=\S)", lock, flags=re.M)[1:]:
        assert "--hash=sha256:" in package, package
    assert "://" not in lock


def test_both_lock_files_pin_the_same_versions():
    site = pinned((ROOT / "requirements.lock").read_text())
    everything = pinned((ROOT / "requirements-dev.lock").read_text())

    assert site.items() <= everything.items(), "run make lock"
