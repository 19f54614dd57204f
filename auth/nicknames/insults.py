"""Insults in Korean and English, also with spaces, digits, signs or single jamo in them."""

import functools
from collections.abc import Iterator

import regex

from .lookalikes import skeleton
from .spelling import clean, compose_except_jamo
from .words import read_words

MAYBE_LATIN = regex.compile(r"[^\p{Hangul}0-9\s]")
HANGUL = regex.compile(r"\p{Hangul}")
LETTERS_BY_SPACES = regex.compile(r"(?<!\S)\S(?: \S)+(?!\S)")
DIGITS_AND_SIGNS = regex.compile(r"[^\p{L}\p{M}\s]+")
INITIALS, VOWELS, FINALS = (
    "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ",
    "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ",
    "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ",
)
# A syllable in single jamo, ㅅㅣ, and one whose last jamo stands alone, 바ㄹ.
OPEN_SYLLABLE = regex.compile(rf"([{INITIALS}])([{VOWELS}])")
FINAL_JAMO = regex.compile(rf"([가-힣])([{FINALS}])")
# What stands for a letter: sh1t, a$$hole. The skeleton knows 0 and 1.
LEET = str.maketrans("3457@$!", "eastasl")
REPEATED = regex.compile(r"(\p{L})\1{2,}")


def is_insult(text: str) -> bool:
    """Return whether a text contains an insult: a nickname, or a line of words about a photo.

    It is pure, and meant for a few hundred characters. A word that only contains an insult by
    chance, such as 시발점 or 솜씨 발휘, is none.
    """
    variants = set(hangul_variants(text))
    if any(hangul_insults().search(variant) for variant in variants):
        return True
    if not MAYBE_LATIN.search(text):  # most names, and skeletons take time
        return False
    return any(latin_insults().search(variant) for variant in latin_variants(variants))


def hangul_variants(text: str) -> Iterator[str]:
    """Yield a text as it may be meant: 시 발, 시1발 and ㅅㅣ발 are 시발."""
    plain = compose_except_jamo(clean(text)).casefold()
    for written in (plain, join_jamo(plain)):
        for joined in (
            written,
            LETTERS_BY_SPACES.sub(lambda run: run[0].replace(" ", ""), written),
        ):
            yield joined
            yield DIGITS_AND_SIGNS.sub("", joined)


def latin_variants(variants: set[str]) -> Iterator[str]:
    """Yield the skeletons of the words: of sh1t, f u c k, and fuuuck."""
    for variant in variants:
        for written in (variant, variant.translate(LEET)):
            words = " ".join(map(skeleton, written.split()))
            yield words
            yield REPEATED.sub(r"\1", words)


def join_jamo(text: str) -> str:
    """Return a text with its single jamo as syllables: ㅅㅣㅂㅏㄹ is 시발."""
    syllables = OPEN_SYLLABLE.sub(lambda pair: compose(pair[1], pair[2]), text)
    return FINAL_JAMO.sub(lambda pair: add_final(pair[1], pair[2]), syllables)


def compose(initial: str, vowel: str) -> str:
    """Return the syllable that two jamo make (Unicode 3.12): ㅅ and ㅣ are 시."""
    return chr(0xAC00 + (INITIALS.index(initial) * 21 + VOWELS.index(vowel)) * 28)


def add_final(syllable: str, final: str) -> str:
    """Return a syllable with a final consonant; both as they are if it has one already."""
    is_open = (ord(syllable) - 0xAC00) % 28 == 0
    return chr(ord(syllable) + 1 + FINALS.index(final)) if is_open else syllable + final


@functools.cache
def hangul_insults() -> regex.Pattern:
    """Return the pattern of all insults in Hangul."""
    return regex.compile("|".join(line for line in read_words("insults") if HANGUL.search(line)))


@functools.cache
def latin_insults() -> regex.Pattern:
    """Return the pattern of all insults in Latin letters, as skeletons."""
    lines = [line for line in read_words("insults") if not HANGUL.search(line)]
    return regex.compile("|".join(map(latin_pattern, lines)))


def latin_pattern(line: str) -> str:
    """Return the pattern of one insult: a whole word, or with * at an end the part of one."""
    before = "" if line.startswith("*") else r"(?<!\p{Latin})"
    after = "" if line.endswith("*") else r"(?!\p{Latin})"
    return before + skeleton(line.strip("*")) + after
