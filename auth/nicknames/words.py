"""Load the word lists and the blank characters in wordlists/."""

import functools
from pathlib import Path

WORDLISTS = Path(__file__).parent / "wordlists"


@functools.cache
def read_words(name: str) -> tuple[str, ...]:
    """Return the lines of one of the word lists, without comments and empty lines."""
    lines = (WORDLISTS / f"{name}.txt").read_text("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def blank_characters() -> str:
    """Return the characters of blank.txt, whose lines begin with a code point."""
    return "".join(chr(int(line.split()[0], 16)) for line in read_words("blank"))
