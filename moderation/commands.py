"""flask members …, flask reports, flask photos hide and keep, flask sessions end."""

import re

import click
from flask.cli import with_appcontext

from auth import export, members, sessions
from auth.commands import sessions_group
from auth.kakao import parse_user_id
from database.commands import CommandGroup, one_line_errors
from houses import listings
from houses.commands import photos_group
from houses.forms import clean_line
from models import MAX_BIGINT, MAX_WORDS_LENGTH, Member, Photo

from . import decisions, reports
from .forms import MAX_SUSPENSION

members_group = CommandGroup(
    "members",
    help="Members. Name one by nickname, by a former one, or as the log does: member=17, person=….",
)


def check_why(_context: click.Context, option: click.Parameter, why: str) -> str:
    """Return what --why says, as the forms store it, or end the command."""
    words = clean_line(why)
    # Line breaks and characters that cannot be stored are refused instead of dropped.
    is_changed = words != re.sub(" +", " ", why).strip()
    if is_changed or len(words) > MAX_WORDS_LENGTH or (option.required and not words):
        shortest = "1" if option.required else "up"
        raise click.BadParameter(f"takes {shortest} to {MAX_WORDS_LENGTH} characters, on one line")
    return words


yes_option = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
why_option = click.option("--why", default="", callback=check_why, help="Recorded with the act.")


@members_group.command("show")
@click.argument("name", metavar="MEMBER")
def show_member(name: str) -> None:
    """Show what is stored about a member: their row, their sign-ins, how much else."""
    member = find_member(name)
    for column, value in export.columns_of(member).items():
        click.echo(f"{column}: {value}")
    for table, count in export.count_rows(member).items():
        click.echo(f"{table}: {count} rows")
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
    count = decisions.sign_out(member, why)
    click.echo(f"{member.nickname} is signed out of {count} sessions")


@members_group.command("delete")
@click.argument("name", metavar="MEMBER")
@why_option
@yes_option
def delete_member(name: str, why: str, yes: bool) -> None:
    """Delete a member with all they have, and unlink them at Kakao.

    The record does not name them.
    """
    member = find_member(name)
    ask(f"Delete {member.nickname}, member {member.id}, for good?", yes)
    if decisions.delete(member, why):
        click.echo(
            f"{member.nickname} is deleted; "
            "flask kakao unlinks shows whether Kakao still links them"
        )
    else:
        click.echo(
            f"{member.nickname} is deleted; still linked at Kakao until KAKAO_ADMIN_KEY is set"
        )


@members_group.command("operator")
@click.argument("nickname", metavar="MEMBER")
@click.option("--off", is_flag=True, help="Withdraw the role.")
def appoint_operator(nickname: str, off: bool) -> None:
    """Make a member an operator, or no longer one."""
    member = find_member(nickname)
    decisions.set_operator(member, is_operator=not off)
    click.echo(f"{member.nickname} is {'no longer' if off else 'now'} an operator")


@members_group.command("suspend")
@click.argument("nickname", metavar="MEMBER")
@click.option("--why", required=True, callback=check_why, help="The member reads it.")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_SUSPENSION),
    help="Omit for a suspension without an end.",
)
def suspend_member(nickname: str, why: str, days: int | None) -> None:
    """End a member's sessions, hide their house, and refuse them until --days are over."""
    member = find_member(nickname)
    decisions.suspend(member, why, days)
    click.echo(f"{member.nickname} is suspended until {member.suspended_until:%Y-%m-%d %H:%M} UTC")


@members_group.command("restore")
@click.argument("nickname", metavar="MEMBER")
def restore_member(nickname: str) -> None:
    """Lift a suspension; kakao=1234567890 also one that outlived its account."""
    kind, _, value = nickname.partition("=")
    kakao_id = parse_user_id(value) if kind == "kakao" else None
    if kakao_id and decisions.lift_ban(kakao_id):
        click.echo(f"{nickname} can sign up again")
        return
    member = find_member(nickname)
    decisions.restore(member)
    click.echo(f"{member.nickname} can sign in again")


@sessions_group.command("end")
@click.option("--all", is_flag=True, required=True, expose_value=False, help="Those of everyone.")
@why_option
@yes_option
def end_sessions(why: str, yes: bool) -> None:
    """Sign everyone out. For one member: flask members sign-out."""
    ask("Sign everyone out?", yes)
    click.echo(f"{decisions.sign_everyone_out(why)} sessions ended")


@photos_group.command("hide")
@click.argument("photo_id", metavar="ID", type=click.IntRange(1, MAX_BIGINT))
@click.option("--why", required=True, callback=check_why, help="The owner reads it.")
def hide_photo(photo_id: int, why: str) -> None:
    """Hide a photo for all but its owner."""
    decisions.hide(find_photo(photo_id), why)
    click.echo(f"photo {photo_id} is hidden")


@photos_group.command("keep")
@click.argument("photo_id", metavar="ID", type=click.IntRange(1, MAX_BIGINT))
def keep_photo(photo_id: int) -> None:
    """Show a photo, hidden or not, and close its reports."""
    decisions.show(find_photo(photo_id))
    click.echo(f"photo {photo_id} is shown")


@click.command("reports")
@with_appcontext
@one_line_errors()
def list_reports() -> None:
    """List the reports that no operator has looked at, newest first."""
    for report in reports.open_reports():
        state = "hidden" if report.photo.is_hidden else "shown"
        click.echo(
            f"photo {report.photo_id} ({state}) of {report.photo.member.nickname}: {report.reason}"
            f" by {report.member.nickname}, {report.created_at:%Y-%m-%d %H:%M} UTC {report.words}"
        )


def find_member(name: str) -> Member:
    """Return the member with this nickname, or with this former one while it is reserved.

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
        member = members.find_by_any_nickname(name)
    if member is None:
        raise click.ClickException(f"no member is called {name}")
    return member


def ask(question: str, yes: bool) -> None:
    """Go on if the operator agrees; with --yes they have.

    :raises click.Abort: if not, or without a terminal to answer at.
    """
    if not yes:
        click.confirm(question, abort=True)


def find_photo(photo_id: int) -> Photo:
    """Return a photo, or end the command."""
    if photo := listings.find_photo(photo_id):
        return photo
    raise click.ClickException(f"there is no photo {photo_id}")
