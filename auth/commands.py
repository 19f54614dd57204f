"""flask kakao …, flask sessions purge; moderation/commands.py has the rest of flask sessions."""

import click
from flask import current_app
from sqlalchemy import ScalarResult, select

from database import db
from database.commands import CommandGroup
from models import OpenUnlink, UnlinkCheck

from . import account_events, bans, deletion, doctor, pending_signup, renaming, sessions

sessions_group = CommandGroup("sessions", help="The members' sign-ins.")
kakao_group = CommandGroup("kakao", help="Kakao: check the settings, unlink deleted accounts.")
kakao_group.add_command(doctor.doctor)


@sessions_group.command("purge")
def purge_sessions() -> None:
    """Delete expired sessions, sign-ups, events and nickname reservations. Safe at any time."""
    click.echo(f"{sessions.purge()} sessions deleted")
    click.echo(f"{pending_signup.purge()} sign-ups deleted")
    click.echo(f"{account_events.purge()} events deleted")
    click.echo(f"{renaming.purge()} former nicknames deleted")
    click.echo(f"{bans.purge()} bans deleted")
    click.echo(f"{renaming.add_missing_skeletons()} look-alike keys added")


@kakao_group.command("retry-unlinks")
def retry_unlinks() -> None:
    """Retry unlinking deleted accounts. Safe at any time."""
    unlinked, remaining = deletion.retry_unlinks()
    click.echo(f"{unlinked} done, {remaining} left for later")


@kakao_group.command("unlinks")
def list_unlinks() -> None:
    """List the deleted accounts that Kakao still links, and unlinks to ask Kakao about."""
    tables: dict[str, type[OpenUnlink | UnlinkCheck]] = {
        "unlink": OpenUnlink,
        "ask about": UnlinkCheck,
    }
    for task, table in tables.items():
        rows: ScalarResult[OpenUnlink | UnlinkCheck] = db.session.scalars(
            select(table).order_by(table.try_after)
        )
        for row in rows:
            since = f"{row.created_at:%Y-%m-%d %H:%M} UTC" if row.created_at else "?"
            click.echo(
                f"{task} {row.kakao_id}: since {since}, {row.tries} tries, "
                f"next after {row.try_after:%Y-%m-%d %H:%M} UTC"
            )
    if not current_app.config["KAKAO_ADMIN_KEY"]:
        click.echo("KAKAO_ADMIN_KEY is not set, so none of these is retried")
