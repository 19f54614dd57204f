"""The operator's pages: what was reported, and what to do about it; 404 for everyone else."""

import hashlib
import re
from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from auth import members
from houses import visibility
from models import Member, ModerationAct, Photo
from web.logs import log_event

from . import decisions, reports
from .forms import MemberActForm, PhotoActForm

bp = Blueprint("operator", __name__, url_prefix="/operator")


@bp.before_request
def operators_only() -> None:
    """Let only operators open these pages."""
    # 404 and not 403: no one else needs to know that this is here.
    if not current_user.is_authenticated:
        abort(404)
    if not current_user.is_operator:
        log_event("operator page refused", member=current_user.id)
        abort(404)


@bp.get("")
def overview() -> ResponseReturnValue:
    """Show reported photos, owners' answers, suspended members and what was done."""
    reported: dict[Photo, list] = {}
    for report in reports.open_reports():
        reported.setdefault(report.photo, []).append(report)
    return render_template(
        "moderation/operator.html",
        reported=reported,
        answered=reports.answered_photos(),
        suspended=decisions.suspended_members(),
        acts=decisions.newest_acts(),
    )


@bp.get(visibility.PHOTO_URL)
def show_photo(photo_id: int) -> ResponseReturnValue:
    """Show a photo with its reports, and the choice to hide or keep it."""
    photo = visibility.find_photo_for_operator(photo_id)
    return render_photo(photo, PhotoActForm())


@bp.post(visibility.PHOTO_URL)
def act_on_photo(photo_id: int) -> ResponseReturnValue:
    """Hide or keep a photo; hiding needs a reason, which the owner reads."""
    photo = visibility.find_photo_for_operator(photo_id)
    decisions.lock(photo)
    form = PhotoActForm()
    if is_outdated(seen_on_photo(photo)):
        return render_photo(photo, form), 409
    if not form.validate():
        return render_photo(photo, form), 422
    if form.act.data == "hide":
        decisions.hide(photo, form.why.data, current_user)
        flash(gettext("사진을 가렸어요."))
    else:
        decisions.show(photo, form.why.data, current_user)
        flash(gettext("사진을 그대로 두었어요."))
    return redirect(url_for("operator.overview"))


def render_photo(photo: Photo, form: PhotoActForm) -> str:
    """Return the page of a photo with its form."""
    acts = decisions.newest_acts(photo_id=photo.id)
    return render_template(
        "moderation/photo.html",
        photo=photo,
        form=form,
        reports=reports.reports_of(photo),
        acts=acts,
        **outdated(acts, seen_on_photo(photo)),
    )


def seen_on_photo(photo: Photo) -> str:
    """Return what an operator who looks at a photo bases a decision on, as a short text.

    It begins with the number of the newest act.
    """
    acts = decisions.newest_acts(photo_id=photo.id)
    made = [(report.id, report.reason, report.words) for report in reports.reports_of(photo)]
    content = repr((made, photo.words, photo.answer, photo.is_hidden))
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f"{acts[0].id if acts else 0}-{digest[:16]}"


def seen_on_member(member: Member) -> str:
    """Return the same about a member."""
    acts = decisions.newest_acts(member_id=member.id)
    return f"{acts[0].id if acts else 0}-{member.is_suspended:d}"


def is_outdated(seen: str) -> bool:
    """Return whether the form was on a page that showed something else.

    :param seen: what that page would show now. A form without its own is taken as it is.
    """
    return request.form.get("seen") not in (None, "", seen)


def outdated(acts: Sequence[ModerationAct], seen: str) -> dict[str, object]:
    """Return what a page needs to know what it shows, and what was done since an outdated one."""
    match = re.match("[0-9]{1,19}(?=-)", request.form.get("seen", ""))
    new_acts = [act for act in acts if match and act.id > int(match[0])]
    return {"seen": seen, "is_outdated": is_outdated(seen), "new_acts": new_acts}


@bp.get("/members/<nickname>")
def show_member(nickname: str) -> ResponseReturnValue:
    """Show a member, and the choice to suspend or restore them."""
    member = members.find_by_any_nickname(nickname) or abort(404)
    return render_member(member, MemberActForm())


@bp.post("/members/<nickname>")
def act_on_member(nickname: str) -> ResponseReturnValue:
    """Suspend a member, with a reason and perhaps an end, or restore them."""
    member = members.find_by_any_nickname(nickname) or abort(404)
    decisions.lock(member)
    form = MemberActForm()
    if is_outdated(seen_on_member(member)):
        return render_member(member, form), 409
    if not form.validate():
        return render_member(member, form), 422
    if form.act.data == "suspend" and member == current_user:
        form.why.errors = [gettext("내 이용은 스스로 멈출 수 없어요.")]
        return render_member(member, form), 422
    if form.act.data == "suspend":
        decisions.suspend(member, form.why.data, form.days.data, current_user)
        flash(gettext("%(nickname)s님의 이용을 멈췄어요.", nickname=member.nickname))
    else:
        decisions.restore(member, form.why.data, current_user)
        flash(gettext("%(nickname)s님을 다시 맞이했어요.", nickname=member.nickname))
    return redirect(url_for("operator.overview"))


def render_member(member: Member, form: MemberActForm) -> str:
    """Return the page of a member with its form."""
    acts = decisions.newest_acts(member_id=member.id)
    return render_template(
        "moderation/member.html",
        member=member,
        form=form,
        acts=acts,
        **outdated(acts, seen_on_member(member)),
    )
