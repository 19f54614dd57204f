"""flask recover: after a backup was restored, repeat what has happened since it was made.

The log names people by pseudonyms. A restored database gives the ids of members to other people,
but a pseudonym always belongs to the same person. It also gives the ids of photos to other photos,
which are newer than the line of the log.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import TextIOWrapper
from math import ceil
from operator import itemgetter

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from auth import members
from database import db, utc_now
from database.commands import one_line_errors
from houses import listings, photos
from models import FOREVER, Ban, Member, ModerationAct
from moderation import decisions
from web.json_log import TIME_FORMAT

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")
# A line has its event right after its time. Further on, a warning of gunicorn quotes whatever a
# stranger sent, and that may look like an event.
EVENT = re.compile(
    r'(?: INFO \[\S+\] |", "level": "INFO", "message": ")'
    r"(?P<event>account deleted|suspended|photo removed|moderation: [a-z ]+?)"
    r"(?: origin=(?P<origin>\w+))? member=(?P<member>\d+|None)"
    r"(?: person=(?P<person>[0-9a-f]+|None))?(?: photo=(?:(?P<photo>\d+)|None))?"
    r"(?: days=(?P<days>\d+|-))?"
)
# The owner or the member reads it; the log does not have the operator's words.
WHY = "백업을 되돌리기 전에 운영자가 정한 일이에요."
WHY_SUSPENDED = "백업을 되돌리기 전에 시작된 이용 제한이 아직 끝나지 않았어요."


@dataclass
class Since:
    """What a log says: the last event of each kind.

    :ivar deleted: when people were deleted, by pseudonym.
    :ivar suspended: until when people are suspended, by pseudonym; None if that was lifted.
    :ivar roles: who was made an operator, or no longer one, by pseudonym.
    :ivar images: whose profile picture was hidden, or is shown again, by pseudonym.
    :ivar renamed: when people had their nickname taken away, by pseudonym.
    :ivar photos: what was done to photos, and when, by id.
    """

    deleted: dict[str, datetime] = field(default_factory=dict)
    suspended: dict[str, datetime | None] = field(default_factory=dict)
    roles: dict[str, bool] = field(default_factory=dict)
    images: dict[str, bool] = field(default_factory=dict)
    renamed: dict[str, datetime] = field(default_factory=dict)
    photos: dict[int, tuple[str, datetime]] = field(default_factory=dict)


@click.command("recover")
@click.argument("log", type=click.File(encoding="utf-8", errors="replace"))
@with_appcontext
@one_line_errors()
def recover(log: TextIOWrapper) -> None:
    """Repeat what a LOG says that members removed and operators decided, and sign everyone out.

    For a database that was restored from a backup. Lines from before the backup change nothing, and
    neither does a second time.
    """
    count = decisions.sign_everyone_out("restored from a backup")
    click.echo(f"{count} sessions ended")
    for line in repeat(read(log)):
        click.echo(line)


def repeat(since: Since) -> Iterator[str]:
    """Repeat what a log says, and yield what was done."""
    for photo_id, (act, when) in since.photos.items():
        if repeat_on_photo(photo_id, act, when):
            yield f"photo {photo_id}: {act}, again"
    for person, until in since.suspended.items():
        if until is None and lift(person):
            yield f"person={person} is no longer suspended, again"
        elif until and until > utc_now():
            suspend(person, until)
            yield f"person={person} is suspended again"
    for person in dict.fromkeys([*since.roles, *since.images, *since.renamed]):
        if member := members.find_by_pseudonym(person):
            for change in repeat_on_member(member, person, since):
                yield f"person={person} {change}, again"
    for person, when in since.deleted.items():
        member = members.find_by_pseudonym(person)
        # Someone who signed up again before the backup stays.
        if member and member.created_at < when:
            decisions.delete(member, "deleted after the backup")
            yield f"person={person} is deleted again"


def read(lines: Iterable[str]) -> Since:
    """Return what the lines of a log say; their order does not matter, but their times do."""
    since = Since()
    people: dict[str, str] = {}  # by the number of the member, as this log gives them out
    for when, event in sorted(find_events(lines), key=itemgetter(0)):
        person = event["person"] or people.get(event["member"], "")
        people[event["member"]] = person
        photo_id = int(event["photo"] or 0)  # 0: of no photo, or the line was cut off
        match event["event"].removeprefix("moderation: "):
            case "account deleted":
                since.deleted[person] = when
            case "suspended":
                is_endless = not event["days"] or event["days"] == "-"
                since.suspended[person] = (
                    FOREVER if is_endless else when + timedelta(int(event["days"]))
                )
            case "restore":
                since.suspended[person] = None
            case "operator" | "operator off" as role:
                since.roles[person] = role == "operator"
            case "drawn house" | "own picture" as act:
                since.images[person] = act == "drawn house"
            case "rename":
                since.renamed[person] = when
            case "hide" if event["origin"] == "reports":
                since.photos[photo_id] = "hide by reports", when
            case "hide" | "keep" | "remove words" | "delete photo" as act:
                since.photos[photo_id] = act, when
            case "photo removed":
                act, _ = since.photos.get(photo_id, ("", when))
                since.photos[photo_id] = act if act == "delete photo" else "remove", when
    return since


def find_events(lines: Iterable[str]) -> Iterator[tuple[datetime, re.Match[str]]]:
    """Yield the time and the event of each line that has one."""
    for line in lines:
        time = TIME.search(line)
        if time and (event := EVENT.match(line, time.end())):
            yield datetime.strptime(time[0], TIME_FORMAT), event


def suspend(person: str, until: datetime) -> None:
    """Suspend a person; one who is not in the backup as soon as they sign up again."""
    member = members.find_by_pseudonym(person)
    if member is None:
        db.session.merge(Ban(pseudonym=person, suspended_until=until, suspended_why=WHY_SUSPENDED))
        db.session.commit()
    elif not member.is_suspended:
        days = None if until == FOREVER else ceil((until - utc_now()) / timedelta(days=1))
        decisions.suspend(member, WHY_SUSPENDED, days)


def lift(person: str) -> bool:
    """Lift a person's suspension, and return whether there was one."""
    if (member := members.find_by_pseudonym(person)) and member.is_suspended:
        decisions.restore(member)
        return True
    ban = db.session.get(Ban, person)
    if ban:
        db.session.delete(ban)
        db.session.commit()
    return ban is not None


def repeat_on_member(member: Member, person: str, since: Since) -> Iterator[str]:
    """Repeat what operators decided about a member, and yield what has changed."""
    is_operator = since.roles.get(person, member.is_operator)
    if is_operator != member.is_operator:
        decisions.set_operator(member, is_operator)
        yield "is an operator" if is_operator else "is not an operator"
    is_refused = since.images.get(person, member.is_image_refused)
    if is_refused != member.is_image_refused:
        (decisions.refuse_image if is_refused else decisions.accept_image)(member)
        yield "has the drawn house" if is_refused else "has their own picture"
    if (when := since.renamed.get(person)) and not is_recorded(
        when, member_id=member.id, act="rename"
    ):
        decisions.rename(member)
        yield "has to choose another nickname"


def repeat_on_photo(photo_id: int, act: str, when: datetime) -> bool:
    """Repeat what was done to a photo, and return whether the backup did not know it."""
    photo = listings.find_photo(photo_id)
    if photo is None or photo.created_at > when + timedelta(seconds=1):
        return False
    match act:
        case "remove":
            photos.remove(photo)
        case "delete photo":
            decisions.delete_photo(photo, WHY)
        case _ if is_recorded(when, photo_id=photo.id):
            return False
        case "hide by reports":  # which are lost, but an operator has to look
            photo.is_hidden = True
            decisions.record_act("hide", photo.member_id, origin="reports", photo_id=photo.id)
            db.session.commit()
        case "hide":
            decisions.hide(photo, WHY)
        case "keep":
            decisions.show(photo)
        case "remove words":
            decisions.remove_words(photo)
    return True


def is_recorded(when: datetime, **which: int | str) -> bool:
    """Return whether the record has an act at or after the time of a line of the log.

    :param which: values of its columns.
    """
    query = select(ModerationAct.id).filter_by(**which)
    # The row gets its time after the line, which has no fraction of a second.
    query = query.where(ModerationAct.created_at >= when)
    return db.session.scalar(query.limit(1)) is not None
