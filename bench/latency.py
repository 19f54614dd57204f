"""How long a person waits for the callback, with a Kakao that is far away."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from bench import people
from bench.people import Person
from bench.servers import (
    BY_HAND,
    OURS,
    Server,
    installed_peers,
    start_kakao,
    start_site,
    started,
)

TITLE = "Waiting for the callback"
ROUND_TRIP = 0.030  # seconds
TIMES = 25
NOTE = f"""\
Milliseconds from the callback's request to its answer for a returning member, one at a time,
over TLS to a Kakao that is {ROUND_TRIP * 1000:.0f} ms away (there and back); {TIMES} times."""


def measure() -> list[dict]:
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kakao = start_kakao(stack)
        command = [
            sys.executable,
            "-m",
            "bench.slow_line",
            kakao.port,
            ROUND_TRIP,
            folder,
            "{port}",
        ]
        line = started(stack, Server(command, {}))
        for name in (OURS, *BY_HAND, *installed_peers()):
            address = f"https://127.0.0.1:{line.port}"
            certificate = str(folder / "certificate.pem")
            site = start_site(stack, name, folder, address, REQUESTS_CA_BUNDLE=certificate)
            kakao_id = next(people.kakao_ids)
            crowd = [Person(name, site, kakao, kakao_id, "하늘") for _ in range(TIMES + 10)]
            for person in crowd:
                person.sign_in()
            waits = [person.seconds[person.callback] * 1000 for person in crowd[10:]]
            rows.append(
                {
                    "": name,
                    "median": f"{median(waits):.0f}",
                    "19 of 20 below": f"{quantiles(waits, n=20)[-1]:.0f}",
                }
            )
    return rows
