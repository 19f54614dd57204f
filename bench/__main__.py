"""python -m bench: measure part by part, print the tables, and write bench/results.md."""

import sys
import time
from importlib import import_module
from pathlib import Path

PARTS = (
    "sign_ins",
    "latency",
    "pages",
    "growth",
    "suggestions",
    "photos",
    "lists",
    "uploads",
)  # each a module here, with TITLE, NOTE and measure()
RESULTS = Path(__file__).parent / "results.md"
HEAD = "# How fast\n\nWritten by `make bench`; figures from one run on one machine.\n"


def main() -> None:
    """Measure the parts named on the command line, or all; the others keep their last figures."""
    sections = read_sections()
    names = sys.argv[1:] or PARTS
    for number, name in enumerate(names, 1):
        print(f"{time.strftime('%H:%M:%S')} part {number} of {len(names)}: {name}", file=sys.stderr)
        part = import_module(f"bench.{name}")
        section = f"## {part.TITLE}\n\n{part.NOTE}\n\n{table(list(part.measure()))}\n"
        print(section, flush=True)
        sections[part.TITLE] = section
    order = [import_module(f"bench.{name}").TITLE for name in PARTS]
    ordered = [sections[title] for title in order if title in sections]
    RESULTS.write_text("\n".join([HEAD, *ordered]), "utf-8")


def read_sections() -> dict[str, str]:
    """Return the sections of the last results, by title."""
    text = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
    sections = [part.rstrip() + "\n" for part in text.split("\n## ")[1:]]
    return {section.partition("\n")[0]: f"## {section}" for section in sections}


def table(rows: list[dict]) -> str:
    """Return a Markdown table with the keys of the first row as its head."""
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [[str(value) for value in row.values()] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
