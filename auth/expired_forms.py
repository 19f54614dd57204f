"""Forms with the CSRF token of an earlier session: redirect if nothing is left to change."""

from flask import Blueprint, redirect, request, session
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from web import errors
from web.logs import log_event

from . import account, failures, pending_signup, views
from .next_url import HOME

bp = Blueprint("expired_forms", __name__)


@bp.app_errorhandler(CSRFError)
def form_expired(error: CSRFError) -> Response | tuple:
    """Redirect if there is nothing left to change; otherwise change nothing, and say so.

    After someone signs in or out, their other tabs still show the forms of the earlier session.
    Nothing is changed here, so that a forged form achieves nothing.
    """
    if url := url_if_done():
        return redirect(url)
    if not errors.user_if_available().is_authenticated and request.endpoint != "auth.nickname":
        return failures.signed_out()
    log_event("form rejected", endpoint=request.endpoint)
    return errors.expired_form(failures.nearest_page(request.path))


def url_if_done() -> str | None:
    """Return where the form would lead if there is nothing left to change; None otherwise."""
    if request.endpoint == "auth.nickname":
        pending = pending_signup.load()
        if pending is None:
            return pending_signup.finished_url() or HOME
        return pending.next_url if pending.is_used else None
    if errors.user_if_available().is_authenticated:
        return account.url_if_done()
    if request.endpoint == "auth.log_out":
        return views.signed_out_url()
    if request.endpoint == "account.end_session":
        return HOME
    if account.DELETED in session:
        return session[account.DELETED]
    return None
