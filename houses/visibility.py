"""The one gate: who may see a photo. Views get photos only from here, and a test says so."""

from flask import abort
from flask_login import current_user

from models import MAX_BIGINT, Photo
from web.logs import log_event

from . import listings, photos
from .photos import PhotoNotFoundError

PHOTO_URL = f"/photos/<int(max={MAX_BIGINT}):photo_id>"


def find_visible_photo(photo_id: int) -> Photo:
    """Return a photo for its page: a public one, or a hidden one for its owner and operators.

    The photos of a suspended member have no page, not even for operators.

    :raises PhotoNotFoundError: if the viewer may not see the photo.
    """
    photo = listings.find_photo(photo_id)
    if photo is None or photo.member.is_suspended or not may_see(photo):
        raise PhotoNotFoundError
    return photo


def find_own_photo(photo_id: int) -> Photo:
    """Return a photo of the signed-in member.

    :raises PhotoNotFoundError: if they have no such photo.
    """
    if photo := find_own_photo_if_any(photo_id):
        return photo
    raise PhotoNotFoundError


def find_own_photo_if_any(photo_id: int) -> Photo | None:
    """Return a photo of the signed-in member; None if no one has it.

    :raises PhotoNotFoundError: if someone else has it.
    """
    photo = listings.find_photo(photo_id)
    if photo and photo.member_id != current_user.id:
        log_event("photo refused", member=current_user.id, photo=photo.id)
        raise PhotoNotFoundError
    return photo


def find_photo_for_operator(photo_id: int) -> Photo:
    """Return any photo to an operator; 404 for everyone else.

    :raises PhotoNotFoundError: if there is no such photo.
    """
    if not (current_user.is_authenticated and current_user.is_operator):
        abort(404)
    if photo := listings.find_photo(photo_id):
        return photo
    raise PhotoNotFoundError


def find_photo_by_file(key: str, name: str) -> Photo:
    """Return the photo with this file, or 404 if the viewer may not see it.

    The files of a suspended member's photos are still shown on operators' pages.
    """
    photo = listings.find_photo_by_key(key)
    if photo is None or not may_see(photo) or f"{key}/{name}" not in photos.file_paths(photo):
        abort(404)
    return photo


def may_see(photo: Photo) -> bool:
    """Return whether the viewer may see the picture: everyone, or its owner and operators."""
    # In this order: the picture of a public photo needs no session.
    return photo.is_public or (
        current_user.is_authenticated
        and (current_user.is_operator or current_user.id == photo.member_id)
    )
