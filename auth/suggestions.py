"""Free nicknames made from a wish: 지은네다락방, 햇살드는지은, 지은의거실.

Every proposal is a pattern whose gaps are filled from the word lists, so a new kind of
suggestion is a new line in a table. Whether they are free is one question for all of them;
its cost does not grow with the number of members or of people who bear the same name.
"""

import functools
import itertools
import random
from collections.abc import Callable, Collection, Iterator

import regex

from . import nicknames
from .nicknames import NicknameProblem

CANDIDATES = 24  # asked about at once

SHARES = (12, 6, 6)  # of them: those that read best, the wider and the last ones
WIDTHS = (3, 4, 6)  # digits in a number of each

# A kind of suggestion each; where a kind has several patterns, chance takes one. A wish has
# hundreds of names that read best, ten thousands of wider and hundred thousands of last ones.
HANGUL = (
    "{wish}네{places} {wish}{household}{places} {wish}{household}",
    "{adjectives}{wish}",
    "{wish}의{places}",
    "{wish}{number}",
    "{doings}{wish}",
)
HANGUL_WIDER = (
    "{adjectives}{wish}네{places}",
    "{wish}네{places}{number}",
    "{doings}{wish}의{places}",
    "{adjectives}{wish}{number}",
)
HANGUL_LAST = ("{wish}네{places}{number}", "{adjectives}{wish}{number}")
LATIN = (
    "{latin_before}{wish}",
    "{wish}{latin_after}",
    "{wish}_{latin_after}",
    "{wish}{number}",
    "{latin_before}_{wish}",
)
LATIN_WIDER = (
    "{latin_before}{wish}{number}",
    "{latin_before}_{wish}_{latin_after}",
    "{wish}_{latin_after}{number}",
)
LATIN_LAST = ("{latin_before}{wish}{number}", "{wish}_{latin_after}{number}")
NAMELESS = ("{adjectives}{nouns}",)
NAMELESS_WIDER = ("{adjectives}{nouns}{number}",)

WORDLISTS = ("adjectives", "doings", "nouns", "places", "latin_before", "latin_after")
ORNAMENTS = " _.-~!^*"  # of a wish: from _jisu_ comes jisu_home, from 지은! 지은네집
LONGEST_WORD = 7  # two of them and a number fit into a nickname
LONGEST_ADDITION = nicknames.LONGEST - nicknames.SHORTEST  # no pattern adds more to a wish

# Digits without a meaning. Without 0, 1 and 2 there is no year, month, 18, 112 or 1004;
# 4 is unlucky. Of the pairs left out each means something: 38 and 79 in Korean, 69 everywhere,
# and 36 begins the days of a year.
DIGITS = "356789"
MEANINGFUL_PAIRS = {"36", "38", "58", "69", "79"} | {digit * 2 for digit in DIGITS}


def suggest(
    wish: str | None,
    taken: Callable[[Collection[str]], set[str]],
    chance: random.Random | None = None,
    count: int = 5,
) -> list[str]:
    """Return nicknames that are valid, different by key and free at this moment.

    :param wish: what the person would like to be called; anything, or None.
    :param taken: tells which of some nickname keys are in use. It is asked once.
    """
    chance = chance or random.Random()  # noqa: S311, nothing is won by guessing a suggestion
    names = proposals(subject(wish), chance)
    names.pop(nicknames.key(wish or ""), None)
    used = taken(list(names))
    free = {key: name for key, name in names.items() if key not in used}
    if len(free) < count:  # even the last ones; of these there are millions, nobody need ask
        free |= proposals(None, chance, shares=(0, 0, CANDIDATES))
    return list(free.values())[:count]


def subject(wish: str | None) -> str | None:
    """Return what suggestions can be made of: 지은 for 지은, 지은네집 and 햇살드는지은357."""
    name = nicknames.BREAKS_A_PATH.sub("", nicknames.tidy(wish or "")).strip(ORNAMENTS)
    about = bare(name)
    # What does not fit with the longest addition is a pile of combining marks.
    has_room = nicknames.cut(about, LONGEST_ADDITION)
    if not has_room or not regex.search(r"[\p{L}\p{So}]", about):
        return None
    if nicknames.is_reserved(name) or nicknames.is_reserved(about):
        return None
    return about.replace(" ", "")


def bare(name: str) -> str:
    """Drop what an earlier suggestion added, or the next would be 지은네집네집."""
    found = with_additions().fullmatch(name)
    return found[1] if found else name


@functools.cache
def with_additions() -> regex.Pattern:
    before = "|".join(words("adjectives") + words("doings"))
    places = "|".join(words("places"))
    after = "|".join(words("latin_after"))
    # What is left has to be long enough for a nickname: 콩이네 is 콩이 with 네, not 콩 with 이네.
    return regex.compile(
        rf"(?:{before})?(\X{{{nicknames.SHORTEST},}}?)"
        rf"(?:이?네(?:{places})?|의(?:{places})|_(?:{after}))?(?<![0-9])[0-9]*"
    )


def is_latin(name: str) -> bool:
    return bool(regex.search(r"\p{Latin}", name)) and not regex.search(r"\p{Hangul}", name)


def proposals(
    about: str | None, chance: random.Random, shares: tuple[int, ...] = SHARES
) -> dict[str, str]:
    """Return about two dozen valid names by their keys, neighbours of different kinds."""
    rows = drawn(chance)
    names = {}
    for kinds, width, share in zip(kinds_for(about), WIDTHS, shares, strict=True):
        turns = itertools.cycle(chance.sample(kinds, len(kinds)))
        for kind, gaps in zip(turns, itertools.islice(rows, share), strict=False):
            gaps["number"] = number(chance, width)
            name = fill(chance.choice(kind.split()), about or "", gaps)
            if is_valid(name):
                names[nicknames.key(name)] = name
    return names


def kinds_for(about: str | None) -> tuple[tuple[str, ...], ...]:
    if about is None:
        return NAMELESS, NAMELESS_WIDER, NAMELESS_WIDER
    if is_latin(about):
        return LATIN, LATIN_WIDER, LATIN_LAST
    return HANGUL, HANGUL_WIDER, HANGUL_LAST


def drawn(chance: random.Random) -> Iterator[dict[str, str]]:
    """Yield the words for one proposal after the other; no word comes twice."""
    columns = [chance.sample(words(name), CANDIDATES) for name in WORDLISTS]
    for row in zip(*columns, strict=True):
        yield dict(zip(WORDLISTS, row, strict=True))


def number(chance: random.Random, width: int) -> str:
    digits = chance.choice(DIGITS)
    while len(digits) < width:
        nexts = [digit for digit in DIGITS if digits[-1] + digit not in MEANINGFUL_PAIRS]
        digits += chance.choice(nexts)
    return digits


def fill(pattern: str, about: str, gaps: dict[str, str]) -> str:
    if about[:1].isupper():
        gaps = {gap: word.capitalize() for gap, word in gaps.items()}
    room = len(pattern.format(wish="", household="이네", **gaps))
    wish = nicknames.cut(about, room) if about else ""
    household = "이네" if nicknames.ends_in_consonant(wish) else "네"
    return pattern.format(wish=wish, household=household, **gaps)


def is_valid(name: str) -> bool:
    try:
        return nicknames.check(name) == name
    except NicknameProblem:
        return False


@functools.cache
def words(name: str) -> list[str]:
    """Return a word list.

    :raises ValueError: if a word would make a suggestion that is too long or not valid.
    """
    found = nicknames.read_words(name)
    for word in found:
        if len(word) > LONGEST_WORD or not is_valid(f"{word}네"):
            raise ValueError(f"{name}.txt: {word!r} cannot be part of a nickname")
    if len(set(found)) < max(len(found), CANDIDATES):
        raise ValueError(f"{name}.txt: {CANDIDATES} words or more, none of them twice")
    return found
