"""Copy the files of photos from one storage to another: for a backup, or to move them."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from . import storage
from .purge import MARK_FILE

if TYPE_CHECKING:
    from obstore.store import ObjectStore

TRANSFERS = 8  # at once


@storage.named_errors()
def copy(source_url: str, target_url: str) -> int:
    """Copy the files of each photo that is not whole at the target, and return how many.

    Files of photos never change, so a second copy takes only new photos. What the source no longer
    has stays in the target.

    :param source_url: in the form of PHOTOS_URL, like `target_url`.
    :raises StorageError: if one of the stores fails; a later call continues.
    """
    source, target = storage.create_store(source_url), storage.create_store(target_url)
    here, there = count_bytes(source), count_bytes(target)

    def copy_file(found: Mapping[str, Any]) -> bool:
        path = found["path"]
        folder = folder_of(path)
        if 0 < here[folder] == there[folder] and path != MARK_FILE:
            return False
        with storage.missing_files_allowed():  # a member may remove a photo during the copy
            content = source.get(path).bytes()
            target.put(path, content, attributes=storage.attributes(target_url, path))
            return True
        return False

    with ThreadPoolExecutor(TRANSFERS) as threads:
        return sum(sum(threads.map(copy_file, batch)) for batch in source.list())


def count_bytes(store: "ObjectStore") -> Counter[str]:
    """Return the bytes of each folder in a store, and one more for each file.

    The paths and sizes of all files would need ten times the memory.
    """
    counted: Counter[str] = Counter()
    for batch in store.list():
        for found in batch:
            counted[folder_of(found["path"])] += found["size"] + 1
    return counted


def folder_of(path: str) -> str:
    """Return the folder of a file, which is the key of a photo; of another file, its path."""
    return path.partition("/")[0]
