"""flask photos …, flask members …, flask reports."""

import click
from flask import current_app
from flask.cli import with_appcontext

from auth.commands import find_member, members_group
from auth.kakao import parse_user_id
from database.commands import CommandGroup, one_line_errors
from models import MAX_BIGINT, MAX_WORDS_LENGTH, Photo

from . import listings, moderation, purge, storage
from .forms import MAX_SUSPENSION, clean_line

photos_group = CommandGroup("photos", help="Photos: hide, keep, purge, sample.")


@photos_group.command("hide")
@click.argument("photo_id", metavar="ID", type=click.IntRange(1, MAX_BIGINT))
@click.option("--why", required=True, help="The owner reads it.")
def hide_photo(photo_id: int, why: str) -> None:
    """Hide a photo for all but its owner."""
    moderation.hide(find_photo(photo_id), checked_words(why))
    click.echo(f"photo {photo_id} is hidden")


@photos_group.command("keep")
@click.argument("photo_id", metavar="ID", type=click.IntRange(1, MAX_BIGINT))
def keep_photo(photo_id: int) -> None:
    """Show a photo, again if it was hidden; the reports so far no longer count."""
    moderation.show(find_photo(photo_id))
    click.echo(f"photo {photo_id} is shown")


@photos_group.command("purge")
@click.option("--yes", is_flag=True, help="Delete them even if they are many.")
def purge_photos(yes: bool) -> None:
    """Delete files older than an hour that belong to no photo."""
    try:
        click.echo(f"deleted {purge.purge(insist=yes)} files")
    except (storage.StorageError, purge.PurgeRefusedError) as error:
        raise click.ClickException(str(error)) from error


@photos_group.command("sample")
def hang_samples() -> None:
    """Let made-up neighbours move in, with drawn photos; `make run` does it with the sandbox."""
    from . import samples  # libvips, which the other commands can do without

    if not current_app.config["SANDBOX"]:
        raise click.ClickException("only with the Kakao sandbox")
    if samples.has_members():
        raise click.ClickException("only while no one lives here")
    samples.add_sample_members()


@members_group.command("operator")
@click.argument("nickname", metavar="MEMBER")
@click.option("--off", is_flag=True, help="No longer.")
def appoint_operator(nickname: str, off: bool) -> None:
    """Make a member an operator, or no longer one."""
    member = find_member(nickname)
    moderation.set_operator(member, is_operator=not off)
    click.echo(f"{member.nickname} is {'no longer' if off else 'now'} an operator")


@members_group.command("suspend")
@click.argument("nickname", metavar="MEMBER")
@click.option("--why", required=True, help="The member reads it.")
@click.option("--days", type=click.IntRange(1, MAX_SUSPENSION), help="Without it: for good.")
def suspend_member(nickname: str, why: str, days: int | None) -> None:
    """End a member's sessions, hide their house, and refuse them until --days are over."""
    member = find_member(nickname)
    moderation.suspend(member, checked_words(why), days)
    click.echo(f"{member.nickname} is suspended until {member.suspended_until:%Y-%m-%d %H:%M} UTC")


@members_group.command("restore")
@click.argument("nickname", metavar="MEMBER")
def restore_member(nickname: str) -> None:
    """Lift a suspension; kakao=1234567890 also one that outlived its account."""
    kind, _, value = nickname.partition("=")
    kakao_id = parse_user_id(value) if kind == "kakao" else None
    if kakao_id and moderation.lift_ban(kakao_id):
        click.echo(f"{nickname} can sign up again")
        return
    member = find_member(nickname)
    moderation.restore(member)
    click.echo(f"{member.nickname} is not suspended any more")


@click.command("reports")
@with_appcontext
@one_line_errors()
def reports() -> None:
    """List the reports that no operator has looked at, newest first."""
    for report in moderation.open_reports():
        state = "hidden" if report.photo.is_hidden else "shown"
        click.echo(
            f"photo {report.photo_id} ({state}) of {report.photo.member.nickname}: {report.reason}"
            f" by {report.member.nickname}, {report.created_at:%Y-%m-%d %H:%M} UTC {report.words}"
        )


def find_photo(photo_id: int) -> Photo:
    """Return a photo, or end the command."""
    if photo := listings.find_photo(photo_id):
        return photo
    raise click.ClickException(f"there is no photo {photo_id}")


def checked_words(text: str) -> str:
    """Return words for others to read, as the forms store them, or end the command."""
    words = clean_line(text)
    if not words or len(words) > MAX_WORDS_LENGTH:
        raise click.ClickException(f"--why needs 1 to {MAX_WORDS_LENGTH} characters")
    return words
