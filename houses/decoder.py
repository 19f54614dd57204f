"""Decode pictures in a child process that can be killed at any moment, one after the other."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn, cast

from flask import current_app

from . import renditions
from .renditions import InvalidPhotoError, Renditions

COMMAND = [sys.executable, "-m", "houses.decoder_process"]
ROOT = Path(__file__).parent.parent

MAX_SECONDS = 20  # of a picture, on a machine that has much else to do
MAX_WAIT = 30  # seconds for the pictures that came earlier; at least one of MAX_SECONDS
MAX_PICTURES = 100  # of one process, whose memory is fragmented by then
MAX_RESPONSE = 64 * 1024 * 1024  # bytes; the renditions of mere noise are 12 MB
# What ends a process whose picture costs too much: the limit of CPU time, the timer below or a
# machine without memory, and libraries that get no memory.
SIGNALS_OF_COST = (signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP)
SIGNALS_OF_CRASH = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)


class BusyError(Exception):
    """More pictures are waiting than can be decoded in time."""


class Decoder:
    """A child process that turns pictures into renditions, started for the first of them.

    It ends when its standard input ends, and so with the process that started it, however that
    one ends.
    """

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.pictures = 0  # that the process was given
        self.queue: deque[object] = deque()
        self.changed = threading.Condition()

    def convert(self, content: bytes) -> Renditions:
        """Return the renditions of a picture, once those that came earlier are finished.

        :raises BusyError: if these take too long, or the process does not start.
        :raises InvalidPhotoError: if it cannot be used; its message is shown to the user.
        """
        with self.turn():
            process = self.find_process()
            # From outside: libvips looks at a limit of its own once per row of tiles, which is
            # too late.
            killer = threading.Timer(MAX_SECONDS, process.kill)
            killer.start()
            try:
                response = exchange(process, content)
            finally:
                killer.cancel()
            if not response:
                process.communicate()  # closes the pipes and waits for its end
                self.process = start_process()  # now, so that the next picture need not wait
                self.pictures = 0
        if not response:
            fail(process.returncode)
        return parse(response)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until all pictures that came earlier are finished.

        :raises BusyError: if they take too long.
        """
        ticket = object()  # a lock would go to the fastest thread, not to the first
        try:
            with self.changed:
                self.queue.append(ticket)
                if not self.changed.wait_for(lambda: self.queue[0] is ticket, MAX_WAIT):
                    raise BusyError
            yield
        finally:
            with self.changed:
                self.queue.remove(ticket)
                self.changed.notify_all()

    def find_process(self) -> subprocess.Popen[bytes]:
        """Return the process for one more picture; a new one if it has died or had enough."""
        if self.process and self.pictures == MAX_PICTURES:
            self.process.kill()
            self.process.communicate()
        if self.process is None or self.process.poll() is not None:
            self.process = start_process()
            self.pictures = 0
        self.pictures += 1
        return self.process


decoder = Decoder()  # of this server process


def start_process() -> subprocess.Popen[bytes]:
    """Start the process that decodes (decoder_process.py).

    :raises BusyError: if the machine has no memory or processes left.
    """
    # Not the whole environment: if a picture takes the process over, it must not find our keys.
    names = [name for name in os.environ if name.startswith(("PYTHON", "LD_", "DYLD_"))]
    env = {name: os.environ[name] for name in names} | {"VIPS_WARNING": "off"}
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, cwd=ROOT, env=env)  # noqa: S603
    except OSError as error:
        current_app.logger.error("the decoder cannot be started: %s", error)
        raise BusyError from error


def exchange(process: subprocess.Popen[bytes], content: bytes) -> bytes:
    """Send a picture, and return the response; without one, the process has died."""
    stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    try:
        stdin.write(b"%d\n" % len(content) + content)
        stdin.flush()
    except BrokenPipeError:
        return b""
    response = stdout.readline(MAX_RESPONSE)
    return response if response.endswith(b"\n") else b""


def parse(response: bytes) -> Renditions:
    """Return what the process made of a picture.

    The process is not trusted, since a picture may have taken it over: the names of files come
    from here, and nothing else of the response is more than a number or text.

    :raises InvalidPhotoError: as in the process.
    """
    payload = json.loads(response)
    if payload.get("is_too_costly"):
        raise renditions.too_costly()
    if "message" in payload:
        message, params = payload["message"], payload["params"]
        raise InvalidPhotoError(message, **params)
    width, height, square_side = (int(payload[key]) for key in ("width", "height", "square_side"))
    names = renditions.file_names(width, square_side)
    files = {name: base64.b64decode(payload["files"][name]) for name in names}
    colours = bytes.fromhex(payload["colours"]).hex()
    return Renditions(width, height, square_side, colours, files)


def fail(status: int) -> NoReturn:
    """Log and raise the error for a process that died of a picture.

    :param status: as of Popen.returncode.
    :raises BusyError: if something else ended the process.
    :raises InvalidPhotoError: if the picture did.
    """
    current_app.logger.warning("the decoder ended with status %s", status)
    if -status in SIGNALS_OF_COST:
        raise renditions.too_costly()
    if -status in SIGNALS_OF_CRASH:
        raise renditions.damaged()
    raise BusyError
