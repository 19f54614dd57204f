"""The store of the photos' files: a folder or S3, chosen by PHOTOS_URL."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app

from database import release_connection

from . import renditions
from .signals import store_failed
from .storage_causes import describe, is_missing_bucket

if TYPE_CHECKING:  # importing obstore costs memory that most processes can do without
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

# A store that hangs must not hold a thread of the web server for long: each file has five seconds.
CLIENT_OPTIONS: "ClientConfig" = {"connect_timeout": "2s", "timeout": "5s", "allow_http": True}
RETRY_OPTIONS: "RetryConfig" = {"max_retries": 1, "retry_timeout": timedelta(seconds=5)}
MAX_SLOT_WAIT = 1  # seconds; a call that takes longer shows that the store is slow
# For a CDN in front of the bucket: the content of a path never changes.
CACHE_CONTROL = "public, max-age=31536000, immutable"
MEDIA_TYPES = renditions.MEDIA_TYPES | {"txt": "text/plain"}  # by file extension


class StorageError(Exception):
    """The store does not respond, or rejects a call."""


class CallSlots:
    """A limit on the threads that call the store; the others stay free for everything else.

    While the store is fast, a thread waits for a slot. While the store hangs, no thread waits, like
    in call_slot() of auth/kakao/transport.py. Uploads wait differently (upload_places.py).

    :param size: the number of threads that may wait for the store.
    """

    def __init__(self, size: int) -> None:
        self.free = BoundedSemaphore(size)
        self.last_call_was_fast = True

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a slot.

        :raises StorageError: if none is free.
        """
        if not self.free.acquire(timeout=MAX_SLOT_WAIT if self.last_call_was_fast else 0):
            self.last_call_was_fast = False
            raise StorageError("the store of photos is slow, and too many calls wait for it")
        started_at = time.monotonic()
        try:
            yield
        finally:
            self.last_call_was_fast = time.monotonic() - started_at < MAX_SLOT_WAIT
            self.free.release()


def init_app(app: Flask) -> None:
    """Allow at most half of the threads to wait for the store."""
    app.extensions["store_slots"] = CallSlots(app.config["HALF_OF_THREADS"])


def save(files: Mapping[str, bytes]) -> None:
    """Store files, each whole or not at all.

    :param files: by path, such as `key/800.webp`.
    :raises StorageError: if a file cannot be stored; earlier files have been stored.
    """
    for path, content in files.items():
        headers = attributes(current_app.config["PHOTOS_URL"], path)
        with store_call():
            store().put(path, content, attributes=headers)


def attributes(url: str, path: str) -> dict[str, str] | None:
    """Return the headers of a file in S3.

    :param url: as PHOTOS_URL.
    """
    if is_folder(url):
        return None  # files in a folder have no headers, and obstore refuses to drop them
    # `photos copy` also meets files that are not the site's, such as .DS_Store.
    media_type = MEDIA_TYPES.get(path.rpartition(".")[2], "application/octet-stream")
    return {"Content-Type": media_type, "Cache-Control": CACHE_CONTROL}


def is_folder(url: str) -> bool:
    """Return whether a PHOTOS_URL names a folder."""
    return url.startswith("file:")


def read(path: str) -> bytes | None:
    """Return the content of a file, or None if there is none.

    :raises StorageError: if the store does not respond.
    """
    with store_call(), missing_files_allowed():
        return bytes(store().get(path).bytes())
    return None


def delete(paths: Iterable[str]) -> None:
    """Delete files; a missing file is not an error.

    :raises StorageError: if the store does not respond.
    """
    paths, photos_url = list(paths), current_app.config["PHOTOS_URL"]
    # S3 deletes a thousand files in one request, and a missing file is not an error there.
    for part in [[path] for path in paths] if is_folder(photos_url) else [paths]:
        with store_call(), missing_files_allowed():
            store().delete(part)


def list_files() -> Iterator[tuple[str, datetime]]:
    """Yield the path of every file, and when it was stored.

    :raises StorageError: if the store does not respond.
    """
    with store_call():
        batches = store().list()
    while True:
        with store_call():
            batch = next(batches, None)
        if batch is None:
            return
        yield from ((found["path"], found["last_modified"]) for found in batch)


def last_modified(path: str) -> datetime:
    """Return when a file was stored, by the store's clock.

    :raises StorageError: if the store does not respond.
    """
    with store_call():
        return store().head(path)["last_modified"]


def store() -> "ObjectStore":
    """Return the store of this process, which keeps its connections; create it when first needed.

    The store's threads would not survive a fork of the web server, and a process that needs no
    store saves the memory of obstore.
    """
    if "photos_store" not in current_app.extensions:
        current_app.extensions["photos_store"] = create_store(current_app.config["PHOTOS_URL"])
    return current_app.extensions["photos_store"]


def create_store(photos_url: str) -> "ObjectStore":
    """Return a new store, with the keys of the settings.

    :param photos_url: as PHOTOS_URL.
    """
    from obstore.store import LocalStore, S3Store

    url = urlsplit(photos_url)
    path = unquote(url.path)
    if url.scheme == "file":
        Path(path).mkdir(parents=True, exist_ok=True)
        return LocalStore(path, automatic_cleanup=True)  # removes empty folders
    return S3Store(
        url.netloc,
        prefix=path.strip("/"),
        client_options=CLIENT_OPTIONS,
        retry_config=RETRY_OPTIONS,
        **current_app.config["PHOTOS_S3_OPTIONS"],
    )


@contextmanager
def store_call() -> Iterator[None]:
    """Hold a slot, and no connection to the database, while the store is called.

    :raises StorageError: if no slot is free, or the store raises an error inside.
    """
    release_connection()
    with named_errors(), current_app.extensions["store_slots"].take():
        yield


@contextmanager
def missing_files_allowed() -> Iterator[None]:
    """Skip the rest of the block if a file is missing; a missing bucket is an error."""
    try:
        yield
    except FileNotFoundError as error:
        if is_missing_bucket(error):
            raise


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn each error of the store inside into a StorageError that names the cause.

    :raises StorageError: if the store fails.
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except StorageError as error:
        store_failed.send(error)
        raise
    except (BaseError, OSError) as error:
        failure = StorageError(f"the store of photos fails: {describe(error)}")
        store_failed.send(failure)
        raise failure from error
