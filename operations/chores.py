"""flask chores …: when the hourly commands and the nightly backup last succeeded.

/metrics shows it, so that an alert notices a chore that has stopped.
"""

from contextlib import suppress
from datetime import datetime, timedelta

import click
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from database import count_changed, db, utc_now
from database.commands import CommandGroup
from models import Chore
from web.times import utc_minute

# The first three record themselves; a backup ends with `flask chores record backup`.
NAMES = ("kakao retry-unlinks", "sessions purge", "photos purge", "backup")

chores_group = CommandGroup("chores", help="The hourly commands and the backup.")


@chores_group.command("list")
def list_chores() -> None:
    """Show when each chore last succeeded."""
    for name, when in last_successes().items():
        click.echo(f"{name}: {utc_minute(when) if when else 'never'}")


@chores_group.command("record")
@click.argument("name", type=click.Choice(NAMES))
def record_chore(name: str) -> None:
    """Record that a chore has just succeeded."""
    record(name)


def last_successes() -> dict[str, datetime | None]:
    """Return when each chore last succeeded; None: never."""
    times = {chore.name: chore.succeeded_at for chore in db.session.scalars(select(Chore))}
    return {name: times.get(name) for name in NAMES}


def max_age(name: str) -> timedelta:
    """Return the time after which a chore's last success is too long ago."""
    return timedelta(days=2) if name == "backup" else timedelta(hours=2)


def record(name: str) -> None:
    """Store that a chore has just succeeded."""
    now = utc_now()
    again = update(Chore).where(Chore.name == name).values(succeeded_at=now)
    if not count_changed(again):
        # Another process may record its first success at the same time.
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.add(Chore(name=name, succeeded_at=now))
    db.session.commit()
