"""The spelling of nicknames: normalize, key, graphemes, truncate.

RFC 8266, the Nickname profile of PRECIS, was tried and not taken: it rejects compatibility
characters and most symbols, and so everyday Korean names such as ㅋㅋ and 지은❤️. Names are shown in
NFC, which keeps these characters. Only the key is folded as far as in RFC 8266; it keeps
compatibility jamo apart from syllables, because ㅋㅋ and ㅎㅎ are two people.
"""

import functools
import unicodedata

import regex

from .words import blank_characters

MAX_LENGTH = 20  # graphemes
MAX_CODE_POINTS = 60  # a family emoji has up to eleven; a pile of combining marks has hundreds
MAX_INPUT_LENGTH = 100  # code points; counting the graphemes of a page full of flags takes seconds
MAX_KEY_LENGTH = 120  # code points; NFKC may turn one character into eighteen

# Unassigned (Cn) comes from regex, whose Unicode is newer than Python's: phones have new emoji.
# Invisible by Unicode property, plus characters that draw nothing although no property says so.
INVISIBLE = regex.compile(
    rf"[\p{{Cc}}\p{{Cs}}\p{{Co}}\p{{Cn}}\uFFFD{blank_characters()}]"
    r"|(?![\u200D\uFE0E\uFE0F])[\p{Cf}\p{Default_Ignorable_Code_Point}]"
)
# A joiner or selector outside an emoji is invisible, and would make two names of one.
STRAY_JOINER = regex.compile(
    r"(?<!\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*)\u200D"
    r"|\u200D(?!\p{Extended_Pictographic})"
    r"|(?<!\p{Extended_Pictographic})(?<![0-9*#](?=.\u20E3))[\uFE0E\uFE0F]"
)
LEADING_MARKS = regex.compile(r"(?<!\S)\p{M}+")
JOINERS_AND_SPACES = regex.compile(r"[\u200D\uFE0E\uFE0F\s]")
NOT_COMPATIBILITY_JAMO = regex.compile(r"[^\u3131-\u318E]+")
GRAPHEME = regex.compile(r"\X")
MARK = regex.compile(r"\p{M}")
MAX_MARKS = 5  # on one letter; Burmese and Tibetan need four, a pile that covers a page hundreds


def normalize(text: str) -> str:
    """Return the beginning of any text in the form in which a nickname is shown."""
    return clean(text[:MAX_INPUT_LENGTH])


def clean(text: str) -> str:
    """Drop invisible characters, and make one space of each run of white space."""
    text = INVISIBLE.sub("", " ".join(text.split()))
    text = LEADING_MARKS.sub("", STRAY_JOINER.sub("", text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def key(nickname: str) -> str:
    """Return the unique form: 홍길동 and 홍 길동 have the same key, ㅋㅋ and ㅎㅎ have two."""
    return cached_key(nickname[:MAX_INPUT_LENGTH])


@functools.lru_cache(maxsize=1000)  # checking one nickname needs its key several times
def cached_key(nickname: str) -> str:
    """Return the key of a nickname of at most MAX_INPUT_LENGTH."""
    folded = NOT_COMPATIBILITY_JAMO.sub(lambda run: fold(run[0]), normalize(nickname))
    return folded.translate(conjoining_jamo())


def compose_except_jamo(nickname: str) -> str:
    """Return the NFKC of a nickname, in which ㄱㅏ stays apart from 가."""
    return NOT_COMPATIBILITY_JAMO.sub(
        lambda run: unicodedata.normalize("NFKC", run[0]), nickname
    ).translate(conjoining_jamo())


def fold(text: str) -> str:
    """Return a text without case, compatibility forms, spaces and joiners."""
    # NFKC comes twice: 𝐀 has a case only after it, and folding may undo it.
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", JOINERS_AND_SPACES.sub("", folded))


@functools.cache
def conjoining_jamo() -> dict[int, str]:
    """Map ᄏ, which stands alone after NFC, to ㅋ, which looks the same."""
    jamo = [chr(code) for code in range(0x3131, 0x318F)]
    return {ord(unicodedata.normalize("NFKC", letter)): letter for letter in jamo}


def graphemes(text: str) -> list[str]:
    """Split a text into characters as people count them: a family emoji is one."""
    return GRAPHEME.findall(text)


def has_piled_marks(text: str) -> bool:
    """Return whether a letter has so many accents that they cover what stands around it."""
    return len(text) > MAX_MARKS and any(
        len(MARK.findall(grapheme)) > MAX_MARKS for grapheme in graphemes(text)
    )


def truncate(nickname: str, reserve: int = 0) -> str:
    """Return the longest beginning that fits, without breaking a grapheme.

    :param reserve: how many characters will be added to it.
    """
    result = ""
    for grapheme in graphemes(nickname)[: MAX_LENGTH - reserve]:
        if is_too_long(result + grapheme, reserve):
            break
        result += grapheme
    return result


def is_too_long(nickname: str, reserve: int = 0) -> bool:
    """Return whether a nickname has more code points than its columns hold.

    :param reserve: how many characters will be added to it.
    """
    is_shown_too_long = len(nickname) + reserve > MAX_CODE_POINTS
    return is_shown_too_long or len(key(nickname)) + reserve > MAX_KEY_LENGTH
