"""Places for uploads: a thread receives an upload only while it holds a place."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .decoder import BusyError

MAX_WAIT = 30  # seconds that a second upload waits for the first one of the same member


class UploadPlaces:
    """The places of this server process.

    A second upload of a member, such as the other press of a double tap, waits until the member's
    first is finished. When no place is left, it gives its place to another member.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.members: dict[object, int] = {}  # members' ids by ticket, in order of arrival
        self.changed = threading.Condition()

    @contextmanager
    def reserve(self, member_id: int) -> Iterator[None]:
        """Reserve a place.

        :raises BusyError: if none is left, or the member's first upload takes too long.
        """
        ticket = object()
        try:
            with self.changed:
                if len(self.members) == self.number:
                    self.evict_second_upload(member_id)
                self.members[ticket] = member_id
                self.changed.wait_for(
                    lambda: ticket not in self.members or self.is_first(ticket), MAX_WAIT
                )
                if ticket not in self.members or not self.is_first(ticket):
                    raise BusyError
            yield
        finally:
            with self.changed:
                self.members.pop(ticket, None)
                self.changed.notify_all()

    def is_first(self, ticket: object) -> bool:
        """Return whether a ticket is the oldest one of its member."""
        member_id = self.members[ticket]
        return ticket is next(each for each, id_ in self.members.items() if id_ == member_id)

    def evict_second_upload(self, member_id: int) -> None:
        """Free the place of another member's second upload.

        :raises BusyError: if no other member has one.
        """
        for ticket, other_id in self.members.items():
            if other_id != member_id and not self.is_first(ticket):
                del self.members[ticket]
                self.changed.notify_all()
                return
        raise BusyError
