"""The rules of a name: how it is shown, by what it is unique, and who may bear it.

RFC 8266, the Nickname profile of PRECIS, was tried and not taken: it refuses compatibility
characters and most symbols, so everyday Korean names such as ㅋㅋ and 지은❤️ would fail. Shown
names here are NFC and keep them; only the key is folded as far as RFC 8266 would, and it keeps
compatibility jamo apart from syllables, because ㅋㅋ and ㅎㅎ are two people.
"""

import functools
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import regex
from confusable_homoglyphs import utils as homoglyphs

SHORTEST, LONGEST = 2, 20  # graphemes
MOST_CODE_POINTS = 60  # a family emoji has up to eleven; a pile of combining marks has hundreds
KEY_LONGEST = 120  # code points; NFKC may turn one character into eighteen

WORDLISTS = Path(__file__).parent / "wordlists"

# Unassigned (Cn) is judged by regex, whose Unicode is newer than Python's: phones have new emoji.
NEVER_SHOWN = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2800\uFFFC\uFFFD]"
    r"|(?![\u200D\uFE0E\uFE0F])[\p{Cf}\p{Default_Ignorable_Code_Point}]"
)
# A joiner or selector outside an emoji is invisible, and would make two names of one.
STRAY_JOINER = regex.compile(
    r"(?<!\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*)\u200D"
    r"|\u200D(?!\p{Extended_Pictographic})"
    r"|(?<!\p{Extended_Pictographic})(?<![0-9*#](?=.\u20E3))[\uFE0E\uFE0F]"
)
MARK_ON_NOTHING = regex.compile(r"(?<!\S)\p{M}+")
JOINERS_AND_SPACES = regex.compile(r"[\u200D\uFE0E\uFE0F\s]")
NOT_COMPATIBILITY_JAMO = regex.compile(r"[^\u3131-\u318E]+")
BREAKS_A_PATH = regex.compile(r"[/\\?#%]")
# ㆍ is a letter to Unicode, and a dot to who types it.
NOT_A_LETTER = regex.compile(r"[\P{L}\u318D\u119E]")
ADDED_BEHIND = regex.compile(r"\P{L}+$")
DIGIT = regex.compile(r"\p{N}")
NOT_READ_ALOUD = regex.compile(r"[^\p{L}\p{N}]")
GRAPHEME = regex.compile(r"\X")
# Latin words that Korean ends in a consonant: jieun, king, home, apple, book.
CLOSED_LATIN = regex.compile(r"[lmn]$|ng$|[aeiouy][lmn]e$|[^aeiou]le$|[aeiou]c?[ckpt]$")


def N_(text: str) -> str:
    """Mark a sentence for gettext; it is translated where it is shown."""
    return text


class NicknameProblem(ValueError):
    """Why a nickname cannot be had: a sentence for the person, and what fills its gaps."""

    def __init__(self, sentence: str, **values: str):
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values

    def __str__(self) -> str:
        return self.sentence % self.values


def check(text: str | None) -> str:
    """Return the nickname as it will be shown.

    :param text: what was typed; None if Kakao gave none.
    :raises NicknameProblem: if nobody may bear it; its text is what the person reads.
    """
    if text is None:
        raise NicknameProblem(N_("카카오 닉네임을 받지 못했어요. 하나만 골라 주세요."))
    if not text.strip():
        raise NicknameProblem(N_("닉네임을 적어 주세요."))
    nickname = tidy(text)
    check_characters(nickname)
    check_length(nickname)
    if is_reserved(nickname):
        raise NicknameProblem(
            N_("'%(nickname)s'%(topic)s 쓸 수 없는 닉네임이에요. 다른 닉네임을 골라 주세요."),
            nickname=nickname,
            topic=topic(nickname),
        )
    return nickname


def from_kakao(text: str | None) -> str:
    """Return the nickname that Kakao gave, made to fit where that is possible.

    :raises NicknameProblem: if the person has to choose one.
    """
    if not text or not text.strip():
        return check(None)
    fitting = cut(BREAKS_A_PATH.sub("", tidy(text)))
    if not fitting:
        raise NicknameProblem(N_("카카오 닉네임을 그대로 쓸 수 없어요. 하나만 골라 주세요."))
    return check(fitting)


def taken(nickname: str) -> NicknameProblem:
    """Return the problem that somebody else bears this nickname."""
    return NicknameProblem(
        N_("'%(nickname)s'%(topic)s 이미 누군가 쓰고 있어요."),
        nickname=nickname,
        topic=topic(nickname),
    )


def tidy(text: str) -> str:
    """Return the shown form, as far as it can be had; any text may come in."""
    text = NEVER_SHOWN.sub("", " ".join(text.split()))
    text = MARK_ON_NOTHING.sub("", STRAY_JOINER.sub("", text))
    return " ".join(unicodedata.normalize("NFC", text).split())


@functools.lru_cache(maxsize=1000)  # to judge one name takes its key several times
def key(nickname: str) -> str:
    """Return what uniqueness is judged by: 홍길동 and 홍 길동 have one key, ㅋㅋ and ㅎㅎ two."""
    folded = NOT_COMPATIBILITY_JAMO.sub(lambda run: fold(run[0]), tidy(nickname))
    return folded.translate(conjoining_jamo())


def fold(text: str) -> str:
    # 𝐀 has a case only after NFKC, and folding may undo NFKC: so it comes twice.
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", JOINERS_AND_SPACES.sub("", folded))


@functools.cache
def conjoining_jamo() -> dict[int, str]:
    """Map ᄏ, which stands alone after NFC, to ㅋ, which looks the same."""
    jamo = [chr(code) for code in range(0x3131, 0x318F)]
    return {ord(unicodedata.normalize("NFKC", letter)): letter for letter in jamo}


def graphemes(text: str) -> list[str]:
    """Split a text as people count: a family emoji is one."""
    return GRAPHEME.findall(text)


def cut(nickname: str, room: int = 0) -> str:
    """Return as much from the front as fits, without breaking a grapheme.

    :param room: how many characters are to be added to it.
    """
    kept = ""
    for grapheme in graphemes(nickname)[: LONGEST - room]:
        if is_too_long(kept + grapheme, room):
            break
        kept += grapheme
    return kept


def is_too_long(nickname: str, room: int = 0) -> bool:
    return len(nickname) + room > MOST_CODE_POINTS or len(key(nickname)) + room > KEY_LONGEST


def check_characters(nickname: str) -> None:
    if found := BREAKS_A_PATH.findall(nickname):
        raise NicknameProblem(
            N_("닉네임에 %(characters)s 기호는 쓸 수 없어요."),
            characters=" ".join(dict.fromkeys(found)),
        )
    if not key(nickname):
        raise NicknameProblem(N_("보이지 않는 글자만으로는 닉네임을 만들 수 없어요."))
    if not key(nickname).strip("."):
        raise NicknameProblem(N_("점만으로는 닉네임을 만들 수 없어요."))


def check_length(nickname: str) -> None:
    if not SHORTEST <= len(graphemes(nickname)) <= LONGEST:
        raise NicknameProblem(
            N_("닉네임은 %(shortest)s자에서 %(longest)s자까지 쓸 수 있어요."),
            shortest=str(SHORTEST),
            longest=str(LONGEST),
        )
    if is_too_long(nickname):
        raise NicknameProblem(N_("닉네임에 겹쳐 쓴 글자가 너무 많아요. 조금 줄여 주세요."))


def is_reserved(nickname: str) -> bool:
    """Whether a name reads like one of ours, also with digits, spaces or signs around it."""
    return any(not looks(reading).isdisjoint(reserved()) for reading in set(readings(nickname)))


@functools.cache
def reserved() -> frozenset[str]:
    words = read_words("reserved")
    shouted = {skeleton(word.upper()) for word in words}
    return frozenset(shouted.union(*map(looks, words)))


def readings(nickname: str) -> Iterator[str]:
    """Yield a name as it may be meant: admin1 is admin with a digit, r00t is root in digits."""
    # Without casefold as well: in officiaI the capital I is meant to be read as l.
    for text in {key(nickname), unicodedata.normalize("NFKC", nickname)}:
        for in_digits in (text, ADDED_BEHIND.sub("", text)):
            yield in_digits
            yield in_digits.replace("1", "i")  # to TR39 it is an l: adm1n
        yield DIGIT.sub("", text)
        yield NOT_A_LETTER.sub("", text)


def looks(text: str) -> set[str]:
    shape = skeleton(text)
    # A Cyrillic М looks like M, but m like rn.
    return {shape, skeleton(shape.casefold())}


def skeleton(text: str) -> str:
    """Return the letters of a TR39 skeleton: https://www.unicode.org/reports/tr39/#skeleton"""
    shape = unicodedata.normalize("NFD", text).translate(prototypes())
    return NOT_A_LETTER.sub("", unicodedata.normalize("NFD", shape))


@functools.cache
def prototypes() -> dict[int, str]:
    """Map each character to the one that stands for all that look like it.

    The library keeps the pairs of Unicode's confusables.txt in both directions. They form
    stars, as a prototype has no prototype itself: the one with more partners, or written with
    more characters, is the middle. Of two alone either will do, if it is always the same.
    """
    # The file puts direction marks around right-to-left letters.
    partners = {
        shape.strip("\u200e"): [other["c"].strip("\u200e") for other in others]
        for shape, others in homoglyphs.load("confusables.json").items()
    }

    def rank(shape: str) -> tuple[int, int, int]:
        return len(partners[shape]), len(shape), -ord(shape[0])

    middles = {shape: max([shape, *others], key=rank) for shape, others in partners.items()}
    return {ord(shape): middle for shape, middle in middles.items() if len(shape) == 1}


def read_words(name: str) -> list[str]:
    """Return the lines of one of the word lists, without comments."""
    lines = (WORDLISTS / f"{name}.txt").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def topic(word: str) -> str:
    """Return the particle that follows a word as its topic: 은, 는, or both if nobody can tell."""
    return {True: "은", False: "는", None: "은(는)"}[ends_in_consonant(word)]


def ends_in_consonant(word: str) -> bool | None:
    """Whether a word, read aloud in Korean, ends in a consonant; None if nobody can tell."""
    letters = NOT_READ_ALOUD.sub("", key(word))
    if not letters:
        return None
    last = letters[-1]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 > 0
    if "ㄱ" <= last <= "ㆎ":
        return last <= "ㅎ"  # a consonant is read by its name, such as 키읔
    if last in "0123456789":
        return last in "013678"
    if last in "abcdefghijklmnopqrstuvwxyz":
        return bool(CLOSED_LATIN.search(letters))
    return None
