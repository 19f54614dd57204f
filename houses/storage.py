"""Where the files of photos are: a folder or S3, chosen by PHOTOS_URL."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import current_app

from database import release_connection

if TYPE_CHECKING:  # importing obstore costs memory that most processes can do without
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

# A store that hangs must not hold a thread of the web server for long.
CLIENT_OPTIONS: "ClientConfig" = {"connect_timeout": "2s", "timeout": "5s", "allow_http": True}
RETRY_OPTIONS: "RetryConfig" = {"max_retries": 1, "retry_timeout": timedelta(seconds=5)}
# For a CDN in front of the bucket: under one path there is never anything else.
CACHE_CONTROL = "public, max-age=31536000, immutable"


class StorageError(Exception):
    """The store does not respond, or rejects a call."""


def save(files: Mapping[str, bytes], media_types: Mapping[str, str]) -> None:
    """Store files, each whole or not at all.

    :param files: by path, such as `key/800.webp`.
    :param media_types: by file extension.
    :raises StorageError: if one of them cannot be stored; some may be there then.
    """
    import obstore

    is_folder = current_app.config["PHOTOS_URL"].startswith("file:")
    with store_call():
        for path, content in files.items():
            media_type = media_types[path.rpartition(".")[2]]
            headers = {"Content-Type": media_type, "Cache-Control": CACHE_CONTROL}
            # Files in a folder have no headers, and obstore refuses to drop them.
            obstore.put(store(), path, content, attributes=None if is_folder else headers)


def read(path: str) -> bytes | None:
    """Return the content of a file, or None if there is none.

    :raises StorageError: if the store does not respond.
    """
    import obstore

    with store_call():
        try:
            return bytes(obstore.get(store(), path).bytes())
        except FileNotFoundError:
            return None


def delete(paths: Iterable[str]) -> None:
    """Delete files; those that are gone already are no error.

    :raises StorageError: if the store does not respond.
    """
    import obstore

    with store_call():
        for path in paths:
            with suppress(FileNotFoundError):
                obstore.delete(store(), path)


def list_files() -> Iterator[tuple[str, datetime]]:
    """Yield the path of every file, and when it was stored.

    :raises StorageError: if the store does not respond.
    """
    import obstore

    with store_call():
        for batch in obstore.list(store()):
            yield from ((found["path"], found["last_modified"]) for found in batch)


def last_modified(path: str) -> datetime:
    """Return when a file was stored, by the store's clock.

    :raises StorageError: if the store does not respond.
    """
    import obstore

    with store_call():
        return obstore.head(store(), path)["last_modified"]


def store() -> "ObjectStore":
    """Return the store, which keeps its connections; made when first needed.

    Its threads would not survive a fork of the web server, and importing obstore costs memory
    that a process without an upload can do without.
    """
    if "photos_store" not in current_app.extensions:
        current_app.extensions["photos_store"] = create_store()
    return current_app.extensions["photos_store"]


def create_store() -> "ObjectStore":
    """Return a new store, as PHOTOS_URL says."""
    from obstore.store import LocalStore, S3Store

    url = urlsplit(current_app.config["PHOTOS_URL"])
    path = unquote(url.path)
    if url.scheme == "file":
        Path(path).mkdir(parents=True, exist_ok=True)
        return LocalStore(path, automatic_cleanup=True)  # of empty folders
    return S3Store(
        url.netloc,
        prefix=path.strip("/") or None,
        client_options=CLIENT_OPTIONS,
        retry_config=RETRY_OPTIONS,
        **current_app.config["PHOTOS_S3_OPTIONS"],
    )


@contextmanager
def store_call() -> Iterator[None]:
    """Hold no connection to the database while the store is called.

    :raises StorageError: for whatever the store raises inside.
    """
    from obstore.exceptions import BaseError

    release_connection()
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageError(f"the store of photos fails: {type(error).__name__}") from error
