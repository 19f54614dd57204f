"""Korean and English: negotiation, the switch, and that no sentence lacks its English."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app import create_app
from auth import nicknames
from auth.kakao import errors as kakao_errors
from tests.conftest import SETTINGS
from tests.html_checks import Page
from tests.web.test_headers import PRODUCTION

ROOT = Path(__file__).parent.parent.parent
CATALOGUE = ROOT / "translations/en/LC_MESSAGES/messages.po"
HANGUL = re.compile("[ㄱ-ㆎ가-힣]")
NAMES = ("오늘은 너네집", "한국어", SETTINGS["OPERATOR_NAME"])
ENGLISH = {"Accept-Language": "en-US,en;q=0.9"}


@pytest.fixture
def english(browser):
    """A browser that asks for English."""
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en-US,en;q=0.9"
    return browser


@pytest.fixture
def jieun_in_english(english, kakao):
    kakao.knows(1, profile={"nickname": "Jieun", "thumbnail_image_url": "https://a.b/c.jpg"})
    english.sign_in()
    return english


def korean_in(page):
    text = page.text
    for name in [*NAMES, *Page(text).attributes("[name=suggestion]", "value")]:
        text = text.replace(name, "")
    return [line.strip() for line in text.splitlines() if HANGUL.search(line)]


def is_english(page):
    assert page.headers["Content-Language"] == "en"
    assert '<html lang="en">' in page.text
    assert korean_in(page) == []
    return True


@pytest.mark.parametrize(
    ("wished", "answered"),
    [
        (None, "ko"),
        ("", "ko"),
        ("*", "ko"),
        (",;", "ko"),
        ("fr", "en"),
        ("ja-JP,ja;q=0.9", "en"),
        ("zh,*;q=0.5", "en"),
        ("fr,ko;q=0.1", "ko"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en", "en"),
        ("en-GB", "en"),
        ("EN-us", "en"),
        ("en;q=0.8,ko;q=0.9", "ko"),
        ("ko;q=0.1,en", "en"),
        ("fr,de;q=0.9", "en"),
        ("fr,en;q=0.1", "en"),
        ("en;q=0,fr", "ko"),
        (";;,=q", "ko"),
        ("en;q=nonsense", "ko"),
        ("가나다", "ko"),
    ],
    ids=repr,
)
def test_the_browser_says_which_language(browser, wished, answered):
    headers = {} if wished is None else {"Accept-Language": wished.encode().decode("latin-1")}

    page = browser.get("/", headers=headers)

    assert page.headers["Content-Language"] == answered
    assert f'<html lang="{answered}">' in page.text
    assert {"Accept-Language", "Cookie"} <= set(page.vary)


def test_a_chosen_language_overrides_the_browsers(english):
    response = english.get("/language/ko?next=/terms")

    assert response.location == "/terms"
    assert "이용약관" in english.get("/terms").text
    assert english.get("/").headers["Content-Language"] == "ko"
    english.get("/language/en")
    assert is_english(english.get("/terms"))


def test_the_choice_is_stored_in_a_cookie_for_a_year(browser):
    cookie = browser.get("/language/en").headers["Set-Cookie"]

    assert cookie.startswith("language=en;")
    for attribute in ("Max-Age=31536000", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert attribute in cookie


def test_a_cookie_of_the_first_release_moves_to_the_name_that_only_this_host_can_set(settings):
    browser = create_app(settings | PRODUCTION).test_client()
    browser.set_cookie("language", "en", domain="home.example")

    page = browser.get("/terms", base_url="https://home.example")

    assert page.headers["Content-Language"] == "en"
    assert [cookie.partition(";")[0] for cookie in page.headers.getlist("Set-Cookie")] == [
        "language=",
        "__Host-language=en",
    ]
    assert page.headers["Cache-Control"] == "no-cache"
    assert browser.get_cookie("language", domain="home.example") is None
    browser.set_cookie("language", "ko", domain="home.example")  # by a neighbouring site
    page = browser.get("/terms", base_url="https://home.example")
    assert page.headers["Content-Language"] == "en"
    assert "Set-Cookie" not in browser.get("/terms", base_url="https://home.example").headers


def test_an_invalid_cookie_is_ignored(browser):
    browser.client.set_cookie("language", "../../etc")

    assert browser.get("/").headers["Content-Language"] == "ko"


def test_there_is_no_other_language(browser):
    assert browser.get("/language/fr").status_code == 404


def english_url(page):
    (url,) = Page(page.text).attributes("[href^='/language/en']", "href")
    return url


@pytest.mark.parametrize("path", ["/", "/terms", "/terms?from=mail&x=1", "/@nobody", "/@지은"])
def test_the_switch_leads_back_to_the_same_page(browser, path):
    response = browser.get(english_url(browser.get(path)))

    assert response.location == path.replace("지은", "%EC%A7%80%EC%9D%80")


def test_the_switch_leads_back_to_the_nickname_page(browser, kakao):
    kakao.knows(1)
    page = browser.open(browser.sign_in("/me").location)

    page = browser.open(english_url(page))

    assert is_english(page)
    assert "Kakao didn’t give us a nickname" in page.text
    assert is_english(browser.type(""))
    assert browser.choose("Jieun").location == "/me"


def test_the_switch_does_not_repeat_the_callback(browser):
    page = browser.get("/auth/kakao/callback?code=secret&state=foreign")

    assert english_url(page) == "/language/en"


def test_the_switch_on_a_posted_page_leads_home(browser):
    assert english_url(browser.post("/")) == "/language/en"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_switch_leads_to_no_other_site(browser, target):
    assert browser.get("/language/en", query_string={"next": target}).location == "/"


def pages(app):
    rules = app.url_map.iter_rules()
    return [rule.rule for rule in rules if "GET" in rule.methods and not rule.arguments]


def test_every_page_of_a_visitor_is_english(app, english):
    seen = [english.get(path) for path in pages(app)]
    html = [page for page in seen if page.mimetype == "text/html" and page.status_code != 302]

    assert len(html) >= 4
    assert all(is_english(page) for page in html)
    assert "Start with Kakao" in english.get("/").text


def test_every_page_of_a_member_is_english(app, jieun_in_english):
    seen = [jieun_in_english.get(path) for path in [*pages(app), "/@Jieun", "/me?again"]]
    html = [page for page in seen if page.mimetype == "text/html" and page.status_code != 302]

    assert len(html) >= 9
    assert all(is_english(page) for page in html)
    assert "just now" in jieun_in_english.get("/me/sessions").text


def test_the_greeting_is_english(english, kakao):
    kakao.knows(1, "Jieun")
    page = english.open(english.sign_in().location)
    assert is_english(page)
    assert "Congratulations on your new home, Jieun!" in page.text

    page = english.open(english.sign_in().location)
    assert "Welcome back, Jieun!" in page.text


def test_hiding_the_picture_is_confirmed_in_english(jieun_in_english):
    for show in ("0", "1"):
        jieun_in_english.get("/me")
        jieun_in_english.post("/me/image", {"show": show})
        page = jieun_in_english.get("/me")
        assert is_english(page)
        assert "now.</p>" in page.text


def test_signing_out_and_going_back_is_english(jieun_in_english):
    jieun_in_english.log_out()

    assert is_english(jieun_in_english.get("/me"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/nowhere", 404), ("post", "/", 405), ("get", "/auth/kakao/callback", 400)],
)
def test_an_error_page_is_english(english, method, path, status):
    page = getattr(english, method)(path)

    assert page.status_code == status
    assert is_english(page)


def test_the_page_without_a_database_is_english(jieun_in_english, broken_database):
    page = jieun_in_english.get("/me")

    assert page.status_code == 503
    assert is_english(page)


@pytest.mark.parametrize("error", kakao_errors.AUTHORIZATION_ERRORS)
def test_a_refusal_by_kakao_is_explained_in_english(english, error):
    assert is_english(english.return_from_kakao(english.start()["state"], error=error))


@pytest.mark.parametrize(
    "typed", ["", "a", "a/b", "...", "\u200b\u2060", "admin", "Jieun", "é" + "\u0301" * 60 + "a"]
)
def test_a_nickname_error_is_in_english(jieun_in_english, another_browser, kakao, typed):
    kakao.knows(2)
    another_browser.client.environ_base |= {"HTTP_ACCEPT_LANGUAGE": "en"}
    another_browser.open(another_browser.sign_in().location)

    page = another_browser.type(typed)
    response = another_browser.get("/auth/nickname/check", query_string={"nickname": typed})

    assert page.status_code == 422
    assert is_english(page)
    assert not HANGUL.search(response.json["message"])
    assert response.headers["Content-Language"] == "en"


def test_the_particle_is_only_for_korean(english):
    error = nicknames.already_taken("Jieun")

    with english.app.test_request_context(headers=ENGLISH):
        from flask_babel import gettext

        assert gettext(error.message, **error.params) == "‘Jieun’ is already taken."
    assert str(error) == "'Jieun'은 이미 누군가 쓰고 있어요."


class TestCatalogue:
    @pytest.fixture
    def catalogue(self):
        return read_po(CATALOGUE.open("rb"), locale="en")

    @pytest.fixture
    def marked(self):
        """The sentences that are marked for translation in the code."""
        methods = [("**.py", "python"), ("**.html", "jinja2")]
        keywords = DEFAULT_KEYWORDS | {
            "lazy_gettext": None,
            "InvalidNicknameError": None,
            "InvalidPhotoError": None,
            "TooCostlyError": None,
        }
        return {
            found[2]
            for package in ("auth", "houses", "moderation", "templates", "web")
            for found in extract_from_dir(ROOT / package, methods, keywords=keywords)
        }

    def test_each_sentence_of_the_code_and_no_other_is_in_it(self, catalogue, marked):
        """If not: make translations, and write what is missing."""
        assert {message.id for message in catalogue if message.id} == marked
        assert not catalogue.obsolete

    def test_each_sentence_is_translated(self, catalogue):
        for message in catalogue:
            forms = [message.string] if isinstance(message.string, str) else message.string
            assert message.id == "" or (all(forms) and not message.fuzzy), message.id
            for form in forms if message.id else ():
                assert not HANGUL.search(form.replace(NAMES[0], "")), form
                assert "'" not in form, "typographic apostrophes and quotes only"

    def test_the_gaps_of_each_sentence_are_in_its_translation(self, catalogue):
        for message in catalogue:
            source = message.id if isinstance(message.id, str) else message.id[0]
            forms = [message.string] if isinstance(message.string, str) else message.string
            for form in forms if message.id else ():
                # English has no particles, and need not name the site in the same sentences.
                free = {"particle", "site_name"}
                assert gaps(form) - free == gaps(source) - free, source
            assert not list(message.check(catalogue))

    def test_the_compiled_translations_are_current(self, catalogue):
        """If not: make translations."""
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)

        assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue()


def gaps(text):
    return set(re.findall(r"%\((\w+)\)", text))
