"""The page to go to after signing in: always a path on this site."""

import re
from contextlib import suppress
from posixpath import normpath
from urllib.parse import unquote

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from .state import current_state

HOME = "/"
MAX_BYTES = 255  # up to five of them are stored in cookies
ZERO_WIDTH_JOINER = "\u200d"  # joins the people of a family emoji, also in nicknames


def safe(target: str | None) -> str:
    """Return the path if it is safe to redirect to after signing in, and the home page otherwise.

    The views of the sign-in and the page that is just being requested lead home, too: from there
    the person would be sent to Kakao once more.
    """
    if not target or not is_local(target):
        return HOME
    path = "/" + decoded_path(target).removeprefix(f"{request.root_path}/").lstrip("/")
    is_this_page = request.method in ("GET", "HEAD") and path == normpath(request.path)
    return HOME if is_this_page or leads_to_sign_in(path) else target


def is_local(target: str) -> bool:
    """Return whether this is a path on this site that fits into a cookie.

    Browsers read a backslash as a slash and drop tabs and newlines, so "/\\t/evil.example" is
    another site; percent-encoding must not hide such characters (OWASP: Unvalidated Redirects).
    """
    decoded_target = unquote(unquote(target))
    path = re.split("[?#]", decoded_target, maxsplit=1)[0]
    is_path = target.startswith("/") and "//" not in path and "\\" not in decoded_target
    # Half a surrogate pair is not printable either, and cannot be encoded.
    is_printable = decoded_target.replace(ZERO_WIDTH_JOINER, "").isprintable()
    return is_path and is_printable and len(target.encode()) <= MAX_BYTES


def decoded_path(target: str) -> str:
    """Return the path of a local URL decoded, without dot segments, as browsers resolve it."""
    return normpath(re.split("[?#]", unquote(unquote(target)), maxsplit=1)[0])


def leads_to_sign_in(path: str) -> bool:
    """Return whether a GET of this path opens the login or the callback view."""
    state = current_state()
    urls = current_app.create_url_adapter(request)
    for spelling in (path, f"{path}/"):
        with suppress(HTTPException):  # there is no such page, or it redirects
            if urls and urls.match(spelling, "GET")[0] in (state.login, state.callback):
                return True
    return False
