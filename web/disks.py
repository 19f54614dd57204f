"""How much is free on the disks that the site writes to."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import make_url

MIN_FREE = 0.1  # a share; below it, an alert and the doctor say so


def free_shares(config: Mapping[str, Any]) -> dict[str, float]:
    """Return the free share of each folder's disk, such as 0.25, by the content of the folder.

    :param config: app.config.
    """
    return {name: free_share(folder) for name, folder in folders(config)}


def folders(config: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yield the content and the path of each folder on this machine."""
    photos = urlsplit(config["PHOTOS_URL"])
    if photos.scheme == "file":
        yield "photos", Path(unquote(photos.path))
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() == "sqlite" and url.database:
        yield "database", Path(url.database).parent
    yield "temporary files", Path(tempfile.gettempdir())


def free_share(folder: Path) -> float:
    """Return the share of a folder's disk that is free; the folder need not exist yet."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(existing)
    return usage.free / usage.total
