"""HEAD requests and prefetches, which must have no side effects."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import render_template, request
from flask.typing import ResponseReturnValue

Parameters = ParamSpec("Parameters")


def is_prefetch() -> bool:
    """Return whether this is a HEAD request or a prefetch.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose
    """
    names = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    purpose = " ".join(request.headers.get(name, "") for name in names)
    return request.method == "HEAD" or "prefetch" in purpose or "preview" in purpose


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
