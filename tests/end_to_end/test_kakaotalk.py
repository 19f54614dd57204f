"""Through the KakaoTalk app on a phone, in a real browser against the sandbox's SDK and app."""

import re
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import expect

from app import create_app
from sandbox import create_app as create_sandbox
from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import Person, settings_for
from tests.servers import serving_here

ANDROID = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)
KAKAOTALK = f"{ANDROID} KAKAOTALK 26.1.0"
INSIDE_APPS = [
    f"{ANDROID} Instagram 400.0.0.0",
    f"{IPHONE} [FBAN/FBIOS;FBAV/500.0]",
    f"{ANDROID} NAVER(inapp; search; 1200; 12.9.0)",
    f"{IPHONE} Safari Line/15.0.0",
]
COMPUTER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
KEY = {"KAKAO_JAVASCRIPT_KEY": "sandbox-javascript-key"}


@contextmanager
def serving_site(sandbox_url, folder, **settings):
    """The site with a JavaScript key, in the test's process; its URL and its database."""
    with databases.create(folder) as database:
        databases.make_tables(database)
        with serving_here(create_app(settings_for(database, sandbox_url) | KEY | settings)) as url:
            yield url, database


@pytest.fixture(scope="module")
def server(sandbox_url, tmp_path_factory):
    with serving_site(sandbox_url, tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture
def site_with_key(server):
    """That site; it has no members yet."""
    site, database = server
    databases.run(database, "DELETE FROM member")
    return site


@pytest.fixture
def site_with_oidc(sandbox_url, tmp_path):
    settings = {"KAKAO_OIDC": "1", "KAKAO_SCOPE": "profile_nickname"}
    with serving_site(sandbox_url, tmp_path, **settings) as (site, _):
        yield site


@pytest.fixture
def sandbox(sandbox_url):
    yield Sandbox(sandbox_url)
    requests.delete(f"{sandbox_url}/faults", timeout=10)


class Sandbox:
    def __init__(self, url):
        self.url = url

    def fails(self, where, fault, **options):
        wanted = {"where": where, "fault": fault} | options
        assert requests.post(f"{self.url}/faults", json=wanted, timeout=10).ok


@pytest.fixture
def phone(chromium, site_with_key):
    yield from phones(chromium, site_with_key, ANDROID)


def phones(chromium, site, agent, **options):
    """A phone whose pages may break no rule of the Content-Security-Policy."""
    context = chromium.new_context(
        base_url=site,
        locale="ko-KR",
        user_agent=agent,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        **options,
    )
    context.set_default_timeout(15_000)
    # Each call of authorize() is recorded before the SDK gets it. Attributes report what is ready,
    # by attributes, since the CSP forbids to evaluate the text of a condition.
    context.add_init_script(
        """const { json } = Response.prototype;
           Response.prototype.json = async function () {
             const value = await json.call(this);
             setTimeout(() => { document.documentElement.dataset.answered = ""; });
             return value;
           };
           addEventListener("DOMContentLoaded", () => setInterval(() => {
             if (!window.Kakao || Kakao.Auth.isWatched) return;
             const { authorize } = Kakao.Auth;
             window.calls = [];
             Kakao.Auth = { isWatched: true, authorize(options) {
               window.calls.push(options); authorize(options); } };
             document.documentElement.dataset.watched = "";
           }, 5))"""
    )
    complaints = []
    context.on("console", lambda it: complaints.append(it.text) if it.type == "error" else None)
    yield context.new_page()
    context.close()
    assert not [text for text in complaints if "Content Security Policy" in text]


def button(page):
    return page.locator(".kakao-button").first


def open_when_ready(page, url="/"):
    """Open a page and wait until a tap would open the app."""
    with page.expect_response("**/flask-kakao/app-request*"):
        page.goto(url)
    page.locator("html[data-watched][data-answered]").wait_for(state="attached")


def tap_for_app(page):
    """Tap the button; the page that plays KakaoTalk."""
    with page.context.expect_page() as app:
        button(page).tap()
    return app.value


def agree(app, name="haneul"):
    app.locator(f'button[name="person"][value="{PEOPLE[name].id}"]').tap()
    expect(app.get_by_text("처음 브라우저로 돌아가")).to_be_visible()
    app.close()


def test_a_new_member_taps_once_here_and_once_in_the_app(phone):
    open_when_ready(phone)

    agree(tap_for_app(phone))

    expect(phone.get_by_text("입주를 축하해요, 하늘님")).to_be_visible()
    expect(phone).to_have_url("/")


def test_a_known_member_sees_the_app_briefly_and_gets_to_their_page(phone):
    open_when_ready(phone)
    agree(tap_for_app(phone), "no_email")
    expect(phone.locator("[data-member]")).to_be_visible()
    phone.get_by_role("button", name="로그아웃").first.tap()
    expect(button(phone)).to_be_visible()
    open_when_ready(phone, "/me")
    assert phone.url.endswith("/me")

    app = tap_for_app(phone)

    expect(app.get_by_text("처음 브라우저로 돌아가")).to_be_visible()
    expect(phone.locator("#my-nickname")).to_be_visible()
    expect(phone).to_have_url("/me")


def test_the_sdk_is_handed_what_it_knows_and_no_verifier_is_sent(phone, site_with_key):
    open_when_ready(phone)

    tap_for_app(phone)

    (options,) = phone.evaluate("calls")
    assert options["redirectUri"] == f"{site_with_key}/auth/kakao/callback"
    assert len(options["state"]) >= 30
    assert set(options) == {"redirectUri", "state"}


def test_with_openid_connect_nonce_and_scope_are_handed_over(chromium, site_with_oidc):
    for phone in phones(chromium, site_with_oidc, IPHONE):
        open_when_ready(phone)
        app = tap_for_app(phone)
        (options,) = phone.evaluate("calls")
        assert set(options) == {"redirectUri", "state", "nonce", "scope"}
        assert options["scope"] == "openid,profile_nickname"

        agree(app)

        expect(phone.get_by_text("입주를 축하해요, 하늘님")).to_be_visible()


def test_without_kakaotalk_the_same_tab_goes_on_by_the_web(phone, sandbox):
    sandbox.fails("sdk", "not_installed")
    open_when_ready(phone)

    button(phone).tap()

    expect(phone).to_have_url(re.compile("/oauth/authorize"))
    phone.locator(f'button[name="person"][value="{PEOPLE["haneul"].id}"]').tap()
    expect(phone.locator("[data-member]")).to_be_visible()


@pytest.mark.parametrize("fault", ["503", "hang"])
def test_without_the_sdk_the_button_is_a_link(phone, sandbox, fault):
    sandbox.fails("sdk", fault)
    phone.goto("/", wait_until="commit" if fault == "hang" else "load")

    button(phone).tap()

    expect(phone).to_have_url(re.compile("/oauth/authorize.*code_challenge"))


def test_before_the_request_is_ready_the_button_is_a_link(phone):
    phone.route("**/flask-kakao/app-request*", lambda route: None)  # never answered
    phone.goto("/")
    phone.locator("html[data-watched]").wait_for(state="attached")

    button(phone).tap()

    expect(phone).to_have_url(re.compile("/oauth/authorize.*code_challenge"))


@pytest.mark.parametrize(
    "agent",
    [COMPUTER, KAKAOTALK, *INSIDE_APPS],
    ids=["computer", "KakaoTalk", "Instagram", "Facebook", "NAVER", "LINE"],
)
def test_where_the_app_is_of_no_use_its_sdk_is_not_loaded(chromium, site_with_key, agent):
    for page in phones(chromium, site_with_key, agent):
        page.goto("/", wait_until="networkidle")
        assert page.evaluate("typeof Kakao") == "undefined"
        assert [it["name"] for it in page.context.cookies()] == []

        button(page).tap()

        expect(page).to_have_url(re.compile("/oauth/authorize.*code_challenge"))


def test_without_javascript_the_button_is_a_link(chromium, site_with_key):
    for page in phones(chromium, site_with_key, ANDROID, java_script_enabled=False):
        page.goto("/")
        button(page).tap()

        expect(page).to_have_url(re.compile("/oauth/authorize.*code_challenge"))


def test_another_account_always_takes_the_web(phone):
    open_when_ready(phone)

    phone.locator('a[href*="select_account"]').first.tap()

    expect(phone).to_have_url(re.compile("/oauth/authorize.*select_account"))


def test_a_double_tap_opens_the_app_once(phone):
    open_when_ready(phone)

    app = tap_for_app(phone)
    phone.bring_to_front()
    button(phone).evaluate("it => it.click()")

    assert len(phone.evaluate("calls")) == 1
    assert len(phone.context.pages) == 2
    agree(app)
    expect(phone.locator("[data-member]")).to_be_visible()


def return_from_kakao(page):
    """The person returns to the tab, as the browser would report it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_someone_who_comes_back_without_agreeing_goes_by_the_web_next(phone):
    open_when_ready(phone)
    tap_for_app(phone).close()
    with phone.expect_response("**/flask-kakao/app-request*") as response:
        return_from_kakao(phone)
    assert response.value.status == 204

    button(phone).tap()

    expect(phone).to_have_url(re.compile("/oauth/authorize.*code_challenge"))
    phone.locator(f'button[name="person"][value="{PEOPLE["haneul"].id}"]').tap()
    expect(phone.locator("[data-member]")).to_be_visible()


def test_someone_who_agrees_after_coming_back_is_signed_in(phone):
    open_when_ready(phone)
    app = tap_for_app(phone)
    return_from_kakao(phone)

    agree(app)

    expect(phone.locator("[data-member]")).to_be_visible()


def test_two_tabs_can_sign_in_by_app_and_web(phone):
    other = phone.context.new_page()
    open_when_ready(phone)
    open_when_ready(other)

    agree(tap_for_app(phone))
    expect(phone.locator("[data-member]")).to_be_visible()
    agree_or_pass(tap_for_app(other))

    expect(other.locator("[data-member]")).to_be_visible()


def agree_or_pass(app):
    """Someone who has agreed before is not asked again."""
    expect(app.get_by_text("처음 브라우저로 돌아가")).to_be_visible()
    app.close()


@pytest.mark.parametrize(
    ("fault", "heading"),
    [
        ("access_denied", "취소했어요"),
        ("timeout", ""),
        ("LOGIN_TIMEOUT", ""),
        ("NOT_SUPPORTED_BROWSER", ""),
    ],
)
def test_after_a_failure_in_the_app_a_page_offers_the_web(phone, sandbox, fault, heading):
    sandbox.fails("code", fault)
    open_when_ready(phone)

    tap_for_app(phone).close()

    expect(phone).to_have_url(re.compile("/auth/kakao/callback"))
    expect(phone.get_by_role("heading", level=1)).to_contain_text(heading)
    assert not phone.locator("[data-app-request]").count()
    button(phone).tap()
    expect(phone).to_have_url(re.compile("/oauth/authorize.*code_challenge"))


def test_an_app_that_never_responds_leaves_a_button_that_works(phone, sandbox):
    sandbox.fails("code", "never_answers")
    open_when_ready(phone)
    agree(tap_for_app(phone))
    with phone.expect_response("**/flask-kakao/app-request*"):
        return_from_kakao(phone)

    button(phone).tap()

    expect(
        phone.locator("[data-member]").or_(phone.locator('button[name="person"]').first)
    ).to_be_visible()


def test_the_app_closed_at_once_leaves_a_button_that_works(phone, sandbox):
    sandbox.fails("talk", "closed")
    open_when_ready(phone)
    app = tap_for_app(phone)
    expect(app.get_by_text("카카오톡이 닫혔어요").first).to_be_visible()
    app.close()
    with phone.expect_response("**/flask-kakao/app-request*"):
        return_from_kakao(phone)

    button(phone).tap()

    expect(phone).to_have_url(re.compile("/oauth/authorize.*code_challenge"))


@pytest.mark.parametrize(
    ("key", "domain", "number"),
    [
        pytest.param("another-key", "http://localhost", "KOE101", id="wrong key"),
        pytest.param(KEY["KAKAO_JAVASCRIPT_KEY"], "http://a.example", "KOE009", id="wrong domain"),
    ],
)
def test_after_a_rejection_in_the_app_the_button_is_a_link(chromium, tmp_path, key, domain, number):
    with (
        serving_here(create_sandbox(site=domain)) as sandbox_url,
        serving_site(sandbox_url, tmp_path, KAKAO_JAVASCRIPT_KEY=key) as (site, _),
    ):
        for phone in phones(chromium, site, ANDROID):
            open_when_ready(phone)
            app = tap_for_app(phone)
            expect(app.get_by_text(number).first).to_be_visible()
            app.close()
            with phone.expect_response("**/flask-kakao/app-request*"):
                return_from_kakao(phone)

            button(phone).tap()

            expect(phone).to_have_url(re.compile("/oauth/authorize.*code_challenge"))


def query_of(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def code_from_kakao(sandbox_url, **query):
    """Agree at the consent page; the code."""
    response = requests.post(
        f"{sandbox_url}/oauth/authorize",
        params={"response_type": "code"} | query,
        data={"person": PEOPLE["haneul"].id},
        allow_redirects=False,
        timeout=10,
    )
    return query_of(response.headers["Location"])["code"]


def test_a_code_is_worth_nothing_in_a_request_of_the_other_kind(site_with_key, sandbox_url):
    person = Person(site_with_key)
    options = person.get("/flask-kakao/app-request").json()
    app = {
        "client_id": KEY["KAKAO_JAVASCRIPT_KEY"],
        "redirect_uri": options["redirectUri"],
        "state": options["state"],
        "ka": "sdk/2.8.3 origin/http%3A%2F%2Flocalhost",
    }
    start = person.http.get(f"{site_with_key}/auth/kakao", allow_redirects=False, timeout=10)
    link = query_of(start.headers["Location"])

    for begun, redeemed in ((app, link), (link, app)):
        code = code_from_kakao(sandbox_url, **begun)
        page = person.get(f"/auth/kakao/callback?code={code}&state={redeemed['state']}")
        assert page.status_code == 400
        assert person.nickname() is None

    for begun in (app, link):
        code = code_from_kakao(sandbox_url, **begun)
        assert person.get(f"/auth/kakao/callback?code={code}&state={begun['state']}").ok
        assert person.nickname() == "하늘"
