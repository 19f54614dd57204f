"""The pages for what went wrong on this site; what goes wrong at Kakao is in auth/views.py."""

from flask import Flask, current_app, request
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadHost, HTTPException

from . import limits
from .language import N_

HEADINGS = {
    400: (
        N_("잘못 전해졌어요"),
        N_("보내 주신 내용을 알아듣지 못했어요. 앞 화면에서 다시 해 주세요."),
    ),
    403: (
        N_("들어갈 수 없는 곳이에요"),
        N_("여기는 볼 수 없는 곳이에요. 처음 화면에서 다시 찾아 주세요."),
    ),
    404: (
        N_("그런 집은 없어요"),
        N_("이사를 갔거나 주소가 달라졌어요. 처음 화면에서 다시 찾아 주세요."),
    ),
    405: (N_("그렇게는 열 수 없어요"), N_("처음 화면에서 버튼을 눌러 다시 와 주세요.")),
    413: (N_("너무 커요"), N_("보내 주신 내용이 너무 길어요. 줄여서 다시 보내 주세요.")),
    429: (N_("조금만 천천히요"), N_("짧은 사이에 많이 눌렸어요. 1분쯤 쉬었다가 다시 해 주세요.")),
    500: (N_("잠시 문제가 생겼어요"), N_("저희 잘못이에요. 조금 뒤 다시 해 주세요.")),
}
AWAY = (N_("잠시 쉬고 있어요"), N_("저희 쪽에 문제가 생겼어요. 조금 뒤 다시 해 주세요."))
MEANWHILE = (
    N_("그 사이에 바뀌었어요"),
    N_("다른 기기에서 먼저 바꾼 것이 있어요. 한 번만 다시 해 주세요."),
)
CSRF = (
    N_("화면이 오래됐어요"),
    N_("앞 화면으로 돌아가서 새로 고친 다음 다시 눌러 주세요."),
)
VISITOR = AnonymousUserMixin()


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(OperationalError, database_is_away)
    app.register_error_handler(TimeoutError, database_is_away)
    app.register_error_handler(IntegrityError, changed_meanwhile)
    app.register_error_handler(StaleDataError, changed_meanwhile)
    app.register_error_handler(CSRFError, lambda error: (page(*CSRF, knows_who=True), 400))


def show(error: HTTPException):
    """A page with the status of the error; its headers (Allow, Retry-After) are kept."""
    is_redirect = error.code not in HEADINGS and error.code < 400
    # A page would link to others, and there is no address to be had from such a Host.
    if is_redirect or isinstance(error, BadHost):
        return error
    nearest = 500 if error.code >= 500 else 400
    heading, told = HEADINGS.get(error.code, HEADINGS[nearest])
    response = error.get_response()
    # On our own fault who is signed in may be just what cannot be found out; who is asked to
    # slow down shall cost nothing; and what stands for a file may be kept by a proxy.
    knows_who = error.code < 500 and error.code != 429 and request.endpoint != "static"
    response.data = page(heading, told, knows_who)
    response.content_type = "text/html; charset=utf-8"
    if error.code == 429:
        response.headers["Retry-After"] = limits.WINDOW
    return response


def database_is_away(error: OperationalError | TimeoutError):
    """No answer, or no connection left in the pool."""
    current_app.logger.error("the database does not answer: %s", cause_of(error))
    return page(*AWAY), 503, {"Retry-After": 10}


def changed_meanwhile(error: IntegrityError | StaleDataError):
    """What somebody worked on was changed or deleted elsewhere: they left on another device."""
    current_app.logger.warning("changed meanwhile: %s", cause_of(error))
    return page(*MEANWHILE), 409


def cause_of(error: Exception) -> str:
    """What the driver says, in one word: its text may hold names."""
    return type(getattr(error, "orig", error)).__name__


def page(heading: str, told: str, knows_who: bool = False) -> str:
    """An error page as a visitor sees it, or as the member does whose sign-in can be found."""
    template = current_app.jinja_env.get_template("error.html")
    return template.render(
        heading=heading, told=told, current_user=member_or_visitor() if knows_who else VISITOR
    )


def member_or_visitor():
    try:
        return current_user if current_user.is_authenticated else VISITOR
    except SQLAlchemyError:
        return VISITOR
