"""flask kakao …, flask sessions purge; moderation/commands.py has the rest of flask sessions."""

from datetime import timedelta

import click
from flask import current_app
from sqlalchemy import delete, select

from database import count_changed, db, utc_now
from database.commands import CommandGroup
from models import (
    Ban,
    DepartedMember,
    DepartedNickname,
    FormerNickname,
    KakaoTask,
    OpenUnlink,
    UnlinkCheck,
)
from operations import chores
from web.times import utc_minute

from . import account_events, deletion, doctor, pending_signup, renaming, sessions, signals

sessions_group = CommandGroup("sessions", help="The members' sign-ins.")
kakao_group = CommandGroup("kakao", help="Kakao: check the settings, unlink deleted accounts.")
kakao_group.add_command(doctor.doctor)

# Rows that are deleted when the time in their column has come, and what the command calls them.
EXPIRING = {
    FormerNickname.kept_until: "former nicknames",
    DepartedNickname.kept_until: "nicknames of deleted accounts",
    DepartedMember.kept_until: "rows about deleted accounts",
    Ban.suspended_until: "bans",
}
MAX_SILENCE = timedelta(days=14)  # without a visit; longer is a wrong clock or database


@sessions_group.command("purge")
@click.option("--yes", is_flag=True, help="Delete them even if no one has visited for two weeks.")
def purge_sessions(yes: bool) -> None:
    """Delete expired sessions, sign-ups, events, nickname reservations and bans."""
    click.echo(f"{pending_signup.purge()} sign-ups deleted")
    click.echo(f"{account_events.purge()} events deleted")
    newest = sessions.newest_visit()
    # To a clock that is a year ahead, every session and every suspension is over.
    if newest and utc_now() - newest > MAX_SILENCE and not yes:
        raise click.ClickException(
            f"the newest visit was on {newest:%Y-%m-%d}: are this machine's clock and DATABASE_URL "
            "right? --yes deletes what has expired"
        )
    click.echo(f"{sessions.purge()} sessions deleted")
    for column, rows in EXPIRING.items():
        count = count_changed(delete(column.class_).where(column <= utc_now()))
        db.session.commit()
        click.echo(f"{count} {rows} deleted")
    for _, line in signals.purging.send():
        click.echo(line)
    click.echo(f"{renaming.add_missing_skeletons()} look-alike keys added")
    chores.record("sessions purge")


@kakao_group.command("retry-unlinks")
def retry_unlinks() -> None:
    """Retry unlinking deleted accounts. Safe at any time."""
    unlinked, remaining = deletion.retry_unlinks()
    click.echo(f"{unlinked} done, {remaining} left for later")
    chores.record("kakao retry-unlinks")


@kakao_group.command("unlinks")
def list_unlinks() -> None:
    """List the deleted accounts that Kakao still links, and unlinks to ask Kakao about."""
    tables: dict[str, type[KakaoTask]] = {"unlink": OpenUnlink, "ask about": UnlinkCheck}
    for task, table in tables.items():
        for row in db.session.scalars(select(table).order_by(table.try_after)):
            since = utc_minute(row.created_at) if row.created_at else "?"
            click.echo(
                f"{task} {row.kakao_id}: since {since}, {row.tries} tries, "
                f"next after {utc_minute(row.try_after)}"
            )
    if not current_app.config["KAKAO_ADMIN_KEY"]:
        click.echo("KAKAO_ADMIN_KEY is not set, so none of these is retried")
