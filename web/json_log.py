"""Log lines as JSON, for programs that collect them; gunicorn's own lines too."""

import json
import logging


class JSONFormatter(logging.Formatter):
    """One JSON object per line: time, level, message, what its request says, and an event's values.

    The keys of the record's `fields`, a dict, stand beside those that every line has.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a log record as one line of JSON."""
        line = {
            "time": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        line = getattr(record, "fields", {}) | getattr(record, "request", {}) | line
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
