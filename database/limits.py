"""How long a request may wait for the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit how long the database may take inside the block; after that, raise one of UNAVAILABLE.

    Without it each statement has RESPONSE_TIMEOUT on PostgreSQL. It does not cut short a writer
    that waits for another on SQLite.
    """
    token = deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        deadline.reset(token)


def remaining_seconds(usual: float) -> float:
    """Return how long the database may take now: until the end of time_limit, or as usual."""
    end = deadline.get()
    return usual if end is None else max(0, end - time.monotonic())
