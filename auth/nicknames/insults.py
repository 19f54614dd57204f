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
# In a sentence two short words may meet: 다섯 시 발 씻는 시간.
LETTERS_OF_A_WORD = regex.compile(r"(?<!\S)\S(?: \S){2,}(?!\S)")
# Prefixes and endings of an insult in a word of a sentence.
PREFIXES = "아|야|어|에이|이|그|저|개|왜|뭐|진짜|존나|시발|씨발"
ENDINGS = (
    "[아야이은는을를의들놈년것럼롬냐네다도만임하해짓질집방니]|새끼|같[은이네다]|처럼|한테|에게|맞[은게]"
    "|하[네고지다는]|떨[고지]|[까밥물]라?|봐라|[ㅋㅎㅠㅜ]"
)
DIGITS_AND_SIGNS = regex.compile(r"[^\p{L}\p{M}\s]+")
INITIALS, VOWELS, FINALS = (
    "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ",
    "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ",
    "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ",
)
# A syllable in single jamo, ㅅㅣ, and a syllable whose last jamo stands alone, 바ㄹ.
OPEN_SYLLABLE = regex.compile(rf"([{INITIALS}])([{VOWELS}])")
FINAL_JAMO = regex.compile(rf"([가-힣])([{FINALS}])")
# Digits and signs for letters: sh1t, a$$hole. The skeleton replaces 0 and 1.
LEET = str.maketrans("3457@$!", "eastasl")
REPEATED = regex.compile(r"(\p{L})\1{2,}")


def is_insult(name: str) -> bool:
    """Return whether a nickname contains an insult anywhere.

    A nickname is one word and is judged strictly; a word that contains an insult by chance, such
    as 시발점 or 솜씨발휘, is not an insult. Longer texts than a few hundred characters take long.
    """
    return contains(hangul_insults(), name, LETTERS_BY_SPACES)


def has_insult(sentence: str) -> bool:
    """Return whether a sentence, such as the line under a photo, has a word that is an insult.

    It is judged by its words with their endings: 새끼 고양이 and 불이 꺼져 있는 거실 are harmless.
    A sentence of a single word, or of letters with spaces between them, is judged like a nickname.
    """
    words = sentence.split()
    if len(words) == 1 or all(len(word) == 1 for word in words):
        return is_insult(sentence)
    return contains(insulting_words(), sentence, LETTERS_OF_A_WORD)


def contains(hangul_insults: regex.Pattern, text: str, letters: regex.Pattern) -> bool:
    """Return whether a text contains one of the insults in Hangul, or any in Latin letters.

    :param letters: a run of letters that spaces divide, which is read as one word.
    """
    variants = set(hangul_variants(text, letters))
    if any(hangul_insults.search(variant) for variant in variants):
        return True
    if not MAYBE_LATIN.search(text):  # most names, and skeletons take time
        return False
    return any(latin_insults().search(variant) for variant in latin_variants(variants))


def hangul_variants(text: str, letters: regex.Pattern) -> Iterator[str]:
    """Yield the ways to read a text: 시 발, 시1발 and ㅅㅣ발 are 시발."""
    plain = compose_except_jamo(clean(text)).casefold()
    for written in (plain, join_jamo(plain)):
        for joined in (
            written,
            letters.sub(lambda run: run[0].replace(" ", ""), written),
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
    """Return the syllable of two jamo (Unicode 3.12): ㅅ and ㅣ are 시."""
    return chr(0xAC00 + (INITIALS.index(initial) * 21 + VOWELS.index(vowel)) * 28)


def add_final(syllable: str, final: str) -> str:
    """Return a syllable with a final consonant; both unchanged if it has one already."""
    is_open = (ord(syllable) - 0xAC00) % 28 == 0
    return chr(ord(syllable) + 1 + FINALS.index(final)) if is_open else syllable + final


@functools.cache
def hangul_insults() -> regex.Pattern:
    """Return the pattern of all insults in Hangul."""
    return regex.compile("|".join(line for line in read_words("insults") if HANGUL.search(line)))


@functools.cache
def insulting_words() -> regex.Pattern:
    """Return the pattern of a word that is an insult, with its endings."""
    insults = "|".join(read_words("insults_in_sentences"))
    return regex.compile(
        rf"(?<!\p{{L}})(?:{PREFIXES}){{0,3}}(?:{insults})(?:{ENDINGS}){{0,4}}(?!\p{{L}})"
    )


@functools.cache
def latin_insults() -> regex.Pattern:
    """Return the pattern of all insults in Latin letters, as skeletons."""
    lines = [line for line in read_words("insults") if not HANGUL.search(line)]
    return regex.compile("|".join(map(latin_pattern, lines)))


def latin_pattern(line: str) -> str:
    """Return the pattern of one insult: a whole word, or part of a word at an end with *."""
    before = "" if line.startswith("*") else r"(?<!\p{Latin})"
    after = "" if line.endswith("*") else r"(?!\p{Latin})"
    return before + skeleton(line.strip("*")) + after
