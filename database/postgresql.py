"""Connections to PostgreSQL with timeouts."""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from .limits import deadline, remaining_seconds

# Seconds. The server cancels a statement and says why; if no error arrives either, the client gives
# up one second later.
STATEMENT_TIMEOUT = 5
LOCK_TIMEOUT = 3
RESPONSE_TIMEOUT = 6
IDLE_TRANSACTION_TIMEOUT = 60  # a process that was stopped must not hold its locks forever

SETTINGS = {
    "statement_timeout": STATEMENT_TIMEOUT,
    "lock_timeout": LOCK_TIMEOUT,
    "idle_in_transaction_session_timeout": IDLE_TRANSACTION_TIMEOUT,
}
# Firewalls silently drop idle connections, and machines disappear.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
SOCKET_OPTIONS = {
    "keepalives_idle": 30,  # seconds without traffic until the first probe
    "keepalives_interval": 10,  # seconds between probes
    "keepalives_count": 3,
    "tcp_user_timeout": RESPONSE_TIMEOUT * 1000,  # milliseconds that data may be unacknowledged
}

Result = TypeVar("Result")


class TimedConnection(psycopg.Connection):
    """A connection that is closed when the server does not respond in time.

    The server's own timeouts do not help when the server itself or the network hangs.
    """

    def wait(self, gen: Generator[Any, Any, Result], *args: Any, **kwargs: Any) -> Result:
        """Wait for the server as psycopg does, but no longer than the remaining time."""
        try:
            kwargs["timeout"] = remaining_seconds(RESPONSE_TIMEOUT)
            return super().wait(gen, *args, **kwargs)
        except psycopg.OperationalError:
            if self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()  # a late response would be read as that of the next statement
            raise


# psycopg waits at least two seconds for a new connection. Within time_limit(), a separate thread
# waits for it, so that the request can go on earlier.
connecting = ThreadPoolExecutor(thread_name_prefix="connecting")


def connect(*args: Any, **kwargs: Any) -> TimedConnection:
    """Return a new connection with its timeouts, made within the remaining time."""
    kwargs = SOCKET_OPTIONS | kwargs
    if deadline.get() is None:
        connection = TimedConnection.connect(*args, **kwargs)
    else:
        connection = connect_within(remaining_seconds(0), *args, **kwargs)
    # Not in the connection string: connection poolers reject settings there.
    connection.autocommit = True
    settings = SETTINGS.items()
    connection.execute("; ".join(f"SET {name} = '{seconds}s'" for name, seconds in settings))
    connection.autocommit = False
    return connection


def connect_within(seconds: float, *args: Any, **kwargs: Any) -> TimedConnection:
    """Return a new connection.

    :raises psycopg.OperationalError: if it takes longer.
    """
    kwargs["connect_timeout"] = max(1, int(seconds))
    attempt = connecting.submit(TimedConnection.connect, *args, **kwargs)
    try:
        return attempt.result(seconds)
    except TimeoutError as error:
        if not attempt.cancel():
            attempt.add_done_callback(close_late_connection)
        raise psycopg.OperationalError("no connection within the time limit") from error


def close_late_connection(attempt: Future[TimedConnection]) -> None:
    """Close a connection that came after its request had gone on."""
    if not attempt.exception():
        attempt.result().close()
