"""What there is to see, and what a wrong address or a wrong form gets."""

import html
import re

import pytest
from sqlalchemy.exc import OperationalError

from models import db


def test_a_visitor_finds_the_button_on_the_home_page_and_gets_no_cookie(browser):
    answer = browser.get("/")

    assert "카카오로 시작하기" in answer.text
    assert 'href="/auth/kakao"' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_member_finds_themselves_and_the_newest_neighbours_at_home(
    browser, another_browser, kakao
):
    kakao.knows(1, "지은")
    browser.sign_in()
    kakao.knows(2, "민수")
    another_browser.sign_in()

    page = browser.get("/").text

    assert "카카오로 시작하기" not in page
    assert page.index("민수") < page.rindex("지은")


def test_a_members_page_is_there_for_everybody(browser, another_browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    page = another_browser.get("/@지은")

    assert page.status_code == 200
    assert "지은" in page.text


def test_another_spelling_leads_to_the_members_page(browser, kakao):
    kakao.knows(1, "Home Lover")
    browser.sign_in()

    assert browser.get("/@homelover").location == "/@Home%20Lover"


@pytest.mark.parametrize(
    "nickname", ["지은", "a b", "🏠🏡", "ㅋㅋ", "it's", "a&b", "+1", "a;b=c", "~~"]
)
def test_a_nickname_works_in_an_address(browser, kakao, nickname):
    kakao.knows(1, nickname)
    browser.sign_in()
    (address,) = re.findall('href="(/@[^"]+)"', browser.get("/me").text)

    assert browser.get(html.unescape(address)).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/@아무도", "/@", "/@%00", "/@" + "가" * 500])
def test_a_wrong_address_gets_a_korean_page(browser, path):
    page = browser.get(path)

    assert page.status_code == 404
    assert "그런 집은 없어요" in page.text


def test_a_wrong_method_gets_a_korean_page_that_says_what_is_allowed(browser):
    page = browser.get("/auth/logout")

    assert page.status_code == 405
    assert "POST" in page.headers["Allow"]


def test_the_site_is_well_while_its_database_answers(browser):
    answer = browser.get("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_the_site_is_not_well_without_its_database(browser, monkeypatch):
    def refuse(*_):
        raise OperationalError("select 1", {}, Exception("gone"))

    monkeypatch.setattr(db.session, "execute", refuse)

    assert browser.get("/healthz").status_code == 503


def test_our_own_fault_gets_a_korean_page(browser, monkeypatch):
    monkeypatch.setattr("pages.render_template", lambda *_, **__: 1 / 0)

    page = browser.get("/")

    assert page.status_code == 500
    assert "Traceback" not in page.text
    assert "다시" in page.text


def test_a_member_too_gets_a_korean_page_while_the_database_is_away(browser, kakao, monkeypatch):
    kakao.knows(1, "지은")
    browser.sign_in()

    def refuse(*_, **__):
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(db.session, "scalar", refuse)
    page = browser.get("/me")

    assert page.status_code == 503
    assert "조금 뒤 다시" in page.text
