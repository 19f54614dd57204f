"""Whole sign-ins: what they cost, how many a second, and how often Kakao is asked."""

import tempfile
from collections import defaultdict
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median

from bench import people
from bench.people import Person
from bench.servers import BY_HAND, OURS, installed_peers, start_kakao, start_line, start_site

ROUNDS = {"HTTP": 6, "TLS": 3}  # by what Kakao speaks
SIZE = 50
TITLE = "Sign-ins"
NOTE = f"""\
A sign-in is start, callback and one's own page (the same template everywhere); after a clash
the nickname page and its form as well. Milliseconds are CPU of the site's own processes, and
in brackets how much that is of the best one by hand: medians of {ROUNDS["HTTP"]} rounds of {SIZE}
with a Kakao that speaks plain HTTP, so that the code alone is compared, and {ROUNDS["TLS"]} as in
life: over TLS, verified with the usual authorities. Four people at once, the sites taking turns.
Calls and new connections are those to Kakao for a returning member, once the site is warm.
Memory is that of a worker, afterwards. Two workers of four threads serve each site; Flask-Dance,
which is not safe with threads, has eight of one."""
KINDS = ("returning", "new", "clash")


def measure() -> list[dict]:
    return [row for way in ROUNDS for row in measure_over(way)]


def measure_over(way: str) -> list[dict]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kakao = start_kakao(stack)
        line = start_line(stack, kakao, folder, 0) if way == "TLS" else {"kakao": kakao.url}
        crowds = {
            name: Crowd(name, start_site(stack, name, folder, **line), kakao)
            for name in (OURS, *BY_HAND, *installed_peers())
        }
        for crowd in crowds.values():
            people.all_do(crowd.newcomers(SIZE), Person.sign_in)  # until it is warm
        for _ in range(ROUNDS[way]):
            for crowd in crowds.values():
                crowd.count("new", crowd.newcomers(SIZE), Person.sign_in)
                crowd.count("returning", crowd.members(SIZE), Person.sign_in)
            namesakes = crowds[OURS].namesakes(SIZE)
            crowds[OURS].count("clash", namesakes, Person.sign_in_with_a_suggestion)
        best = {
            kind: min(median(crowds[name].milliseconds[kind]) for name in BY_HAND)
            for kind in KINDS[:2]
        }
        return [{"Kakao over": way} | crowd.row(best) for crowd in crowds.values()]


class Crowd:
    """The people of one site, and what their sign-ins cost."""

    def __init__(self, name, site, kakao):
        self.name, self.site, self.kakao = name, site, kakao
        self.ids = []
        self.milliseconds, self.rates = defaultdict(list), defaultdict(list)

    def person(self, kakao_id: int, named_after: int) -> Person:
        # In syllables: of a number behind a name suggestions make nothing.
        nickname = "".join("가나다라마바사아자차"[int(digit)] for digit in str(named_after))
        return Person(self.name, self.site, self.kakao, kakao_id, nickname)

    def newcomers(self, number: int) -> list[Person]:
        self.ids = list(islice(people.kakao_ids, number))
        return self.members(number)

    def members(self, number: int) -> list[Person]:
        return [self.person(kakao_id, kakao_id) for kakao_id in self.ids[:number]]

    def namesakes(self, number: int) -> list[Person]:
        """New people whose nicknames members bear."""
        new = islice(people.kakao_ids, number)
        pairs = zip(new, self.ids, strict=True)
        return [self.person(kakao_id, member) for kakao_id, member in pairs]

    def count(self, kind: str, crowd: list[Person], act) -> None:
        before = self.site.cpu_seconds()
        seconds = people.all_do(crowd, act)
        cpu = self.site.cpu_seconds() - before
        self.milliseconds[kind].append(cpu / len(crowd) * 1000)
        self.rates[kind].append(len(crowd) / seconds)

    def row(self, best: dict[str, float]) -> dict:
        people.calls(self.kakao, forget=True)
        asked = []
        for _ in range(2):  # the first finds out which connections there are
            people.all_do(self.members(SIZE), Person.sign_in)
            asked.append(people.calls(self.kakao))
        calls, connections = ((after - before) / SIZE for before, after in zip(*asked, strict=True))
        row = {"": self.name}
        for kind in KINDS:
            row[f"{kind}, ms"] = self.cost(kind, best.get(kind))
        for kind in KINDS:
            row[f"{kind}/s"] = f"{median(self.rates[kind]):.0f}" if self.rates[kind] else ""
        return row | {
            "calls": f"{calls:.2f}",
            "connections": f"{connections:.2f}",
            "MB": f"{self.site.megabytes():.0f}",
        }

    def cost(self, kind: str, best: float | None) -> str:
        if kind not in self.milliseconds:
            return ""
        milliseconds = median(self.milliseconds[kind])
        return f"{milliseconds:.2f}" + (f" ({milliseconds / best:.2f})" if best else "")
