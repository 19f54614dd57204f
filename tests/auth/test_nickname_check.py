"""The answer that the script shows while a nickname is typed."""

import pytest


@pytest.mark.parametrize(
    ("typed", "free", "told"),
    [
        ("새벽산책", True, "쓸 수 있는"),
        ("민수", False, "이미 누군가"),
        ("민 수", False, "이미 누군가"),
        ("지은", True, "쓸 수 있는"),
        ("관리자", False, "쓸 수 없는"),
        ("", False, "적어 주세요"),
        ("가", False, "2자에서"),
    ],
)
def test_the_answer_says_whether_a_name_is_free(jieun, another_browser, kakao, typed, free, told):
    kakao.knows(2, "민수")
    another_browser.sign_in()

    answer = jieun.get("/auth/nickname/check", query_string={"nickname": typed}).json

    assert answer["free"] is free
    assert told in answer["told"]


def test_the_name_that_one_gave_up_oneself_is_free(jieun, another_browser, kakao):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})
    kakao.knows(2, "민수")
    another_browser.sign_in()

    assert jieun.get("/auth/nickname/check?nickname=지은").json["free"] is True
    assert another_browser.get("/auth/nickname/check?nickname=지은").json["free"] is False


def test_who_is_signing_up_may_ask(jieun, another_browser, kakao):
    kakao.knows(2, "지은")
    another_browser.sign_in()

    assert another_browser.get("/auth/nickname/check?nickname=지은").json["free"] is False


def test_nobody_else_may_ask(browser):
    assert browser.get("/auth/nickname/check?nickname=지은").status_code == 403
