"""The time that a person waits for the callback when Kakao is far away."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from bench import people
from bench.people import Person
from bench.servers import (
    OURS,
    PLAIN,
    installed_alternatives,
    start_kakao,
    start_latency_proxy,
    start_site,
)

TITLE = "Waiting for the callback"
ROUND_TRIP = 0.030  # seconds
SAMPLES = 25
NOTE = f"""\
Milliseconds from the callback's request to its response for a returning member, one at a time,
over TLS to a Kakao that is {ROUND_TRIP * 1000:.0f} ms away (there and back); {SAMPLES} times."""


def measure() -> list[dict]:
    """Return one row per site: the median wait and its 95th percentile, in milliseconds."""
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kakao = start_kakao(stack)
        kakao_settings = start_latency_proxy(stack, kakao, folder, ROUND_TRIP)
        for name in (OURS, *PLAIN, *installed_alternatives()):
            site = start_site(stack, name, folder, **kakao_settings)
            kakao_id = next(people.kakao_ids)
            # Ten to warm up.
            visits = [Person(name, site, kakao, kakao_id, "하늘") for _ in range(SAMPLES + 10)]
            for person in visits:
                person.sign_in()
            waits = [person.seconds[person.callback] * 1000 for person in visits[10:]]
            rows.append(
                {
                    "": name,
                    "median": f"{median(waits):.0f}",
                    "19 of 20 below": f"{quantiles(waits, n=20)[-1]:.0f}",
                }
            )
    return rows
