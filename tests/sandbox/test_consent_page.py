"""The consent page, and every redirect back from it."""

import pytest

from sandbox.people import PEOPLE


def test_the_page_says_it_is_not_kakao_and_offers_everyone(app):
    page = app.open()

    assert page.status_code == 200
    assert "연습용 가짜 카카오" in page.text
    for person in PEOPLE.values():
        assert f'name="person" value="{person.id}"' in page.text


def test_choosing_a_person_redirects_back_with_a_code_and_the_state(app):
    params = app.callback(app.sign_in("haneul"))

    assert params["code"]
    assert params["state"] == "s1"


def test_a_query_in_the_redirect_uri_is_preserved(app):
    response = app.sign_in("haneul", redirect_uri="http://localhost:5000/auth/kakao/callback?a=1")

    assert app.callback(response).keys() == {"a", "code", "state"}


def test_cancelling_redirects_back_with_access_denied(app):
    params = app.callback(app.submit({"cancel": "1"}))

    assert params == {
        "error": "access_denied",
        "error_description": "User denied access",
        "state": "s1",
    }


def test_a_new_person_can_be_created_on_the_page(app):
    form = {"new": "1", "nickname": "초롱", "id": "77", "email": "c@example.com"}

    code = app.callback(app.submit(form))["code"]

    me = app.me(app.exchange(code).json["access_token"]).json
    assert me["id"] == 77
    assert me["kakao_account"]["profile"]["nickname"] == "초롱"
    assert me["kakao_account"]["is_email_verified"] is False


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"client_id": "other"}, 401, "KOE101"),
        ({"client_id": None}, 401, "KOE101"),
        ({"redirect_uri": None}, 400, "KOE006"),
        ({"redirect_uri": "javascript:alert(1)"}, 400, "KOE006"),
    ],
)
def test_wrong_settings_end_on_kakaos_own_page(app, changes, status, code):
    page = app.open(**changes)

    assert page.status_code == status
    assert code in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "account_email,birthday"}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_other_mistakes_redirect_back_with_an_error(app, changes, error):
    assert app.callback(app.open(**changes))["error"] == error


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_type": "id"}, "KOE201"),
        ({"response_type": "token"}, "KOE202"),
        ({"prompt": "whatever"}, "KOE204"),
        ({"scope": "account_email,birthday"}, "KOE205"),
    ],
)
def test_an_error_description_contains_the_koe_code(app, changes, code):
    assert f"({code})" in app.callback(app.open(**changes))["error_description"]


def test_someone_who_has_consented_is_redirected_straight_back(app):
    app.sign_in("haneul")

    assert "code" in app.callback(app.open())
    assert "code" in app.callback(app.open(prompt="none"))


def test_a_new_consent_item_needs_consent(app):
    app.sign_in("haneul", scope="profile_nickname")

    assert app.open(scope="account_email").status_code == 200
    params = app.callback(app.open(scope="account_email", prompt="none"))
    assert params["error"] == "consent_required"


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_a_prompt_always_shows_the_page(app, prompt):
    app.sign_in("haneul")

    assert app.open(prompt=prompt).status_code == 200


@pytest.mark.parametrize(("button", "error"), [("app", None), ("account", "login_required")])
def test_logout_ends_the_kakao_session_only_if_chosen(app, button, error):
    token = app.token("haneul")
    query = {
        "client_id": "sandbox-rest-api-key",
        "logout_redirect_uri": "http://localhost:5000/auth/kakao/callback",
        "state": "bye",
    }
    assert app.client.get("/oauth/logout", query_string=query).status_code == 200

    response = app.client.post("/oauth/logout", query_string=query, data={button: "1"})

    assert app.callback(response) == {"state": "bye"}
    assert app.me(token).status_code == 401
    assert app.callback(app.open(prompt="none")).get("error") == error


def test_logout_without_a_redirect_uri_is_koe007(app):
    page = app.client.get("/oauth/logout", query_string={"client_id": "sandbox-rest-api-key"})

    assert page.status_code == 400
    assert "KOE007" in page.text
