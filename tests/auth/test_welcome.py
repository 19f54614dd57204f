"""The greeting after signing in: on one page, once."""

import pytest

NEW, BACK = "입주를 축하해요, 지은님", "어서 오세요, 지은님"


@pytest.fixture
def jieun(kakao):
    kakao.knows(1, "지은")


def test_who_is_new_is_congratulated_once(browser, jieun):
    page = browser.open(browser.sign_in("/me").location).text

    assert f'role="status">{NEW}<' in page
    assert NEW not in browser.get("/me").text


def test_who_is_back_is_welcomed_once(browser, another_browser, jieun):
    another_browser.sign_in()

    page = browser.open(browser.sign_in().location).text

    assert BACK in page
    assert NEW not in page
    assert BACK not in browser.get("/").text


def test_who_had_to_choose_a_nickname_is_new_as_well(browser, kakao):
    kakao.knows(1)
    browser.open(browser.sign_in().location)

    assert NEW in browser.open(browser.type("지은").location).text


def test_a_repeated_callback_greets_nobody_again(browser, jieun):
    state = browser.start("/me")["state"]
    browser.open(browser.come_back(state).location)

    page = browser.open(browser.come_back(state).location).text

    assert browser.nickname() == "지은"
    assert NEW not in page
    assert BACK not in page


def test_a_nickname_in_the_greeting_is_text(browser, kakao):
    kakao.knows(1, "<b>굵게")

    page = browser.open(browser.sign_in().location).text

    assert "입주를 축하해요, &lt;b&gt;굵게님" in page


def test_signing_in_twice_greets_once(browser, jieun):
    browser.sign_in()

    page = browser.open(browser.sign_in().location).text

    assert page.count('role="status"') == 1
    assert BACK in page
