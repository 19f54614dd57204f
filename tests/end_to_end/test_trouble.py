"""Kakao slow, down or odd, over real HTTP: nobody sees a technical word, and nothing breaks."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import sandbox
from sandbox.people import PEOPLE
from sandbox.server import make_server
from tests import databases
from tests.end_to_end.conftest import Person, serving

DEADLINE = 5  # seconds, for both calls to Kakao together
GENEROUS = 20  # seconds more, for a busy machine; what hangs does so for 60
FAILED_SOMEHOW = {502, 503, 504}


@pytest.fixture(scope="module")
def kakao():
    """A stand-in Kakao in this process; it remembers every code and token that it gave out."""
    app = sandbox.create_app()
    memory = app.extensions["memory"]
    app.issued = []
    issue = memory.issue

    def issue_and_remember(kind, **grant):
        app.issued.append(issue(kind, **grant))
        return app.issued[-1]

    memory.issue = issue_and_remember
    server = make_server(app)
    app.url = f"http://localhost:{server.port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield app
    server.shutdown()


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "site.log"


@pytest.fixture(scope="module")
def site(kakao, log, tmp_path_factory):
    """The site in one process of four threads; what it logs goes to a file."""
    with (
        databases.new(tmp_path_factory.mktemp("site")) as database,
        log.open("w") as output,
        serving(kakao.url, database, output=output) as url,
    ):
        yield url


@pytest.fixture
def fault(kakao):
    """Throw a switch of the stand-in, until the test ends."""

    def throw(where, fault, **more):
        switch = {"where": where, "fault": fault} | more
        requests.post(f"{kakao.url}/faults", json=switch, timeout=30).raise_for_status()

    yield throw
    requests.delete(f"{kakao.url}/faults", timeout=30)


@pytest.fixture
def member(site):
    """Somebody who signed in before the trouble began."""
    someone = Person(site)
    someone.sign_in_as(PEOPLE["haneul"].id)
    return someone


@pytest.mark.parametrize("where", ["token", "me"])
@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("500", 503),
        ("502", 503),
        ("503", 503),
        ("html", 503),
        ("maintenance", 503),
        ("truncated", 502),
        ("huge", 502),
        ("reset", 502),
    ],
)
def test_a_fault_has_its_page_and_the_next_try_works(site, kakao, fault, where, kind, status):
    someone = Person(site)
    fault(where, kind, times=2)

    page = someone.sign_in_as(PEOPLE["no_email"].id, "/me")
    assert page.status_code == status
    assert ("Retry-After" in page.headers) == (status == 503)
    assert "카카오" in page.text
    assert "다시" in page.text
    assert not re.search("KOE|HTTP|OAuth|error|token", page.text.split("<main")[1])

    requests.delete(f"{kakao.url}/faults", timeout=30)
    assert someone.sign_in_as(PEOPLE["no_email"].id, "/me").url.endswith("/me")


@pytest.mark.parametrize("number", ["KOE237", "KOE003", "KOE010", "KOE101", "KOE303", "KOE320"])
def test_a_refused_code_has_its_page(site, fault, number):
    fault("token", number)

    page = Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert page.status_code in (400, 500, 503)
    assert number not in page.text


@pytest.mark.parametrize("code", ["-1", "-7", "-10", "-401", "-406", "-9798"])
def test_a_refused_question_has_its_page(site, fault, code):
    fault("me", code)

    page = Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert page.status_code in (400, 403, 503)
    assert code not in re.sub("<[^>]+>", "", page.text)


def test_a_question_that_broke_off_is_asked_once_more(site, fault):
    fault("me", "reset", times=1)

    assert Person(site).sign_in_as(PEOPLE["no_email"].id, "/me").url.endswith("/me")


@pytest.mark.parametrize(
    "switches",
    [
        pytest.param([("token", "hang", 60)], id="the token call hangs"),
        pytest.param([("me", "hang", 60)], id="the question hangs"),
        pytest.param([("token", "slow", 3), ("me", "slow", 3)], id="together too slow"),
        pytest.param([("me", "drip", 0.3)], id="byte by byte"),
    ],
)
def test_both_calls_share_one_deadline(site, fault, switches):
    for where, kind, seconds in switches:
        fault(where, kind, seconds=seconds)
    began = time.monotonic()

    page = Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert page.status_code == 504
    assert time.monotonic() - began < DEADLINE + GENEROUS


def test_while_kakao_hangs_the_site_goes_on(site, fault, member):
    fault("token", "hang", seconds=60)
    crowd = [Person(site) for _ in range(6)]
    with ThreadPoolExecutor(len(crowd)) as pool:
        waiting = [pool.submit(one.sign_in_as, PEOPLE["no_email"].id) for one in crowd]
        began = time.monotonic()
        while not any(answer.done() for answer in waiting):
            assert member.get("/me").status_code == 200
            assert requests.get(site, timeout=10).status_code == 200
        pages = [answer.result() for answer in waiting]

    assert time.monotonic() - began < DEADLINE + GENEROUS
    assert sorted(page.status_code for page in pages) == [503] * 4 + [504] * 2
    assert all(page.headers["Retry-After"] for page in pages if page.status_code == 503)


@pytest.mark.parametrize(
    ("answer", "nickname"),
    [
        pytest.param(
            {"id": "811", "kakao_account": {"profile": {"nickname": "글자번호"}}},
            "글자번호",
            id="the number as text",
        ),
        pytest.param(
            {"id": 2**60 + 1, "kakao_account": {"profile": {"nickname": "아주큰번호"}}},
            "아주큰번호",
            id="a number beyond 2^53",
        ),
        pytest.param(
            {"id": 813, "properties": {"nickname": "옛날자리"}}, "옛날자리", id="the older place"
        ),
        pytest.param(
            {
                "id": 814,
                "properties": {"nickname": "옛이름"},
                "kakao_account": {"profile": {"nickname": "새이름"}, "has_email": "yes"},
            },
            "새이름",
            id="two nicknames",
        ),
    ],
)
def test_strange_but_valid_answers_sign_in(site, fault, answer, nickname):
    someone = Person(site)
    fault("me", "json", json=answer)

    assert someone.sign_in_as(PEOPLE["no_email"].id, "/me").url.endswith("/me")
    assert someone.nickname() == nickname


@pytest.mark.parametrize(
    "answer",
    [{"id": 821}, {"id": 821, "kakao_account": {"profile": {"nickname": 7}}}, {"id": 821, "x": []}],
    ids=repr,
)
def test_without_a_nickname_one_is_asked_for(site, fault, answer):
    fault("me", "json", json=answer)

    page = Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert page.url.endswith("/auth/nickname")


@pytest.mark.parametrize(
    "answer", [[], {}, 7, {"id": 0}, {"id": -1}, {"id": True}, {"id": 1.5}, {"id": "x"}], ids=repr
)
def test_who_has_no_usable_number_is_nobody(site, fault, answer):
    someone = Person(site)
    fault("me", "json", json=answer)

    assert someone.sign_in_as(PEOPLE["no_email"].id, "/me").status_code == 502
    assert someone.http.get(f"{site}/me", allow_redirects=False).status_code == 302


@pytest.mark.parametrize(("where", "most"), [("token", 1), ("me", 2)])
def test_only_the_question_is_asked_again(site, kakao, fault, where, most):
    fault(where, "reset")
    requests.delete(f"{kakao.url}/calls", timeout=30)

    Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert requests.get(f"{kakao.url}/calls", timeout=30).json()[where]["requests"] == most


def test_each_event_is_one_line_with_the_id_of_its_request(site, log, fault):
    began = log.stat().st_size
    someone, other = Person(site), Person(site)
    fault("me", "json", json={"id": 831, "kakao_account": {"profile": {"nickname": "한줄씩"}}})
    someone.sign_in_as(PEOPLE["no_email"].id, "/me")
    fault("me", "json", json={"id": 832, "kakao_account": {"profile": {"nickname": "한줄씩"}}})
    other.sign_in_as(PEOPLE["no_email"].id, "/me")
    fault("authorize", "access_denied")
    someone.get("/auth/kakao")
    fault("authorize", "slow", seconds=0)
    fault("token", "KOE003")
    someone.sign_in_as(PEOPLE["no_email"].id, "/me")
    fault("token", "KOE101")
    someone.sign_in_as(PEOPLE["no_email"].id, "/me")

    start, cancelled = "sign-in started prompt=-", "sign-in ended: cancelled"
    expected = [
        *(start, "signed up member=N", "signed in member=N kakao_seconds=S"),
        *(start, "asked for a nickname kakao_seconds=S"),
        *(start, f"{cancelled} kakao_seconds=S"),
        *(start, "sign-in ended: passing fault KOE003 kakao_seconds=S"),
        *(start, "sign-in ended: misconfigured KOE101 kakao_seconds=S: KAKAO_CLIENT_ID is unknown"),
    ]
    lines = log.read_bytes()[began:].decode().splitlines()
    for line, event in zip(lines, expected, strict=True):
        shape = re.escape(event).replace("=N", "=[0-9]+").replace("=S", r"=[0-9]+\.[0-9]+")
        level = "ERROR" if "misconfigured" in event else "INFO"
        assert re.match(rf"\S+ \S+ {level} \[[0-9a-f]{{8}}\] {shape}", line)


def test_nothing_secret_is_logged(site, kakao, log, fault):
    someone = Person(site)
    someone.sign_in_as(PEOPLE["jieun"].id, "/me")
    for number in ("KOE320", "KOE010", "html", "truncated"):
        fault("token", number, times=1)
        someone.sign_in_as(PEOPLE["jieun"].id, "/me")
    fault("me", "-401", times=2)
    someone.sign_in_as(PEOPLE["jieun"].id, "/me")

    logged = log.read_text()

    secrets = [*kakao.issued, "sandbox-client-secret", "sandbox-admin-key", "a key for tests"]
    assert len(kakao.issued) >= 6
    assert "signed in" in logged
    assert not [secret for secret in secrets if secret in logged]
    assert not [value for value in someone.http.cookies.values() if value in logged]
    (line,) = [line for line in logged.splitlines() if "KOE010" in line][-1:]
    assert "ERROR" in line
    assert "KAKAO_CLIENT_SECRET" in line
