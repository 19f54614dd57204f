"""The page to go to after signing in or sending a form: always a path on this site."""

from .kakao.next_url import HOME, decoded_path, is_local

__all__ = ["HOME", "safe"]


def safe(target: str | None) -> str:
    """Return the path if it is safe to redirect to, and the home page otherwise."""
    if not target or not is_local(target):
        return HOME
    path = decoded_path(target)
    # Never return to a sign-in or sign-out URL; the nickname form is the exception.
    is_auth_url = path.startswith("/auth/") and path != "/auth/nickname"
    return HOME if is_auth_url else target
