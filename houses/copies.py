"""Copy the files of photos from one storage to another: for a backup, or to move them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import storage
from .purge import MARK_FILE

TRANSFERS = 8  # at once


def copy(source_url: str, target_url: str) -> int:
    """Copy each file that the target does not have, and return how many.

    Files of photos never change, so a second copy takes only new ones. What the source no longer
    has stays in the target.

    :param source_url: as PHOTOS_URL.
    :raises StorageError: if one of them fails; a later call continues.
    """
    import obstore

    source, target = storage.create_store(source_url), storage.create_store(target_url)

    def copy_file(found: Mapping[str, Any]) -> bool:
        path = found["path"]
        if sizes.get(path) == found["size"] and path != MARK_FILE:
            return False
        content = obstore.get(source, path).bytes()
        attributes = storage.attributes(target_url, path)
        obstore.put(target, path, content, attributes=attributes)
        return True

    with storage.named_errors(), ThreadPoolExecutor(TRANSFERS) as threads:
        sizes = {found["path"]: found["size"] for batch in obstore.list(target) for found in batch}
        return sum(sum(threads.map(copy_file, batch)) for batch in obstore.list(source))
