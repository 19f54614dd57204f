"""Free nicknames based on the one that was wanted: 지은네다락방, 햇살드는지은, 지은의거실.

Every candidate is a pattern filled from the word lists, so a new kind of suggestion is a new
line in a table. One query finds out which of them are free; its cost grows neither with the
number of members nor with the number of people who have the same name.
"""

import functools
import itertools
import random
from collections.abc import Callable, Collection, Iterator

import regex

from .contacts import is_contact
from .insults import is_insult
from .lookalikes import skeleton
from .particles import ends_in_consonant
from .reserved import is_reserved
from .rules import MIN_LENGTH, URL_DELIMITERS, InvalidNicknameError, check
from .spelling import MAX_LENGTH, graphemes, normalize, truncate
from .words import read_words

CANDIDATES_PER_TIER = (10, 4, 6)
CANDIDATE_COUNT = sum(CANDIDATES_PER_TIER)  # looked up in one query
DIGITS_PER_TIER = (3, 4, 6)

# Each row is one kind of suggestion; if it has several patterns, one is picked at random. The first
# tier reads best and has hundreds of names, the second ten thousands, the third hundred thousands.
HANGUL_TIERS = (
    (
        "{stem}네{places} {stem}{possessive}{places} {stem}{possessive}",
        "{adjectives}{stem}",
        "{stem}의{places}",
        "{stem}{number}",
        "{activities}{stem}",
    ),
    (
        "{adjectives}{stem}네{places}",
        "{stem}네{places}{number}",
        "{activities}{stem}의{places}",
        "{adjectives}{stem}{number}",
    ),
    ("{stem}네{places}{number}", "{adjectives}{stem}{number}"),
)
LATIN_TIERS = (
    (
        "{latin_prefixes}{stem}",
        "{stem}{latin_suffixes}",
        "{stem}_{latin_suffixes}",
        "{stem}{number}",
        "{latin_prefixes}_{stem}",
    ),
    (
        "{latin_prefixes}{stem}{number}",
        "{latin_prefixes}_{stem}_{latin_suffixes}",
        "{stem}_{latin_suffixes}{number}",
    ),
    ("{latin_prefixes}{stem}{number}", "{stem}_{latin_suffixes}{number}"),
)
NAMELESS_TIERS = (
    ("{adjectives}{nouns}",),
    ("{adjectives}{nouns}{number}",),
    ("{adjectives}{nouns}{number}",),
)

WORDLISTS = ("adjectives", "activities", "nouns", "places", "latin_prefixes", "latin_suffixes")
DECORATIONS = " _.-~!^*"  # dropped around a name: _jisu_ becomes jisu_home, 지은! becomes 지은네집
MAX_WORD_LENGTH = 7  # two words and a number fit into a nickname
MAX_STEM_LENGTH = 12  # graphemes
MAX_ADDITION_LENGTH = MAX_LENGTH - MIN_LENGTH  # no pattern adds more to a stem

# Digits without a meaning. Without 0, 1 and 2 there is no year, month, 18, 112 or 1004; 4 is
# unlucky. Each excluded pair has a meaning: 38 and 79 in Korean, 69 everywhere, and 36 is the
# beginning of 365.
DIGITS = "356789"
MEANINGFUL_PAIRS = {"36", "38", "58", "69", "79"} | {digit * 2 for digit in DIGITS}


def suggest(
    wanted: str | None,
    taken_names: Callable[[Collection[str]], set[str]],
    rng: random.Random | None = None,
    count: int = 5,
) -> list[str]:
    """Return nicknames that are valid, look different, and are free right now.

    :param wanted: the name that the person would like; any text, or None.
    :param taken_names: returns which of the given nicknames are in use, or look like one that is;
        called once.
    """
    rng = rng or random.Random()  # noqa: S311, nothing is gained by guessing a suggestion
    names = candidates(stem_of(wanted), rng)
    names.pop(skeleton(wanted or ""), None)
    taken = taken_names(list(names.values()))
    free = {shape: name for shape, name in names.items() if name not in taken}
    suggestions = first_valid(free, count)
    if len(suggestions) == count:
        return suggestions
    # Too few even in the last tier. There are millions of the names below, so none is looked up.
    return first_valid(free | candidates(None, rng, counts=(0, 0, CANDIDATE_COUNT)), count)


def first_valid(names: dict[str, str], count: int) -> list[str]:
    """Return the first valid names, at most this many."""
    # Nearly all are valid, and checking one takes as long as generating five.
    return list(itertools.islice(filter(is_valid, names.values()), count))


def stem_of(wanted: str | None) -> str | None:
    """Return the stem of suggestions: 지은 for 지은, 지은네집 and 햇살드는지은357; or None."""
    name = URL_DELIMITERS.sub("", normalize(wanted or "")).strip(DECORATIONS)
    stem = strip_additions(name)
    # A stem that does not fit with the longest addition is a pile of combining marks.
    if not truncate(stem, MAX_ADDITION_LENGTH) or not regex.search(r"[\p{L}\p{So}]", stem):
        return None
    # A single letter is not a name, and a sentence would fill the nickname.
    if regex.fullmatch(r"\p{L}\p{M}*", stem) or len(graphemes(stem)) > MAX_STEM_LENGTH:
        return None
    if is_reserved(name) or is_reserved(stem) or is_contact(name) or is_insult(name):
        return None
    return stem.replace(" ", "")


def strip_additions(name: str) -> str:
    """Drop the additions of an earlier suggestion; otherwise the next would be 지은네집네집."""
    match = additions_pattern().fullmatch(name)
    return match[1] if match else name


@functools.cache
def additions_pattern() -> regex.Pattern:
    """Return the pattern of a suggestion; its first group is the stem."""
    before = "|".join(word_list("adjectives") + word_list("activities"))
    places = "|".join(word_list("places"))
    suffixes = "|".join(word_list("latin_suffixes"))
    # The rest has to be long enough for a nickname: 콩이네 is 콩이 with 네, not 콩 with 이네.
    return regex.compile(
        rf"(?:{before})?(\X{{{MIN_LENGTH},}}?)"
        rf"(?:이?네(?:{places})?|의(?:{places})|_(?:{suffixes}))?(?<![0-9])[0-9]*"
    )


def is_latin(name: str) -> bool:
    """Return whether a name has Latin letters, and none in Hangul."""
    return bool(regex.search(r"\p{Latin}", name)) and not regex.search(r"\p{Hangul}", name)


def candidates(
    stem: str | None, rng: random.Random, counts: tuple[int, ...] = CANDIDATES_PER_TIER
) -> dict[str, str]:
    """Return twenty unchecked names by their skeletons; neighbours are of different kinds."""
    rows = word_sets(rng)
    names = {}
    for patterns, digit_count, count in zip(
        patterns_for(stem), DIGITS_PER_TIER, counts, strict=True
    ):
        rotation = itertools.cycle(rng.sample(patterns, len(patterns)))
        for kind, values in zip(rotation, itertools.islice(rows, count), strict=False):
            pattern = rng.choice(kind.split())
            if "{number}" in pattern:
                values["number"] = number(rng, digit_count)
            name = render(pattern, stem or "", values)
            names[skeleton(name)] = name
    return names


def patterns_for(stem: str | None) -> tuple[tuple[str, ...], ...]:
    """Return the tiers of patterns that fit the script of a stem."""
    if stem is None:
        return NAMELESS_TIERS
    return LATIN_TIERS if is_latin(stem) else HANGUL_TIERS


def word_sets(rng: random.Random) -> Iterator[dict[str, str]]:
    """Yield the words of each candidate; no two candidates share one."""
    columns = [rng.sample(word_list(name), CANDIDATE_COUNT) for name in WORDLISTS]
    for row in zip(*columns, strict=True):
        yield dict(zip(WORDLISTS, row, strict=True))


def number(rng: random.Random, digit_count: int) -> str:
    """Return random digits without a meaning."""
    digits = rng.choice(DIGITS)
    while len(digits) < digit_count:
        following = [digit for digit in DIGITS if digits[-1] + digit not in MEANINGFUL_PAIRS]
        digits += rng.choice(following)
    return digits


def render(pattern: str, stem: str, values: dict[str, str]) -> str:
    """Fill a pattern; the stem is shortened so that everything fits."""
    if stem[:1].isupper():
        values = {name: word.capitalize() for name, word in values.items()}
    reserve = len(pattern.format(stem="", possessive="이네", **values))
    stem = truncate(stem, reserve) if stem else ""
    possessive = "이네" if ends_in_consonant(stem) else "네"
    return pattern.format(stem=stem, possessive=possessive, **values)


def is_valid(name: str) -> bool:
    """Return whether a name can be used exactly as it is."""
    try:
        return check(name) == name
    except InvalidNicknameError:
        return False


@functools.cache
def word_list(name: str) -> list[str]:
    """Return a word list of suggestions.

    :raises ValueError: if a word would make a suggestion that is too long or not valid.
    """
    words = list(read_words(name))
    for word in words:
        if len(word) > MAX_WORD_LENGTH or not is_valid(f"{word}네"):
            raise ValueError(f"{name}.txt: {word!r} cannot be part of a nickname")
    if len(set(words)) < max(len(words), CANDIDATE_COUNT):
        raise ValueError(f"{name}.txt: {CANDIDATE_COUNT} words or more, none of them twice")
    return words
