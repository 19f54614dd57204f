"""Each fault, as an app meets it."""

import time

import pytest
import requests

from sandbox.errors import KAPI, KOE, KOE_IN_REDIRECT
from sandbox.faults import FAULTS, HUGE_BYTES, REDIRECTS


@pytest.mark.parametrize("code", KOE)
def test_the_token_endpoint_can_fail_with_each_koe_code(app, code):
    app.enable(code, "token")

    error = app.exchange("a-code")

    assert error.status_code == KOE[code][0]
    assert error.json["error_code"] == code
    assert ("a-code" in error.json["error_description"]) == (code == "KOE320")


@pytest.mark.parametrize("code", KAPI)
def test_user_info_can_fail_with_each_kapi_code(app, code):
    token = app.token("haneul")
    app.enable(str(code), "me")

    error = app.me(token)

    assert error.status_code == KAPI[code][0]
    assert error.json["code"] == code


@pytest.mark.parametrize("error", REDIRECTS)
def test_authorize_can_redirect_back_with_each_error(app, error):
    app.enable(error, "authorize")

    params = app.callback(app.open())

    assert (params["error"], params["error_description"]) == REDIRECTS[error]
    assert params["state"] == "s1"


@pytest.mark.parametrize("code", KOE_IN_REDIRECT)
def test_authorize_can_redirect_back_with_a_koe_code_in_the_description(app, code):
    app.enable(code, "authorize")

    params = app.callback(app.open())

    assert params["error"] == KOE[code][1]
    assert f"({code})" in params["error_description"]


@pytest.mark.parametrize("code", ["KOE006", "KOE101", "KOE008"])
def test_other_koe_codes_end_on_kakaos_own_page(app, code):
    app.enable(code, "authorize")

    page = app.open()

    assert page.status_code == KOE[code][0]
    assert code in page.text


def test_user_info_can_reject_the_ip_address(app):
    app.enable("ip_mismatched", "me")

    error = app.me("whatever")

    assert (error.status_code, error.json["code"]) == (401, -401)
    assert error.json["msg"].startswith("ip mismatched")


def test_the_logout_page_can_fail_too(app):
    app.enable("KOE007", "account_logout")
    query = {"client_id": "sandbox-rest-api-key", "logout_redirect_uri": "http://localhost/"}

    page = app.client.get("/oauth/logout", query_string=query)

    assert page.status_code == 400
    assert "KOE007" in page.text


def test_an_error_redirect_can_omit_the_state(app):
    app.enable("server_error", "authorize", state=False)

    assert "state" not in app.callback(app.open())


def test_a_fault_counts_down(app):
    token = app.token("haneul")
    app.enable("503", "me", times=2)

    assert [app.me(token).status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_lasts_until_cleared(app):
    token = app.token("haneul")
    app.enable("500", "me")
    assert [app.me(token).status_code for _ in range(3)] == [500, 500, 500]

    app.client.delete("/faults")

    assert app.me(token).status_code == 200
    assert app.client.get("/faults").json == {}


def test_user_info_can_have_an_unexpected_body(app):
    token = app.token("haneul")

    app.enable("html", "me", times=1)
    response = app.me(token)
    assert (response.status_code, response.mimetype) == (200, "text/html")

    app.enable("maintenance", "me", times=1)
    response = app.me(token)
    assert (response.status_code, response.mimetype) == (503, "text/html")

    app.enable("truncated", "me", times=1)
    response = app.me(token)
    assert response.mimetype == "application/json"
    assert response.text.startswith("{") and not response.text.endswith("}\n")

    app.enable("huge", "me", times=1)
    assert len(app.me(token).data) > HUGE_BYTES


def test_an_error_can_be_truncated_too(app):
    app.enable("truncated", "token")

    error = app.exchange("unknown")

    assert error.status_code == 400
    assert '"error"' in error.text and "}" not in error.text


@pytest.mark.parametrize("value", [None, [], 0, "text", {"id": True}])
def test_user_info_can_be_any_json(app, value):
    app.enable("json", "me", json=value, status=201)

    response = app.me("whatever")

    assert response.status_code == 201
    assert response.json == value


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
def test_an_unknown_fault_is_rejected(app, wrong):
    response = app.client.post("/faults", json=wrong)

    assert response.status_code == 400
    assert response.json["problem"]


def test_the_page_enables_and_clears_faults(app):
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
def enable(url):
    yield lambda **fault: requests.post(f"{url}/faults", json=fault).raise_for_status()
    requests.delete(f"{url}/faults")


def test_a_slow_response_comes_late(url, enable):
    enable(where="jwks", fault="slow", seconds=0.3)

    started_at = time.monotonic()
    assert requests.get(f"{url}/.well-known/jwks.json").json()["keys"]

    assert time.monotonic() - started_at > 0.3


def test_a_hanging_call_runs_into_the_callers_timeout(url, enable):
    enable(where="jwks", fault="hang")

    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{url}/.well-known/jwks.json", timeout=0.2)


def test_a_reset_connection_has_no_response(url, enable):
    enable(where="token", fault="reset", times=1)

    with pytest.raises(requests.ConnectionError):
        requests.post(f"{url}/oauth/token", data={"code": "x"})

    assert requests.post(f"{url}/oauth/token", data={"code": "x"}).status_code == 401


def test_a_dripping_response_outlasts_a_read_timeout(url, enable):
    enable(where="discovery", fault="drip", seconds=0.003)  # for each of 700 bytes

    started_at = time.monotonic()
    response = requests.get(f"{url}/.well-known/openid-configuration", timeout=2)

    assert response.json()["issuer"] == url
    assert time.monotonic() - started_at > 2


def test_calls_and_connections_are_counted(url):
    def fetch_profile(client):
        client.get(f"{url}/v2/user/me")

    requests.delete(f"{url}/calls")
    with requests.Session() as session:
        fetch_profile(session)
        fetch_profile(session)
    fetch_profile(requests)

    counts = requests.get(f"{url}/calls").json()

    assert counts["me"] == counts["all"] == {"requests": 3, "connections": 2}
