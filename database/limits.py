"""The time that a request may wait for the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit the time that the block may wait for the database; then raise one of UNAVAILABLE.

    Without it, each statement on PostgreSQL has RESPONSE_TIMEOUT. On SQLite, a writer that waits
    for another writer is not interrupted.
    """
    token = deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        deadline.reset(token)


def remaining_seconds(usual: float) -> float:
    """Return the seconds until the end of the current time_limit; without one, the usual time."""
    end = deadline.get()
    return usual if end is None else max(0, end - time.monotonic())
