"""Footprints: one per member and photo; a visitor's waits in a signed cookie for their sign-in."""

import time
from contextlib import suppress

from flask import current_app, request
from itsdangerous import BadData, BadSignature, URLSafeSerializer
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from database import db
from models import Footprint, Member, Photo
from web.logs import log_event

# Seconds; as long as someone may take for Kakao's pages and a nickname.
LIFETIME = 30 * 60


def leave(member: Member, photo: Photo) -> None:
    """Leave the member's footprint on a photo.

    No effect if they left one before, or own the photo.
    """
    if photo.member_id == member.id:
        return
    # Another tab may have left it already, or the photo may just have been removed.
    with suppress(IntegrityError), db.session.begin_nested():
        db.session.add(Footprint(photo_id=photo.id, member_id=member.id))
    db.session.commit()


def take_back(member: Member, photo: Photo) -> None:
    """Take the member's footprint back, if there is one."""
    db.session.execute(delete(Footprint).filter_by(photo_id=photo.id, member_id=member.id))
    db.session.commit()


def mark_seen(owner: Member, newest: Footprint) -> None:
    """Store that the owner has seen their visitors, up to this footprint."""
    owner.seen_footprint_id = newest.id
    db.session.commit()


def save_pending(response: Response, photo: Photo) -> None:
    """Store in a cookie that this visitor wants to leave a footprint.

    In a cookie of its own, because signing in clears the session. A link on another site cannot
    set it, so it cannot leave a footprint either.
    """
    response.set_cookie(
        cookie_name(),
        serializer().dumps([photo.id, int(time.time())]),
        max_age=LIFETIME,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def is_pending(photo: Photo) -> bool:
    """Return whether a visitor pressed 놀러 왔어요 here, in this browser and not long ago."""
    try:
        photo_id, pressed_at = serializer().loads(request.cookies[cookie_name()])
    except BadSignature:
        log_event("footprint cookie rejected")
        return False
    except (KeyError, BadData, TypeError, ValueError):  # absent, or of another version
        return False
    # No lower limit: the clock of the server that saw the press may be ahead of this one's.
    return photo_id == photo.id and time.time() - pressed_at <= LIFETIME


def clear_pending(response: Response) -> None:
    """Delete the cookie that save_pending sets."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.delete_cookie(cookie_name(), secure=secure, httponly=True, samesite="Lax")


def cookie_name() -> str:
    """Return the name of the cookie that save_pending sets."""
    # Browsers accept a __Host- cookie only from this very host: no neighbouring site can set it.
    return "__Host-footprint" if current_app.config["SESSION_COOKIE_SECURE"] else "footprint"


def serializer() -> URLSafeSerializer:
    """Return the serializer that signs the cookie of save_pending."""
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.secret_key]
    return URLSafeSerializer(keys, salt="pending footprint")
