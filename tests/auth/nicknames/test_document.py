"""docs/nicknames.md says what the code does."""

from datetime import timedelta
from inspect import signature
from pathlib import Path

import pytest

from auth import nicknames, renaming
from web import limits

DOCUMENT = (Path(__file__).parents[3] / "docs/nicknames.md").read_text("utf-8")


def hours(span: timedelta) -> int:
    return span // timedelta(hours=1)


@pytest.mark.parametrize(
    "sentence",
    [
        f"{nicknames.MIN_LENGTH} to {nicknames.MAX_LENGTH} characters",
        f"at most {nicknames.MAX_CODE_POINTS} code points, and {nicknames.MAX_KEY_LENGTH} in its",
        f"only the first {nicknames.MAX_INPUT_LENGTH} typed code points are read",
        f"shortened to {nicknames.MAX_LENGTH} characters",
        f"at most once in {hours(renaming.MIN_INTERVAL)} hours",
        f"leads to them for {renaming.RESERVATION_LIFETIME.days} days",
        f"with {signature(nicknames.suggest).parameters['count'].default} suggestions",
        f"{limits.NICKNAME_LIMIT.split()[0]} nicknames sent in a minute",
        f"{limits.NICKNAME_CHECK_LIMIT.split()[0]} checks while typing",
        "`/ \\ ? # %`",
    ],
)
def test_the_numbers_are_those_of_the_code(sentence):
    assert sentence in DOCUMENT


def test_the_signs_of_the_document_are_refused():
    for sign in "/\\?#%":
        with pytest.raises(nicknames.InvalidNicknameError):
            nicknames.check(f"지은{sign}")
