"""The greeting after a sign-in: shown on one page, once."""

import pytest

NEW, BACK = "입주를 축하해요, 지은님", "어서 오세요, 지은님"


def test_a_new_member_is_congratulated_once(browser, kakao_knows_jieun):
    page = browser.open(browser.sign_in("/me").location).text

    assert f"<p>{NEW}</p>" in page
    assert NEW not in browser.get("/me").text


def test_a_returning_member_is_welcomed_once(browser, another_browser, kakao_knows_jieun):
    another_browser.sign_in()

    page = browser.open(browser.sign_in().location).text

    assert BACK in page
    assert NEW not in page
    assert BACK not in browser.get("/").text


def test_a_member_who_had_to_choose_a_nickname_is_new_too(browser, kakao):
    kakao.knows(1)
    browser.open(browser.sign_in().location)

    assert NEW in browser.open(browser.type("지은").location).text


def test_a_repeated_callback_greets_no_one_again(browser, kakao_knows_jieun):
    state = browser.start("/me")["state"]
    browser.open(browser.return_from_kakao(state).location)

    page = browser.open(browser.return_from_kakao(state).location).text

    assert browser.nickname() == "지은"
    assert NEW not in page
    assert BACK not in page


@pytest.mark.parametrize("at_kakao", ["a/b", "가" * 28, "집? 100%"])
def test_the_greeting_says_that_a_nickname_was_adjusted_and_leads_to_another(
    browser, kakao, at_kakao
):
    kakao.knows(1, at_kakao)

    page = browser.open(browser.sign_in().location).text

    assert "카카오 닉네임을 조금 다듬었어요" in page
    assert 'href="/me/nickname"' in page[page.index('role="status"') : page.index("<h1")]
    assert "다듬었어요" not in browser.get("/").text


@pytest.mark.parametrize("at_kakao", ["지은", " 지은 ", "새벽  산책", "\u200b지은"])
def test_an_invisible_adjustment_is_not_mentioned(browser, kakao, at_kakao):
    kakao.knows(1, at_kakao)

    assert "다듬었어요" not in browser.open(browser.sign_in().location).text


def test_a_nickname_in_the_greeting_is_escaped(browser, kakao):
    kakao.knows(1, "<b>굵게")

    page = browser.open(browser.sign_in().location).text

    assert "입주를 축하해요, &lt;b&gt;굵게님" in page


def test_signing_in_twice_greets_once(browser, kakao_knows_jieun):
    browser.sign_in()

    page = browser.open(browser.sign_in().location).text

    assert page.count('role="status"') == 1
    assert BACK in page
