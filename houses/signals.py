"""What happens to photos, for others to react to. The sender is the photo."""

from blinker import Signal

photo_adding = Signal("A photo's row is added in the transaction that is running.")
photo_removing = Signal("A member removes a photo in the transaction that is running.")
photo_added = Signal("A member has added a photo.")
photo_removed = Signal("A member has removed a photo; its row and files are gone.")
store_failed = Signal("A call to the photo storage failed. The sender is the StorageError.")
