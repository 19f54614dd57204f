"""The forms of reports, answers and operators' decisions."""

from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, Optional, ValidationError

from houses.forms import LineField, check_no_insult
from models import MAX_BIGINT
from web.forms import Form
from web.lines import clean_line

from .decisions import ACTS

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

    reason = SelectField(
        lazy_gettext("이유"),
        # Nothing is preselected: most people would not change it.
        choices=[
            SelectChoice(*each) for each in [("", lazy_gettext("골라 주세요")), *REASONS.items()]
        ],
        validate_choice=False,
        validators=[AnyOf(REASONS, lazy_gettext("이유를 하나 골라 주세요."))],
    )
    # Someone who reports an insult can quote it: only operators read this.
    words = LineField(lazy_gettext("더 알려 줄 내용 (선택)"))


class AnswerForm(Form):
    """What the owner of a hidden photo answers, once."""

    words = LineField(
        lazy_gettext("운영자에게 보낼 답"),
        check_no_insult,
        description=lazy_gettext("한 번만 답할 수 있어요."),
    )

    def validate_words(self, field: StringField) -> None:
        """Check that there is an answer."""
        if not field.data:
            raise ValidationError(gettext("답을 한 줄 적어 주세요."))


class WhyField(LineField):
    """The reason of a decision: what was typed, or else the button of a reason that was tapped.

    The buttons stand above the field and have its name.
    """

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the last value that is not empty; WTForms calls this."""
        super().process_formdata([value for value in valuelist if value.strip()][-1:])


class ActForm(Form):
    """What an operator decides, and why."""

    act = StringField()
    needs_why: frozenset[str]  # acts that need a reason

    def validate_why(self, field: StringField) -> None:
        """Check that an act that takes something from someone has a reason."""
        if self.act.data in self.needs_why and not field.data:
            raise ValidationError(gettext("이유를 한 줄 적어 주세요."))


class PhotoActForm(ActForm):
    """What an operator decides about a photo."""

    act = StringField(validators=[AnyOf(("hide", "keep", "delete", "remove words"))])
    why = WhyField(lazy_gettext("이유 (집주인에게 보여요)"))
    needs_why = frozenset({"hide", "delete"})


def check_days(_form: Form, field: IntegerField) -> None:
    """Check that a suspension is neither too short nor too long."""
    if field.data not in range(1, MAX_SUSPENSION + 1):
        field.errors = []  # WTForms has its own for what is not a number
        raise ValidationError(gettext("1에서 %(max)s까지 적을 수 있어요.", max=MAX_SUSPENSION))


class MemberActForm(ActForm):
    """What an operator decides about a member."""

    act = StringField(
        validators=[AnyOf(("suspend", "restore", "rename", "drawn house", "own picture"))]
    )
    why = WhyField(lazy_gettext("이유 (당사자에게 보여요)"))
    days = IntegerField(
        lazy_gettext("기간(일), 비워 두면 무기한"),
        # Only an empty field means a suspension without an end, not one that cannot be read.
        validators=[Optional(strip_whitespace=False), check_days],
    )
    needs_why = frozenset({"suspend"})


class SearchForm(Form):
    """A form whose values are in the URL: it changes nothing, so it needs no CSRF token."""

    class Meta(Form.Meta):
        """Without a token, which would be in the browser's history."""

        csrf = False


class MemberSearchForm(SearchForm):
    """The member that an operator looks for."""

    who = StringField(
        lazy_gettext("닉네임이나 번호"),
        filters=[clean_line],
        description=lazy_gettext("예전 닉네임, member=17, kakao=1234567890도 돼요."),
    )


def check_photo_number(_form: Form, field: IntegerField) -> None:
    """Check that a photo can have this number."""
    if field.data is None or not 1 <= field.data <= MAX_BIGINT:
        field.errors = []  # WTForms has its own for what is not a number
        raise ValidationError(gettext("사진 번호를 숫자로 적어 주세요."))


class RecordSearchForm(SearchForm):
    """Which acts an operator looks for."""

    who = StringField(lazy_gettext("누구의 일"), filters=[clean_line])
    by = StringField(lazy_gettext("누가 한 일"), filters=[clean_line])
    photo = IntegerField(lazy_gettext("사진 번호"), validators=[Optional(), check_photo_number])
    act = SelectField(
        lazy_gettext("한 일"),
        choices=[SelectChoice(*each) for each in [("", lazy_gettext("전체")), *ACTS.items()]],
        validate_choice=False,
    )
