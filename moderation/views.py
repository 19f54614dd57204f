"""Report a photo; answer when one's own is hidden; read what was decided."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_required

from houses import visibility
from houses.photos import PhotoNotFoundError
from houses.views import render_photo
from models import MAX_BIGINT
from web import errors, limits
from web.limits import limiter
from web.lines import unsent_line

from . import outcomes, reports
from .forms import AnswerForm, ReportForm

bp = Blueprint("moderation", __name__)


@bp.route(f"{visibility.PHOTO_URL}/report", methods=["GET", "POST"])
@login_required
def report(photo_id: int) -> ResponseReturnValue:
    """Say what is wrong with a photo; once per member and photo.

    What is sent again changes the report, also when the photo has been hidden by it.
    """
    form = ReportForm()
    if form.validate_on_submit() and reports.correct(
        current_user, photo_id, form.reason.data, form.words.data
    ):
        flash(gettext("알려 주셔서 고마워요. 운영자가 확인할게요."))
        return back_to(photo_id)
    photo = visibility.find_visible_photo(photo_id)
    if photo.member_id == current_user.id:
        return redirect(url_for("houses.show_photo", photo_id=photo.id))
    if form.validate_on_submit():
        if not reports.count_attempt(current_user):
            message = gettext("하루에 %(max)s번까지 신고할 수 있어요.", max=limits.REPORTS_PER_DAY)
            form.reason.errors = [message]
            return render_template("moderation/report.html", form=form, photo=photo), 429
        if reports.add(current_user, photo, form.reason.data, form.words.data):
            flash(gettext("알려 주셔서 고마워요. 운영자가 확인할게요."))
            return back_to(photo_id)
        return refuse(photo_id, gettext("이미 알려 주신 사진이에요. 운영자가 확인했어요."))
    page = render_template("moderation/report.html", form=form, photo=photo)
    return page, 422 if form.errors else 200


def refuse(photo_id: int, message: str) -> ResponseReturnValue:
    """Say why a form was not sent, and show what was typed; lead back if that was nothing."""
    if typed := unsent_line():
        return errors.render_error(gettext("보내지 않았어요"), message, True, typed=typed), 409
    flash(message)
    return back_to(photo_id)


def back_to(photo_id: int) -> ResponseReturnValue:
    """Redirect to a photo, or home if the member cannot see it any more."""
    try:
        visibility.find_visible_photo(photo_id)
    except PhotoNotFoundError:  # the third report has hidden it, for example
        return redirect(url_for("pages.home"))
    return redirect(url_for("houses.show_photo", photo_id=photo_id))


@bp.post(f"{visibility.PHOTO_URL}/answer")
@login_required
def answer(photo_id: int) -> ResponseReturnValue:
    """Send the answer of a hidden photo's owner to the operator, once."""
    photo = visibility.find_own_photo(photo_id)
    form = AnswerForm()
    is_valid = form.validate()
    if photo.is_hidden and not is_valid:
        return render_photo(photo, answer_form=form), 422
    if is_valid and reports.answer(photo, form.words.data):
        flash(gettext("운영자에게 전했어요."))
        return back_to(photo_id)
    if photo.is_hidden:
        message = gettext("답은 한 번만 보낼 수 있어요. 먼저 보낸 답을 운영자가 읽어요.")
    else:
        message = gettext("사진이 다시 보이고 있어서 답을 보내지 않았어요.")
    return refuse(photo_id, message)


@bp.post("/me/outcomes")
@login_required
@limiter.limit(limits.ACCOUNT_LIMIT, key_func=limits.member)
def mark_outcomes_read() -> ResponseReturnValue:
    """The member has read at home what was decided about their photos and reports."""
    until = request.form.get("until", 0, type=int)
    outcomes.mark_read(current_user, max(0, min(until, MAX_BIGINT)))
    return redirect(url_for("pages.home"))
