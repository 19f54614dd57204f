"""Whether the picture from Kakao is shown is the member's own choice."""

import pytest

from tests.conftest import read_export

PICTURE = "https://k.kakaocdn.net/a.jpg"


@pytest.fixture
def jieun(browser, kakao):
    kakao.knows(1, profile={"nickname": "지은", "thumbnail_image_url": PICTURE})
    browser.sign_in()
    return browser


def show(browser, value):
    browser.get("/me")
    return browser.post("/me/image", {"show": value})


def test_the_picture_is_shown_at_first(jieun):
    for path in ("/", "/me", "/@지은"):
        assert PICTURE in jieun.get(path).text


def test_the_server_of_the_picture_does_not_learn_which_page_shows_it(jieun):
    jieun.get("/@지은")

    assert jieun.page.one("main img").attributes["referrerpolicy"] == "no-referrer"


def test_a_hidden_picture_is_shown_to_no_one(jieun, another_browser, kakao):
    assert show(jieun, "0").location == "/me"

    assert "그린 집이 보여요" in jieun.get("/me").text
    kakao.knows(2, "민수")
    another_browser.sign_in()
    for path in ("/", "/me", "/@지은"):
        assert PICTURE not in jieun.get(path).text
        assert PICTURE not in another_browser.get(path).text


def test_it_can_be_shown_again(jieun):
    show(jieun, "0")
    show(jieun, "1")

    assert PICTURE in jieun.get("/me").text


def test_the_next_sign_in_does_not_show_it_again(jieun):
    show(jieun, "0")
    jieun.log_out()
    jieun.sign_in()

    assert PICTURE not in jieun.get("/me").text


def test_the_choice_is_in_the_export(jieun):
    assert read_export(jieun.get("/me/export").data)["member"]["shows_image"] is True
    show(jieun, "0")
    assert read_export(jieun.get("/me/export").data)["member"]["shows_image"] is False


def test_without_a_picture_there_is_nothing_to_choose(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    assert "/me/image" not in browser.get("/me").text


def test_a_forged_form_changes_nothing(jieun):
    jieun.get("/me")

    assert jieun.post("/me/image", {"csrf_token": "forged", "show": "0"}).status_code == 400
    assert PICTURE in jieun.get("/me").text


def test_a_visitor_has_no_picture_to_hide(browser):
    browser.app.config["WTF_CSRF_ENABLED"] = False

    assert browser.post("/me/image", {"show": "0"}).status_code == 401
