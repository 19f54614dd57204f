"""requirements.lock pins the packages of requirements.txt and their dependencies, with hashes."""

import re
from importlib.metadata import distribution, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# How each library says its version, in the data of the one file that has them all.
MARKS = {
    "libvips": rb"\x00%s\x00",
    "mozjpeg": rb"mozjpeg version %s ",
    "libpng": rb"\x00%s\x00",
    "libaom": rb"AOMedia Project AV1 Encoder %s\x00",
}


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


def test_the_versions_of_the_picture_libraries_are_those_in_the_wheel():
    document = (ROOT / "docs/security.md").read_text()
    wheel, table = re.search(
        r"in pyvips-binary (\S+) \| version \|\n(.*?)\n\n", document, re.S
    ).groups()
    versions = re.findall(r"^\| (\w+).* \| (\S+) \|$", table, re.M)
    files = [file.locate() for file in distribution("pyvips-binary").files]
    (library,) = [Path(file) for file in files if "libvips" in file.name and ".libs" in str(file)]
    content = library.read_bytes()

    assert version("pyvips-binary") == wheel
    assert len(versions) == 4
    for name, number in versions:
        assert re.search(MARKS[name] % re.escape(number).encode(), content), name
