"""The forms about photos, and the lists that they choose from."""

import secrets
from collections.abc import Callable
from typing import Any

import regex
from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, StopValidation, ValidationError

from auth import nicknames
from models import MAX_WORDS_LENGTH
from web.forms import Form
from web.language import cached_by_language
from web.lines import clean_line

from .renditions import InvalidPhotoError

Validator = Callable[[Form, StringField], None]

MAX_WORDS_GRAPHEMES = 100

# The rooms of a house. Stored value: label.
ROOMS = {
    "living-room": lazy_gettext("거실"),
    "bedroom": lazy_gettext("침실"),
    "kitchen": lazy_gettext("주방"),
    "study": lazy_gettext("서재"),
    "bathroom": lazy_gettext("욕실"),
    "entrance": lazy_gettext("현관"),
    "balcony": lazy_gettext("베란다"),
    "childrens-room": lazy_gettext("아이방"),
    "studio": lazy_gettext("원룸"),
    "outside": lazy_gettext("외관·마당"),
}


@cached_by_language  # a page of photos has dozens of these names
def room_names() -> dict[str, str]:
    """Return the names of the rooms in the language of this request, by stored value."""
    return {value: str(name) for value, name in ROOMS.items()}


def check_length(_form: Form, field: StringField) -> None:
    """Check that a line has at most MAX_WORDS_GRAPHEMES characters as people count them.

    A character that is a pile of accents is refused, too.
    """
    # Counting the graphemes of a whole page of emoji would take seconds.
    beginning = field.data[: MAX_WORDS_LENGTH + 1]
    if len(beginning) > MAX_WORDS_LENGTH or (
        len(regex.findall(r"\X", beginning)) > MAX_WORDS_GRAPHEMES
    ):
        message = gettext("%(max)s자까지 쓸 수 있어요.", max=MAX_WORDS_GRAPHEMES)
        raise StopValidation(message)  # the other checks take longer, the longer the text is
    if nicknames.has_piled_marks(field.data):
        raise StopValidation(gettext("겹쳐 쓴 글자가 너무 많아요. 조금 줄여 주세요."))


def check_no_insult(_form: Form, field: StringField) -> None:
    """Check that a line contains no insult."""
    if nicknames.has_insult(field.data):
        raise ValidationError(
            gettext("이웃이 보기 불편할 수 있는 말이 들어 있어요. 조금만 다듬어 주세요.")
        )


class LineField(StringField):
    """A field for one line of text.

    :param validators: further checks, after the one of the length.
    """

    def __init__(self, label: str, *validators: Validator, **kwargs: Any) -> None:
        super().__init__(
            label, filters=[clean_line], validators=[check_length, *validators], **kwargs
        )


class CaptionForm(Form):
    """What the owner says about a photo: the room, and a caption."""

    words = LineField(
        lazy_gettext("한 줄 이야기"),
        check_no_insult,
        description=lazy_gettext(
            "적지 않아도 괜찮아요. %(max)s자까지 쓸 수 있어요.", max=MAX_WORDS_GRAPHEMES
        ),
    )
    # Radio buttons: one tap, where a list takes two.
    room = RadioField(
        lazy_gettext("어느 공간인가요?"),
        choices=[SelectChoice(value, name) for value, name in ROOMS.items()],
        validate_choice=False,
        validators=[AnyOf(ROOMS, lazy_gettext("어느 공간인지 골라 주세요."))],
    )


class PhotoForm(CaptionForm):
    """A photo to add."""

    photo = FileField(lazy_gettext("사진"))
    # A form that is sent again has the same key, so that one photo is added.
    form_key = HiddenField(default=lambda: secrets.token_urlsafe(16), filters=[clean_line])

    def validate_photo(self, field: FileField) -> None:
        """Check that a file is chosen."""
        if not field.data:
            raise ValidationError(gettext("사진을 한 장 골라 주세요."))

    def add_error(self, error: InvalidPhotoError) -> None:
        """Show why the picture cannot be taken, at its field."""
        self.photo.errors = [gettext(error.message, **error.params)]
