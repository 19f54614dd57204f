"""Terms and a privacy policy that are about to change, which those of the site are not."""

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

from auth import agreements

ROOT = Path(__file__).parent.parent
FIRST = date(2026, 11, 24)
NEW = """{{ "잘 지내요." if language() == "ko" else "Be well." }}"""
TODAY = agreements.today()
SOON = TODAY + timedelta(days=45)


def write(folder: Path, **versions: str) -> Path:
    """Copy the site's documents to a folder, with more versions of them.

    :param versions: lines of versions.toml, such as terms="[terms.2027-02-01]\nannounced_on = …";
        the text of each is that of the first version, but for its first paragraph.
    """
    shutil.copytree(ROOT / "templates/documents", folder)
    with (folder / "versions.toml").open("a") as listed:
        for document, lines in versions.items():
            listed.write(f"\n{lines}\n")
            day = lines.partition("]")[0].rpartition(".")[2]
            first = (folder / document / f"{FIRST}.html").read_text()
            text = re.sub("<p>.*</p>", f"<p>{NEW}</p>", first, count=1)
            (folder / document / f"{day}.html").write_text(text)
    return folder


def announced(document: str, today: date, in_force_on: date, needs_consent: bool = False) -> str:
    """Return the lines of a version that is announced today."""
    consent = str(needs_consent).lower()
    return f"[{document}.{in_force_on}]\nannounced_on = {today}\nneeds_consent = {consent}"


def write_changing(folder: Path) -> Path:
    """Write documents that are announced today for SOON; only the terms need consent."""
    return write(
        folder,
        terms=announced("terms", TODAY, SOON, needs_consent=True),
        privacy=announced("privacy", TODAY, SOON),
    )
