"""What handle_callback returns, and the profile that is fetched when it is read."""

import pytest
import requests
from flask import abort, redirect

from auth.kakao import AnotherPersonError, KakaoError, transport
from auth.kakao.errors import OVERLOADED, TIMED_OUT
from tests.auth.test_openid_connect import token

CODE_IS_USED = {"json": {"error": "invalid_grant", "error_code": "KOE320"}, "status_code": 400}


def read_profile(authorization):
    assert authorization.profile
    return redirect(authorization.next_url)


def make_do_without_profile(authorization):
    try:
        assert authorization.profile
    except KakaoError:
        return redirect("/without-profile")
    return redirect(authorization.next_url)


def test_with_openid_connect_someone_is_known_without_a_profile_call(site):
    assert site.sign_in().location == "/me"

    (authorization,) = site.authorizations
    assert authorization.kakao_id == 1
    assert authorization.auth_time
    assert site.profile_calls() == 0


def test_the_profile_is_fetched_once_when_it_is_read(site):
    names = []

    def read_twice(authorization):
        before = authorization.kakao_seconds
        names.extend(authorization.profile.nickname for _ in range(2))
        assert authorization.kakao_seconds >= before
        assert authorization.kakao_seconds == round(authorization.kakao_seconds, 3)
        return redirect(authorization.next_url)

    site.then = read_twice
    assert site.sign_in().location == "/me"
    assert names == ["지은", "지은"]
    assert site.profile_calls() == 1


def test_without_openid_connect_the_profile_says_who_it_is(site_without_oidc):
    site = site_without_oidc

    for _ in range(2):
        assert site.sign_in().location == "/me"

    assert [authorization.kakao_id for authorization in site.authorizations] == [1, 1]
    assert site.authorizations[0].auth_time is None
    assert site.profile_calls() == 2


def test_the_second_call_has_what_the_first_left_of_the_deadline(site, kakao, monkeypatch):
    """The site's own time between the calls does not count."""
    clock = [1000.0]
    monkeypatch.setattr("auth.kakao.authorization.time.monotonic", lambda: clock[0])
    deadlines = []

    def respond(seconds, **response):
        def callback(_request, _context):
            deadlines.append(round(transport.deadline.get() - clock[0], 3))
            clock[0] += seconds
            return response

        return callback

    def take_long_before_reading(authorization):
        clock[0] += 60
        assert authorization.kakao_seconds == 4
        assert authorization.profile
        assert authorization.kakao_seconds == 4.5
        return redirect("/")

    site.then = take_long_before_reading
    asked = site.start()
    tokens = {"access_token": "access-token", "id_token": token(nonce=asked["nonce"])}
    kakao.responds_to_token(json=respond(4, **tokens))
    kakao.responds_to_me(json=respond(0.5, id=1))

    assert site.come_back(asked["state"]).status_code == 302
    assert deadlines == [transport.DEADLINE, transport.DEADLINE - 4]


def test_no_call_slot_is_held_between_the_calls(site):
    adapter = site.app.extensions["kakao"].adapter

    def look(authorization):
        assert adapter.in_flight == []
        assert authorization.profile
        assert adapter.in_flight == []
        return redirect("/")

    site.then = look
    assert site.sign_in().status_code == 302


def test_an_overloaded_kakao_can_refuse_the_second_call(site):
    adapter = site.app.extensions["kakao"].adapter
    heard = []

    def fill_slots(authorization):
        adapter.max_concurrent_calls = 0
        adapter.last_call_was_fast = False
        adapter.in_flight.append(0)
        try:
            assert authorization.profile
        except KakaoError as error:
            heard.append(error)
            raise

    site.then = fill_slots
    response = site.sign_in("/photos")

    assert heard[0].failure == OVERLOADED
    assert heard[0].next_url == "/photos"
    assert response.status_code == 503


def test_an_error_of_the_profile_knows_as_much_as_one_of_the_callback(site, kakao):
    kakao.responds_to_me(exc=requests.ReadTimeout)
    heard = []

    @site.app.errorhandler(KakaoError)
    def handle(error):
        heard.append(error)
        return "", error.status

    site.then = read_profile
    assert site.sign_in("/photos").status_code == 504

    (error,) = heard
    assert (error.failure, error.next_url, error.is_app) == (TIMED_OUT, "/photos", False)
    assert error.kakao_seconds == site.authorizations[0].kakao_seconds > 0


def test_a_profile_of_another_person_is_an_error_of_its_own(site, kakao):
    kakao.knows(2, "민수")
    heard = []

    def read(authorization):
        with pytest.raises(AnotherPersonError) as raised:
            assert authorization.profile
        heard.append(raised.value)
        raise raised.value

    site.then = read
    assert site.sign_in("/photos").status_code == 502
    assert (heard[0].status, heard[0].next_url) == (502, "/photos")


def test_more_consent_items_can_be_asked_for_without_losing_the_id_token(site):
    site.app.view_functions["login"] = lambda: site.extension.redirect_to_consent(
        "/me", scope="account_email,profile_image"
    )

    query = site.start()

    assert query["scope"] == "openid account_email profile_image"
    assert site.come_back(query["state"]).location == "/me"


# Where a repeated callback leads, and whether Kakao is called for it.


def repeat(site, state):
    """Open the callback again: Kakao says that the code is used."""
    calls = len(site.kakao.requests_to("/oauth/token"))
    site.kakao.responds_to_token(**CODE_IS_USED)
    response = site.come_back(state)
    return response, len(site.kakao.requests_to("/oauth/token")) - calls


def test_a_repeated_callback_leads_where_the_first_one_led(site):
    site.then = lambda authorization: redirect("/nickname")
    state = site.start()["state"]
    site.come_back(state)

    response, calls = repeat(site, state)

    assert (response.location, calls) == ("/nickname", 0)


def test_after_a_site_made_do_without_the_profile_a_repeat_leads_on(site, kakao):
    kakao.responds_to_me(status_code=503, text="")
    site.then = make_do_without_profile
    state = site.start()["state"]
    assert site.come_back(state).location == "/without-profile"

    response, calls = repeat(site, state)

    assert (response.location, calls) == ("/without-profile", 0)


CONSENT_IS_MISSING = {"status_code": 403, "json": {"msg": "x", "code": -402}}


@pytest.mark.parametrize("failing", ["responds_to_token", "responds_to_me"])
@pytest.mark.parametrize("response", [{"status_code": 503, "text": ""}, CONSENT_IS_MISSING])
def test_after_a_failure_was_shown_a_repeat_is_a_used_code(site, kakao, failing, response):
    site.then = read_profile
    state = site.start()["state"]
    getattr(kakao, failing)(**response)
    assert site.come_back(state).status_code == response["status_code"]

    response, calls = repeat(site, state)

    assert (response.status_code, calls) == (400, 1)


def test_a_failure_shown_with_status_200_leads_no_one_into_the_site(site):
    @site.app.errorhandler(KakaoError)
    def handle(_error):
        return "sorry"

    state = site.start()["state"]
    for _ in range(2):
        assert site.come_back(state, error="access_denied").text == "sorry"
    assert repeat(site, state)[0].text == "sorry"


def test_a_handler_that_redirects_is_where_the_callback_led(site):
    @site.app.errorhandler(KakaoError)
    def handle(_error):
        return redirect("/sorry")

    state = site.start()["state"]
    assert site.come_back(state, error="access_denied").location == "/sorry"

    response, calls = repeat(site, state)

    assert (response.location, calls) == ("/sorry", 0)


def test_after_a_fault_of_the_site_the_callback_can_be_opened_again(site):
    site.then = lambda _authorization: abort(500)
    state = site.start()["state"]
    response = site.come_back(state)
    assert response.status_code == 500
    assert "Set-Cookie" not in response.headers

    site.then = lambda authorization: redirect(authorization.next_url)
    assert site.come_back(state).location == "/me"


# The access token


def test_the_access_token_is_forgotten_with_the_response(site):
    tokens = []

    def use(authorization):
        tokens.append(authorization.access_token)
        return redirect("/")

    site.then = use
    site.sign_in()

    (authorization,) = site.authorizations
    assert tokens == ["access-token"]
    for name in ("access_token", "profile"):
        with pytest.raises(RuntimeError, match="forgotten"):
            getattr(authorization, name)
    assert "access-token" not in repr(authorization) + repr(vars(authorization))


@pytest.mark.parametrize("then", [read_profile, lambda authorization: abort(500)])
def test_a_profile_that_was_read_stays(site, then):
    def read(authorization):
        assert authorization.profile
        return then(authorization)

    site.then = read
    site.sign_in()

    (authorization,) = site.authorizations
    assert authorization.profile.nickname == "지은"
    assert "access-token" not in repr(vars(authorization))


def test_no_repr_shows_the_access_token(site):
    shown = []

    def show(authorization):
        shown.append(repr(authorization))
        return redirect("/")

    site.then = show
    site.sign_in()

    assert "access-token" not in shown[0]
