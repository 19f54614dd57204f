"""Of a very long nickname the site reads only the beginning, on every route."""

import pytest

LONG = "🇰🇷" * 2500  # 60 kB in a form; finding a flag takes counting all flags before it


@pytest.fixture
def at_the_nickname_page(browser, kakao):
    kakao.knows(2)
    browser.open(browser.sign_in("/me").location)
    return browser


def test_a_long_name_has_no_page(browser):
    assert browser.get(f"/@{LONG}").status_code == 404


def test_a_long_name_is_not_accepted_for_a_new_member(at_the_nickname_page):
    page = at_the_nickname_page.type(LONG)

    assert page.status_code == 422
    assert page.text.count("🇰🇷") < 300


def test_a_long_suggestion_is_not_accepted_either(at_the_nickname_page):
    page = at_the_nickname_page.choose(LONG)

    assert page.status_code == 422
    assert page.text.count("🇰🇷") < 300


def test_a_long_name_is_not_free(jieun):
    response = jieun.get("/auth/nickname/check", query_string={"nickname": LONG})

    assert response.json["available"] is False


def test_a_member_cannot_be_renamed_to_a_long_name(jieun):
    jieun.get("/me/nickname")
    page = jieun.post("/me/nickname", {"nickname": LONG})

    assert page.status_code == 422
    assert page.text.count("🇰🇷") < 300


def test_a_telephone_number_at_kakao_is_asked_about(browser, kakao):
    kakao.knows(2, "010-1234-5678")

    page = browser.open(browser.sign_in("/me").location)

    assert "누구에게나 보여요" in page.text
    assert page.text.count('name="suggestion"') == 5
