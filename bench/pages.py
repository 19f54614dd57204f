"""What a page costs beyond its template: home, nickname and one's own page."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import people
from bench.people import Person
from bench.servers import FLOOR, OURS, start_kakao, start_site

TITLE = "Pages"
ROUNDS, SIZE = 8, 160
NOTE = f"""\
Requests per second and CPU per request of the site's processes, and what they are of those of a
bare Flask app that renders the same template without session and database: medians of {ROUNDS}
rounds of {SIZE} requests, over {people.AT_ONCE} connections, the two taking turns. The nickname
page makes its five suggestions and checks them in the database."""
PAGES = {"home": "/", "nickname": "/auth/nickname", "one's own": "/me"}


def measure() -> list[dict]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kakao = start_kakao(stack)
        sites = {name: start_site(stack, name, folder, kakao.url) for name in (OURS, FLOOR)}
        member, namesake = (
            Person(OURS, sites[OURS], kakao, next(people.kakao_ids), "하늘") for _ in range(2)
        )
        member.sign_in()
        namesake.sign_in()
        cookies = {"home": {}, "nickname": namesake.cookies, "one's own": member.cookies}
        return [row(page, sites, cookies[page]) for page in PAGES]


def row(page: str, sites: dict, cookies: dict[str, str]) -> dict:
    costs, rates = ({name: [] for name in sites} for _ in range(2))
    for turn in range(ROUNDS + 1):
        for name, site in sites.items():
            before = site.cpu_seconds()
            rate = SIZE / open_many(page, site, cookies)
            if turn:  # the first warms it up
                costs[name].append((site.cpu_seconds() - before) / SIZE * 1000)
                rates[name].append(rate)
    ours, floor = (median(costs[name]) for name in (OURS, FLOOR))
    our_rate, floor_rate = (median(rates[name]) for name in (OURS, FLOOR))
    return {
        "page": page,
        "requests/s": f"{our_rate:.0f}",
        "of the floor's": f"{our_rate / floor_rate:.2f}",
        "CPU ms": f"{ours:.2f}",
        "floor, ms": f"{floor:.2f}",
        "times the floor": f"{ours / floor:.2f}",
    }


def open_many(page: str, site, cookies: dict[str, str]) -> float:
    """Open a page as often as a round needs; the seconds it took."""
    crowd = [Person(OURS, site, site, 0, "") for _ in range(people.AT_ONCE)]

    def open_often(person: Person) -> None:
        person.cookies = dict(cookies)
        for _ in range(SIZE // people.AT_ONCE):
            person.open(PAGES[page])
            assert person.status == 200, (page, person.status)  # noqa: S101

    return people.all_do(crowd, open_often)
