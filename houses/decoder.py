"""Decode pictures one after the other, in a child process that can be killed at any moment."""

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

MAX_SECONDS = 20  # for one picture, on a busy machine
MAX_WAIT = 30  # seconds for all earlier pictures; longer than one of them may take
MAX_PICTURES = 100  # per process; after these, its memory is fragmented
MAX_RESPONSE = 64 * 1024 * 1024  # bytes; the renditions of a picture of noise take 12 MB
# A picture that costs too much ends the process: by the limit of CPU time, by the timer below, by
# a machine without memory, or by a library that gets no memory.
SIGNALS_OF_COST = (signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP)
SIGNALS_OF_CRASH = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)


class BusyError(Exception):
    """More pictures are waiting than can be decoded in time."""


class Decoder:
    """A child process that turns pictures into renditions; it starts with the first picture.

    The child process ends when its standard input is closed, and so always with its parent.
    """

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.pictures = 0  # how many this process has received
        self.queue: deque[object] = deque()
        self.changed = threading.Condition()

    def convert(self, content: bytes) -> Renditions:
        """Return the renditions of a picture, once all earlier pictures are finished.

        :raises BusyError: if the earlier pictures take too long, or the process does not start.
        :raises InvalidPhotoError: if the picture cannot be used; its message is shown to the user.
        """
        with self.turn():
            process = self.find_process()
            # The limit is enforced from outside: libvips would check one only once per row of
            # tiles, which is too late.
            killer = threading.Timer(MAX_SECONDS, process.kill)
            killer.start()
            try:
                response = exchange(process, content)
            finally:
                killer.cancel()
            if not response:
                # A process that a picture has taken over may still run, and send without end.
                process.kill()
                process.communicate()  # closes the pipes and waits for the end of the process
                self.process = start_process()  # now, so that the next picture does not wait
                self.pictures = 0
        if not response:
            fail(process.returncode)
        return parse(response)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until all earlier pictures are finished.

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
        """Return the process for one more picture; a new one if it has died or is worn out."""
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
    # Not the whole environment: a picture that takes the process over must not find our keys.
    names = [name for name in os.environ if name.startswith(("PYTHON", "LD_", "DYLD_"))]
    env = {name: os.environ[name] for name in names} | {"VIPS_WARNING": "off"}
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, cwd=ROOT, env=env)  # noqa: S603
    except OSError as error:
        current_app.logger.error("the decoder cannot be started: %s", error)
        raise BusyError from error


def exchange(process: subprocess.Popen[bytes], content: bytes) -> bytes:
    """Send a picture, and return the response; it is empty if the process has died."""
    stdin, stdout = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    try:
        stdin.write(b"%d\n" % len(content) + content)
        stdin.flush()
    except BrokenPipeError:
        return b""
    response = stdout.readline(MAX_RESPONSE)
    return response if response.endswith(b"\n") else b""


def parse(response: bytes) -> Renditions:
    """Return the renditions in a response.

    The response is not trusted, since a picture may have taken the process over. The names of files
    come from this process, and every other value is converted to a number, bytes or text.

    :raises InvalidPhotoError: if the process has refused the picture.
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

    :param status: the Popen.returncode of the process.
    :raises InvalidPhotoError: if the picture ended the process.
    :raises BusyError: if something else did.
    """
    current_app.logger.warning("the decoder ended with status %s", status)
    if -status in SIGNALS_OF_COST:
        raise renditions.too_costly()
    if -status in SIGNALS_OF_CRASH:
        raise renditions.damaged()
    raise BusyError
