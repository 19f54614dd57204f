"""Cookies that no other host can set and no script can read."""

from flask import current_app
from werkzeug import Response


def full_name(name: str) -> str:
    """Return the name under which browsers store a cookie."""
    # Browsers accept a __Host- cookie only from this very host: no neighbouring site can set it.
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def set_cookie(response: Response, name: str, value: str, max_age: int) -> None:
    """Set a cookie.

    :param max_age: seconds.
    """
    response.set_cookie(full_name(name), value, max_age=max_age, **attributes())


def delete_cookie(response: Response, name: str) -> None:
    """Delete a cookie that set_cookie has set."""
    response.delete_cookie(full_name(name), **attributes())


def attributes() -> dict:
    """Return the attributes with which these cookies are set and deleted."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    return {"secure": secure, "httponly": True, "samesite": "Lax"}
