"""Footprints: one per member and photo. A visitor's footprint waits in a cookie for the sign-in."""

import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from flask import after_this_request, current_app, request
from itsdangerous import BadData, BadSignature, URLSafeSerializer
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from auth import signals
from database import db, utc_now
from models import Footprint, Member, Photo, UsedPress
from web import cookies
from web.logs import log_event
from web.times import SEOUL

COOKIE = "footprint"
LIFETIME = 30 * 60  # seconds; as long as someone may take for Kakao's pages and a nickname
PATH = "/footprint"  # the end of the URL to which the sign-in leads after a visitor's press


def leave(member: Member, photo: Photo) -> bool:
    """Leave the member's footprint on a photo, unless they left one before.

    :returns: False if the photo is their own.
    """
    is_own = photo.member_id == member.id
    if not is_own:
        # Another tab may have left it already, or the photo may just have been removed.
        with suppress(IntegrityError), db.session.begin_nested():
            footprint = Footprint(photo_id=photo.id, member_id=member.id)
            db.session.add(footprint)
            db.session.flush()
            is_newest = Member.id == photo.member_id, Member.newest_visit_id < footprint.id
            newest = update(Member).where(*is_newest).values(newest_visit_id=footprint.id)
            db.session.execute(newest)
    db.session.commit()
    return not is_own


def take_back(member: Member, photo: Photo) -> None:
    """Take the member's footprint back, if there is one."""
    db.session.execute(delete(Footprint).filter_by(photo_id=photo.id, member_id=member.id))
    db.session.commit()


def by_neighbour_and_day(footprints: Iterable[Footprint]) -> list[list[Footprint]]:
    """Return footprints in groups by member and day in Korea, in the same order."""
    groups: dict[object, list[Footprint]] = {}
    for footprint in footprints:
        day = footprint.created_at.astimezone(SEOUL).date()
        groups.setdefault((footprint.member_id, day), []).append(footprint)
    return list(groups.values())


def mark_seen(owner: Member, newest: Footprint | None) -> None:
    """Store that the owner has seen their visitors, up to this footprint."""
    # Footprints newer than this one may have been removed.
    newest_id = max(newest.id if newest else 0, owner.newest_visit_id)
    if newest_id > owner.seen_footprint_id:
        owner.seen_footprint_id = newest_id
        db.session.commit()
    owner.has_new_visits = False


def save_pending(response: Response, photo: Photo) -> None:
    """Store in a cookie that this visitor wants to leave a footprint.

    In a cookie of its own, because signing in clears the session. A link on another site cannot
    set it, so it cannot leave a footprint either.
    """
    press = serializer().dumps([photo.id, int(time.time()), secrets.token_urlsafe(16)])
    cookies.set_cookie(response, COOKIE, press, max_age=LIFETIME)


def use_pending(photo: Photo) -> bool:
    """Return whether a visitor pressed 놀러 왔어요 here, in this browser and not long ago.

    Each press counts once, in the caller's transaction. So a cookie that was saved, or copied into
    another browser, leaves no second footprint.
    """
    try:
        photo_id, pressed_at, nonce = serializer().loads(request.cookies[cookies.full_name(COOKIE)])
        # No lower limit: the clock of the server that saw the press may be ahead of this one's.
        is_pending = photo_id == photo.id and time.time() - pressed_at <= LIFETIME
    except BadSignature:
        log_event("footprint cookie rejected")
        return False
    except (KeyError, BadData, TypeError, ValueError):  # absent, or of another version
        return False
    return is_pending and mark_used(nonce)


def mark_used(nonce: str) -> bool:
    """Store that a press has left its footprint; return False if it had left one before."""
    # Presses are stored for twice as long as their cookies are valid, since servers' clocks differ.
    old = UsedPress.used_at < utc_now() - timedelta(seconds=2 * LIFETIME)
    db.session.execute(delete(UsedPress).where(old))
    try:
        with db.session.begin_nested():
            db.session.add(UsedPress(nonce=nonce))
    except IntegrityError:
        return False
    return True


@signals.signed_in.connect
def forget_abandoned(_member: Member) -> None:
    """Delete the cookie unless the visitor's press began this sign-in.

    Otherwise a mere link would make the next person at a shared computer leave a footprint.
    """

    @after_this_request
    def forget(response: Response) -> Response:
        has_cookie = cookies.full_name(COOKIE) in request.cookies
        if has_cookie and not (response.location or "").endswith(PATH):
            clear_pending(response)
        return response


def clear_pending(response: Response) -> None:
    """Delete the cookie that save_pending sets."""
    cookies.delete_cookie(response, COOKIE)


def serializer() -> URLSafeSerializer:
    """Return the serializer that signs the cookie of save_pending."""
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.secret_key]
    return URLSafeSerializer(keys, salt="pending footprint")
