"""Rate limits: how often an IP address, or a member, can do what costs something."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user

# By IP address; generous, as many people may share one.
SIGN_IN_LIMIT = "300 per minute"
CALLBACK_LIMIT = "300 per minute"
NICKNAME_LIMIT = "300 per minute"  # the form, shown or posted
NICKNAME_CHECK_LIMIT = "600 per minute"  # while it is typed; by member for those who have one
PROFILE_LIMIT = "600 per minute"
WEBHOOK_LIMIT = "3000 per minute"  # Kakao sends them from few addresses, and pauses after errors

# By member.
RENAME_LIMIT = "30 per minute"
ACCOUNT_LIMIT = "120 per minute"  # sign-ins listed or ended, the picture, deletion
EXPORT_LIMIT = "20 per minute"

UPLOAD_LIMIT = "30 per minute"  # attempts; a picture costs up to seconds of CPU
FOOTPRINT_LIMIT = "60 per minute"
PHOTOS_PER_DAY = 50  # counted in the database, as a member who reaches it keeps what they typed
REPORTS_PER_DAY = 30

WINDOW = 60  # seconds, of each of them


# Without Flask-Limiter's headers: everyone would get them, and its Retry-After would replace the
# one for Kakao.
limiter = Limiter(
    get_remote_address,
    # While the shared storage does not respond, each process counts for itself; requests that
    # were waiting for it just then are not counted.
    in_memory_fallback_enabled=True,
    swallow_errors=True,
)


def member() -> str:
    """Return the key to count by member, for views behind login_required."""
    return f"member {current_user.id}"


def member_or_address() -> str:
    """Return the key to count by member, or by IP address for visitors."""
    return member() if current_user.is_authenticated else get_remote_address()
