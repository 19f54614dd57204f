"""Versions of the terms and the privacy policy: how they are listed, and what differs."""

from datetime import date

import pytest

import config
import documents
from tests import made_up_documents

LATE = {
    "a week": "[terms.2027-02-01]\nannounced_on = 2027-01-26",
    "thirty days": "[terms.2027-02-01]\nannounced_on = 2027-01-03\nneeds_consent = true",
    "never": "[terms.2027-02-01]",
}


def test_the_sites_own_documents_are_in_force_and_nothing_is_announced(app):
    for versions in app.config["DOCUMENTS"].values():
        assert [version.name for version in versions] == ["2026-11-24"]


@pytest.mark.parametrize("lines", LATE.values(), ids=LATE)
def test_a_version_that_is_announced_too_late_stops_the_start(tmp_path, lines):
    folder = made_up_documents.write(tmp_path / "documents", terms=lines)

    with pytest.raises(config.ConfigError, match=r"DOCUMENTS_FOLDER.* days before"):
        config.load({"DOCUMENTS_FOLDER": str(folder)}, tmp_path)


@pytest.mark.parametrize(
    "lines",
    [
        "[terms.2027-02-01]\nannounced_on = 2027-01-25",
        "[terms.2027-02-01]\nannounced_on = 2027-01-02\nneeds_consent = true",
    ],
    ids=["a week", "thirty days"],
)
def test_a_version_that_is_announced_in_time_is_one_more(tmp_path, lines):
    folder = made_up_documents.write(tmp_path / "documents", terms=lines)

    versions = documents.load(folder)["terms"]

    assert [version.in_force_on for version in versions] == [
        date(2026, 11, 24),
        date(2027, 2, 1),
    ]


@pytest.mark.parametrize(
    "listed",
    [
        "",
        "[terms.2026-11-24]",
        "terms = 7\nprivacy = 8",
        "[terms]\n[privacy]",
        "[terms.soon]\n[privacy.2026-11-24]",
        "[terms.2026-11-25]\n[privacy.2026-11-24]",
        "[terms.2026-11-24]\nsince = 7\n[privacy.2026-11-24]",
        '[terms.2026-11-24]\n[privacy.2026-11-24]\n[privacy.2027-11-24]\nannounced_on = "soon"',
        "[[[",
    ],
    ids=repr,
)
def test_an_invalid_list_of_versions_stops_the_start(tmp_path, listed):
    folder = made_up_documents.write(tmp_path / "documents")
    (folder / "versions.toml").write_text(listed)

    with pytest.raises(config.ConfigError, match="DOCUMENTS_FOLDER"):
        config.load({"DOCUMENTS_FOLDER": str(folder)}, tmp_path)


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        ("약관".encode("cp949"), "terms/2026-11-24.html is not UTF-8"),
        (b"<h1>a</h1>\n{% if %}", "terms/2026-11-24.html, line 2: "),
    ],
    ids=["CP949", "Jinja"],
)
def test_a_text_that_cannot_be_shown_stops_the_start(tmp_path, content, mistake):
    folder = made_up_documents.write(tmp_path / "documents")
    (folder / "terms/2026-11-24.html").write_bytes(content)

    with pytest.raises(config.ConfigError, match=mistake):
        config.load({"DOCUMENTS_FOLDER": str(folder)}, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("<p>a</p>", "<p>a</p>", []),
        ("<p>a</p><p>b</p>", "<p>a</p><p>c</p>", [(["b"], ["c"])]),
        ("<p>a</p>", "<p>a</p>\n<ul><li>b</li></ul>", [([], ["b"])]),
        ("<h2>a</h2><p>b</p>", "<p>b</p>", [(["a"], [])]),
        ("<p>a <a href='/'>b</a></p>", "<p>a b</p>", []),
        ("<p>a &amp; b</p>", "<p>a</p>", [(["a & b"], ["a"])]),
    ],
)
def test_texts_are_compared_paragraph_by_paragraph(old, new, changes):
    assert documents.compare(old, new) == changes
