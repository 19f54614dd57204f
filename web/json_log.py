"""Log lines as JSON, for programs that collect them; the format of times in every line."""

import json
import logging

TIME_FORMAT = "%Y-%m-%dT%H:%M:%S%z"


class JSONFormatter(logging.Formatter):
    """One JSON object per line: time, level, message, the request's id and the event's values.

    The values are in the record's attribute `fields`, a dict.
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
