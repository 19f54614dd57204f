"""Korean particles (josa), which follow the last sound of a word: 은 or 는, 이네 or 네.

Without a library such as tossi: none knows how Latin names and digits are read aloud.
"""

import regex

from .spelling import key

SILENT = regex.compile(r"[^\p{L}\p{N}]")
# Latin words that end in a consonant when read in Korean: jieun, king, home, apple, book, club.
LATIN_FINAL_CONSONANT = regex.compile(r"[lmn]$|ng$|[aeiouy][lmn]e$|[^aeiou]le$|[aeiou]c?[bckpt]$")


def topic_particle(word: str) -> str:
    """Return the particle that marks a word as the topic: 은, 는, or both if it is not known."""
    return particle(word, "은", "는")


def object_particle(word: str) -> str:
    """Return the particle that marks a word as the object: 을, 를, or both if it is not known."""
    return particle(word, "을", "를")


def particle(word: str, after_consonant: str, after_vowel: str) -> str:
    """Return one of two forms of a particle, or "은(는)" if the last sound is not known."""
    match ends_in_consonant(word):
        case True:
            return after_consonant
        case False:
            return after_vowel
        case _:
            return f"{after_consonant}({after_vowel})"


def copula(word: str) -> str:
    """Return the verb that follows a word and means "is": 이에요, or 예요 after a vowel."""
    return "이에요" if ends_in_consonant(word) else "예요"


def ends_in_consonant(word: str) -> bool | None:
    """Return whether a word, read aloud in Korean, ends in a consonant; None if it is not known."""
    letters = SILENT.sub("", key(word))
    if not letters:
        return None
    last = letters[-1]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 > 0
    if last in "ㅋㅎ":
        return False  # laughter, which is read 크크 and 흐흐
    if "ㄱ" <= last <= "ㆎ":
        return last <= "ㅎ"  # a consonant is read as its name, such as 기역
    if last in "0123456789":
        return last in "013678"
    if last in "abcdefghijklmnopqrstuvwxyz":
        return bool(LATIN_FINAL_CONSONANT.search(letters))
    return None
