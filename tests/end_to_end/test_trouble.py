"""A slow, failing or malformed Kakao, over real HTTP: no technical word, and nothing breaks."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import sandbox
from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import Person, serving
from tests.html_checks import Page
from tests.servers import serving_here

DEADLINE = 5  # seconds, for both calls to Kakao together
GENEROUS = 20  # seconds more, for a busy machine; what hangs does so for 60
FAILED_SOMEHOW = {502, 503, 504}


@pytest.fixture(scope="module")
def kakao():
    """A Kakao sandbox in this process, which records every code and token that it issues."""
    app = sandbox.create_app()
    store = app.extensions["store"]
    app.issued = []
    issue = store.issue

    def issue_and_record(grants, grant):
        app.issued.append(issue(grants, grant))
        return app.issued[-1]

    store.issue = issue_and_record
    with serving_here(app) as app.url:
        yield app


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "site.log"


@pytest.fixture(scope="module")
def site(kakao, log, tmp_path_factory):
    """The site in one process of four threads; what it logs goes to a file."""
    with (
        databases.create(tmp_path_factory.mktemp("site")) as database,
        log.open("w") as output,
        serving(kakao.url, database, output=output) as url,
    ):
        yield url


@pytest.fixture
def fault(kakao):
    """Enable a fault of the sandbox until the test ends."""

    def throw(where, fault, **more):
        switch = {"where": where, "fault": fault} | more
        requests.post(f"{kakao.url}/faults", json=switch, timeout=30).raise_for_status()

    yield throw
    requests.delete(f"{kakao.url}/faults", timeout=30)


@pytest.fixture
def member(site):
    """Someone who signed in before the trouble began."""
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
    assert not re.search("KOE|HTTP|OAuth|error|token", Page(page.text).text("main"))

    requests.delete(f"{kakao.url}/faults", timeout=30)
    assert someone.sign_in_as(PEOPLE["no_email"].id, "/me").url.endswith("/me")


@pytest.mark.parametrize("number", ["KOE237", "KOE003", "KOE010", "KOE101", "KOE303", "KOE320"])
def test_a_refused_code_has_its_page(site, fault, number):
    fault("token", number)

    page = Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert page.status_code in (400, 503)
    assert number not in page.text


@pytest.mark.parametrize("code", ["-1", "-7", "-10", "-401", "-406", "-9798"])
def test_a_refused_profile_call_has_its_page(site, fault, code):
    fault("me", code)

    page = Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert page.status_code in (400, 403, 503)
    assert code not in Page(page.text).text("body")


@pytest.mark.parametrize(
    ("name", "status", "heading"),
    [
        ("under_14", 403, "아직은 함께할 수 없어요"),
        ("KOE203", 403, "필수 동의 항목이 빠졌어요"),
        ("KOE205", 400, "지금은 카카오로 시작할 수 없어요"),
        ("KOE023", 400, "카카오 창을 열지 못했어요"),
        ("LOGIN_TIMEOUT", 400, "시간이 지나 처음부터 다시 해야 해요"),
        ("NOT_SUPPORTED_BROWSER", 400, "이 브라우저에서는 카카오톡이 열리지 않아요"),
    ],
)
def test_a_rejected_authorization_says_why(site, log, fault, name, status, heading):
    logged = log.stat().st_size
    fault("authorize", name)

    page = Person(site).get("/auth/kakao?next=/me")

    assert page.status_code == status
    assert f">{heading}</h1>" in page.text
    assert "ERROR" not in log.read_bytes()[logged:].decode()


def test_an_ip_address_that_kakao_does_not_accept_is_not_blamed_on_the_person(site, log, fault):
    fault("me", "ip_mismatched")

    assert Person(site).sign_in_as(PEOPLE["no_email"].id, "/me").status_code == 503
    assert "203.0.113.7" not in log.read_text()
    assert "this server's IP address" in log.read_text()


@pytest.mark.parametrize("kind", ["reset", "503", "-7", "html"])
def test_a_profile_call_is_sent_once_more_after_a_passing_fault(site, fault, kind):
    fault("me", kind, times=1)

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
        while not any(response.done() for response in waiting):
            assert member.get("/me").status_code == 200
            assert requests.get(site, timeout=10).status_code == 200
        pages = [response.result() for response in waiting]

    assert time.monotonic() - began < DEADLINE + GENEROUS
    assert sorted(page.status_code for page in pages) == [503] * 4 + [504] * 2
    assert all(page.headers["Retry-After"] for page in pages if page.status_code == 503)


@pytest.mark.parametrize(
    ("response", "nickname"),
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
def test_unusual_but_valid_responses_sign_in(site, fault, response, nickname):
    someone = Person(site)
    fault("me", "json", json=response)

    assert someone.sign_in_as(PEOPLE["no_email"].id, "/me").url.endswith("/me")
    assert someone.nickname() == nickname


@pytest.mark.parametrize(
    "response",
    [{"id": 821}, {"id": 821, "kakao_account": {"profile": {"nickname": 7}}}, {"id": 821, "x": []}],
    ids=repr,
)
def test_without_a_nickname_one_is_asked_for(site, fault, response):
    fault("me", "json", json=response)

    page = Person(site).sign_in_as(PEOPLE["no_email"].id, "/me")

    assert page.url.endswith("/auth/nickname")


@pytest.mark.parametrize(
    "response", [[], {}, 7, {"id": 0}, {"id": -1}, {"id": True}, {"id": 1.5}, {"id": "x"}], ids=repr
)
def test_a_response_without_a_valid_id_signs_no_one_in(site, fault, response):
    someone = Person(site)
    fault("me", "json", json=response)

    assert someone.sign_in_as(PEOPLE["no_email"].id, "/me").status_code == 502
    assert someone.http.get(f"{site}/me", allow_redirects=False).status_code == 302


@pytest.mark.parametrize(("where", "most"), [("token", 1), ("me", 2)])
def test_only_the_profile_call_is_repeated(site, kakao, fault, where, most):
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
    fault("token", "KOE004")
    someone.sign_in_as(PEOPLE["no_email"].id, "/me")

    start, cancelled = "sign-in started prompt=-", "sign-in failed: cancelled"
    expected = [
        *(start, "signed up member=N", "signed in member=N kakao_seconds=S"),
        *(start, "asked for a nickname kakao_seconds=S"),
        *(start, f"{cancelled} kakao_seconds=S"),
        *(start, "sign-in failed: temporary failure KOE003 kakao_seconds=S"),
        *(
            start,
            "sign-in failed: misconfigured KOE004 kakao_seconds=S: switch on Kakao Login",
        ),
    ]
    lines = log.read_bytes()[began:].decode().splitlines()
    for line, event in zip(lines, expected, strict=True):
        shape = re.escape(event).replace("=N", "=[0-9]+").replace("=S", r"=[0-9]+\.[0-9]+")
        level = "ERROR" if "misconfigured" in event else "INFO"
        assert re.match(rf"\S+[+-]\d{{4}} {level} \[[0-9a-f]{{8}}\] {shape}", line)


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
    line = next(line for line in logged.splitlines() if "KOE010" in line)  # later ones are short
    assert "ERROR" in line
    assert "KAKAO_CLIENT_SECRET" in line
