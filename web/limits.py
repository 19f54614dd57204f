"""How often one network address may do what costs something; generous, as many may share it."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

STARTS = "300 per minute"
CALLBACKS = "300 per minute"
NICKNAMES = "300 per minute"  # posted, by form
CHECKS = "600 per minute"  # of a nickname while it is typed

WINDOW = 60  # seconds, of each of them

# Flask-Limiter's own headers would go to everybody, and its Retry-After over the one for Kakao.
limiter = Limiter(
    get_remote_address,
    # When the shared storage does not answer, each process counts for itself; requests that
    # were on their way to it at that moment go through uncounted.
    in_memory_fallback_enabled=True,
    swallow_errors=True,
)
