"""The page to go to after signing in: always a path on this site."""

import re
from urllib.parse import unquote

HOME = "/"
MAX_BYTES = 255  # up to five of them are stored in cookies
ZERO_WIDTH_JOINER = "\u200d"  # joins the people of a family emoji, also in nicknames


def safe(target: str | None) -> str:
    """Return the path if it is safe to redirect to after signing in, and the home page otherwise.

    Browsers read a backslash as a slash and drop tabs and newlines, so "/\\t/evil.example" is
    another site; percent-encoding must not hide such characters (OWASP: Unvalidated Redirects).
    """
    if not target or len(target.encode()) > MAX_BYTES:
        return HOME
    decoded_target = unquote(unquote(target))
    path = re.split("[?#]", decoded_target, maxsplit=1)[0]
    is_path = target.startswith("/") and "//" not in path and "\\" not in decoded_target
    # Never return to a sign-in or sign-out URL; the nickname form is the exception.
    is_auth_url = path.startswith("/auth/") and path != "/auth/nickname"
    is_printable = decoded_target.replace(ZERO_WIDTH_JOINER, "").isprintable()
    return target if is_path and is_printable and not is_auth_url else HOME
