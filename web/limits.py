"""How often one network address may do what costs something; generous, as many may share it."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

STARTS = "300 per minute"
CALLBACKS = "300 per minute"
NICKNAMES = "300 per minute"  # posted, by form
CHECKS = "600 per minute"  # of a nickname while it is typed

# When the shared storage does not answer, each process counts for itself.
limiter = Limiter(get_remote_address, headers_enabled=True, in_memory_fallback_enabled=True)
