"""The process that decoder.py starts: pictures in, renditions out, within limits."""

import base64
import json
import math
import resource
import signal
import sys
from dataclasses import asdict
from typing import Any

from . import renditions
from .renditions import InvalidPhotoError, TooCostlyError

MAX_CPU_SECONDS = 8  # per picture; a phone's photo takes 0.6, the slowest honest one 2.5
MAX_MEMORY = 600 * 1024 * 1024  # bytes


def serve() -> None:
    """Respond to each picture on the standard input with a line of JSON, until the input ends.

    A picture is a line with the number of its bytes, followed by the bytes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
    renditions.load_vips()
    while line := sys.stdin.buffer.readline():
        content = sys.stdin.buffer.read(int(line))
        limit_cpu_time()
        sys.stdout.write(json.dumps(respond(content)) + "\n")
        sys.stdout.flush()


def limit_cpu_time() -> None:
    """Make the kernel end this process once the next picture has taken MAX_CPU_SECONDS."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = math.ceil(usage.ru_utime + usage.ru_stime)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (used + MAX_CPU_SECONDS, hard_limit))


def respond(content: bytes) -> dict[str, Any]:
    """Return the renditions of a picture, or why it is refused, as values for JSON."""
    try:
        converted = renditions.convert(content)
    except TooCostlyError:
        return {"is_too_costly": True}
    except InvalidPhotoError as error:
        return {"message": error.message, "params": error.params}
    files = {name: base64.b64encode(file).decode() for name, file in converted.files.items()}
    return asdict(converted) | {"files": files}


if __name__ == "__main__":
    serve()
