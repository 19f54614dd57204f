"""The public pages, and the responses to a wrong URL or a wrong form."""

from pathlib import PurePath
from urllib.parse import urljoin, urlsplit

import pytest

from app import create_app
from tests.conftest import Browser
from tests.html_checks import Page


def test_a_visitor_finds_the_button_on_the_home_page_and_gets_no_cookie(browser):
    response = browser.get("/")

    assert "카카오로 시작하기" in response.text
    assert 'href="/auth/kakao"' in response.text
    assert "Set-Cookie" not in response.headers


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


def test_a_members_page_is_there_for_everyone(browser, another_browser, kakao):
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
def test_a_nickname_works_in_a_url(browser, kakao, nickname):
    kakao.knows(1, nickname)
    browser.sign_in()
    browser.get("/me")
    (url,) = browser.page.attributes("a[href^='/@']", "href")

    assert browser.get(url).status_code == 200


def test_nicknames_are_escaped_on_every_page(browser, another_browser, kakao):
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

    for path in ("/", "/?room=study", "/terms", "/privacy"):
        assert "robots" not in Page(another_browser.get(path).text).meta()
    for path in ("/@지은", "/me", "/me/nickname", "/me/sessions", "/me/withdraw", "/nowhere"):
        assert Page(browser.get(path).text).meta()["robots"] == "noindex"
    rules = browser.get("/robots.txt").text.splitlines()
    assert [rule for rule in rules if rule.startswith("Disallow")] == ["Disallow: /auth/"]


def test_a_shared_link_shows_its_own_text_and_a_picture_over_https(settings, kakao):
    kakao.knows(1, "지은")
    browser = Browser(create_app(settings | {"SITE_URL": "https://localhost"}), kakao)
    browser.sign_in()

    meta = Page(browser.get("/@지은").text).meta()

    assert meta["og:title"] == "지은"
    assert "지은" in meta["og:description"]
    assert meta["og:url"] == "https://localhost/@%EC%A7%80%EC%9D%80"
    assert meta["og:image"].startswith("https://localhost/")


def test_every_file_a_page_names_is_there(browser):
    page = Page(browser.get("/").text)
    named = page.attributes("link", "href")
    manifest = next(address for address in named if "webmanifest" in address)
    icons = [icon["src"] for icon in browser.get(manifest).get_json(force=True)["icons"]]
    named += [page.meta()["og:image"], *(urljoin(manifest, icon) for icon in icons)]
    paths = [urlsplit(address).path for address in named]

    assert {".css", ".ico", ".svg", ".png"} <= {PurePath(path).suffix for path in paths}
    for path in paths:
        assert browser.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/", "/terms", "/privacy"])
def test_a_page_for_everyone_names_its_own_url(browser, path):
    assert urlsplit(Page(browser.get(path).text).meta()["og:url"]).path == path


@pytest.mark.parametrize(
    "path",
    ["/favicon.ico", "/robots.txt", "/apple-touch-icon.png", "/apple-touch-icon-precomposed.png"],
)
def test_files_that_browsers_fetch_from_the_root_are_there(browser, path):
    assert browser.get(path).status_code == 200


def test_the_site_can_be_installed(browser):
    response = browser.get("/static/site.webmanifest")
    manifest = response.get_json(force=True)

    assert response.headers["Cache-Control"] == "public, max-age=86400"
    assert manifest["id"] == "/"
    assert manifest["name"] == "오늘은 너네집"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}


HERE = {"Referer": "http://localhost/me/nickname?x=1"}


@pytest.mark.parametrize(("method", "path"), [("get", "/auth/logout"), ("post", "/terms")])
def test_an_error_page_leads_back_to_the_page_before(browser, method, path):
    page = browser.check(getattr(browser.client, method)(path, headers=HERE)).text

    assert '<a class="button" href="/me/nickname">이전 화면으로</a>' in page


@pytest.mark.parametrize(
    "referrer",
    [
        "https://evil.example/",
        "http://localhost.evil.example/",
        "http://localhost@evil.example/",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_error_page_leads_back_to_no_other_site(browser, referrer):
    page = browser.get("/auth/logout", headers={"Referer": referrer}).text

    assert "이전 화면으로</a>" not in page


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/\\/evil.example"])
def test_the_link_back_is_a_path_of_this_site(browser, path):
    page = browser.get("/auth/logout", headers={"Referer": f"http://localhost{path}"}).text

    assert '<a class="button" href="/evil.example">' in page


def test_a_page_that_failed_for_now_can_be_tried_again(jieun, broken_database):
    assert '<a class="button" href="">다시 시도하기</a>' in jieun.get("/terms").text


@pytest.mark.parametrize("path", ["/nowhere", "/@아무도", "/@", "/@%00", "/@" + "가" * 500])
def test_a_wrong_url_gets_a_korean_page(browser, path):
    page = browser.get(path)

    assert page.status_code == 404
    assert "그런 집은 없어요" in page.text


def test_a_wrong_method_gets_a_korean_page_that_says_what_is_allowed(browser):
    page = browser.get("/auth/logout")

    assert page.status_code == 405
    assert "POST" in page.headers["Allow"]


def test_the_site_is_healthy_while_its_database_responds(browser):
    response = browser.get("/healthz")

    assert (response.status_code, response.text) == (200, "ok\n")


@pytest.mark.parametrize("path", ["/", "/healthz", "/robots.txt", "/static/style.css", "/nowhere"])
def test_every_text_names_its_charset(browser, path):
    assert browser.get(path).headers["Content-Type"].endswith("; charset=utf-8")


def test_a_callback_that_failed_for_now_and_is_tried_again_says_what_to_do(
    browser, kakao_knows_jieun, request, monkeypatch
):
    state = browser.start("/terms")["state"]
    request.getfixturevalue("broken_database")
    assert browser.return_from_kakao(state).status_code == 503
    monkeypatch.undo()

    browser.kakao.responds_to_token(status_code=400, json={"error_code": "KOE320"})
    again = browser.return_from_kakao(state)

    assert again.status_code == 400
    assert 'href="/auth/kakao?next=/terms"' in again.text


def test_the_site_is_unavailable_without_its_database(browser, broken_database):
    assert browser.get("/healthz").status_code == 503


def test_a_bug_gets_a_korean_page(browser, monkeypatch):
    monkeypatch.setattr("pages.render_template", lambda *_, **__: 1 / 0)

    page = browser.get("/")

    assert page.status_code == 500
    assert "Traceback" not in page.text
    assert "다시" in page.text


def test_a_member_too_gets_a_korean_page_without_the_database(jieun, broken_database):
    page = jieun.get("/me")

    assert page.status_code == 503
    assert "조금 뒤에 다시" in page.text


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

    page = browser.check(getattr(browser.client, method)(path))

    assert page.status_code == status
    assert '<span class="site-nickname">지은<' in page.text
    assert "로그아웃" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_page_for_a_missing_file_names_no_one(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    page = browser.get("/static/nowhere")

    assert page.status_code == 404
    assert "지은" not in page.text


def test_a_wrong_url_is_not_found_without_the_database_too(jieun, broken_database):
    assert jieun.get("/nowhere").status_code == 404


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("privacy@home.example", '<a href="mailto:privacy@home.example">'),
        ("https://home.example/help", '<a href="https://home.example/help">'),
        ("02-123-4567", "02-123-4567"),
    ],
)
def test_the_privacy_policy_says_who_answers_for_the_data_and_how_to_reach_them(
    app, browser, contact, link
):
    app.config |= {"OPERATOR_NAME": "김이장", "OPERATOR_CONTACT": contact}

    page = browser.get("/privacy").text

    assert "개인정보 보호책임자: 김이장" in page
    assert link in page


def test_a_tab_says_the_name_of_the_site_once(browser):
    for path in ("/", "/terms", "/nowhere"):
        browser.get(path)
        assert browser.page.text("head title").count("오늘은 너네집") == 1
