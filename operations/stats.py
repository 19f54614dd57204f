"""flask stats: how many members, sign-ins, photos, footprints and reports each day brought."""

from datetime import datetime, time, timedelta

import click
from flask.cli import with_appcontext
from sqlalchemy import and_, case, func, select

from database import db, utc_now
from database.commands import one_line_errors
from models import Footprint, LoginSession, Member, Photo, Report
from web.times import SEOUL

TABLES = {
    "members": Member,
    "sign-ins": LoginSession,
    "photos": Photo,
    "footprints": Footprint,
    "reports": Report,
}
MAX_DAYS = 180  # as long as sessions are stored


@click.command("stats")
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=7, show_default=True)
@with_appcontext
@one_line_errors()
def show_stats(days: int) -> None:
    """Count what is new on each day in Seoul, today last; what was deleted is not counted."""
    midnight = datetime.combine(utc_now().astimezone(SEOUL), time(), SEOUL)
    starts = [midnight - timedelta(days=ago) for ago in reversed(range(days))]
    columns = [count_by_day(table, starts) for table in TABLES.values()]
    click.echo("day         " + "".join(f"{name:>12}" for name in TABLES))
    for start, *numbers in zip(starts, *columns, strict=True):
        click.echo(f"{start:%Y-%m-%d}  " + "".join(f"{number:>12,}" for number in numbers))
    click.echo("together    " + "".join(f"{sum(column):>12,}" for column in columns))
    in_all = (db.session.scalar(select(func.count()).select_from(each)) for each in TABLES.values())
    click.echo("in all      " + "".join(f"{number:>12,}" for number in in_all))


def count_by_day(table: type, starts: list[datetime]) -> list[int]:
    """Return the number of rows that were created on each day, in one pass over the table."""
    created_at = table.created_at  # type: ignore[attr-defined]
    sums = [
        func.sum(
            case((and_(created_at >= start, created_at < start + timedelta(days=1)), 1), else_=0)
        )
        for start in starts
    ]
    return [number or 0 for number in db.session.execute(select(*sums)).one()]
