"""One line per event, with the id of its request; never a code, a token or a name."""

import logging
import re
import secrets
import sys

from flask import Flask, Response, current_app, g, has_request_context, request
from flask.logging import default_handler

from .addresses import truncate_ip
from .json_log import TIME_FORMAT, JSONFormatter

# gunicorn's lines look the same (deploy/gunicorn.conf.py).
FORMAT = "%(asctime)s %(levelname)s [%(request_id)s] %(message)s%(suffix)s"

# Version, trace, parent and flags (W3C Trace Context, 3.2); later versions may add fields.
TRACEPARENT = re.compile("(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")

log = logging.getLogger("neonejip")
rate_limits = logging.getLogger("flask-limiter")  # warns once when Redis is unavailable


def init_app(app: Flask) -> None:
    """Format the log, and give every response the id under which its request is logged."""
    is_json = app.config["LOG_FORMAT"] == "json"
    formatter = JSONFormatter if is_json else logging.Formatter
    default_handler.setFormatter(formatter(FORMAT, TIME_FORMAT))
    default_handler.addFilter(add_request)
    for logger in (app.logger, log, rate_limits):
        logger.setLevel(logging.WARNING if logger is rate_limits else logging.INFO)
        if default_handler not in logger.handlers:
            logger.addHandler(default_handler)
    app.before_request(adopt_trace)
    app.after_request(add_request_id_header)
    app.jinja_env.globals["request_id"] = request_id


def add_request(record: logging.LogRecord) -> bool:
    """Add request id, trace and the visitor's network; True means that no record is dropped."""
    record.request_id, record.suffix = "-", ""
    if has_request_context():
        record.request_id = request_id()
        more = {"ip": truncate_ip(request.remote_addr) or "-", "trace": g.get("trace")}
        more = {name: value for name, value in more.items() if value}
        record.request = {"request_id": request_id()} | more
        record.suffix = "".join(f" {name}={value}" for name, value in more.items())
    if record.name == rate_limits.name:
        record.exc_info = None  # an unavailable Redis gets one line, without a traceback
        if cause := sys.exc_info()[1]:
            record.msg += f" ({type(cause).__name__}: {cause}): check RATELIMIT_STORAGE_URI"
    return True


def adopt_trace() -> None:
    """Log this request under the trace that the proxy has started.

    https://www.w3.org/TR/trace-context/
    """
    match = TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    if match and current_app.config["TRUSTED_PROXIES"]:
        g.trace = request.environ["neonejip.trace"] = match[1]  # for gunicorn's log line


def add_request_id_header(response: Response) -> Response:
    """Send the request's id, for gunicorn's access log and for people who report a problem."""
    response.headers["X-Request-Id"] = request_id()
    return response


def request_id() -> str:
    """Return the random id of this request."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(4)
    return g.request_id


def log_event(event: str, **values: object) -> None:
    """Log an event, as `event name=value …`."""
    line = " ".join([event, *(f"{name}={value}" for name, value in values.items())])
    log.info(line, extra={"fields": {"event": event} | values})
