"""What the documents link to and which files they name: all of it exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "auth/kakao/README.md"]
# Without those that commands make, and no clone has.
FOLDERS = "|".join({path.name for path in ROOT.iterdir() if path.is_dir()} - {"instance", "dist"})

documents = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[str(document.relative_to(ROOT)) for document in DOCUMENTS]
)


def anchors(document):
    """Return the anchors that GitHub gives to a document's headings."""
    text = re.sub("```.*?```", "", document.read_text("utf-8"), flags=re.S)
    headings = [heading.lower() for heading in re.findall("^#+ (.+)$", text, re.M)]
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


@documents
def test_links_lead_to_files_and_headings_that_exist(document):
    text = document.read_text("utf-8")
    links = re.findall(r'\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"', text)
    broken = []
    for link in map("".join, links):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        is_elsewhere = link.startswith(("https://", "http://"))
        if not (is_elsewhere or (target.exists() and (not anchor or anchor in anchors(target)))):
            broken.append(link)

    assert not broken


@documents
def test_paths_in_code_name_files_that_exist(document):
    paths = re.findall(rf"`((?:{FOLDERS})/[\w./-]*(?:\w\.\w+|/))`", document.read_text("utf-8"))

    # CHANGELOG.md names files of earlier versions, too.
    assert document.name == "CHANGELOG.md" or all((ROOT / path).exists() for path in paths)
