"""The nickname form; CSRFProtect checks its token before the view is called."""

from flask_babel import gettext, lazy_gettext
from wtforms import StringField

from web.forms import Form

from . import nicknames
from .nicknames import InvalidNicknameError


def truncate_input(text: str | None) -> str | None:
    """Return the beginning of a text, so that checking a long one takes no time."""
    return text and text[: nicknames.MAX_INPUT_LENGTH]


class NicknameForm(Form):
    """A nickname: a suggestion that was picked, or one that was typed."""

    nickname = StringField(
        lazy_gettext("닉네임"),
        filters=[truncate_input],
        description=lazy_gettext(
            "%(min)s~%(max)s자", min=nicknames.MIN_LENGTH, max=nicknames.MAX_LENGTH
        ),
    )
    suggestion = StringField(filters=[truncate_input])

    @property
    def wanted(self) -> str:
        """The nickname that was picked or typed; empty in a form that was not sent."""
        return self.suggestion.data or self.nickname.data or ""

    def validated_nickname(self) -> str:
        """Return the nickname that was picked or typed.

        :raises InvalidNicknameError: if it cannot be used.
        """
        return nicknames.check(self.wanted)

    def add_error(self, error: InvalidNicknameError) -> None:
        """Show the error at the field."""
        self.nickname.errors = [gettext(error.message, **error.params)]
