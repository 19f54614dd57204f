"""Views with side effects, which a HEAD request or a prefetch must not have."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import render_template
from flask.typing import ResponseReturnValue

from .kakao.prefetch import is_prefetch

Parameters = ParamSpec("Parameters")


def skip_for_prefetch(
    view: Callable[Parameters, ResponseReturnValue],
) -> Callable[Parameters, ResponseReturnValue]:
    """Decorate a view for GET that has side effects.

    A prefetch gets a page with a link to the same URL, in case the browser shows that page later.
    """

    @wraps(view)
    def wrapper(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        if is_prefetch():
            return render_template("continue.html")
        return view(*args, **kwargs)

    wrapper.changes_something = True  # type: ignore[attr-defined]
    return wrapper
