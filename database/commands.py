"""Commands that end with one line when the database fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from . import driver_error


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End a command with one line instead of a traceback when the database fails.

    :raises click.ClickException: when that happens.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise click.ClickException(f"the database failed: {driver_error(error)}") from error


class CommandGroup(AppGroup):
    """A group of commands that use the database."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a database error ends it with one line."""
        with one_line_errors():
            return super().invoke(ctx)
