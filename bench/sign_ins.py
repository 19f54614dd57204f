"""Whole sign-ins: their CPU time, how many a second, and the calls to Kakao."""

import tempfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median

from bench import people
from bench.people import Person
from bench.servers import (
    OURS,
    PLAIN,
    Server,
    installed_alternatives,
    start_kakao,
    start_latency_proxy,
    start_site,
)

REPEATS = {"HTTP": 6, "TLS": 3}  # by Kakao's protocol
BATCH_SIZE = 50
TITLE = "Sign-ins"
NOTE = f"""\
A sign-in is start, callback and account page (the same template everywhere); if the nickname is
taken, also the nickname page and its form. Milliseconds are CPU of the site's own processes, and in
brackets their ratio to the better plain one: medians of {REPEATS["HTTP"]} batches of {BATCH_SIZE}
with a Kakao that speaks plain HTTP, so that the code alone is compared, and {REPEATS["TLS"]} as in
production: over TLS, verified with the usual authorities. Four people at once, the sites taking
turns. Calls and new connections are those to Kakao for a returning member, once the site is warm.
Memory is that of a worker, afterwards. Two workers of four threads serve each site; Flask-Dance,
which is not safe with threads, has eight of one."""
SCENARIOS = ("returning", "new", "taken")


def measure() -> list[dict]:
    """Return a row per site, first over HTTP, then over TLS."""
    return [row for protocol in REPEATS for row in measure_over(protocol)]


def measure_over(protocol: str) -> list[dict]:
    """Return a row per site, with a Kakao that speaks this protocol."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kakao = start_kakao(stack)
        kakao_settings = {"kakao": kakao.url}
        if protocol == "TLS":
            kakao_settings = start_latency_proxy(stack, kakao, folder, 0)
        sites = {
            name: SiteMembers(name, start_site(stack, name, folder, **kakao_settings), kakao)
            for name in (OURS, *PLAIN, *installed_alternatives())
        }
        for site in sites.values():
            people.run_concurrently(site.new(BATCH_SIZE), Person.sign_in)  # to warm up
        for _ in range(REPEATS[protocol]):
            for site in sites.values():
                site.measure("new", site.new(BATCH_SIZE), Person.sign_in)
                site.measure("returning", site.returning(BATCH_SIZE), Person.sign_in)
            same_name = sites[OURS].same_name(BATCH_SIZE)
            sites[OURS].measure("taken", same_name, Person.sign_in_with_a_suggestion)
        best = {
            scenario: min(median(sites[name].milliseconds[scenario]) for name in PLAIN)
            for scenario in SCENARIOS[:2]
        }
        return [{"Kakao over": protocol} | site.row(best) for site in sites.values()]


class SiteMembers:
    """The people of one site, and the cost of their sign-ins."""

    def __init__(self, name: str, site: Server, kakao: Server):
        self.name, self.site, self.kakao = name, site, kakao
        self.ids: list[int] = []
        self.milliseconds: dict[str, list[float]] = defaultdict(list)
        self.rates: dict[str, list[float]] = defaultdict(list)

    def person(self, kakao_id: int, named_after: int) -> Person:
        """Return someone whose nickname spells the number `named_after`."""
        # In syllables, because suggestions drop a number after a name.
        nickname = "".join("가나다라마바사아자차"[int(digit)] for digit in str(named_after))
        return Person(self.name, self.site, self.kakao, kakao_id, nickname)

    def new(self, number: int) -> list[Person]:
        """Return this many people who are not members yet."""
        self.ids = list(islice(people.kakao_ids, number))
        return self.returning(number)

    def returning(self, number: int) -> list[Person]:
        """Return the newest members."""
        return [self.person(kakao_id, kakao_id) for kakao_id in self.ids[:number]]

    def same_name(self, number: int) -> list[Person]:
        """Return new people with the nicknames of members."""
        new_ids = islice(people.kakao_ids, number)
        pairs = zip(new_ids, self.ids, strict=True)
        return [self.person(kakao_id, member) for kakao_id, member in pairs]

    def measure(self, scenario: str, visitors: list[Person], act: Callable) -> None:
        """Record the CPU milliseconds per sign-in, and the sign-ins per second."""
        before = self.site.cpu_seconds()
        seconds = people.run_concurrently(visitors, act)
        cpu = self.site.cpu_seconds() - before
        self.milliseconds[scenario].append(cpu / len(visitors) * 1000)
        self.rates[scenario].append(len(visitors) / seconds)

    def row(self, best: dict[str, float]) -> dict:
        """Return the row of this site."""
        people.reset_calls(self.kakao)
        counts = []
        for _ in range(2):  # the first one opens the connections
            people.run_concurrently(self.returning(BATCH_SIZE), Person.sign_in)
            counts.append(people.count_calls(self.kakao))
        calls, connections = (
            (after - before) / BATCH_SIZE for before, after in zip(*counts, strict=True)
        )
        row = {"": self.name}
        for scenario in SCENARIOS:
            row[f"{scenario}, ms"] = self.cost(scenario, best.get(scenario))
        for scenario in SCENARIOS:
            rates = self.rates[scenario]
            row[f"{scenario}/s"] = f"{median(rates):.0f}" if rates else ""
        return row | {
            "calls": f"{calls:.2f}",
            "connections": f"{connections:.2f}",
            "MB": f"{self.site.megabytes():.0f}",
        }

    def cost(self, scenario: str, best: float | None) -> str:
        """Return the median CPU milliseconds, with their ratio to the best if there is one."""
        if scenario not in self.milliseconds:
            return ""
        milliseconds = median(self.milliseconds[scenario])
        return f"{milliseconds:.2f}" + (f" ({milliseconds / best:.2f})" if best else "")
