"""The picture from Kakao, shown to others only if the member wants that."""

from database import db
from models import Member


def set_visibility(member: Member, is_shown: bool) -> None:
    """Show the member's picture from Kakao to others, or the drawn house instead."""
    member.shows_image = is_shown
    db.session.commit()
