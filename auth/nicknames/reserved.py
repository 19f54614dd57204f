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
# 운영ㅈr: Latin letters that stand for vowels, as teenagers write, after a consonant of its own.
LATIN_VOWEL = regex.compile(r"(?<=[ㄱ-ㅎ])[rRlIFH]")
VOWELS = {"r": "ㅏ", "R": "ㅏ", "l": "ㅣ", "I": "ㅣ", "F": "ㅑ", "H": "ㅐ"}
# 관리자A, VIP운영자: a title of staff with a few letters that number or adorn it.
LATIN_ADDITION = regex.compile(r"^\p{Latin}{1,3}(?=\p{Hangul})|(?<=\p{Hangul})\p{Latin}{1,3}$")
# 동네지기, 너네집 매니저님: a title of staff after what they look after, with a courtesy behind.
AROUND_TITLES = regex.compile(
    "^(?:오늘은너네집|너네집|우리동네|동네|마을|사이트|공식|총|부)|(?:님|입니다|이에요|예요|봇|계정)$"
)


def is_reserved(nickname: str) -> bool:
    """Return whether a name reads like a reserved one, also with digits, spaces or signs in it."""
    names = set(variants(nickname))
    titles = {AROUND_TITLES.sub("", name) for name in names}
    return is_any_in(names, "reserved") or is_any_in(titles, "staff")


def is_any_in(names: set[str], word_list: str) -> bool:
    """Return whether one of the names looks like a word of a list."""
    return any(not skeletons(name).isdisjoint(skeletons_of(word_list)) for name in names)


@functools.cache
def skeletons_of(word_list: str) -> frozenset[str]:
    """Return the skeletons of all words of a list, also in capitals."""
    words = read_words(word_list)
    uppercase = {letter_skeleton(word.upper()) for word in words}
    return frozenset(uppercase.union(*map(skeletons, words)))


def variants(nickname: str) -> Iterator[str]:
    """Yield the ways to read a name: admin1 as admin with a digit, r00t as root in digits."""
    # Also without casefold: in officiaI the capital I is meant to be read as l.
    texts = {key(nickname), unicodedata.normalize("NFKC", nickname)}
    texts |= {LATIN_VOWEL.sub(lambda letter: VOWELS[letter[0]], text) for text in texts}
    texts |= {LATIN_ADDITION.sub("", text) for text in texts}
    for text in texts:
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
