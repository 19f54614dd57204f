"""The cost of a page beyond its template: home, nickname form and account page."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from bench import people
from bench.people import Person
from bench.photos import MORE_PHOTOS
from bench.servers import FLOOR, OURS, Server, start_kakao, start_site
from bench.suggestions import MORE_MEMBERS

TITLE = "Pages"
REPEATS, BATCH_SIZE = 8, 160
SATURATION = 16  # connections to eight threads
NOTE = f"""\
CPU milliseconds per request of the site's processes, compared with a bare Flask app that renders
the same template without session and database, and with a view of it that has no template: medians
of {REPEATS} batches of {BATCH_SIZE} requests over {people.CONCURRENCY} connections, the two taking
turns. Under saturation: the median response time over {SATURATION} connections, compared in the
same way. Home pages show 24 photos. The nickname page makes its five suggestions and checks them in
the database."""
PAGES = {
    "visitor's home": ("/", "/"),
    "account": ("/me", "/me"),
    "members' home": ("/", "/bare/home"),
    "nickname": ("/auth/nickname", "/auth/nickname"),
}
NO_TEMPLATE = "/bare"


def measure() -> Iterator[dict]:
    """Yield one row per page."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kakao = start_kakao(stack)
        sites = {name: start_site(stack, name, folder, kakao.url) for name in (OURS, FLOOR)}
        with sa.create_engine(f"sqlite:///{folder / OURS}.sqlite3").begin() as connection:
            connection.execute(sa.text(MORE_MEMBERS), {"first": 1, "last": 12})
            connection.execute(sa.text(MORE_PHOTOS), {"first": 1, "last": 24})
        member, same_name = (
            Person(OURS, sites[OURS], kakao, next(people.kakao_ids), "하늘") for _ in range(2)
        )
        member.sign_in()
        same_name.sign_in()
        for page, (path, floor_path) in PAGES.items():
            cookies = {"visitor's home": {}, "nickname": same_name.cookies}
            ours = Page(sites[OURS], path, cookies.get(page, member.cookies))
            yield row(page, ours, Page(sites[FLOOR], floor_path), Page(sites[FLOOR], NO_TEMPLATE))


class Page:
    """A page of one site, and its measured cost."""

    def __init__(self, site: Server, path: str, cookies: dict[str, str] | None = None):
        self.site, self.path, self.cookies = site, path, cookies or {}
        self.milliseconds: list[float] = []
        self.waits: list[float] = []

    def measure(self) -> None:
        """Open the page in one batch for its CPU, and in one under saturation."""
        before = self.site.cpu_seconds()
        self.open_all(people.CONCURRENCY)
        self.milliseconds.append((self.site.cpu_seconds() - before) / BATCH_SIZE * 1000)
        self.waits.append(median(self.open_all(SATURATION)))

    def open_all(self, concurrency: int) -> list[float]:
        """Open the page BATCH_SIZE times, and return the seconds that each response took."""
        visitors = [Person(OURS, self.site, self.site, 0, "") for _ in range(concurrency)]
        seconds = []

        def open_repeatedly(person: Person) -> None:
            person.cookies = dict(self.cookies)
            for _ in range(BATCH_SIZE // concurrency):
                person.open(self.path)
                assert person.status == 200, (self.path, person.status)  # noqa: S101
                seconds.append(person.seconds[self.path])

        people.run_concurrently(visitors, open_repeatedly, concurrency)
        return seconds


def row(name: str, ours: Page, template: Page, nothing: Page) -> dict:
    """Measure a page, its template alone and no template at all, and return the row."""
    for page in (ours, template, nothing):
        page.open_all(SATURATION)  # warms it up
    for _ in range(REPEATS):
        for page in (ours, template, nothing):
            page.measure()
    cpu, template_cpu, nothing_cpu = (
        median(page.milliseconds) for page in (ours, template, nothing)
    )
    wait, template_wait, nothing_wait = (median(page.waits) for page in (ours, template, nothing))
    return {
        "page": name,
        "CPU ms": f"{cpu:.2f}",
        "template alone, ms": f"{template_cpu:.2f}",
        "times the template": f"{cpu / template_cpu:.2f}",
        "times no template": f"{cpu / nothing_cpu:.2f}",
        "saturated, ms": f"{wait * 1000:.0f}",
        "saturated, times the template": f"{wait / template_wait:.2f}",
        "saturated, times no template": f"{wait / nothing_wait:.2f}",
    }
