"""What an operator types: flask sessions sweep, flask kakao …"""

import click
from flask.cli import AppGroup

from . import sessions

sessions_group = AppGroup("sessions", help="The members' sign-ins.")


@sessions_group.command("sweep")
def sweep_sessions():
    """Delete sign-ins that ended more than 90 days ago. Safe at any time."""
    click.echo(f"{sessions.sweep()} sessions swept")
