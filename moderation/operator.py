"""The operator's pages: the queue of cases, photos, members, the record; 404 for everyone else."""

import hashlib
import re
from collections.abc import Callable, Sequence

from flask import (
    Blueprint,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from auth import members, sessions
from houses import listings, visibility
from models import MAX_BIGINT, Member, ModerationAct, Photo
from web import errors
from web.lines import unsent_line
from web.logs import log_event

from . import cases, decisions, member_lists, record, reports
from .forms import (
    REASONS,
    ActForm,
    MemberActForm,
    MemberSearchForm,
    PhotoActForm,
    RecordSearchForm,
)

SHOWN_PHOTOS = 12  # of a member
SHOWN_SESSIONS = 5

# By the value of the form's button: the decision, and what the next page says.
Acts = dict[str, tuple[Callable[..., None], str]]
PHOTO_ACTS: Acts = {
    "hide": (decisions.hide, lazy_gettext("%(subject)s: 가렸어요.")),
    "keep": (decisions.show, lazy_gettext("%(subject)s: 그대로 두었어요.")),
    "delete": (decisions.delete_photo, lazy_gettext("%(subject)s: 지웠어요.")),
    "remove words": (decisions.remove_words, lazy_gettext("%(subject)s: 한 줄 이야기를 지웠어요.")),
}
MEMBER_ACTS: Acts = {
    "suspend": (decisions.suspend, lazy_gettext("%(subject)s님의 이용을 제한했어요.")),
    "restore": (decisions.restore, lazy_gettext("%(subject)s님의 제한을 풀었어요.")),
    "rename": (decisions.rename, lazy_gettext("%(subject)s님이 새 닉네임을 고르게 했어요.")),
    "drawn house": (
        decisions.refuse_image,
        lazy_gettext("%(subject)s님의 프로필 사진을 가렸어요."),
    ),
    "own picture": (
        decisions.accept_image,
        lazy_gettext("%(subject)s님의 프로필 사진이 다시 보여요."),
    ),
}

bp = Blueprint("operator", __name__, url_prefix="/operator")


@bp.before_request
def operators_only() -> None:
    """Refuse these pages to everyone but operators."""
    # 404 and not 403: no one else needs to know that this is here.
    if not current_user.is_authenticated:
        abort(404)
    if not current_user.is_operator:
        log_event("operator page refused", member=current_user.id)
        abort(404)


@bp.get("")
def overview() -> ResponseReturnValue:
    """Show the queue of open cases, oldest first, and what was done last."""
    reason = chosen_reason()
    found, after = cases.queue(reason, cases.parse_position(request.args.get("after")))
    return render_template(
        "moderation/operator.html",
        cases=found,
        after=after,
        reason=reason,
        count=cases.count(),
        counts=cases.count_by_reason(),
        acts=record.newest(),
    )


def chosen_reason() -> str | None:
    """Return the reason in the URL that the queue is filtered by; 404 for an unknown one."""
    reason = request.args.get("reason") or None
    if reason is not None and reason not in REASONS:
        abort(404)
    return reason


@bp.get(visibility.PHOTO_URL)
def show_photo(photo_id: int) -> ResponseReturnValue:
    """Show a photo with its reports and its owner, and the choice of what to do about it."""
    photo = visibility.find_photo_for_operator(photo_id)
    return render_photo(photo, PhotoActForm())


@bp.post(visibility.PHOTO_URL)
def act_on_photo(photo_id: int) -> ResponseReturnValue:
    """Decide about a photo, and go on to the next case."""
    photo = visibility.find_photo_for_operator(photo_id)
    decisions.lock(photo)
    position = cases.position_of(photo_id)
    form = PhotoActForm()
    if error := refusal(form, seen_on_photo(photo)):
        return render_photo(photo, form), error
    decide(PHOTO_ACTS, form, photo, gettext("사진 %(id)s", id=photo_id))
    return go_on(position)


def render_photo(photo: Photo, form: PhotoActForm) -> str:
    """Return the page of a photo with its form."""
    acts = record.newest(photo_id=photo.id)
    position = cases.position_of(photo.id)
    return render_template(
        "moderation/photo.html",
        photo=photo,
        form=form,
        reports=reports.reports_of(photo),
        acts=acts,
        next_photo_id=next_photo_id(position) if position else None,
        **outdated(acts, seen_on_photo(photo)),
        **about(photo.member),
    )


@bp.get("/members")
def list_members() -> ResponseReturnValue:
    """Lead to the member whom the operator names, or list members."""
    form = MemberSearchForm(request.args)
    if form.who.data:
        if member := members.look_up(form.who.data):
            return redirect(url_for("operator.show_member", nickname=member.nickname))
        form.who.errors = [gettext("그런 이웃이 없어요.")]
    kind = request.args.get("list", "newest")
    if kind not in member_lists.LISTS:
        abort(404)
    rows = member_lists.read(kind)
    page = render_template("moderation/members.html", form=form, kind=kind, rows=rows)
    return page, 404 if form.errors else 200


@bp.get("/members/<nickname>")
def show_member(nickname: str) -> ResponseReturnValue:
    """Show a member, and the choice of what to do about them."""
    return render_member(find_member(nickname), MemberActForm())


@bp.post("/members/<nickname>")
def act_on_member(nickname: str) -> ResponseReturnValue:
    """Decide about a member, and go back to the case from which the operator came."""
    member = find_member(nickname)
    decisions.lock(member)
    form = MemberActForm()
    # The nickname that the operator saw is a former one by now.
    is_renamed = (
        form.act.data == "rename"
        and bool(request.form.get("seen"))
        and members.find_by_former_nickname(nickname) == member
    )
    if error := refusal(form, seen_on_member(member), is_renamed):
        return render_member(member, form, is_renamed), error
    if form.act.data == "suspend" and member.is_operator:
        form.why.errors = [refuse_operator(member)]
        return render_member(member, form), 422
    days = {"days": form.days.data} if form.act.data == "suspend" else {}
    position = case_of_origin()
    decide(MEMBER_ACTS, form, member, member.nickname, **days)
    return go_on(position)


def refuse_operator(member: Member) -> str:
    """Return why an operator cannot be suspended here."""
    if member == current_user:
        return gettext("내 이용은 스스로 제한할 수 없어요.")
    return gettext("운영자의 이용은 서버의 명령으로만 제한할 수 있어요.")


def render_member(member: Member, form: MemberActForm, is_renamed: bool = False) -> str:
    """Return the page of a member with its form."""
    acts = record.newest(member_id=member.id)
    return render_template(
        "moderation/member.html",
        form=form,
        acts=acts,
        is_renamed=is_renamed,
        **outdated(acts, seen_on_member(member)),
        **about(member),
    )


def find_member(name: str) -> Member:
    """Return the member in a URL, or 404; what was typed about someone who is gone is shown."""
    if member := members.look_up(name):
        return member
    page = errors.render_error(*errors.MESSAGES[404], show_user=True, typed=unsent_line())
    return abort(make_response(page, 404))


def about(member: Member) -> dict[str, object]:
    """Return what a page shows about a member."""
    logins, _ = sessions.history(member, page=1)
    return {
        "member": member,
        "photos": listings.house(member, None, with_hidden=True).rows[:SHOWN_PHOTOS],
        "logins": logins[:SHOWN_SESSIONS],
        "reported": member_lists.count_reports([member.id])[member.id],
    }


@bp.get("/record")
def show_record() -> ResponseReturnValue:
    """Search the record of what was done, by member, operator, photo and act."""
    form = RecordSearchForm(request.args)
    form.validate()
    found: dict[str, int | str] = {"act": form.act.data} if form.act.data in decisions.ACTS else {}
    for field, column in ((form.who, "member_id"), (form.by, "operator_id")):
        if field.data:
            if member := members.look_up(field.data):
                found[column] = member.id
            else:
                field.errors = [gettext("그런 이웃이 없어요.")]
    if form.photo.data is not None:
        found["photo_id"] = form.photo.data
    acts = listings.Page() if form.errors else record.search(listings.cursor(), **found)
    query = {field.name: field.raw_data[0] for field in form if field.raw_data}
    page = render_template("moderation/record.html", form=form, acts=acts, query=query)
    return page, 404 if form.errors else 200


def refusal(form: ActForm, seen: str, is_outdated_anyway: bool = False) -> int | None:
    """Return the status of a decision that is refused, or None.

    :param seen: what the form's page would show now.
    """
    if is_outdated(seen) or is_outdated_anyway:
        return 409
    return None if form.validate() else 422


def decide(
    acts: Acts,
    form: ActForm,
    row: Photo | Member,
    subject: str,
    **more: object,
) -> None:
    """Do what the form says, and say on the next page that it is done.

    :param subject: what the next page calls the row.
    """
    act, message = acts[form.act.data]
    act(row, form.why.data, operator=current_user, **more)
    flash(str(message) % {"subject": subject})


def case_of_origin() -> cases.Position | None:
    """Return where the case is from which the operator came to a member's page."""
    photo_id = request.args.get("case", type=int)
    return cases.position_of(photo_id) if photo_id and photo_id <= MAX_BIGINT else None


def go_on(position: cases.Position | None) -> ResponseReturnValue:
    """Redirect to the same case while it is open, then to the next one; without one to the queue.

    :param position: where the case was before the decision.
    """
    if position is None:
        return redirect(url_for("operator.overview"))
    photo_id: int | None = position.photo_id
    if cases.position_of(position.photo_id) is None:
        photo_id = next_photo_id(position)
    if photo_id is None:
        return redirect(url_for("operator.overview"))
    reason = request.args.get("reason")
    return redirect(url_for("operator.show_photo", photo_id=photo_id, reason=reason))


def next_photo_id(position: cases.Position) -> int | None:
    """Return the photo of the case after this one, in the queue from which the operator came."""
    reason = request.args.get("reason")
    return cases.next_photo_id(position, reason if reason in REASONS else None)


def seen_on_photo(photo: Photo) -> str:
    """Return what an operator who looks at a photo bases a decision on, as a short text.

    It begins with the number of the newest act.
    """
    acts = record.newest(photo_id=photo.id)
    made = [(report.id, report.reason, report.words) for report in reports.reports_of(photo)]
    content = repr((made, photo.words, photo.answer, photo.is_hidden))
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f"{acts[0].id if acts else 0}-{digest[:16]}"


def seen_on_member(member: Member) -> str:
    """Return what an operator who looks at a member bases a decision on, as a short text."""
    acts = record.newest(member_id=member.id)
    return f"{acts[0].id if acts else 0}-{member.is_suspended:d}"


def is_outdated(seen: str) -> bool:
    """Return whether the form was on a page that showed something else.

    :param seen: what that page would show now. A form without this field is never outdated.
    """
    return request.form.get("seen") not in (None, "", seen)


def outdated(acts: Sequence[ModerationAct], seen: str) -> dict[str, object]:
    """Return what the template of a page says about acts that its form did not know of."""
    match = re.match("[0-9]{1,19}(?=-)", request.form.get("seen", ""))
    new_acts = [act for act in acts if match and act.id > int(match[0])]
    return {"seen": seen, "is_outdated": is_outdated(seen), "new_acts": new_acts}
