"""The forms; CSRFProtect checks the token of each before a view sees it."""

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField

from . import nicknames
from .nicknames import NicknameProblem

LONGEST_TYPED = 100  # code points; to count the graphemes of a whole page of flags takes seconds


def beginning(text: str | None) -> str | None:
    return text and text[:LONGEST_TYPED]


class NicknameForm(FlaskForm):
    """A nickname: one of the suggestions' buttons, or an own one."""

    nickname = StringField(lazy_gettext("닉네임"), filters=[beginning])
    suggestion = StringField(filters=[beginning])

    def chosen(self) -> str:
        """The nickname that was picked or typed.

        :raises NicknameProblem: if nobody may bear it.
        """
        self.nickname.data = self.suggestion.data or self.nickname.data
        return nicknames.check(self.nickname.data or "")

    def refuse(self, problem: NicknameProblem) -> None:
        self.nickname.errors = [gettext(problem.sentence, **problem.values)]
