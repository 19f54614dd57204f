"""What happens to photos, for others to react to. The sender is the photo."""

from blinker import Signal

photo_added = Signal("A member has hung a photo.")
photo_removed = Signal("A member has taken a photo down; its row and files are gone.")
