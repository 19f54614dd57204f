"""Error pages; auth/failures.py has the pages for failures at Kakao."""

from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext
from flask_login import AnonymousUserMixin, UserMixin, current_user
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadHost, HTTPException

from database import UNAVAILABLE, driver_error

from . import limits, static
from .lines import unsent_line
from .logs import log_event

# By status: heading and text.
MESSAGES = {
    400: (
        lazy_gettext("요청을 처리하지 못했어요"),
        lazy_gettext("보내 주신 내용을 읽지 못했어요. 이전 화면으로 돌아가 다시 시도해 주세요."),
    ),
    403: (
        lazy_gettext("들어갈 수 없는 곳이에요"),
        lazy_gettext("이 화면을 볼 권한이 없어요. 홈에서 다시 찾아봐 주세요."),
    ),
    404: (
        lazy_gettext("그런 집은 없어요"),
        lazy_gettext("이사를 갔거나 주소가 달라졌어요. 홈에서 다시 찾아봐 주세요."),
    ),
    405: (
        lazy_gettext("이 주소로는 바로 들어올 수 없어요"),
        lazy_gettext("이전 화면이나 홈에서 버튼을 눌러 들어와 주세요."),
    ),
    413: (
        lazy_gettext("내용이 너무 길어요"),
        lazy_gettext("보내 주신 내용이 너무 길어요. 이전 화면으로 돌아가 조금 줄여 주세요."),
    ),
    429: (lazy_gettext("너무 자주 눌렀어요"), lazy_gettext("1분쯤 쉬었다가 다시 시도해 주세요.")),
    500: (
        lazy_gettext("잠시 문제가 생겼어요"),
        lazy_gettext("저희 잘못이에요. 조금 뒤에 다시 시도해 주세요."),
    ),
}
DATABASE_UNAVAILABLE = (
    lazy_gettext("잠시 쉬고 있어요"),
    lazy_gettext("저희 쪽에 문제가 생겼어요. 조금 뒤에 다시 시도해 주세요."),
)
CONFLICT = (
    lazy_gettext("그사이에 바뀌었어요"),
    lazy_gettext(
        "다른 기기에서 먼저 바꾼 것이 있어요. 이전 화면으로 돌아가 한 번만 다시 시도해 주세요."
    ),
)
ANONYMOUS = AnonymousUserMixin()


def init_app(app: Flask) -> None:
    """Register a page for every HTTP error, and for errors of the database."""
    app.register_error_handler(HTTPException, http_error)
    for error in UNAVAILABLE:
        app.register_error_handler(error, database_unavailable)
    app.register_error_handler(IntegrityError, conflict)
    app.register_error_handler(StaleDataError, conflict)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """Show a page with the status and headers (Allow, Retry-After) of the error."""
    status = error.code or 500
    is_redirect = status not in MESSAGES and status < 400
    # The links of an error page need a valid Host.
    if is_redirect or isinstance(error, BadHost):
        return error
    heading, message = MESSAGES.get(status, MESSAGES[500 if status >= 500 else 400])
    is_temporary = status >= 500 or status == 429
    response = error.get_response()
    # The user is not loaded: after a 5xx, because that may be what failed; over a rate limit,
    # because it costs too much; for a file, because a proxy may cache the page.
    show_user = not is_temporary and request.endpoint not in static.ENDPOINTS
    response.data = render_error(heading, message, show_user, is_temporary)
    response.content_type = "text/html; charset=utf-8"
    if status == 429:
        log_event("rate limited", endpoint=request.endpoint)
        response.headers["Retry-After"] = str(limits.WINDOW)
    return response


def database_unavailable(error: SQLAlchemyError) -> ResponseReturnValue:
    """Show a page that asks to try again in ten seconds; log the driver's error."""
    current_app.logger.error("database unavailable: %s", driver_error(error))
    return render_error(*DATABASE_UNAVAILABLE, is_temporary=True), 503, {"Retry-After": "10"}


def conflict(error: IntegrityError | StaleDataError) -> ResponseReturnValue:
    """Show a page for a change to a row that was changed or deleted on another device."""
    current_app.logger.warning("conflict: %s", driver_error(error))
    return render_error(*CONFLICT, typed=unsent_line()), 409


def render_error(
    heading: LazyString | str,
    message: LazyString | str,
    show_user: bool = False,
    is_temporary: bool = False,
    typed: str = "",
) -> str:
    """Return an error page.

    :param show_user: whether the page shows the signed-in member, if their session can be loaded.
    :param is_temporary: whether the same request may succeed later.
    :param typed: what was typed in a form that is refused.
    """
    template = current_app.jinja_env.get_template("error.html")
    is_get = request.method in ("GET", "HEAD")
    return template.render(
        heading=heading,
        message=message,
        can_reload=is_temporary and is_get,
        previous_path=previous_path(),
        typed=typed,
        current_user=user_if_available() if show_user else ANONYMOUS,
    )


def previous_path() -> str | None:
    """Return the path of the previous page, if it is another page of this site."""
    if not request.referrer or not request.referrer.startswith(request.host_url):
        return None
    # Browsers read \ as /, and a path that begins with // would lead to another site.
    path = "/" + urlsplit(request.referrer).path.lstrip("/\\")
    is_this_page = request.method == "GET" and path == urlsplit(request.url).path
    return None if is_this_page else path


def user_if_available() -> UserMixin | AnonymousUserMixin:
    """Return the signed-in member; an anonymous user if there is none or loading fails."""
    try:
        return current_user if current_user.is_authenticated else ANONYMOUS
    except SQLAlchemyError:
        return ANONYMOUS
