"""A member leaves for real: everything of theirs is deleted, and Kakao is told."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select, update

from models import Member, OpenUnlink, db, now
from web.logs import event

from . import kakao

PURPOSE = "leave"  # of the round through Kakao that proves who is leaving
LONGEST_PAUSE = timedelta(days=1)


def leave(member: Member, access_token: str) -> bool:
    """Delete the member and all that is theirs, then unlink them at Kakao.

    :returns: whether Kakao knows, or will be told by retry_unlinks.
    """
    kakao_id = member.kakao_id
    will_retry = bool(current_app.config["KAKAO_ADMIN_KEY"])
    if will_retry:
        # Before Kakao is called: if this process dies meanwhile, the task is not forgotten.
        db.session.merge(OpenUnlink(kakao_id=kakao_id, tries=0, try_after=now()))
    delete_member(kakao_id)
    try:
        unlink(kakao_id, access_token)
    except kakao.KakaoError as error:
        report(error)
        return will_retry
    return True


def delete_member(kakao_id: int) -> None:
    """Delete the member with this Kakao id, if any, and everything that refers to them."""
    deleted = db.session.execute(delete(Member).where(Member.kakao_id == kakao_id)).rowcount
    db.session.commit()
    if deleted:
        event("left")


def unlink(kakao_id: int, access_token: str | None = None) -> None:
    kakao.unlink(kakao_id, access_token)
    db.session.execute(delete(OpenUnlink).where(OpenUnlink.kakao_id == kakao_id))
    db.session.commit()


def report(error: kakao.KakaoError) -> None:
    if operator := error.cause.operator:
        current_app.logger.error("unlinking failed: %s: %s", error, operator)
    else:
        event(f"unlinking failed: {error}")


def retry_unlinks() -> tuple[int, int]:
    """Tell Kakao of those who left while it did not answer, with growing pauses.

    :returns: how many are done, and how many are left for later.
    """
    done = 0
    # One by one, as found at that moment: who came back meanwhile must not be unlinked.
    due = select(OpenUnlink.kakao_id, OpenUnlink.tries).where(OpenUnlink.try_after <= now())
    may_unlink = bool(current_app.config["KAKAO_ADMIN_KEY"])  # nobody's own token is kept
    while may_unlink and (found := db.session.execute(due.limit(1)).first()):
        if not put_off(*found):
            continue
        try:
            unlink(found.kakao_id)
            done += 1
        except kakao.KakaoError as error:
            report(error)
    return done, len(db.session.scalars(select(OpenUnlink)).all())


def put_off(kakao_id: int, tries: int) -> bool:
    """Put the next try off, before this one; whether this one is ours, and not another run's."""
    pause = min(timedelta(minutes=2 ** min(tries + 1, 12)), LONGEST_PAUSE)
    unchanged = update(OpenUnlink).where(OpenUnlink.kakao_id == kakao_id, OpenUnlink.tries == tries)
    later = {"tries": tries + 1, "try_after": now() + pause}
    is_ours = db.session.execute(unchanged.values(later)).rowcount
    db.session.commit()
    return bool(is_ours)
