"""The time that a request may wait for the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit the time of the database inside the block; after that, raise one of UNAVAILABLE.

    Outside, each statement has RESPONSE_TIMEOUT on PostgreSQL. On SQLite, a writer that waits for
    another is not interrupted.
    """
    token = deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        deadline.reset(token)


def remaining_seconds(usual: float) -> float:
    """Return the seconds until the end of time_limit; outside of one, the usual time."""
    end = deadline.get()
    return usual if end is None else max(0, end - time.monotonic())
