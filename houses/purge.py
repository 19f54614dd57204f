"""Delete the files that belong to no photo, and refuse when that would delete too much.

Such files are left over when a process dies while a photo is added or removed, or when the store
does not respond then. The wrong database knows none of the photos, and a database restored from a
backup does not know the newer ones. So the store carries the mark of its database, with the number
of purges that this database has made. A purge that would delete a large part of the store needs a
person who insists.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from database import db, utc_now
from models import Photo, StoreMark

from . import storage

MIN_AGE = timedelta(hours=1)  # younger files may belong to an upload that still runs
BATCH = 500  # photos that are looked up at once
# A purge of more photos than this number and this share of the store needs --yes.
MAX_PHOTOS, MAX_SHARE = 3, 0.1
MARK_FILE = "database.txt"
PHOTO_FILE = re.compile(r"([A-Za-z0-9_-]{22})/(?:(?:square-)?[0-9]+\.(?:webp|jpg)|share\.jpg)")


class PurgeRefusedError(Exception):
    """Nothing was deleted, because this may be the wrong database."""


def purge(insist: bool) -> int:
    """Delete files older than an hour without a row, and return how many.

    :param insist: delete the files even if they are many, but not in another database's store.
    :raises PurgeRefusedError: if too much would be deleted, or the store is another database's.
    :raises StorageError: if the store does not respond.
    """
    marked = storage.read(MARK_FILE)
    stored_mark, _, purges = (marked or b"").decode().partition(" ")
    row = db.session.scalar(select(StoreMark))
    if marked and (row is None or row.mark != stored_mark):
        raise PurgeRefusedError(
            "these photos belong to another database than the one at DATABASE_URL; if they do not,"
            f" delete {MARK_FILE} in the store"
        )
    if row and marked and row.purges < int(purges) and not insist:
        raise PurgeRefusedError(
            "this database is older than the photos: was it restored from a backup? --yes deletes"
            " the photos that it does not know"
        )
    orphans, known, total = find_orphans(older_than=store_time(marked) - MIN_AGE)
    lost = len({path.partition("/")[0] for path in orphans})
    if orphans and not insist and (not known or lost > max(MAX_PHOTOS, total * MAX_SHARE)):
        raise PurgeRefusedError(
            f"{lost} of {total} photos in the store would be deleted, since this database knows"
            f" {known}; is DATABASE_URL right? --yes deletes them"
        )
    if known or marked:
        mark_store(at_least=int(purges or 0))
    storage.delete(orphans)
    return len(orphans)


def find_orphans(older_than: datetime) -> tuple[list[str], int, int]:
    """Return the files without a row, the number of photos with a row, and that of all photos.

    The files are listed twice if there are orphans, since all their paths would need too much
    memory at once.

    :param older_than: newer files without a row are left out.
    """
    has_old_file: dict[str, bool] = {}  # by key; an upload that runs has none
    for key, _, stored_at in photo_files():
        has_old_file[key] = has_old_file.get(key, False) or stored_at < older_than
    keys, unknown = list(has_old_file), set()
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        known = db.session.scalars(select(Photo.key).where(Photo.key.in_(batch)))
        unknown |= set(batch).difference(known)
    orphaned = {key for key in unknown if has_old_file[key]}
    orphans = [
        path
        for key, path, stored_at in (photo_files() if orphaned else ())
        if key in orphaned and stored_at < older_than
    ]
    return orphans, len(keys) - len(unknown), len(keys)


def photo_files() -> Iterator[tuple[str, str, datetime]]:
    """Yield the key of a photo, the path and the time of each file of a photo in the store."""
    for path, stored_at in storage.list_files():
        if match := PHOTO_FILE.fullmatch(path):
            yield match[1], path, stored_at


def store_time(marked: bytes | None) -> datetime:
    """Return the current time by the store's clock, which dates the files.

    This machine's clock may be wrong, so it is used only for a store without a mark.
    """
    if not marked:
        return utc_now()
    storage.save({MARK_FILE: marked})
    return storage.last_modified(MARK_FILE)


def mark_store(at_least: int) -> None:
    """Count a purge in the database, then in the store; mark both if they have no mark yet.

    The order matters: after a crash in between, the database must not look like the older one.

    :param at_least: the number of purges in the store's mark.
    """
    # Another purge may mark the database at the same time.
    with suppress(IntegrityError), db.session.begin_nested():
        if db.session.get(StoreMark, 1) is None:
            db.session.add(StoreMark(id=1, mark=secrets.token_urlsafe(16), purges=0))
    row = db.session.get_one(StoreMark, 1)
    purges = max(row.purges, at_least) + 1
    db.session.execute(update(StoreMark).values(purges=purges))
    db.session.commit()
    storage.save({MARK_FILE: f"{row.mark} {purges}".encode()})
