"""Look-alikes, by the confusables of UTS 39: https://www.unicode.org/reports/tr39/"""

import functools
import json
import unicodedata
from pathlib import Path

import regex
from confusable_homoglyphs import utils as homoglyphs

from .spelling import MAX_INPUT_LENGTH, MAX_KEY_LENGTH, compose_except_jamo, normalize

LEFT_TO_RIGHT_MARK = "\u200e"
HANGUL = regex.compile(r"\p{Hangul}")
SYLLABLES_AND_DIGITS = regex.compile("[가-힣2-9]+")
NOT_SYLLABLES = regex.compile(r"[^가-힣]+")
SPACES_AND_JOINERS = regex.compile(r"[\s\u200D\uFE0E\uFE0F]")
REPEATED_MARK = regex.compile(r"(\p{M})\1+")  # the second is drawn on top of the first

# Letters in another form that confusables.txt leaves out: small capitals and enclosed letters.
STYLED_LETTER = regex.compile(
    r"LATIN LETTER SMALL CAPITAL ([A-Z])"
    r"|(?:NEGATIVE|CROSSED NEGATIVE)? ?(?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)
STYLED_BLOCKS = (
    *range(0x0250, 0x0300),
    *range(0x1D00, 0x1D80),
    *range(0x2460, 0x2800),
    *range(0xA700, 0xA800),
    *range(0x1F100, 0x1F200),
)
# ʍ and ĸ are what confusables.txt makes of the small Cyrillic м and к.
STYLED_BY_HAND = {"ʍ": "m", "ĸ": "k"}


def skeleton(nickname: str) -> str:
    """Return the text that all nicknames that look alike share; it is never shown.

    It follows UTS 39, but does not take Hangul apart: 각가 and 가까 differ, and ㄲ and ㄱㄱ. So two
    names in Hangul never share a skeleton. i and l are one, because I and l look alike, and I and
    i are the same letter in a key. Digits other than 0 and 1 stay digits: jisu5 is not jisus.
    """
    return cached_skeleton(nickname[:MAX_INPUT_LENGTH])


@functools.lru_cache(maxsize=1000)  # a suggestion needs it to be compared and to be looked up
def cached_skeleton(nickname: str) -> str:
    """Return the skeleton of a nickname of at most MAX_INPUT_LENGTH."""
    if SYLLABLES_AND_DIGITS.fullmatch(nickname):
        return nickname  # as most are: nothing below would change it
    # Capitals first: a Cyrillic М looks like M, but its small form does not look like m.
    as_written = replace_lookalikes(compose_except_jamo(normalize(nickname)))
    folded = replace_lookalikes(as_written.casefold()).casefold().replace("i", "l")
    return REPEATED_MARK.sub(r"\1", SPACES_AND_JOINERS.sub("", folded))[:MAX_KEY_LENGTH]


def replace_lookalikes(text: str) -> str:
    """Replace each character by the prototype of its look-alikes; Hangul letters stay whole."""
    decomposed = NOT_SYLLABLES.sub(lambda run: unicodedata.normalize("NFD", run[0]), text)
    return decomposed.translate(whole_prototypes())


@functools.cache
def whole_prototypes() -> dict[int, str]:
    """Return the prototypes without those that split a Hangul letter, such as ㄲ into ㄱㄱ."""
    return {
        code: prototype
        for code, prototype in prototypes().items()
        if len(prototype) == 1 or not HANGUL.match(chr(code))
    }


@functools.cache
def prototypes() -> dict[int, str]:
    """Map each character to its prototype, which replaces all of its look-alikes.

    Unicode's confusables.txt has lines "character → prototype". The library stores each line in
    both directions, and so does not say which of the two is the prototype.
    """
    lookalikes = read_lookalikes()
    styled = styled_letters()
    plain = {
        ord(character): find_prototype(character, lookalikes).translate(styled)
        for character in lookalikes
        if len(character) == 1
    }
    return styled | plain


def read_lookalikes() -> dict[str, list[str]]:
    """Return the library's characters (or short sequences), each with its look-alikes."""
    text = Path(homoglyphs.path("confusables.json")).read_text("utf-8")
    # The file puts direction marks around right-to-left letters.
    return {
        character.strip(LEFT_TO_RIGHT_MARK): [other.strip(LEFT_TO_RIGHT_MARK) for other in others]
        for character, others in json.loads(text, object_hook=drop_name).items()
    }


def drop_name(entry: dict) -> dict | str:
    """Return only the character of {"c": character, "n": name}: the names take megabytes."""
    return entry["c"] if entry.keys() == {"c", "n"} else entry


def find_prototype(character: str, lookalikes: dict[str, list[str]]) -> str:
    """Return the prototype of a character, which may be the character itself.

    1. The text with the most partners: a prototype is paired with all of its look-alikes, and
       each of them with the prototype alone.
    2. Of two with one partner each, the longer, as in "m → rn".
    3. Of two of the same length, the lower code point, so that both get the same prototype.
    """
    return max(
        [character, *lookalikes[character]],
        key=lambda text: (len(lookalikes[text]), len(text), -ord(text[0])),
    )


def styled_letters() -> dict[int, str]:
    """Map ᴀ, 🅰 and 🇦 to a, and ➊ to 1: styles that NFKC does not undo."""
    letters = {ord(character): letter for character, letter in STYLED_BY_HAND.items()}
    for code in STYLED_BLOCKS:
        name = unicodedata.name(chr(code), "")
        digit = unicodedata.digit(chr(code), None)
        if match := STYLED_LETTER.fullmatch(name):
            letters[code] = next(filter(None, match.groups())).lower()
        elif "CIRCLED" in name and digit is not None:
            letters[code] = str(digit)
    return letters
