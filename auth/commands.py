"""What an operator types: flask sessions sweep, flask kakao …"""

import click
from flask.cli import AppGroup

from . import account_events, leaving, sessions

sessions_group = AppGroup("sessions", help="The members' sign-ins.")


@sessions_group.command("sweep")
def sweep_sessions():
    """Delete sign-ins that ended more than 90 days ago. Safe at any time."""
    click.echo(f"{sessions.sweep()} sessions swept, {account_events.sweep()} events forgotten")


kakao_group = AppGroup("kakao", help="What there is to do at Kakao.")


@kakao_group.command("retry-unlinks")
def retry_unlinks():
    """Tell Kakao of those who left while it did not answer. Safe at any time."""
    done, left = leaving.retry_unlinks()
    click.echo(f"{done} done, {left} left for later")
