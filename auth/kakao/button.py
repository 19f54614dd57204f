"""The button, and the page with it that people see when the site handles no KakaoError."""

from flask import Response, current_app, make_response, render_template, url_for
from markupsafe import Markup

from . import language
from .errors import KakaoError
from .messages import MESSAGES
from .next_url import HOME
from .state import current_state

# https://developers.kakao.com/docs/latest/ko/kakaologin/design-guide
LABELS = {"ko": "카카오 로그인", "en": "Login with Kakao"}


def kakao_button(next_url: str | None = None, label: str | None = None, app: bool = True) -> Markup:
    """Return the button: a link to the login view, with its style sheet and its script.

    :param next_url: where the person is going.
    :param label: another text on the button; by default Kakao's, in the visitor's language.
    :param app: whether it may open the KakaoTalk app.
    """
    state = current_state()
    next_url = None if next_url == HOME else next_url
    is_for_app = app and state.config["KAKAO_JAVASCRIPT_KEY"]
    request_url = url_for("flask_kakao.app_request", next=next_url) if is_for_app else None
    html = render_template(
        "flask_kakao/button.html",
        login_url=url_for(state.login, next=next_url),
        label=label or LABELS[language.preferred()],
        app_request_url=request_url,
        kakao_config=state.config,
    )
    return Markup(html)  # noqa: S704 (it comes from a template, which escapes)


def show_failure(error: KakaoError) -> Response:
    """Log the failure, and return a small page that says what to do next."""
    failure = error.failure
    message = f"sign-in failed: {error}"
    if failure.fix and error.is_from_kakao:
        current_app.logger.error("%s: %s", message, failure.fix)
    else:
        current_app.logger.info("%s", message)
    # Without a login view there is nothing to link to, but still something to read.
    has_button = error.has_button and current_state().login in current_app.view_functions
    code = language.preferred()
    page = render_template(
        "flask_kakao/failed.html",
        language=code,
        message=MESSAGES[code][error.message_name],
        # After a failure in the app, the next try is on the web.
        button=kakao_button(error.next_url, app=not error.is_app) if has_button else "",
    )
    response = language.set_headers(make_response(page, error.status))
    if error.status == 503 and failure.retry_after:
        response.headers["Retry-After"] = str(failure.retry_after)
    return response
