"""A picture that costs too much, or breaks its decoder, is the affair of its own member alone."""

import os
import signal
import subprocess
import sys
from collections import deque
from threading import Event, Thread

import pytest
import pyvips

from houses import decoder, renditions
from houses.decoder import BusyError, Decoder
from houses.renditions import InvalidPhotoError, TooCostlyError
from tests.houses import pictures


@pytest.fixture(autouse=True)
def app_context(app):
    with app.app_context():
        yield


@pytest.fixture
def own(monkeypatch):
    """A decoder of the test's own."""
    own = Decoder()
    yield own
    if own.process:
        own.process.kill()
        own.process.communicate()


def program(*lines):
    return [sys.executable, "-c", "\n".join(lines)]


def limited(**limits):
    """The command of a process with other limits."""
    lines = [f"decoder_process.{name} = {value}" for name, value in limits.items()]
    return program("from houses import decoder_process", *lines, "decoder_process.serve()")


def large_avif():
    image = pyvips.Image.black(4900, 5100, bands=3).copy(interpretation="srgb")
    return image.heifsave_buffer(compression="av1", effort=0)


def test_a_picture_becomes_renditions(own):
    photo = own.convert(pictures.jpeg())

    assert (photo.width, photo.height) == (640, 480)
    assert photo.colours.startswith("c92f")  # red
    assert set(photo.files) == set(renditions.file_names(640, 480))


def test_the_process_starts_from_any_folder(own, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    assert own.convert(pictures.jpeg()).width == 640


def test_a_picture_is_refused_with_its_reason(own):
    with pytest.raises(InvalidPhotoError, match="200픽셀"):
        own.convert(pictures.jpeg(100, 100))
    with pytest.raises(InvalidPhotoError, match="걸 수 없는 파일"):
        own.convert(b"")


def test_the_process_stays_for_the_next_picture(own):
    own.convert(pictures.jpeg())
    first = own.process.pid
    own.convert(pictures.jpeg())

    assert own.process.pid == first


def test_a_worn_out_process_is_replaced(own, monkeypatch):
    monkeypatch.setattr(decoder, "MAX_PICTURES", 2)
    processes = []
    for _ in range(3):
        own.convert(pictures.jpeg())
        processes.append(own.process)

    assert processes[0] is processes[1] is not processes[2]
    assert processes[0].returncode is not None


def test_no_one_notices_when_an_idle_process_is_killed(own):
    own.convert(pictures.jpeg())
    own.process.kill()
    own.process.wait()

    assert own.convert(pictures.jpeg()).width == 640


def test_a_picture_that_takes_too_long_is_given_up(own, monkeypatch):
    """The process stands still, so no limit of its own can help."""
    own.find_process()
    os.kill(own.process.pid, signal.SIGSTOP)
    with monkeypatch.context() as patch, pytest.raises(TooCostlyError):
        patch.setattr(decoder, "MAX_SECONDS", 0)
        own.convert(pictures.jpeg())

    assert own.convert(pictures.jpeg()).width == 640


@pytest.mark.parametrize("limit", [{"MAX_CPU_SECONDS": 0}, {"MAX_MEMORY": 200 * 1024 * 1024}])
def test_a_picture_that_takes_too_much_is_given_up(own, monkeypatch, limit):
    monkeypatch.setattr(decoder, "COMMAND", limited(**limit))

    with pytest.raises(TooCostlyError):
        for _ in range(20):  # the kernel counts whole seconds, and one picture may take less
            own.convert(large_avif())
    assert own.convert(pictures.jpeg()).width == 640


def test_the_cpu_time_of_earlier_pictures_does_not_count(own, monkeypatch):
    monkeypatch.setattr(decoder, "COMMAND", limited(MAX_CPU_SECONDS=1))
    heavy = pictures.jpeg(4000, 3000)
    used = 0
    while used < 2:
        own.convert(heavy)
        used = cpu_seconds(own.process.pid)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (signal.SIGXCPU, TooCostlyError),
        (signal.SIGKILL, TooCostlyError),
        (signal.SIGABRT, TooCostlyError),
        (signal.SIGSEGV, "손상된"),
        (signal.SIGTERM, BusyError),
    ],
)
def test_the_reason_is_what_ended_the_process(own, monkeypatch, caplog, number, error):
    lines = ["import os, sys", "sys.stdin.readline()", f"os.kill(os.getpid(), {number:d})"]
    monkeypatch.setattr(decoder, "COMMAND", program(*lines))

    kind, match = (InvalidPhotoError, error) if isinstance(error, str) else (error, None)
    with pytest.raises(kind, match=match):
        own.convert(pictures.jpeg())
    assert caplog.messages == [f"the decoder ended with status -{number:d}"]


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (["/nowhere"], "the decoder cannot be started: [Errno 2]"),
        (program("raise SystemExit(1)"), "the decoder ended with status 1"),
    ],
)
def test_a_process_that_does_not_start_asks_to_try_later(own, monkeypatch, caplog, command, line):
    monkeypatch.setattr(decoder, "COMMAND", command)

    with pytest.raises(BusyError):
        own.convert(snapshot_of_noise())
    assert caplog.messages[0].startswith(line)


def snapshot_of_noise():
    """More than a pipe takes in advance."""
    return pictures.jpeg() + b"\0" * 1_000_000


def test_the_process_ends_with_the_one_that_started_it():
    """Even when that one is killed in the middle of a picture."""
    lines = [
        "import os, signal, flask",
        "from houses.decoder import Decoder, decoder",
        "process = decoder.find_process()",
        "process.stdin.write(b'1000000\\n')",
        "process.stdin.flush()",
        "os.kill(os.getpid(), signal.SIGKILL)",
    ]
    # Both have this pipe, so it ends when the second has ended.
    result = subprocess.run(program(*lines), stderr=subprocess.PIPE, timeout=60)

    assert result.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_picture_that_takes_the_process_over_finds_no_keys(own, monkeypatch):
    monkeypatch.setenv("KAKAO_CLIENT_SECRET", "client-secret")
    own.convert(pictures.jpeg())

    with open(f"/proc/{own.process.pid}/environ") as file:
        assert "client-secret" not in file.read()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("name", ["PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"])
def test_the_process_finds_python_and_its_libraries_where_the_server_does(own, monkeypatch, name):
    monkeypatch.setenv(name, "/opt/lib")
    own.convert(pictures.jpeg())

    with open(f"/proc/{own.process.pid}/environ") as file:
        assert f"{name}=/opt/lib" in file.read().split("\0")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_crash_of_the_process_leaves_no_picture_on_the_disk(own):
    own.convert(pictures.jpeg())

    with open(f"/proc/{own.process.pid}/limits") as file:
        (core,) = [line for line in file if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"]


def test_ctrl_c_leaves_the_end_of_the_process_to_the_server(own):
    """It reaches all processes of a terminal, and the picture at hand is to be finished."""
    own.convert(pictures.jpeg())
    first = own.process.pid
    os.kill(first, signal.SIGINT)

    own.convert(pictures.jpeg())
    assert own.process.pid == first


@pytest.mark.parametrize(
    "response",
    [
        b"{}",
        b"[",
        b'{"width": 640, "height": 480, "square_side": 9, "colours": "</style>", "files": {}}',
        b'{"width": 640, "height": 480, "square_side": 9, "colours": "", "files": {"..": ""}}',
    ],
)
def test_a_response_that_no_decoder_sends_is_not_used(response):
    with pytest.raises((KeyError, ValueError)):
        decoder.parse(response)


def test_a_process_that_sends_too_much_is_killed(own, monkeypatch):
    """A picture may have taken it over, so it does not end by itself."""
    lines = ["import signal", "print('1' * 100, flush=True)", "signal.pause()"]
    monkeypatch.setattr(decoder, "COMMAND", program(*lines))
    monkeypatch.setattr(decoder, "MAX_RESPONSE", 10)

    with pytest.raises(TooCostlyError):
        own.convert(pictures.jpeg())


def test_no_server_process_loads_libvips():
    lines = [
        "import sys, app",
        "from houses.decoder import decoder",
        "with app.create_app({}).app_context():",
        "    decoder.convert(sys.stdin.buffer.read())",
        "sys.exit('pyvips' in sys.modules)",
    ]
    subprocess.run(program(*lines), input=pictures.jpeg(), check=True)


def test_the_process_loads_nothing_of_the_site():
    lines = [
        "import sys",
        "from houses import decoder_process",
        "decoder_process.renditions.load_vips()",
        "sys.exit(bool({'flask', 'sqlalchemy', 'obstore', 'models'} & set(sys.modules)))",
    ]
    subprocess.run(program(*lines), check=True)


class Queue(deque):
    """A queue that says when someone has come."""

    def __init__(self):
        super().__init__()
        self.has_grown = Event()

    def append(self, ticket):
        super().append(ticket)
        self.has_grown.set()


def test_pictures_are_decoded_in_the_order_of_arrival():
    own = Decoder()
    own.queue = Queue()
    finished = []

    def take_turn(number):
        with own.turn():
            finished.append(number)

    with own.turn():
        threads = []
        for number in range(5):
            own.queue.has_grown.clear()
            threads.append(Thread(target=take_turn, args=[number]))
            threads[-1].start()
            own.queue.has_grown.wait()
    for thread in threads:
        thread.join()

    assert finished == [0, 1, 2, 3, 4]


def test_a_picture_that_waits_too_long_leaves_the_queue(monkeypatch):
    own = Decoder()
    with own.turn():
        monkeypatch.setattr(decoder, "MAX_WAIT", 0)
        with pytest.raises(BusyError), own.turn():
            pass
    assert not own.queue
    with own.turn():
        pass
