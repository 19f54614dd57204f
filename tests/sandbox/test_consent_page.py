"""The consent page, and every way back from it."""

import pytest

from sandbox.people import PEOPLE


def test_the_page_says_it_is_not_kakao_and_offers_everybody(app):
    page = app.open()

    assert page.status_code == 200
    assert "연습용 가짜 카카오" in page.text
    for person in PEOPLE.values():
        assert f'name="person" value="{person.id}"' in page.text


def test_choosing_somebody_leads_back_with_a_code_and_the_state(app):
    back = app.came_back(app.sign_in("haneul"))

    assert back["code"]
    assert back["state"] == "s1"


def test_a_query_in_the_redirect_address_is_kept(app):
    answer = app.sign_in("haneul", redirect_uri="http://localhost:5000/auth/kakao/callback?a=1")

    assert app.came_back(answer).keys() == {"a", "code", "state"}


def test_cancel_leads_back_with_access_denied(app):
    back = app.came_back(app.press({"cancel": "1"}))

    assert back == {
        "error": "access_denied",
        "error_description": "User denied access",
        "state": "s1",
    }


def test_anybody_can_be_made_up_on_the_page(app):
    form = {"new": "1", "nickname": "초롱", "id": "77", "email": "c@example.com"}

    code = app.came_back(app.press(form))["code"]

    me = app.me(app.exchange(code).json["access_token"]).json
    assert me["id"] == 77
    assert me["kakao_account"]["profile"]["nickname"] == "초롱"
    assert me["kakao_account"]["is_email_verified"] is False


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"client_id": "other"}, 401, "KOE101"),
        ({"client_id": None}, 401, "KOE101"),
        ({"response_type": "id"}, 400, "KOE201"),
        ({"response_type": "token"}, 400, "KOE202"),
        ({"redirect_uri": None}, 400, "KOE006"),
        ({"redirect_uri": "javascript:alert(1)"}, 400, "KOE006"),
        ({"prompt": "whatever"}, 400, "KOE204"),
    ],
)
def test_wrong_settings_end_on_a_page_of_kakaos_own(app, changes, status, number):
    page = app.open(**changes)

    assert page.status_code == status
    assert number in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "account_email,birthday"}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_other_mistakes_lead_back_with_an_error(app, changes, error):
    assert app.came_back(app.open(**changes))["error"] == error


def test_whoever_consented_before_goes_straight_back(app):
    app.sign_in("haneul")

    assert "code" in app.came_back(app.open())
    assert "code" in app.came_back(app.open(prompt="none"))


def test_a_new_consent_item_is_asked_for(app):
    app.sign_in("haneul", scope="profile_nickname")

    assert app.open(scope="account_email").status_code == 200
    back = app.came_back(app.open(scope="account_email", prompt="none"))
    assert back["error"] == "consent_required"


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_the_page_always_comes_when_asked_for(app, prompt):
    app.sign_in("haneul")

    assert app.open(prompt=prompt).status_code == 200


@pytest.mark.parametrize(("button", "error"), [("app", None), ("account", "login_required")])
def test_log_out_forgets_the_kakao_account_only_when_told(app, button, error):
    token = app.token("haneul")
    query = {
        "client_id": "sandbox-rest-api-key",
        "logout_redirect_uri": "http://localhost:5000/auth/kakao/callback",
        "state": "bye",
    }
    assert app.client.get("/oauth/logout", query_string=query).status_code == 200

    answer = app.client.post("/oauth/logout", query_string=query, data={button: "1"})

    assert app.came_back(answer) == {"state": "bye"}
    assert app.me(token).status_code == 401
    assert app.came_back(app.open(prompt="none")).get("error") == error


def test_log_out_without_a_way_back_is_koe007(app):
    page = app.client.get("/oauth/logout", query_string={"client_id": "sandbox-rest-api-key"})

    assert page.status_code == 400
    assert "KOE007" in page.text
