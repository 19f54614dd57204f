"""Whether something waits for the member: the dot on their picture in the header."""

import database
from models import Member

from . import agreements, new_devices


def has_news(member: Member) -> bool:
    """Return whether someone came by, or a notice waits; mostly without a query."""
    if member.has_new_visits or member.has_outcomes:
        return True
    with database.optional():  # an error page has the header, too
        return bool(new_devices.pending_alerts(member) or agreements.pending(member))
    return False
