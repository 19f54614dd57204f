"""Make the files that photos from before the site made thumbnails do not have."""

from collections.abc import Iterator

from sqlalchemy import func, select, update

from database import count_changed, db
from models import Photo

from . import photos, renditions, storage
from .decoder import decoder
from .renditions import InvalidPhotoError

BATCH = 100  # photos between two reports


def count() -> int:
    """Return how many photos have no thumbnails."""
    return db.session.scalars(select(func.count()).where(Photo.square_side.is_(None))).one()


def renew() -> Iterator[tuple[int, int]]:
    """Make missing files; after each batch, yield the numbers of photos seen and renewed.

    :raises BusyError: if the decoder does not start.
    :raises StorageError: if the store does not respond.
    """
    seen = renewed = last_id = 0
    columns = select(Photo.id, Photo.key, Photo.width).order_by(Photo.id).limit(BATCH)
    while rows := db.session.execute(
        columns.where(Photo.square_side.is_(None), Photo.id > last_id)
    ).all():
        for last_id, key, width in rows:
            renewed += renew_photo(last_id, key, width)
        seen += len(rows)
        yield seen, renewed


def renew_photo(photo_id: int, key: str, width: int) -> bool:
    """Make what a photo lacks: the files before the row, as when a photo is added.

    :return: False if the widest file is missing or too narrow for the decoder.
    """
    content = storage.read(f"{key}/{width}.jpg")
    if content is None:
        return False
    try:
        converted = decoder.convert(content)
    except InvalidPhotoError:
        return False
    names = set(renditions.file_names(width, converted.square_side))
    names -= set(renditions.file_names(width, None))
    files = {f"{key}/{name}": converted.files[name] for name in names}
    storage.save(files)
    change = update(Photo).where(Photo.id == photo_id).values(square_side=converted.square_side)
    is_there = count_changed(change) == 1
    db.session.commit()
    if not is_there:  # the photo was removed in the meantime
        photos.delete_files(files)
    return is_there
