"""A sign-in without trouble: the button, Kakao, the callback, signed in."""

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete

from app import create_app
from database import db, utc_now
from models import LoginSession, Member
from tests.conftest import Browser


def test_the_button_leads_to_kakaos_consent_page(browser):
    response = browser.get("/auth/kakao?next=/me")

    assert response.location.startswith("https://kauth.kakao.com/oauth/authorize?")
    query = browser.start()
    assert query["client_id"] == "rest-api-key"
    assert query["redirect_uri"] == "http://localhost/auth/kakao/callback"
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert len(query["state"]) >= 30
    assert "scope" not in query


def test_a_new_person_is_signed_up_and_signed_in_in_one_step(browser, kakao):
    kakao.knows(1, "지은")

    assert browser.sign_in("/me").location == "/me"
    assert browser.nickname() == "지은"


def test_a_known_person_is_signed_in_and_keeps_their_nickname(
    browser, another_browser, kakao, rows
):
    kakao.knows(1, "지은")
    browser.sign_in()
    kakao.knows(1, "다른 이름")

    another_browser.sign_in()

    assert another_browser.nickname() == "지은"
    assert len(rows(Member)) == 1


def test_image_and_email_of_a_returning_member_are_refreshed(browser, kakao, rows):
    kakao.knows(1, "지은")
    browser.sign_in()
    kakao.knows(
        1,
        profile={"nickname": "지은", "thumbnail_image_url": "http://k.kakaocdn.net/a.jpg"},
        email="jieun@example.com",
        is_email_valid=True,
        is_email_verified=True,
    )

    browser.sign_in()

    member = rows(Member)[0]
    assert member.image_url == "https://k.kakaocdn.net/a.jpg"
    assert member.email == "jieun@example.com"


def test_the_code_is_exchanged_with_the_secret_in_the_body_and_the_verifier(browser, kakao):
    kakao.knows(1, "지은")

    browser.sign_in()

    (exchange,) = kakao.requests_to("/oauth/token")
    for field in (
        "grant_type=authorization_code",
        "client_id=rest-api-key",
        "client_secret=client-secret",
        "code=authorization-code",
        "redirect_uri=http%3A%2F%2Flocalhost%2Fauth%2Fkakao%2Fcallback",
        "code_verifier=",
    ):
        assert field in exchange.text
    assert "Authorization" not in exchange.headers
    (question,) = kakao.requests_to("/v2/user/me")
    assert question.headers["Authorization"] == "Bearer access-token"


def test_no_token_reaches_the_browser_or_the_database(browser, kakao):
    kakao.knows(1, "지은")

    response = browser.sign_in("/me")

    page = browser.get("/me")
    assert "access-token" not in str(response.headers) + page.text
    with browser.app.app_context():
        session = browser.app.session_interface.get_signing_serializer(browser.app)
        assert "access-token" not in str(session.loads(browser.client.get_cookie("session").value))


def test_the_configured_scope_is_sent(settings, kakao):
    from app import create_app

    app = create_app(settings | {"KAKAO_SCOPE": "profile_nickname,account_email"})

    location = app.test_client().get("/auth/kakao").location

    assert "scope=profile_nickname+account_email" in location


def test_a_visitor_of_a_members_page_lands_there_after_signing_in(browser, kakao):
    kakao.knows(1, "지은")

    response = browser.get("/me")

    assert response.location == "/auth/kakao?next=/me&terms=unseen"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/"])
def test_a_sign_in_never_redirects_to_another_site(browser, kakao, target):
    kakao.knows(1, "지은")

    assert browser.sign_in(target).location == "/"


def test_closing_the_browser_keeps_you_signed_in(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    assert browser.client.get_cookie("session").expires > utc_now() + timedelta(days=179)


def test_the_database_holds_nothing_to_sign_in_with(browser, kakao, rows):
    kakao.knows(1, "지은")
    browser.sign_in()

    with browser.client.session_transaction() as session:
        token = session["_user_id"]
    (row,) = rows(LoginSession)
    assert token not in vars(row).values()


def test_the_verifier_is_not_even_in_the_debug_log(browser, kakao, caplog):
    caplog.set_level(logging.DEBUG)
    kakao.knows(1, "지은")

    browser.sign_in()

    verifier = re.search("code_verifier=([^&]+)", kakao.requests_to("/oauth/token")[0].text)[1]
    assert verifier not in caplog.text


def test_signing_out_makes_a_visitor_and_kills_a_copied_cookie(browser, another_browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    copied = browser.client.get_cookie("session").value
    another_browser.client.set_cookie("session", copied)
    assert another_browser.nickname() == "지은"

    assert browser.log_out().location == "/"

    assert browser.nickname() is None
    assert another_browser.nickname() is None


def test_someone_who_signed_out_has_to_press_the_button_again(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    browser.log_out()

    page = browser.get("/me?from=back")
    assert page.status_code == 401
    assert 'href="/auth/kakao?next=/me?from%3Dback"' in page.text

    browser.sign_in("/me")
    assert browser.nickname() == "지은"


def test_signing_in_again_ends_the_previous_session(browser, kakao, rows):
    kakao.knows(1, "지은")
    browser.sign_in()
    browser.sign_in()

    ended = [row.ended_at for row in rows(LoginSession)]
    assert len(ended) == 2
    assert ended.count(None) == 1


def test_logging_out_needs_the_csrf_token(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    response = browser.post("/auth/logout", {"csrf_token": "forged"})

    assert response.status_code == 400
    assert browser.nickname() == "지은"


def test_a_page_open_for_a_day_can_still_sign_out(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    browser.get("/")

    with time_machine.travel(utc_now() + timedelta(days=1)):
        assert browser.post("/auth/logout").location == "/"


def test_a_form_needs_no_referer(settings, kakao):
    kakao.knows(1, "지은")
    browser = Browser(create_app(settings | {"SITE_URL": "https://localhost"}), kakao)
    browser.sign_in()
    browser.get("/")

    assert browser.post("/auth/logout").location == "/"


def test_a_member_without_the_row_of_their_session_is_a_visitor(browser, kakao, rows):
    kakao.knows(1, "지은")
    browser.sign_in()
    with browser.app.app_context():
        db.session.execute(delete(Member))
        db.session.commit()

    assert browser.get("/me").status_code == 302
    assert rows(LoginSession) == []


@pytest.mark.parametrize("query", ["", "?code=a", "?state=foreign&code=a", "?error=access_denied"])
def test_a_callback_without_a_request_signs_no_one_in(browser, kakao, query, rows):
    kakao.knows(1, "지은")

    response = browser.get(f"/auth/kakao/callback{query}")

    assert response.status_code == 400
    assert "/auth/kakao" in response.text
    assert rows(Member) == []
    assert not kakao.requests_to("/oauth/token")


def test_a_state_from_another_browser_is_refused(browser, another_browser, kakao, rows):
    kakao.knows(1, "지은")
    state = browser.start()["state"]

    assert another_browser.return_from_kakao(state).status_code == 400
    assert rows(Member) == []


def test_cancelling_leads_to_a_page_with_a_link_back(browser, kakao):
    state = browser.start("/me")["state"]

    response = browser.return_from_kakao(
        state, error="access_denied", error_description="User denied access"
    )

    assert response.status_code == 200
    assert "/auth/kakao?next=/me" in response.text or "/auth/kakao?next=%2Fme" in response.text
