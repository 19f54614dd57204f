"""The switches: every way to fail, as an app meets it."""

import time

import pytest
import requests

from sandbox.errors import KAPI, KOE
from sandbox.faults import FAULTS, HUGE_BYTES, REDIRECTS


@pytest.mark.parametrize("number", KOE)
def test_each_koe_number_can_be_had_at_the_token_call(app, number):
    app.fault("token", number)

    refusal = app.exchange("a-code")

    assert refusal.status_code == KOE[number][0]
    assert refusal.json["error_code"] == number
    assert ("a-code" in refusal.json["error_description"]) == (number == "KOE320")


@pytest.mark.parametrize("code", KAPI)
def test_each_kapi_code_can_be_had_at_user_info(app, code):
    token = app.token("haneul")
    app.fault("me", str(code))

    refusal = app.me(token)

    assert refusal.status_code == KAPI[code][0]
    assert refusal.json["code"] == code


@pytest.mark.parametrize("error", REDIRECTS)
def test_each_error_can_come_back_from_authorize(app, error):
    app.fault("authorize", error)

    back = app.came_back(app.open())

    assert back["error"] == error
    assert back["state"] == "s1"


def test_the_state_can_be_missing(app):
    app.fault("authorize", "server_error", state=False)

    assert "state" not in app.came_back(app.open())


def test_a_switch_counts_down(app):
    token = app.token("haneul")
    app.fault("me", "503", times=2)

    assert [app.me(token).status_code for _ in range(3)] == [503, 503, 200]


def test_a_switch_stays_until_cleared(app):
    token = app.token("haneul")
    app.fault("me", "500")
    assert [app.me(token).status_code for _ in range(3)] == [500, 500, 500]

    app.client.delete("/faults")

    assert app.me(token).status_code == 200
    assert app.client.get("/faults").json == {}


def test_bodies_that_are_not_what_they_should_be(app):
    token = app.token("haneul")

    app.fault("me", "html", times=1)
    answer = app.me(token)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")

    app.fault("me", "maintenance", times=1)
    answer = app.me(token)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")

    app.fault("me", "truncated", times=1)
    answer = app.me(token)
    assert answer.mimetype == "application/json"
    assert answer.text.startswith("{") and not answer.text.endswith("}\n")

    app.fault("me", "huge", times=1)
    assert len(app.me(token).data) > HUGE_BYTES


def test_refusals_can_be_broken_off_too(app):
    app.fault("token", "truncated")

    refusal = app.exchange("unknown")

    assert refusal.status_code == 400
    assert '"error"' in refusal.text and "}" not in refusal.text


@pytest.mark.parametrize("value", [None, [], 0, "text", {"id": True}])
def test_any_json_can_be_the_answer(app, value):
    app.fault("me", "json", json=value, status=201)

    answer = app.me("whatever")

    assert answer.status_code == 201
    assert answer.json == value


@pytest.mark.parametrize(
    "wrong",
    [
        {"where": "nowhere", "fault": "500"},
        {"where": "token", "fault": "KOE999"},
        {"where": "token", "fault": "access_denied"},
        {"where": "token", "fault": "500", "times": "often"},
        [],
    ],
)
def test_a_switch_that_does_not_exist_is_refused(app, wrong):
    answer = app.client.post("/faults", json=wrong)

    assert answer.status_code == 400
    assert answer.json["problem"]


def test_the_page_throws_and_clears_switches(app):
    form = {"where": "token", "fault": "json", "json": '{"a": 1}', "times": "", "seconds": ""}
    assert app.client.post("/faults", data=form).status_code == 302
    assert app.exchange("x").json == {"a": 1}
    assert "모두 고치기" in app.client.get("/").text

    app.client.post("/faults/clear")

    assert "멀쩡해요" in app.client.get("/").text


def test_the_page_offers_every_fault(app):
    page = app.client.get("/").text

    for name in (*FAULTS, *REDIRECTS, *KOE, *map(str, KAPI)):
        assert f'value="{name}"' in page or f"<option>{name}</option>" in page


@pytest.fixture
def throw(address):
    yield lambda **fault: requests.post(f"{address}/faults", json=fault).raise_for_status()
    requests.delete(f"{address}/faults")


def test_a_slow_answer_comes_late(address, throw):
    throw(where="jwks", fault="slow", seconds=0.3)

    before = time.monotonic()
    assert requests.get(f"{address}/.well-known/jwks.json").json()["keys"]

    assert time.monotonic() - before > 0.3


def test_a_hanging_call_runs_into_the_callers_time_limit(address, throw):
    throw(where="jwks", fault="hang")

    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{address}/.well-known/jwks.json", timeout=0.2)


def test_a_cut_connection_brings_no_answer(address, throw):
    throw(where="token", fault="reset", times=1)

    with pytest.raises(requests.ConnectionError):
        requests.post(f"{address}/oauth/token", data={"code": "x"})

    assert requests.post(f"{address}/oauth/token", data={"code": "x"}).status_code == 401


def test_a_dripping_answer_outlasts_a_time_limit_between_bytes(address, throw):
    throw(where="discovery", fault="drip", seconds=0.003)  # for each of 700 bytes

    before = time.monotonic()
    answer = requests.get(f"{address}/.well-known/openid-configuration", timeout=2)

    assert answer.json()["issuer"] == address
    assert time.monotonic() - before > 2


def test_calls_and_connections_are_counted(address):
    def get(caller):
        caller.get(f"{address}/v2/user/me")

    requests.delete(f"{address}/calls")
    with requests.Session() as session:
        get(session)
        get(session)
    get(requests)

    counted = requests.get(f"{address}/calls").json()

    assert counted["me"] == counted["all"] == {"requests": 3, "connections": 2}
