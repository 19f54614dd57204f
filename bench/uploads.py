"""The cost of uploading a photo, and the number of sign-ins in the meantime."""

import re
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from uuid import uuid4

from bench import people
from bench.people import Person, first_value
from bench.servers import OURS, Server, start_kakao, start_site
from tests.houses.pictures import snapshot

TITLE = "Uploads"
UPLOADS, WARM_UP, UPLOADERS, SIGN_INS = 10, 6, 4, 100
NOTE = f"""\
A JPEG of 12 megapixels as a phone takes it, from the request to the redirect: medians of {UPLOADS}
uploads, one at a time, of the CPU of all processes and of the time; by how much the largest worker
grew at most, and how large a process that decodes was at most. Then whole sign-ins of returning
members per second, four at a time, without uploads and while {UPLOADERS} members upload one photo
after the other, all on the same cores."""


def measure() -> list[dict]:
    """Return a row per measurement."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kakao = start_kakao(stack)
        photos = (folder / "photos").as_uri()
        site = start_site(stack, OURS, folder, kakao.url, PHOTOS_URL=photos)
        members = [
            Person(OURS, site, kakao, next(people.kakao_ids), f"이웃{number}")
            for number in range(UPLOADERS + SIGN_INS)
        ]
        people.run_concurrently(members, Person.sign_in)
        uploaders, returning = members[:UPLOADERS], members[UPLOADERS:]
        content = snapshot()
        before = max(peak_megabytes(site.workers()))
        for _ in range(WARM_UP):  # each worker starts its decoder
            upload_cost(site, uploaders[0], content)
        costs = [upload_cost(site, uploaders[0], content) for _ in range(UPLOADS)]
        cpu_seconds, wall_seconds = zip(*costs, strict=True)
        grown = max(peak_megabytes(site.workers())) - before
        decoder = max(peak_megabytes(site.decoders()), default=0)
        alone, rest = returning[: SIGN_INS // 2], returning[SIGN_INS // 2 :]
        rate_alone = len(alone) / people.run_concurrently(alone, Person.sign_in)
        rate_busy, uploaded = sign_ins_beside_uploads(uploaders, rest, content)
    return [
        {"": f"a JPEG of {len(content) / 1e6:.1f} MB", "figure": ""},
        {"": "CPU seconds of an upload", "figure": f"{median(cpu_seconds):.2f}"},
        {"": "milliseconds of an upload", "figure": f"{median(wall_seconds) * 1000:.0f}"},
        {"": "MB that a worker grew at most", "figure": f"{grown:.0f}"},
        {"": "MB of a process that decodes, at most", "figure": f"{decoder:.0f}"},
        {"": "sign-ins per second without uploads", "figure": f"{rate_alone:.0f}"},
        {"": f"while {UPLOADERS} members upload", "figure": f"{rate_busy:.0f}"},
        {"": "uploads per second at that time", "figure": f"{uploaded:.1f}"},
    ]


def upload(person: Person, content: bytes) -> int:
    """Add a photo with an opened form, and return the status."""
    boundary = uuid4().hex
    fields = {"csrf_token": person.csrf_token, "form_key": uuid4().hex[:22], "room": "study"}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    body = b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])
    cookies = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Cookie": cookies}
    person.site.request("POST", "/me/photos/new", body, headers)
    response = person.site.getresponse()
    response.read()
    return response.status


def open_form(person: Person) -> None:
    """Open the form over a new connection: the server has closed the idle one."""
    person.site.close()
    person.open("/me/photos/new")
    person.csrf_token = first_value("csrf_token", person.page)


def upload_cost(site: Server, person: Person, content: bytes) -> tuple[float, float]:
    """Return the CPU seconds of one upload, and the seconds until the response."""
    open_form(person)
    before, started_at = site.cpu_seconds(), time.perf_counter()
    assert upload(person, content) == 302  # noqa: S101
    return site.cpu_seconds() - before, time.perf_counter() - started_at


def sign_ins_beside_uploads(
    uploaders: list[Person], returning: list[Person], content: bytes
) -> tuple[float, float]:
    """Return sign-ins and uploads per second while both go on."""
    is_over = threading.Event()
    statuses: list[int] = []

    def keep_uploading(person: Person) -> None:
        open_form(person)
        while not is_over.is_set():
            statuses.append(upload(person, content))

    threads = [threading.Thread(target=keep_uploading, args=[person]) for person in uploaders]
    for thread in threads:
        thread.start()
    seconds = people.run_concurrently(returning, Person.sign_in)
    is_over.set()
    for thread in threads:
        thread.join()
    return len(returning) / seconds, statuses.count(302) / seconds


def peak_megabytes(pids: list[int]) -> list[float]:
    """Return the largest memory that each process has had so far (VmHWM, proc(5))."""
    sizes = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return [int(re.findall(r"VmHWM:\s+(\d+)", size)[0]) / 1024 for size in sizes]
