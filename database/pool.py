"""A connection pool that refuses connections while the database hangs."""

import time
from threading import Condition
from typing import Any, cast

from sqlalchemy import PoolProxiedConnection, QueuePool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import TimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from .limits import remaining_seconds

MAX_POOL_WAIT = 2  # seconds; a connection in use for longer shows that the database hangs


class LimitedPool(QueuePool):
    """A pool that refuses connections while the database hangs.

    Its size is the number of threads that the database can hold up. While the database responds, a
    thread waits for its turn. Once a connection has been in use for too long, other threads are
    refused at once and stay free for pages that need no row.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_use: list[float] = []  # the monotonic times at which connections were taken
        self.last_use_was_fast = True
        self.connection_returned = Condition()

    def connect(self) -> PoolProxiedConnection:
        """Return a connection, after a short wait if necessary.

        :raises TimeoutError: if no connection is free.
        """
        with self.connection_returned:
            while len(self.in_use) >= self.size():
                wait = min(self.in_use) + MAX_POOL_WAIT - time.monotonic()
                wait = min(wait, remaining_seconds(wait))
                if wait <= 0 or not self.last_use_was_fast:
                    raise TimeoutError("all connections are in use, and the database is slow")
                self.connection_returned.wait(wait)
            started = time.monotonic()
            self.in_use.append(started)
        try:
            connection = super().connect()
        except BaseException:
            self.release(started)
            raise
        record_info = cast(dict[str, Any], connection.record_info)  # None only when detached
        record_info["release"] = lambda: self.release(started)
        return connection

    def release(self, started: float) -> None:
        """Give back the place taken at this time."""
        with self.connection_returned:
            self.in_use.remove(started)
            self.last_use_was_fast = time.monotonic() - started < MAX_POOL_WAIT
            self.connection_returned.notify()


@event.listens_for(LimitedPool, "checkin")
def release_connection(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    """Give the place of a returned connection to the next thread."""
    release = (record.record_info or {}).pop("release", None)
    if release:  # not set by a failed checkout
        release()
