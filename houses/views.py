"""Add, show, edit and remove a photo; footprints; visits."""

from urllib.parse import urljoin

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_login import current_user, login_required
from werkzeug.exceptions import RequestEntityTooLarge

from auth.prefetch import skip_for_prefetch
from models import Photo
from web import errors, limits
from web.limits import limiter
from web.lines import unsent_line

from . import footprints, listings, photos, renditions, storage, visibility
from .decoder import BusyError
from .forms import CaptionForm, PhotoForm
from .photos import PhotoNotFoundError
from .renditions import InvalidPhotoError

# Bytes. A picture that is too large for us, but not for this, gets the form with what was typed.
MAX_UPLOAD = 32 * 1024 * 1024
BUSY = lazy_gettext("지금 사진을 거는 이웃이 많아요. 잠시 뒤 다시 걸어 주세요.")
PICTURES = "/pictures"  # a CDN has the same paths below its own URL

bp = Blueprint("houses", __name__)


@bp.route("/me/photos/new", methods=["GET", "POST"])
@login_required
@limiter.limit(limits.UPLOAD_LIMIT, key_func=limits.member, methods=["POST"])
def new_photo() -> ResponseReturnValue:
    """Add a photo; if it cannot be used, show the form again with the reason and the caption."""
    if request.method != "POST":  # HEAD changes nothing either
        return show_form(PhotoForm())
    try:
        # The place is reserved before the body is read, since a slow sender holds a thread.
        with photos.upload_place(current_user):
            request.max_content_length = MAX_UPLOAD
            try:
                current_app.extensions["csrf"].protect()  # reads the body
            except OSError as error:  # no space in the temporary folder
                current_app.logger.error("an upload cannot be received: %s", error)
                message = gettext("지금은 사진을 받을 수 없어요. 잠시 뒤 다시 걸어 주세요.")
                return show_form(PhotoForm(formdata=None), 503, message)
            return add_photo(PhotoForm())
    except RequestEntityTooLarge:
        form = PhotoForm(formdata=None)  # the unread body holds what was typed
        form.add_error(renditions.too_large())
        return show_form(form, 413)
    except BusyError:
        return show_form(PhotoForm(formdata=None), 503, str(BUSY))


def add_photo(form: PhotoForm) -> ResponseReturnValue:
    """Add the photo in a form, or return the form with what is wrong.

    A form that is sent again, because the response was lost, edits the photo that it has added.
    """
    if not form.validate():
        return show_form(form, 422)
    content = form.photo.data.read(renditions.MAX_BYTES + 1)
    room, caption = form.room.data, form.words.data
    form_key = photos.key_of_upload(form.form_key.data, content)
    if photo := photos.find_by_upload(current_user.id, form_key):
        photos.edit(photo, room, caption)
        return lead_to_photo(photo)
    if not photos.count_attempts(current_user):
        message = gettext(
            "사진은 하루에 %(max)s번까지 올릴 수 있어요. 내일 다시 올려 주세요.",
            max=limits.PHOTOS_PER_DAY,
        )
        return show_form(form, 429, message)
    try:
        converted = photos.convert(current_user, content)
        photo = photos.add(current_user, converted, room, caption, form_key)
    except InvalidPhotoError as error:
        form.add_error(error)
        return show_form(form, 422)
    except BusyError:
        return show_form(form, 503, str(BUSY))
    except storage.StorageError as error:
        current_app.logger.error("a photo cannot be stored: %s", error)
        message = gettext("사진 보관함에 잠시 문제가 생겼어요. 잠시 뒤 다시 걸어 주세요.")
        return show_form(form, 503, message)
    return lead_to_photo(photo)


def is_from_script() -> bool:
    """Return whether static/upload.js sent this request."""
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def lead_to_photo(photo: Photo) -> ResponseReturnValue:
    """Redirect to the page of a photo that was added, and say there that it was."""
    flash(gettext("우리 집에 걸었어요."), "photo")
    url = url_for("houses.show_photo", photo_id=photo.id)
    # A script cannot stop at a redirect: the page would be loaded twice, its messages lost.
    return ("", 201, {"Location": url}) if is_from_script() else redirect(url)


def show_form(
    form: PhotoForm, status: int = 200, message: str | None = None
) -> ResponseReturnValue:
    """Return the form with what was typed, and ask for the picture again.

    A page cannot fill in a file; static/upload.js keeps the chosen one.

    :param status: 503 asks to try again in ten seconds.
    """
    problems = [message] if message else list(form.photo.errors)
    is_shown_again = form.errors or "expired_form" in g
    # The message about a refused picture already asks for another one.
    if not is_from_script() and (status == 503 or (is_shown_again and not problems)):
        problems.append(gettext("사진도 다시 골라 주세요."))
    form.photo.errors = problems
    page = render_template(
        "houses/new_photo.html", form=form, max_megabytes=renditions.MAX_MEGABYTES
    )
    return page, status, {"Retry-After": "10"} if status == 503 else {}


@bp.get(visibility.PHOTO_URL)
def show_photo(photo_id: int) -> ResponseReturnValue:
    """Show a photo with its owner, room, date and footprints."""
    return render_photo(visibility.find_visible_photo(photo_id))


def render_photo(photo: Photo, **context: object) -> str:
    """Return the page of a photo.

    :param context: what parts of other packages need, such as a form with errors.
    """
    viewer_id = current_user.id if current_user.is_authenticated else None
    count, is_left = listings.count_footprints(photo, viewer_id)
    is_owner = viewer_id == photo.member_id
    newer, older = listings.photos_beside(photo)
    return render_template(
        "houses/photo.html",
        photo=photo,
        is_owner=is_owner,
        count=count,
        newest_footprints=listings.newest_footprints(photo) if is_owner and count else [],
        is_left=is_left,
        newer=newer,
        older=older,
        next_door=listings.next_door(photo, viewer_id),
        **context,
    )


@bp.get(f"{PICTURES}/<key>/<name>")
def picture(key: str, name: str) -> ResponseReturnValue:
    """Send a file of a photo."""
    photo = visibility.find_photo_by_file(key, name)
    content = storage.read(f"{key}/{name}")
    if content is None:
        abort(404)
    response = Response(content, mimetype=renditions.MEDIA_TYPES[name.rpartition(".")[2]])
    response.headers["Cache-Control"] = storage.CACHE_CONTROL if photo.is_public else "no-store"
    return response


@bp.app_template_global()
def picture_url(photo: Photo, name: str, is_absolute: bool = False) -> str:
    """Return the URL of a photo's file, at the CDN if there is one."""
    url = f"{pictures_url(photo)}/{name}"
    return urljoin(request.host_url, url) if is_absolute else url


@bp.app_template_global()
def picture_srcset(photo: Photo, extension: str) -> str:
    """Return the URLs of all widths of a photo, as in the attribute srcset."""
    url = pictures_url(photo)
    widths = renditions.widths(photo.width, photo.square_side)
    return ", ".join([f"{url}/{width}.{extension} {width}w" for width in widths])


@bp.app_template_global()
def thumbnail_srcset(photo: Photo, extension: str) -> str:
    """Return the URLs of a photo's square thumbnails, or of the whole photo until it has some."""
    if photo.square_side is None:
        return picture_srcset(photo, extension)
    url = pictures_url(photo)
    sides = renditions.square_sides(photo.square_side)
    return ", ".join([f"{url}/square-{side}.{extension} {side}w" for side in sides])


def pictures_url(photo: Photo) -> str:
    """Return the URL of the folder that has a photo's files."""
    # Without url_for, which costs ten times as much: a page of photos has nearly 200 such URLs.
    base = current_app.config["PHOTOS_PUBLIC_URL"] or PICTURES
    return f"{base}/{photo.key}"


@bp.post(f"{visibility.PHOTO_URL}{footprints.PATH}")
@limiter.limit(limits.FOOTPRINT_LIMIT, key_func=limits.member_or_address)
def toggle_footprint(photo_id: int) -> ResponseReturnValue:
    """놀러 왔어요: leave a footprint or take it back; a visitor signs in first."""
    photo = visibility.find_visible_photo(photo_id)
    left = request.form.get("left")
    if left not in ("0", "1"):
        abort(400)
    if left == "1" and not current_user.is_authenticated:
        target = url_for("houses.leave_pending_footprint", photo_id=photo.id)
        response = redirect(url_for("auth.start", next=target))
        footprints.save_pending(response, photo)
        return response
    if left == "1":
        footprints.leave(current_user, photo)
    elif current_user.is_authenticated:
        footprints.take_back(current_user, photo)
    return redirect(url_for("houses.show_photo", photo_id=photo.id, _anchor="footprints"))


@bp.get(f"{visibility.PHOTO_URL}{footprints.PATH}")
@skip_for_prefetch
@login_required
def leave_pending_footprint(photo_id: int) -> ResponseReturnValue:
    """Leave the footprint for which a visitor has signed in; without one, change nothing."""
    photo = visibility.find_visible_photo(photo_id)
    response = redirect(url_for("houses.show_photo", photo_id=photo.id))
    if footprints.use_pending(photo):
        if footprints.leave(current_user, photo):
            category = "message" if listings.has_photos(current_user) else "no photo yet"
            flash(gettext("발자국을 남겼어요."), category)
        footprints.clear_pending(response)
    return response


@bp.route(f"{visibility.PHOTO_URL}/edit", methods=["GET", "POST"])
@login_required
def edit(photo_id: int) -> ResponseReturnValue:
    """Change the caption and the room of the member's own photo."""
    photo = visibility.find_own_photo(photo_id)
    form = CaptionForm(obj=photo)
    if form.validate_on_submit():
        photos.edit(photo, form.room.data, form.words.data)
        flash(gettext("저장했어요."))
        return redirect(url_for("houses.show_photo", photo_id=photo.id))
    page = render_template("houses/edit.html", form=form, photo=photo)
    return page, 422 if form.errors else 200


@bp.route(f"{visibility.PHOTO_URL}/remove", methods=["GET", "POST"])
@login_required
def remove(photo_id: int) -> ResponseReturnValue:
    """Remove the member's own photo, after one confirmation."""
    if request.method != "POST":  # HEAD changes nothing either
        return render_template("houses/remove.html", photo=visibility.find_own_photo(photo_id))
    if photo := visibility.find_own_photo_if_any(photo_id):  # None after a second press
        photos.remove(photo)
        flash(gettext("사진을 내렸어요."))
    return redirect(url_for("pages.member", nickname=current_user.nickname))


@bp.get("/me/visits")
@skip_for_prefetch
@login_required
def visits() -> ResponseReturnValue:
    """List who left footprints here, newest first: each neighbour once a day."""
    before = listings.cursor()
    page = listings.visits(current_user, before)
    seen_id = current_user.seen_footprint_id
    if before is None:
        footprints.mark_seen(current_user, page.rows[0] if page.rows else None)
    groups = footprints.by_neighbour_and_day(page.rows)
    return render_template("houses/visits.html", page=page, groups=groups, seen_id=seen_id)


@bp.get("/me/liked")
@login_required
def liked() -> ResponseReturnValue:
    """List the photos on which the member left a footprint, newest first."""
    return render_template(
        "houses/liked.html", page=listings.liked(current_user, listings.cursor())
    )


@bp.get("/neighbours")
@login_required
def neighbours() -> ResponseReturnValue:
    """List everyone who lives here, newest first."""
    return render_template("houses/neighbours.html", page=listings.neighbours(listings.cursor()))


@bp.app_errorhandler(PhotoNotFoundError)
def photo_not_found(_error: PhotoNotFoundError) -> ResponseReturnValue:
    """Say that the photo is gone, and show what was typed about it, so that it is not lost."""
    page = render_template(
        "houses/photo_not_found.html",
        heading=gettext("사진을 찾을 수 없어요"),
        message=gettext("집주인이 내렸거나 주소가 달라졌어요."),
        typed=unsent_line(),
    )
    return page, 404


@bp.app_errorhandler(storage.StorageError)
def storage_failed(error: storage.StorageError) -> ResponseReturnValue:
    """Show a page that asks to try again in ten seconds; log what failed."""
    current_app.logger.error("%s", error)
    return errors.render_error(*errors.DATABASE_UNAVAILABLE), 503, {"Retry-After": "10"}
