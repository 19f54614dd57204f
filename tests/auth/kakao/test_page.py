"""What people see of the extension: its page for a failure, and its button."""

import re

import pytest
from flask import Blueprint, Flask, render_template_string

from auth.kakao import CANCELLED, Kakao, KakaoError, errors
from auth.kakao.errors import WITHOUT_BUTTON
from tests.auth.kakao.conftest import Site
from tests.auth.test_failures import EVERY_FAILURE
from tests.conftest import SETTINGS
from tests.html_checks import Page

HANGUL = re.compile("[가-힣]")
TECHNICAL = re.compile("KOE|OAuth|token|state|HTTP|[45][0-9][0-9]|Error|callback|Traceback", re.I)
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,ko;q=0.1"}


def show(site, failure, code="KOE999", is_app=False, next_url="/photos", **headers):
    """The page that a visitor gets when a view of the site fails like this."""

    def fail():
        error = KakaoError(failure, code, next_url)
        error.is_app = is_app
        raise error

    site.app.view_functions["callback"] = fail
    return site.browser.get("/login/kakao/callback", headers=headers)


@pytest.mark.parametrize("name", EVERY_FAILURE)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_failure_is_a_page_without_technical_words(site, name, language):
    failure = EVERY_FAILURE[name]

    response = show(site, failure, **{"Accept-Language": language})
    page = Page(response.text)

    assert response.status_code == failure.status
    assert page.text("h1") == page.text("head title")
    assert f'<html lang="{language}">' in response.text
    assert bool(HANGUL.search(response.text)) is (language == "ko")
    assert not TECHNICAL.search(page.text("main"))
    assert "no-store" in response.headers["Cache-Control"]
    assert bool(page.all(".flask-kakao-button")) is (name not in WITHOUT_BUTTON)
    retries = failure.status == 503 and failure.retry_after
    assert response.headers.get("Retry-After") == (str(failure.retry_after) if retries else None)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US,en;q=0.9", "en"),
        ("en,ko;q=0.1", "en"),
    ],
)
def test_the_browser_says_which_language(site, accepted, language):
    response = show(site, CANCELLED, **{"Accept-Language": accepted})

    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]


def test_the_button_leads_to_where_the_person_was_going(site):
    assert 'href="/login/kakao?next=/photos"' in show(site, CANCELLED).text
    assert 'href="/login/kakao"' in show(site, CANCELLED, next_url=None).text


def test_without_a_login_view_the_page_has_no_button(kakao):
    app = Flask("another_site")
    app.config |= SETTINGS
    extension = Kakao(app, login="missing")
    app.add_url_rule("/callback", "callback", lambda: str(extension.handle_callback()))

    response = app.test_client().get("/callback?code=a&state=b")

    assert response.status_code == 400
    assert "kakao-button" not in response.text


def test_what_a_visitor_types_is_neither_an_outage_nor_on_the_page(site):
    response = site.come_back(site.start()["state"], error="server_error")
    assert (response.status_code, response.headers.get("Retry-After")) == (400, None)

    query = {"error": "<b>x</b>", "error_description": "<script>alert(1)</script>"}
    assert "script>alert" not in site.come_back(site.start()["state"], **query).text


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("scope", ["app", "blueprint"])
def test_a_handler_of_the_site_wins(kakao, order, scope):
    app = Flask("another_site")
    app.config |= SETTINGS
    extension = Kakao()

    def handler(error):
        return f"ours: {error.failure.name}", 418

    def register():
        if scope == "app":
            app.register_error_handler(KakaoError, handler)
        else:
            bp = Blueprint("pages", __name__)
            bp.app_errorhandler(KakaoError)(handler)
            app.register_blueprint(bp)

    if order == "before":
        register()
    extension.init_app(app)
    if order == "after":
        register()
    app.add_url_rule("/callback", "callback", lambda: str(extension.handle_callback()))

    response = app.test_client().get("/callback?code=a")

    assert (response.text, response.status_code) == ("ours: state mismatch", 418)


def test_a_handler_for_every_exception_does_not_replace_the_page(site):
    site.app.register_error_handler(Exception, lambda _error: ("anything", 500))

    assert show(site, CANCELLED).status_code == 200


def test_the_operator_reads_the_fix_in_the_log(site, caplog):
    show(site, errors.FIX_CLIENT_SECRET)

    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "KAKAO_CLIENT_SECRET" in record.getMessage()


# The button


def button(site, template="{{ kakao_button() }}", **headers):
    site.app.add_url_rule("/page", "page", lambda: render_template_string(template))
    return site.browser.get("/page", headers=headers).text


def test_the_button_is_a_link_with_kakaos_symbol_and_label(site):
    html = button(site)

    page = Page(html)
    assert page.one("a.flask-kakao-button").attributes["href"] == "/login/kakao"
    assert page.text("a.flask-kakao-button") == "카카오 로그인"
    assert page.all("a.flask-kakao-button svg")
    assert not re.search("<style|style=|onclick|<script>", html)
    css = site.browser.get(page.one("link").attributes["href"])
    assert css.mimetype == "text/css"
    assert "#fee500" in css.text


def test_the_label_is_in_the_visitors_language_or_the_sites_own(site):
    template = "{{ kakao_button('/me', label='<시작>') }}"

    assert "Login with Kakao" in button(site, **ENGLISH)
    site.app.view_functions["page"] = lambda: render_template_string(template)
    html = site.browser.get("/page").text
    assert "&lt;시작&gt;" in html
    assert 'href="/login/kakao?next=/me"' in html


def test_without_a_javascript_key_nothing_of_it_is_there(site):
    html = button(site)

    assert "script" not in html
    assert "data-app-request" not in html
    assert site.browser.get("/flask-kakao/app-request").status_code == 404


@pytest.fixture
def site_with_app(kakao):
    kakao.knows(1, "지은")
    return Site(kakao, KAKAO_JAVASCRIPT_KEY="javascript-key")


def test_with_a_javascript_key_the_button_brings_its_script(site_with_app):
    html = button(site_with_app, "{{ kakao_button('/me') }}")

    page = Page(html)
    script = page.one("script").attributes
    assert script["data-key"] == "javascript-key"
    assert script["data-sdk"].startswith("https://t1.kakaocdn.net/")
    assert script["data-integrity"].startswith("sha384-")
    assert site_with_app.browser.get(script["src"]).mimetype == "text/javascript"
    url = page.one("a.flask-kakao-button").attributes["data-app-request"]
    response = site_with_app.browser.get(url)
    assert response.json["redirectUri"] == "http://localhost/login/kakao/callback"
    assert response.headers["Cache-Control"] == "no-store"

    assert site_with_app.come_back(response.json["state"]).location == "/me"


@pytest.mark.parametrize("target", ["//evil.example", "/login/kakao", "/flask-kakao/app-request"])
def test_a_sign_in_through_the_app_leads_to_no_other_site(site_with_app, target):
    query = {"next": target}
    options = site_with_app.browser.get("/flask-kakao/app-request", query_string=query).json

    assert site_with_app.come_back(options["state"]).location == "/"


@pytest.mark.parametrize("relation", ["cross-site", "same-site", "none"])
def test_other_sites_prepare_no_sign_in(site_with_app, relation):
    response = site_with_app.browser.get(
        "/flask-kakao/app-request", headers={"Sec-Fetch-Site": relation}
    )

    assert response.status_code == 403
    assert "Set-Cookie" not in response.headers


def test_after_a_failure_in_the_app_the_button_is_a_link(site_with_app):
    assert "data-app-request" in show(site_with_app, CANCELLED).text
    assert "data-app-request" not in show(site_with_app, CANCELLED, is_app=True).text


def test_a_site_can_replace_the_templates(site, tmp_path):
    folder = tmp_path / "templates/flask_kakao"
    folder.mkdir(parents=True)
    (folder / "failed.html").write_text("{{ message.heading }}, says the site")
    site.app.root_path = str(tmp_path)
    site.app.template_folder = "templates"
    site.app.__dict__.pop("jinja_loader", None)

    assert show(site, CANCELLED).text == "시작하기를 취소했어요, says the site"
