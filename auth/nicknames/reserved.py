"""Reserved names and their look-alikes."""

import functools
import unicodedata
from collections.abc import Iterator

import regex

from .lookalikes import prototypes
from .spelling import key
from .words import read_words

# Unicode counts ㆍ as a letter; people type it as a dot.
NON_LETTERS = regex.compile(r"[\P{L}\u318D\u119E]")
TRAILING_NON_LETTERS = regex.compile(r"\P{L}+$")
DIGIT = regex.compile(r"\p{N}")
LEET = str.maketrans("013457@$!", "oieastasi")


def is_reserved(nickname: str) -> bool:
    """Return whether a name reads like a reserved one, also with digits, spaces or signs in it."""
    skeletons_of_variants = map(skeletons, set(variants(nickname)))
    return any(not variant.isdisjoint(reserved_skeletons()) for variant in skeletons_of_variants)


@functools.cache
def reserved_skeletons() -> frozenset[str]:
    """Return the skeletons of all reserved names, also in capitals."""
    words = read_words("reserved")
    uppercase = {letter_skeleton(word.upper()) for word in words}
    return frozenset(uppercase.union(*map(skeletons, words)))


def variants(nickname: str) -> Iterator[str]:
    """Yield the ways to read a name: admin1 as admin with a digit, r00t as root in digits."""
    # Also without casefold: in officiaI the capital I is meant to be read as l.
    for text in {key(nickname), unicodedata.normalize("NFKC", nickname)}:
        for with_digits in (text, TRAILING_NON_LETTERS.sub("", text)):
            yield with_digits
            yield with_digits.translate(LEET)
        yield DIGIT.sub("", text)
        yield NON_LETTERS.sub("", text)


def skeletons(text: str) -> set[str]:
    """Return the skeletons by which a text is compared with the reserved names."""
    as_written = letter_skeleton(text)
    # A Cyrillic М looks like M, but the prototype of m is rn.
    return {as_written, letter_skeleton(as_written.casefold())}


def letter_skeleton(text: str) -> str:
    """Return the letters of a UTS 39 skeleton; it takes Hangul apart, so ㅋㅏㅋㅏㅇㅗ is 카카오."""
    replaced = unicodedata.normalize("NFD", text).translate(prototypes())
    return NON_LETTERS.sub("", unicodedata.normalize("NFD", replaced))
