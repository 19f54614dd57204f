"""How long a person waits for the callback, with a Kakao that is far away."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from bench import people
from bench.people import Person
from bench.servers import BY_HAND, OURS, installed_peers, start_kakao, start_line, start_site

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
        line = start_line(stack, kakao, folder, ROUND_TRIP)
        for name in (OURS, *BY_HAND, *installed_peers()):
            site = start_site(stack, name, folder, **line)
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
