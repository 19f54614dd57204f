"""Where a person was going; only a path on this site is believed."""

import re
from urllib.parse import unquote

HOME = "/"
LONGEST = 255  # bytes; up to five of them wait in the cookie


def safe(target: str | None) -> str:
    """The path to go to after signing in; the home page for whatever is not one of ours.

    Browsers read a backslash as a slash and drop tabs and newlines, so "/\\t/evil.example" is
    another site; percent-encoding must hide none of this from us (OWASP: Unvalidated Redirects).
    """
    if not target or len(target.encode()) > LONGEST:
        return HOME
    plain = unquote(unquote(target))
    path = re.split("[?#]", plain, maxsplit=1)[0]
    is_path = target.startswith("/") and "//" not in path and "\\" not in plain
    # What leads to the way in or out is nowhere to arrive; the question on it is.
    is_on_the_way = path.startswith("/auth/") and path != "/auth/nickname"
    if not is_path or not plain.isprintable() or is_on_the_way:
        return HOME
    return target
