"""Forms with the CSRF token of an earlier session: their page is shown again."""

from flask import Blueprint, current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from web import errors
from web.logs import log_event

from . import account, failures, views

bp = Blueprint("expired_forms", __name__)


@bp.app_errorhandler(CSRFError)
def form_expired(error: CSRFError) -> ResponseReturnValue:
    """Show the form's page again with what was typed; to a visitor, how to sign in.

    After someone signs in or out, their other tabs still show the forms of the earlier session.
    Nothing is changed here, so that a forged form achieves nothing. A visitor gets no session
    cookie: the browser sends a forged form without one, and a new one would sign the member out.
    """
    is_visitor = not errors.user_if_available().is_authenticated
    if is_visitor and request.endpoint in ("auth.log_out", "account.end_session"):
        return redirect(views.signed_out_url())  # they are signed out already
    if is_visitor and account.DELETED in session:
        return redirect(session[account.DELETED])
    if is_visitor and request.endpoint != "auth.nickname":
        return failures.signed_out()
    log_event("form rejected", endpoint=request.endpoint)
    return show_page_again()


def show_page_again() -> ResponseReturnValue:
    """Handle this request as a GET of the page with the form, and say there why it is shown."""
    g.expired_form = True
    request.path = failures.form_page()
    request.method, request.query_string = "GET", b""
    try:
        urls = failures.url_adapter()
        request.url_rule, arguments = urls.match(request.path, "GET", return_rule=True)
        request.view_args = dict(arguments)
        # The functions before the request are those of the page's package now, which may be
        # for operators only.
        result = current_app.preprocess_request() or current_app.dispatch_request()
    except Exception as error:  # as Flask does for a view
        result = current_app.handle_user_exception(error)
    response = current_app.make_response(result)
    if response.status_code == 200:
        response.status_code = 400
    return response
