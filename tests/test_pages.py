"""What there is to see, and what a wrong address or a wrong form gets."""

import html
import re
from pathlib import PurePath
from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy.exc import OperationalError

from models import db
from tests.pages import Page


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


def test_a_nickname_is_text_wherever_it_stands(browser, another_browser, kakao):
    kakao.knows(1, "<b>굵게")
    browser.sign_in()
    address = browser.get("/@<b>굵게").request.path

    pages = [browser.get(path).text for path in ("/", "/me", "/me/nickname", address)]
    pages.append(another_browser.get(address).text)
    assert not [page for page in pages if "<b>굵게" in page]
    assert all("&lt;b&gt;굵게" in page for page in pages)


def test_search_engines_keep_the_home_page_and_no_page_of_a_person(browser, another_browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    assert "robots" not in Page(another_browser.get("/").text).told()
    for path in ("/@지은", "/me", "/me/nickname", "/me/sessions", "/me/withdraw", "/nowhere"):
        assert Page(browser.get(path).text).told()["robots"] == "noindex"
    rules = browser.get("/robots.txt").text.splitlines()
    assert [rule for rule in rules if rule.startswith("Disallow")] == ["Disallow: /auth/"]


def test_a_shared_link_shows_its_own_words_and_a_picture_over_https(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    told = Page(browser.get("/@지은", base_url="https://home.example").text).told()

    assert told["og:title"] == "지은"
    assert "지은" in told["og:description"]
    assert told["og:url"] == "https://home.example/@%EC%A7%80%EC%9D%80"
    assert told["og:image"].startswith("https://home.example/")


def test_every_file_a_page_names_is_there(browser):
    page = Page(browser.get("/").text)
    named = [attrs["href"] for tag, attrs in page.elements if tag == "link"]
    manifest = next(address for address in named if "webmanifest" in address)
    icons = [icon["src"] for icon in browser.get(manifest).get_json(force=True)["icons"]]
    named += [page.told()["og:image"], *(urljoin(manifest, icon) for icon in icons)]
    paths = [urlsplit(address).path for address in named]

    assert {".css", ".ico", ".svg", ".png"} <= {PurePath(path).suffix for path in paths}
    for path in paths:
        assert browser.get(path).status_code == 200


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

    monkeypatch.setattr(db.session, "execute", refuse)
    page = browser.get("/me")

    assert page.status_code == 503
    assert "조금 뒤 다시" in page.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nowhere", 404),
        ("get", "/auth/logout", 405),
        ("post", "/auth/logout", 400),
        ("get", "/auth/kakao/callback", 400),
    ],
)
def test_an_error_page_too_shows_who_is_signed_in(browser, kakao, method, path, status):
    kakao.knows(1, "지은")
    browser.sign_in()

    page = browser.seen(getattr(browser.client, method)(path))

    assert page.status_code == status
    assert '<span class="site-nickname">지은</span>' in page.text
    assert "로그아웃" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_what_stands_for_a_missing_file_names_nobody(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    page = browser.get("/static/nowhere")

    assert page.status_code == 404
    assert "지은" not in page.text


def test_a_wrong_address_is_a_wrong_address_while_the_database_is_away(browser, kakao, monkeypatch):
    kakao.knows(1, "지은")
    browser.sign_in()

    def refuse(*_, **__):
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(db.session, "scalar", refuse)

    assert browser.get("/nowhere").status_code == 404
