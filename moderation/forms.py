"""The forms of reports, answers and operators' decisions."""

from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, Optional, ValidationError

from houses.forms import check_no_insult, check_not_empty, choice_field, line_field
from web.forms import Form

MAX_SUSPENSION = 3650  # days

# Stored value: label.
REASONS = {
    "not-a-home": lazy_gettext("집 사진이 아니에요"),
    "private": lazy_gettext("다른 사람의 얼굴이나 개인정보가 보여요"),
    "stolen": lazy_gettext("다른 사람의 사진을 가져왔어요"),
    "offensive": lazy_gettext("불쾌하거나 해로운 사진이에요"),
    "advertising": lazy_gettext("광고예요"),
    "other": lazy_gettext("다른 이유가 있어요"),
}


class ReportForm(Form):
    """Why a photo should be looked at."""

    reason = choice_field(
        lazy_gettext("어떤 점이 걸리나요?"), REASONS, lazy_gettext("이유를 하나 골라 주세요.")
    )
    # Someone who reports an insult can quote it: only operators read this.
    words = line_field(lazy_gettext("더 알려 줄 것이 있다면"))


class AnswerForm(Form):
    """What the owner of a hidden photo answers, once."""

    words = line_field(
        lazy_gettext("운영자에게 답하기"),
        check_not_empty,
        check_no_insult,
        description=lazy_gettext("한 번만 답할 수 있어요."),
    )


class PhotoActForm(Form):
    """What an operator does about a photo."""

    act = StringField(validators=[AnyOf(("hide", "keep"))])
    why = line_field(lazy_gettext("이유 (집주인이 읽어요)"))

    def validate_why(self, field: StringField) -> None:
        """Check that hiding has a reason."""
        if self.act.data == "hide":
            check_not_empty(self, field)


def check_days(_form: Form, field: IntegerField) -> None:
    """Check that a suspension is neither too short nor too long."""
    if field.data not in range(1, MAX_SUSPENSION + 1):
        field.errors = []  # WTForms has its own for what is not a number
        raise ValidationError(gettext("1에서 %(max)s까지 적을 수 있어요.", max=MAX_SUSPENSION))


class MemberActForm(Form):
    """What an operator does about a member."""

    act = StringField(validators=[AnyOf(("suspend", "restore"))])
    why = line_field(lazy_gettext("이유 (그 이웃이 읽어요)"))
    days = IntegerField(
        lazy_gettext("며칠 동안 (비우면 정한 날 없이)"),
        validators=[Optional(), check_days],
    )

    def validate_why(self, field: StringField) -> None:
        """Check that suspending has a reason."""
        if self.act.data == "suspend":
            check_not_empty(self, field)
