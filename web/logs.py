"""One line per event, with the id of its request; never a code, a token or a name."""

import logging
import secrets

from flask import Flask, g, has_request_context
from flask.logging import default_handler

FORMAT = "%(asctime)s %(levelname)s [%(request_id)s] %(message)s"

log = logging.getLogger("neonejip")


def init_app(app: Flask) -> None:
    default_handler.setFormatter(logging.Formatter(FORMAT))
    default_handler.addFilter(add_request_id)
    for logger in (app.logger, log):
        logger.setLevel(logging.INFO)
        if default_handler not in logger.handlers:
            logger.addHandler(default_handler)


def add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id() if has_request_context() else "-"
    return True


def request_id() -> str:
    if "request_id" not in g:
        g.request_id = secrets.token_hex(4)
    return g.request_id


def event(what: str, **values) -> None:
    """Log that something happened, as `what name=value …`."""
    log.info(" ".join([what, *(f"{name}={value}" for name, value in values.items())]))
