"""flask members …, flask kakao …, flask sessions …: what an operator does on the command line."""

import re

import click
from flask import current_app
from sqlalchemy import ScalarResult, select

from database import db
from database.commands import CommandGroup
from models import MAX_WORDS_LENGTH, Member, OpenUnlink, UnlinkCheck

from . import (
    account_events,
    bans,
    deletion,
    doctor,
    export,
    members,
    pending_signup,
    renaming,
    sessions,
    signals,
)
from .kakao import parse_user_id

members_group = CommandGroup(
    "members",
    help="Members. Name one by nickname, by a former one, or as the log does: member=17, person=….",
)
sessions_group = CommandGroup("sessions", help="The members' sign-ins.")
kakao_group = CommandGroup("kakao", help="Kakao: check the settings, unlink deleted accounts.")
kakao_group.add_command(doctor.doctor)


def check_why(_context: click.Context, _option: click.Parameter, why: str) -> str:
    """Return what --why says, or end the command."""
    if len(why) > MAX_WORDS_LENGTH or not why.isprintable():
        raise click.BadParameter(f"takes up to {MAX_WORDS_LENGTH} characters, on one line")
    return why


yes_option = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
why_option = click.option(
    "--why", default="", callback=check_why, help="Is kept with what was done."
)


@members_group.command("show")
@click.argument("name", metavar="MEMBER")
def show_member(name: str) -> None:
    """Show what is stored about a member: their row, their sign-ins, how much else."""
    member = find_member(name)
    tables = export.export_member(member)
    for column, value in tables.pop("member").items():
        click.echo(f"{column}: {value}")
    del tables["login_session"]
    for table, rows in tables.items():
        click.echo(f"{table}: {len(rows)} rows")
    history, has_more = sessions.history(member, page=1)
    for login, is_active in history:
        click.echo(
            f"session {login.id} ({'active' if is_active else 'over'}): {login.device}, "
            f"{login.address}, {login.created_at:%Y-%m-%d %H:%M} to "
            f"{login.ended_at or login.last_seen_at:%Y-%m-%d %H:%M} UTC"
        )
    if has_more:
        click.echo("and older sessions")


@members_group.command("sign-out")
@click.argument("name", metavar="MEMBER")
@why_option
@yes_option
def sign_out_member(name: str, why: str, yes: bool) -> None:
    """End all sessions of a member."""
    member = find_member(name)
    ask(f"Sign {member.nickname} out everywhere?", yes)
    signals.operator_acted.send(member, act="sign out", why=why)
    click.echo(f"{member.nickname} is signed out of {sessions.revoke_all_of(member)} sessions")


@members_group.command("delete")
@click.argument("name", metavar="MEMBER")
@why_option
@yes_option
def delete_member(name: str, why: str, yes: bool) -> None:
    """Delete a member with all they have, and unlink them at Kakao. What is kept names no one."""
    member = find_member(name)
    ask(f"Delete {member.nickname}, member {member.id}, for good?", yes)
    signals.operator_acted.send(member, act="delete", why=why)
    if deletion.delete_account(member):
        click.echo(
            f"{member.nickname} is deleted; flask kakao unlinks says if Kakao is not told yet"
        )
    else:
        click.echo(f"{member.nickname} is deleted; Kakao links them until KAKAO_ADMIN_KEY is set")


@sessions_group.command("purge")
def purge_sessions() -> None:
    """Delete expired sessions, sign-ups, events and nickname reservations. Safe at any time."""
    click.echo(f"{sessions.purge()} sessions deleted")
    click.echo(f"{pending_signup.purge()} sign-ups deleted")
    click.echo(f"{account_events.purge()} events deleted")
    click.echo(f"{renaming.purge()} former nicknames deleted")
    click.echo(f"{bans.purge()} bans deleted")
    click.echo(f"{renaming.add_missing_skeletons()} look-alike keys added")


@sessions_group.command("end")
@click.option("--all", is_flag=True, required=True, expose_value=False, help="Those of everyone.")
@why_option
@yes_option
def end_sessions(why: str, yes: bool) -> None:
    """Sign everyone out. For one member: flask members sign-out."""
    ask("Sign everyone out?", yes)
    signals.operator_acted.send(None, act="sign all out", why=why)
    click.echo(f"{sessions.revoke_all()} sessions ended")


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
        click.echo("KAKAO_ADMIN_KEY is not set, so nothing of this is tried")


def find_member(name: str) -> Member:
    """Return the member with this nickname, or this former one while it is reserved.

    :param name: a nickname, or as the log or Kakao's console name people: member=17,
        person=0123456789abcdef, kakao=1234567890.
    :raises click.ClickException: if there is none.
    """
    kind, _, value = name.partition("=")
    member: Member | None
    if kind == "member" and re.fullmatch("[0-9]{1,9}", value):
        member = members.find_by_id(int(value))
    elif kind == "kakao" and (kakao_id := parse_user_id(value)):
        member = members.find(kakao_id)
    elif kind == "person":
        member = members.find_by_pseudonym(value)
    else:
        member = members.find_by_nickname(name) or members.find_by_former_nickname(name)
    if member is None:
        raise click.ClickException(f"no member is called {name}")
    return member


def ask(question: str, yes: bool) -> None:
    """Go on if the operator agrees; with --yes they have.

    :raises click.Abort: if not, or without a terminal to answer at.
    """
    if not yes:
        click.confirm(question, abort=True)
