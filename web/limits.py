"""Rate limits, by IP address and by member."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

# By IP address; generous, because many people may share one.
SIGN_IN_LIMIT = "300 per minute"
CALLBACK_LIMIT = "300 per minute"
NICKNAME_LIMIT = "300 per minute"  # the form, shown or posted
# While someone types; counted by member once they are signed in.
NICKNAME_CHECK_LIMIT = "600 per minute"
PROFILE_LIMIT = "600 per minute"
WEBHOOK_LIMIT = "3000 per minute"  # Kakao sends from few addresses, and pauses after errors

# By member.
RENAME_LIMIT = "30 per minute"
ACCOUNT_LIMIT = "120 per minute"  # sessions listed or ended, the picture, deletion
EXPORT_LIMIT = "20 per minute"

UPLOAD_LIMIT = "30 per minute"  # attempts; a picture costs up to seconds of CPU
FOOTPRINT_LIMIT = "60 per minute"
# Counted in the database: every process counts together, and what was typed stays in the form.
PHOTOS_PER_DAY = 50  # attempts
REPORTS_PER_DAY = 30

WINDOW = 60  # seconds; all limits are per minute


# Without Flask-Limiter's headers: they would be in every response, and its Retry-After would
# replace ours for failures at Kakao.
limiter = Limiter(
    get_remote_address,
    # While the shared storage does not respond, each process counts for itself; a request that
    # was waiting for the storage is not counted.
    in_memory_fallback_enabled=True,
    swallow_errors=True,
)


def member() -> str:
    """Return the key for counting by member, for views behind login_required."""
    return f"member {current_user.id}"


def member_or_address() -> str:
    """Return the key for counting by member, or by IP address for visitors."""
    return member() if current_user.is_authenticated else get_remote_address()
