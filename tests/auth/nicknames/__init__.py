"""Names for the tests of this package."""

import pytest
from hypothesis import strategies as st

from auth import nicknames

FAMILY = "👨‍👩‍👧‍👦"

# Mostly the characters that make trouble, beside all others and lone surrogates.
ODD_CHARACTERS = st.sampled_from(
    "가각ㄱㅏㅋ각ᄏ지은 aA1ſßİΆ️‍❤👨🏽🇰⃣#.́̈\u2028\t"
    "\u115f\u1160\u3164\uffa0\u200b\u200c\u202e\u2066\ufeff\u00ad\u034f\U000e0067\ue000\ud800"
    "\u0378\u2800Ａ①㈎ﷺ↔\u0338\u0345ﾡￂ"
)
ANY_TEXT = st.text(st.one_of(ODD_CHARACTERS, st.characters(codec=None)), max_size=40)


def reason(text, rule=nicknames.check):
    with pytest.raises(nicknames.InvalidNicknameError) as error:
        rule(text)
    return str(error.value)
