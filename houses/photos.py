"""Add, edit and remove photos: rows and files, in an order that a crash cannot break."""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from flask import Flask, current_app
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from auth import signals
from database import db
from models import Footprint, Member, Photo
from web.logs import log_event

from . import renditions, storage
from .renditions import MEDIA_TYPES, Renditions
from .signals import photo_added, photo_removed

MAX_WAIT = 3  # seconds for another picture to be finished


class BusyError(Exception):
    """As many uploads are being handled as this process takes at once."""


def init_app(app: Flask) -> None:
    """Create the semaphores that limit uploads and conversions."""
    # An upload occupies a thread for as long as a slow phone takes to send it. Half of the threads
    # stay free for everything else, above all for signing in.
    app.extensions["upload_slots"] = threading.BoundedSemaphore(
        max(1, app.config["WEB_THREADS"] // 2)
    )
    # A picture takes up to 500 MB and a second of CPU: one after the other.
    app.extensions["conversion_slots"] = threading.BoundedSemaphore(1)


@contextmanager
def upload_slot() -> Iterator[None]:
    """Reserve one of the threads that may receive an upload.

    :raises BusyError: if there is none.
    """
    slots = current_app.extensions["upload_slots"]
    if not slots.acquire(blocking=False):
        raise BusyError
    try:
        yield
    finally:
        slots.release()


def convert(content: bytes) -> Renditions:
    """Convert a picture, one at a time.

    Ends the transaction: no connection to the database is held in the meantime.

    :raises BusyError: if the one before takes too long.
    :raises InvalidPhotoError: if it cannot be used.
    """
    db.session.commit()
    slots = current_app.extensions["conversion_slots"]
    if not slots.acquire(timeout=MAX_WAIT):
        raise BusyError
    try:
        return renditions.convert(content)
    finally:
        slots.release()


def add(member: Member, converted: Renditions, room: str, words: str, form_key: str) -> Photo:
    """Add a photo to the member's house; return the first one if the same form was sent twice.

    First the files, then the row: no page ever names a file that is not there, and a crash in
    between leaves files that `flask photos purge` deletes.

    :raises StorageError: if the store does not respond.
    """
    photo = Photo(
        member_id=member.id,
        key=secrets.token_urlsafe(16),
        form_key=form_key,
        room=room,
        words=words,
        width=converted.width,
        height=converted.height,
        colours=converted.colours,
    )
    try:
        files = {f"{photo.key}/{name}": content for name, content in converted.files.items()}
        storage.save(files, MEDIA_TYPES)
        db.session.add(photo)
        db.session.commit()
    except storage.StorageError:
        delete_files(file_paths(photo))
        raise
    except IntegrityError:
        # The same form was sent twice, or the member has just deleted their account.
        db.session.rollback()
        delete_files(file_paths(photo))
        query = select(Photo).filter_by(member_id=photo.member_id, form_key=form_key)
        if same_photo := db.session.scalar(query):
            return same_photo
        raise
    log_event("photo added", member=member.id, photo=photo.id)
    photo_added.send(photo)
    return photo


def edit(photo: Photo, room: str, words: str) -> None:
    """Change the room and the words of a photo."""
    photo.room, photo.words = room, words
    db.session.commit()


def remove(photo: Photo) -> None:
    """Delete a photo: first the row, then the files, so that no page names a missing file."""
    paths = file_paths(photo)
    db.session.execute(delete(Photo).where(Photo.id == photo.id))
    db.session.commit()
    delete_files(paths)
    log_event("photo removed", member=photo.member_id, photo=photo.id)
    photo_removed.send(photo)


@signals.account_deleted.connect
def delete_photos(member: Member) -> Callable[[], None]:
    """Delete the files of a member who deletes their account, once the rows are gone."""
    paths = [path for photo in photos_of(member) for path in file_paths(photo)]
    return partial(delete_files, paths)


@signals.account_exported.connect
def export_photos(member: Member) -> tuple[list[type], Iterator[tuple[str, bytes]]]:
    """Add a member's photos and footprints to their data."""
    files = (
        (f"photos/{photo.id}.jpg", content)
        for photo in photos_of(member)
        if (content := storage.read(f"{photo.key}/{photo.width}.jpg"))
    )
    return [Photo, Footprint], files


def photos_of(member: Member) -> Sequence[Photo]:
    """Return all photos of a member, hidden ones too."""
    return db.session.scalars(select(Photo).filter_by(member_id=member.id)).all()


def file_paths(photo: Photo) -> list[str]:
    """Return the paths of a photo's files."""
    widths = renditions.widths(photo.width)
    return [f"{photo.key}/{width}.{ext}" for width in widths for ext in MEDIA_TYPES]


def delete_files(paths: Iterable[str]) -> None:
    """Delete files; those that cannot be deleted now are left to `flask photos purge`."""
    try:
        storage.delete(paths)
    except storage.StorageError as error:
        current_app.logger.error("files of a photo are left over: %s", error)
