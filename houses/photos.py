"""Add, edit and remove photos: rows and files, in an order that a crash cannot break."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial

from flask import Flask, current_app
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import NotFound

from auth import signals
from database import count_changed, db
from models import Footprint, HouseOfTheDay, Member, Photo
from web import limits
from web.logs import log_event

from . import daily_limits, renditions, storage
from .decoder import decoder
from .renditions import Renditions, TooCostlyError
from .signals import photo_added, photo_adding, photo_removed, photo_removing
from .upload_places import UploadPlaces

COSTLY_ATTEMPTS = 10  # a picture that costs too much counts as so many: five of them a day


class PhotoNotFoundError(NotFound):
    """There is no such photo, or the viewer may not see it."""


def init_app(app: Flask) -> None:
    """Create the places for uploads."""
    # An upload occupies a thread until a slow phone has sent it.
    app.extensions["upload_places"] = UploadPlaces(app.config["HALF_OF_THREADS"])


def upload_place(member: Member) -> AbstractContextManager[None]:
    """Reserve one of the threads that may receive an upload.

    :raises BusyError: if none is free.
    """
    places: UploadPlaces = current_app.extensions["upload_places"]
    return places.reserve(member.id)


def count_attempts(member: Member, number: int = 1) -> bool:
    """Count attempts to add a photo; return False if the day's attempts are used up.

    A picture that is refused has cost its seconds of CPU time, too.
    """
    return daily_limits.count(member, "photo_attempts", limits.PHOTOS_PER_DAY, number)


def convert(member: Member, content: bytes) -> Renditions:
    """Convert a picture that a member has sent.

    The transaction ends first, so that no connection to the database is held in the meantime.

    :raises BusyError: if the pictures of other members take too long.
    :raises InvalidPhotoError: if the picture cannot be used.
    """
    db.session.commit()
    try:
        return decoder.convert(content)
    except TooCostlyError:
        count_attempts(member, COSTLY_ATTEMPTS - 1)
        log_event("photo too costly", member=member.id)
        raise


def add(member: Member, converted: Renditions, room: str, caption: str, form_key: str) -> Photo:
    """Add a photo to the member's house; edit the first one if the same upload was sent twice.

    The files are stored before the row, so that no page ever names a missing file. A crash in
    between leaves files that `flask photos purge` deletes.

    :param form_key: what key_of_upload returns.
    :raises StorageError: if the store does not respond.
    """
    photo = Photo(
        member_id=member.id,
        key=secrets.token_urlsafe(16),
        form_key=form_key,
        room=room,
        words=caption,
        width=converted.width,
        height=converted.height,
        square_side=converted.square_side,
        colours=converted.colours,
        digest=digest_of(converted.files[f"{converted.width}.jpg"]),
    )
    files = {f"{photo.key}/{name}": content for name, content in converted.files.items()}
    try:
        storage.save(files)
        db.session.add(photo)
        db.session.flush()
        photo_adding.send(photo)
        db.session.commit()
    except (storage.StorageError, IntegrityError):
        # The store fails, the form was sent twice, or the member has just deleted their account.
        db.session.rollback()
        delete_files(files)
        if same_photo := find_by_upload(photo.member_id, form_key):
            edit(same_photo, room, caption)
            return same_photo
        raise
    log_event("photo added", member=member.id, photo=photo.id)
    photo_added.send(photo)
    return photo


def key_of_upload(form_id: str, content: bytes) -> str:
    """Return the key of an upload, which only the same form with the same picture has again.

    When the response to an upload is lost, people press again. With the same picture, perhaps with
    another caption, that is the same upload; with another picture, it is another photo.
    """
    return digest_of(f"{form_id}\n".encode() + content)


def digest_of(content: bytes) -> str:
    """Return 128 bits of the SHA-256 of bytes, as text."""
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode()[:22]


def find_by_upload(member_id: int, form_key: str) -> Photo | None:
    """Return the photo that the member has already added with the same form and picture."""
    return db.session.scalar(select(Photo).filter_by(member_id=member_id, form_key=form_key))


def edit(photo: Photo, room: str, caption: str) -> None:
    """Change the room and the caption of a photo.

    :raises PhotoNotFoundError: if it was removed in the meantime.
    """
    change = update(Photo).where(Photo.id == photo.id).values(room=room, words=caption)
    if not count_changed(change):
        raise PhotoNotFoundError
    db.session.commit()


def remove(photo: Photo) -> None:
    """Delete a photo: the row before the files, so that no page names a missing file."""
    paths = file_paths(photo)
    photo_removing.send(photo)
    db.session.execute(delete(Photo).where(Photo.id == photo.id))
    db.session.commit()
    delete_files(paths)
    log_event("photo removed", member=photo.member_id, photo=photo.id)
    photo_removed.send(photo)


@signals.account_deleted.connect
def delete_photos(member: Member) -> Callable[[], None]:
    """Delete the files of a member who deletes their account, once the rows are gone."""
    photos = db.session.scalars(select(Photo).filter_by(member_id=member.id))
    paths = [path for photo in photos for path in file_paths(photo)]
    return partial(delete_files, paths)


@signals.account_exported.connect
def export_photos(member: Member) -> tuple[list[type], Iterator[tuple[str, bytes]]]:
    """Add to a member's data their photos, their footprints and the days of their house."""
    return [Photo, Footprint, HouseOfTheDay], read_photos(member.id)


def read_photos(member_id: int) -> Iterator[tuple[str, bytes]]:
    """Yield the path in the archive and the widest JPEG of each photo of a member."""
    columns = select(Photo.id, Photo.key, Photo.width).filter_by(member_id=member_id)
    for photo_id, key, width in db.session.execute(columns.order_by(Photo.id)).all():
        if content := storage.read(f"{key}/{width}.jpg"):
            yield f"photos/{photo_id}.jpg", content


def file_paths(photo: Photo) -> list[str]:
    """Return the paths of a photo's files."""
    return [f"{photo.key}/{name}" for name in renditions.file_names(photo.width, photo.square_side)]


def delete_files(paths: Iterable[str]) -> None:
    """Delete files; those that cannot be deleted now are left to `flask photos purge`."""
    try:
        storage.delete(paths)
    except storage.StorageError as error:
        current_app.logger.error("files of a photo are left over: %s", error)
