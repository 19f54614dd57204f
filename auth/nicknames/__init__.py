"""Nicknames: rules and suggestions. Pure: no request, no database.

check(text), from_kakao(text)    the nickname as it is shown, or InvalidNicknameError
key(nickname)                    the unique form: 홍길동 and 홍 길동 have the same key
skeleton(nickname)               the text that look-alikes share: anna, and аnna in Cyrillic
suggest(wanted, taken_names)     five free nicknames
was_adjusted(text, nickname)     whether from_kakao shortened a nickname or dropped signs
is_insult(name)                  strict, for one word
has_insult(sentence)             for a line that everyone reads
has_piled_marks(text)            whether accents cover what stands around it
copula(word)                     이에요 or 예요, which follows the word
object_particle(word), topic_particle(word)
                                 을 or 를, 은 or 는
already_taken(nickname), looks_taken(nickname)
                                 the InvalidNicknameError to raise when one is in use
"""

from .insults import has_insult, is_insult
from .lookalikes import skeleton
from .particles import copula, object_particle, topic_particle
from .rules import (
    MAX_LENGTH,
    MIN_LENGTH,
    InvalidNicknameError,
    already_taken,
    check,
    from_kakao,
    looks_taken,
    was_adjusted,
)
from .spelling import (
    MAX_CODE_POINTS,
    MAX_INPUT_LENGTH,
    MAX_KEY_LENGTH,
    has_piled_marks,
    key,
    normalize,
)
from .suggestions import stem_of, suggest

__all__ = [
    "MAX_CODE_POINTS",
    "MAX_INPUT_LENGTH",
    "MAX_KEY_LENGTH",
    "MAX_LENGTH",
    "MIN_LENGTH",
    "InvalidNicknameError",
    "already_taken",
    "check",
    "copula",
    "from_kakao",
    "has_insult",
    "has_piled_marks",
    "is_insult",
    "key",
    "looks_taken",
    "normalize",
    "object_particle",
    "skeleton",
    "stem_of",
    "suggest",
    "topic_particle",
    "was_adjusted",
]
