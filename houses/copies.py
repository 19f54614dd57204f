"""Copy the files of photos from one storage to another: for a backup, or to move them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import storage
from .purge import MARK_FILE

TRANSFERS = 8  # at once


@storage.named_errors()
def copy(source_url: str, target_url: str) -> int:
    """Copy each file that the target does not have, and return how many.

    Files of photos never change, so a second copy takes only new ones. What the source no longer
    has stays in the target.

    :param source_url: in the form of PHOTOS_URL, like `target_url`.
    :raises StorageError: if one of the stores fails; a later call continues.
    """
    source, target = storage.create_store(source_url), storage.create_store(target_url)
    sizes = {found["path"]: found["size"] for batch in target.list() for found in batch}

    def copy_file(found: Mapping[str, Any]) -> bool:
        path = found["path"]
        if sizes.get(path) == found["size"] and path != MARK_FILE:
            return False
        with storage.missing_files_allowed():  # a member may remove a photo during the copy
            content = source.get(path).bytes()
            target.put(path, content, attributes=storage.attributes(target_url, path))
            return True
        return False

    with ThreadPoolExecutor(TRANSFERS) as threads:
        return sum(sum(threads.map(copy_file, batch)) for batch in source.list())
