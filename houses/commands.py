"""flask photos purge, renew, copy, sample; moderation/commands.py has the rest of flask photos."""

from pathlib import Path

import click
from flask import current_app

import config
from database.commands import CommandGroup
from operations import chores

from . import copies, purge, renewal, samples, storage
from .decoder import BusyError

photos_group = CommandGroup(
    "photos", help="Photos: show, hide, keep, delete, purge, renew, copy, sample."
)


def check_photos_url(_context: click.Context, _argument: click.Parameter, url: str) -> str:
    """Return the URL of a photo storage.

    :raises click.BadParameter: if it is not one.
    """
    try:
        return config.read_photos_url({"PHOTOS_URL": url}, Path())
    except config.ConfigError as error:
        raise click.BadParameter(str(error)) from error


@photos_group.command("purge")
@click.option("--yes", is_flag=True, help="Delete them even if they are many.")
def purge_photos(yes: bool) -> None:
    """Delete files older than an hour that belong to no photo."""
    try:
        click.echo(f"deleted {purge.purge(insist=yes)} files")
    except (storage.StorageError, purge.PurgeRefusedError) as error:
        raise click.ClickException(str(error)) from error
    chores.record("photos purge")


@photos_group.command("renew")
def renew_photos() -> None:
    """Make the files that older photos lack. Can be stopped and run again."""
    seen = renewed = 0
    total = renewal.count()
    try:
        for seen, renewed in renewal.renew():
            click.echo(f"{seen} of {total} photos, {renewed} renewed")
    except (storage.StorageError, BusyError) as error:
        reason = str(error) or "the decoder does not start"
        raise click.ClickException(f"{reason}; run this again to go on") from error
    click.echo(f"done; {seen - renewed} photos stay as they are")


@photos_group.command("copy")
@click.argument("source", callback=check_photos_url)
@click.argument("target", callback=check_photos_url)
def copy_photos(source: str, target: str) -> None:
    """Copy the photos from one PHOTOS_URL to another, both with the keys of the settings.

    Photos that are whole at the target are not copied again, and nothing is deleted.
    """
    try:
        click.echo(f"copied {copies.copy(source, target)} files")
    except storage.StorageError as error:
        raise click.ClickException(str(error)) from error


@photos_group.command("sample")
def add_samples() -> None:
    """Add sample members with photos; `make run` does so with the sandbox."""
    if not current_app.config["SANDBOX"]:
        raise click.ClickException("only with the Kakao sandbox")
    if samples.has_members():
        raise click.ClickException("only on an empty database")
    samples.add_sample_members()
