"""Report a photo; answer when one's own is hidden."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_required

from houses import visibility
from web import limits

from . import reports
from .forms import AnswerForm, ReportForm

bp = Blueprint("moderation", __name__)


@bp.route(f"{visibility.PHOTO_URL}/report", methods=["GET", "POST"])
@login_required
def report(photo_id: int) -> ResponseReturnValue:
    """Say what is wrong with a photo; once per member and photo."""
    photo = visibility.find_visible_photo(photo_id)
    if photo.member_id == current_user.id:
        return redirect(url_for("houses.show_photo", photo_id=photo.id))
    form = ReportForm()
    if form.is_submitted() and reports.is_daily_limit_reached(current_user):
        message = gettext("하루에 %(max)s번까지 알릴 수 있어요.", max=limits.REPORTS_PER_DAY)
        form.reason.errors = [message]
        return render_template("moderation/report.html", form=form, photo=photo), 429
    if form.validate_on_submit():
        if reports.add(current_user, photo, form.reason.data, form.words.data):
            flash(gettext("알려 주셔서 고마워요. 운영자가 살펴볼게요."))
        else:
            flash(gettext("이미 알려 주셨거나 그사이 내려간 사진이에요."))
        # The photo may be hidden by now, and its page would be 404.
        return redirect(url_for("pages.home"))
    page = render_template("moderation/report.html", form=form, photo=photo)
    return page, 422 if form.errors else 200


@bp.post(f"{visibility.PHOTO_URL}/answer")
@login_required
def answer(photo_id: int) -> ResponseReturnValue:
    """Send the answer of a hidden photo's owner to the operator, once."""
    photo = visibility.find_own_photo(photo_id)
    form = AnswerForm()
    if not form.validate():
        flash(form.words.errors[0])
    elif reports.answer(photo, form.words.data):
        flash(gettext("운영자에게 전했어요."))
    return redirect(url_for("houses.show_photo", photo_id=photo.id))
