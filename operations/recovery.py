"""flask recover: after a backup was restored, repeat what has happened since it was made.

The log names people by pseudonyms. A restored database gives the ids of members to other people,
but a pseudonym always belongs to the same person.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from io import TextIOWrapper
from math import ceil

import click
from flask.cli import with_appcontext

from auth import members
from database import db, utc_now
from database.commands import one_line_errors
from models import FOREVER, Ban
from moderation import decisions
from web.logs import TIME_FORMAT

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")
EVENT = re.compile(
    r"(?P<event>account deleted|suspended) member=(?P<member>\d+) person=(?P<person>[0-9a-f]+)"
    r"(?: days=(?P<days>\d+|-))?"
)
RESTORED = re.compile(r"moderation: restore \S+ member=(\d+)")
WHY = "백업을 되돌리기 전에 멈춘 기간이 아직 남아 있어요."  # the member reads it


@click.command("recover")
@click.argument("log", type=click.File(encoding="utf-8", errors="replace"))
@with_appcontext
@one_line_errors()
def recover(log: TextIOWrapper) -> None:
    """Repeat the deletions and suspensions in a LOG, and sign everyone out.

    For a database that was restored from a backup. Lines from before the backup change nothing, and
    neither does a second time.
    """
    count = decisions.sign_everyone_out("restored from a backup")
    click.echo(f"{count} sessions ended")
    for line in repeat(log):
        click.echo(line)


def repeat(lines: Iterable[str]) -> Iterator[str]:
    """Repeat what lines of a log say, and yield what was done."""
    deleted, suspended = read(lines)
    for person, until in suspended.items():
        if until > utc_now():
            suspend(person, until)
            yield f"person={person} is suspended again"
    for person, when in deleted.items():
        member = members.find_by_pseudonym(person)
        # Someone who signed up again before the backup stays.
        if member and member.created_at < when:
            decisions.delete(member, "deleted after the backup")
            yield f"person={person} is deleted again"


def read(lines: Iterable[str]) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """Return when people were deleted, and until when they are suspended, by pseudonym."""
    deleted: dict[str, datetime] = {}
    suspended: dict[str, datetime] = {}
    people: dict[str, str] = {}  # by the number of the member, as this log gives them out
    for line in lines:
        if restored := RESTORED.search(line):
            suspended.pop(people.get(restored[1], ""), None)
        time, event = TIME.search(line), EVENT.search(line)
        if not (time and event):
            continue
        when, person = datetime.strptime(time[0], TIME_FORMAT), event["person"]
        people[event["member"]] = person
        if event["event"] == "account deleted":
            deleted[person] = when
        else:
            is_endless = not event["days"] or event["days"] == "-"
            suspended[person] = FOREVER if is_endless else when + timedelta(int(event["days"]))
    return deleted, suspended


def suspend(person: str, until: datetime) -> None:
    """Suspend a person; one who is not in the backup as soon as they sign up again."""
    member = members.find_by_pseudonym(person)
    if member is None:
        db.session.merge(Ban(pseudonym=person, suspended_until=until, suspended_why=WHY))
        db.session.commit()
    elif not member.is_suspended:
        days = None if until == FOREVER else ceil((until - utc_now()) / timedelta(days=1))
        decisions.suspend(member, WHY, days)
