"""flask members …, reports; flask photos show, hide, keep, delete; flask sessions end."""

import re
import sys
from collections.abc import Sequence
from datetime import datetime

import click
from flask.cli import with_appcontext

from auth import export, members, nicknames, sessions
from auth.commands import sessions_group
from auth.kakao import parse_user_id
from database.commands import CommandGroup, one_line_errors
from houses import listings, photos
from houses.commands import photos_group
from models import MAX_BIGINT, MAX_WORDS_LENGTH, Member, Photo, Report
from web.lines import clean_line
from web.times import utc_minute

from . import cases, decisions, member_lists, record, reports
from .forms import MAX_SUSPENSION

MAX_CASES = 100  # that `flask reports` lists

members_group = CommandGroup(
    "members",
    help="Members. Name one by nickname, by a former one, by Kakao's number (kakao=1234567890), or "
    "as the log does: member=17, person=….",
)


def check_why(_context: click.Context, option: click.Parameter, why: str) -> str:
    """Return the text of --why, as the forms store it.

    :raises click.BadParameter: if it is too long, or not one line.
    """
    words = clean_line(why)
    # Line breaks and characters that cannot be stored are refused instead of dropped.
    is_changed = words != re.sub(" +", " ", why).strip()
    if is_changed or len(words) > MAX_WORDS_LENGTH or (option.required and not words):
        shortest = "1" if option.required else "up"
        raise click.BadParameter(f"takes {shortest} to {MAX_WORDS_LENGTH} characters, on one line")
    return words


member_argument = click.argument("name", metavar="MEMBER")
yes_option = click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
why_option = click.option("--why", default="", callback=check_why, help="Recorded with the act.")


@members_group.command("list")
@click.option("--suspended", "kind", flag_value="suspended", help="Those who are suspended now.")
@click.option("--operators", "kind", flag_value="operators", help="The operators.")
@click.option("--reported", "kind", flag_value="reported", help="The most reported first.")
def list_members(kind: str | None) -> None:
    """List members, by default the newest: at most 100."""
    for member, reported in member_lists.read(kind or "newest"):
        facts = [f"member={member.id} kakao={member.kakao_id} since {day(member.created_at)}"]
        if member.is_operator:
            facts.append("operator")
        if member.is_suspended:
            facts.append(suspension(member))
        if reported.made:
            facts.append(f"{reported.made} reports, {reported.open} open")
        click.echo(f"{member.nickname}: {', '.join(facts)}")


@members_group.command("show")
@member_argument
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
            f"{login.address}, {utc_minute(login.created_at)} to "
            f"{utc_minute(login.ended_at or login.last_seen_at)}"
        )
    if has_more:
        click.echo("and older sessions")


@members_group.command("export")
@member_argument
def export_member(name: str) -> None:
    """Write the ZIP file that members download at /me/export to the standard output.

    For someone who cannot sign in: flask members export member=17 > file.zip
    """
    if sys.stdout.isatty():
        raise click.UsageError("the ZIP file is written to the standard output: add > file.zip")
    member = find_member(name)
    decisions.record_export(member)
    for piece in export.archive_member(member):
        sys.stdout.buffer.write(piece)


@members_group.command("rename")
@member_argument
@click.option("--to", "nickname", help="Omit to have the member choose one at the next visit.")
@why_option
def rename_member(name: str, nickname: str | None, why: str) -> None:
    """Take a nickname away; the member cannot choose it again for 30 days."""
    member = find_member(name)
    former = member.nickname
    try:
        decisions.rename(member, why, nickname=nickname)
    except nicknames.InvalidNicknameError as error:
        raise click.ClickException(str(error)) from error
    if nickname is None:
        click.echo(f"{former} is {member.nickname} until they choose another nickname")
    else:
        click.echo(f"{former} is now {member.nickname}")


@members_group.command("sign-out")
@member_argument
@why_option
@yes_option
def sign_out_member(name: str, why: str, yes: bool) -> None:
    """End all sessions of a member."""
    member = find_member(name)
    ask(f"Sign {member.nickname} out everywhere?", yes)
    count = decisions.sign_out(member, why)
    click.echo(f"{member.nickname} is signed out of {count} sessions")


@members_group.command("delete")
@member_argument
@why_option
@yes_option
def delete_member(name: str, why: str, yes: bool) -> None:
    """Delete a member with all they have, and unlink them at Kakao.

    The record does not name them.
    """
    member = find_member(name)
    ask(f"Delete {member.nickname}, member {member.id}, for good?", yes)
    rest = "still linked at Kakao until KAKAO_ADMIN_KEY is set"
    if decisions.delete(member, why):
        rest = "flask kakao unlinks shows whether Kakao still links them"
    click.echo(f"{member.nickname} is deleted; {rest}")


@members_group.command("operator")
@member_argument
@click.option("--off", is_flag=True, help="Withdraw the role.")
def appoint_operator(name: str, off: bool) -> None:
    """Make a member an operator, or no longer one."""
    member = find_member(name)
    decisions.set_operator(member, is_operator=not off)
    click.echo(f"{member.nickname} is {'no longer' if off else 'now'} an operator")


@members_group.command("suspend")
@member_argument
@click.option("--why", required=True, callback=check_why, help="The member reads it.")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_SUSPENSION),
    help="Omit for a suspension without an end.",
)
def suspend_member(name: str, why: str, days: int | None) -> None:
    """End a member's sessions, hide their house, and refuse them until --days are over."""
    member = find_member(name)
    decisions.suspend(member, why, days)
    click.echo(f"{member.nickname} is {suspension(member)}")


def suspension(member: Member) -> str:
    """Return until when a member is suspended."""
    if member.is_suspended_for_good or member.suspended_until is None:
        return "suspended for good"
    return f"suspended until {utc_minute(member.suspended_until)}"


@members_group.command("restore")
@member_argument
def restore_member(name: str) -> None:
    """Lift a suspension; kakao=1234567890 also one that outlived its account."""
    kind, _, value = name.partition("=")
    kakao_id = parse_user_id(value) if kind == "kakao" else None
    if kakao_id and decisions.lift_ban(kakao_id):
        click.echo(f"{name} can sign up again")
        return
    member = find_member(name)
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


photo_argument = click.argument("photo_id", metavar="ID", type=click.IntRange(1, MAX_BIGINT))


@photos_group.command("show")
@photo_argument
def show_photo(photo_id: int) -> None:
    """Print what is stored about a photo: its owner, caption, reports, acts and files."""
    photo = find_photo(photo_id)
    click.echo(f"{title(photo)}, {day(photo.created_at)}")
    if photo.is_hidden:
        click.echo(f"hidden: {photo.hidden_why or 'by three reports'}")
    if photo.answer is not None:
        click.echo(f"answer: {photo.answer}")
    for report in reversed(reports.reports_of(photo)):
        click.echo(f"report: {describe(report)}")
    for act in reversed(record.newest(photo_id=photo.id)):
        by = act.operator.nickname if act.operator else act.origin
        click.echo(f"act: {act.act} by {by}, {utc_minute(act.created_at)} {act.why}")
    for path in photos.file_paths(photo):
        click.echo(f"file: {path}")


@photos_group.command("hide")
@photo_argument
@click.option("--why", required=True, callback=check_why, help="The owner reads it.")
def hide_photo(photo_id: int, why: str) -> None:
    """Hide a photo for all but its owner."""
    decisions.hide(find_photo(photo_id), why)
    click.echo(f"photo {photo_id} is hidden")


@photos_group.command("keep")
@photo_argument
def keep_photo(photo_id: int) -> None:
    """Show a photo, hidden or not, and close its reports."""
    decisions.show(find_photo(photo_id))
    click.echo(f"photo {photo_id} is shown")


@photos_group.command("delete")
@photo_argument
@click.option("--why", default="", callback=check_why, help="The owner reads it.")
@yes_option
def delete_photo(photo_id: int, why: str, yes: bool) -> None:
    """Delete a photo with its files for good.

    Prints the paths of the files: a CDN in front of them may have copies.
    """
    photo = find_photo(photo_id)
    ask(f"Delete {title(photo)}, for good?", yes)
    paths = photos.file_paths(photo)
    decisions.delete_photo(photo, why)
    click.echo(f"photo {photo_id} is deleted")
    for path in paths:
        click.echo(f"file: {path}")


@click.command("reports")
@click.option("--all", "with_settled", is_flag=True, help="Settled reports, too; the whole list.")
@with_appcontext
@one_line_errors()
def list_reports(with_settled: bool) -> None:
    """List the open cases with their reports, the oldest first."""
    if with_settled:
        for photo, all_reports in reports.all_by_photo():
            echo_case(photo, all_reports)
        return
    found, rest = cases.queue(size=MAX_CASES)
    for each in found:
        echo_case(each.photo, each.reports)
    if rest:
        click.echo(f"{cases.count() - len(found)} newer cases: --all lists them, too")


def echo_case(photo: Photo, its_reports: Sequence[Report]) -> None:
    """Print a photo and its reports."""
    click.echo(title(photo))
    if photo.answer is not None:
        click.echo(f"  answer: {photo.answer}")
    for report in its_reports:
        click.echo(f"  {describe(report)}")


def title(photo: Photo) -> str:
    """Return the photo's number, state, owner and caption."""
    state = "hidden" if photo.is_hidden else "shown"
    state += ", undecided" if photo.is_undecided else ""
    return f"photo {photo.id} ({state}) of {photo.member.nickname}: {photo.words or '-'}"


def describe(report: Report) -> str:
    """Return who reported what and when, and the caption at that time if it has changed."""
    marks = "" if report.is_open else " (settled)"
    if report.member.is_suspended:
        marks += " (of a suspended member, not counted)"
    caption = report.reported_line
    if caption is not None and caption != report.photo.words:
        marks += f" (the caption was: {caption or '-'})"
    by = f"{report.reason} by {report.member.nickname}"
    return f"{by}, {utc_minute(report.created_at)}{marks} {report.words}".rstrip()


def day(when: datetime) -> str:
    """Return the date of a time."""
    return f"{when:%Y-%m-%d}"


def find_member(name: str) -> Member:
    """Return the member whom an operator names, as members.look_up does.

    :raises click.ClickException: if there is none.
    """
    member = members.look_up(name)
    if member is None:
        raise click.ClickException(f"no member is called {name}")
    return member


def ask(question: str, yes: bool) -> None:
    """Ask the operator, unless --yes has answered.

    :raises click.Abort: if the operator does not agree, or there is no terminal.
    """
    if not yes:
        click.confirm(question, abort=True)


def find_photo(photo_id: int) -> Photo:
    """Return a photo.

    :raises click.ClickException: if there is none.
    """
    if photo := listings.find_photo(photo_id):
        return photo
    raise click.ClickException(f"there is no photo {photo_id}")
