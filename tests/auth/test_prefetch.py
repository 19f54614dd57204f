"""HEAD, prefetches and links on other sites use nothing up."""

import pytest

from models import LoginSession

PREFETCHES = [
    pytest.param(("HEAD", {}), id="HEAD"),
    pytest.param(("GET", {"Sec-Purpose": "prefetch"}), id="Sec-Purpose"),
    pytest.param(("GET", {"Sec-Purpose": "prefetch;prerender"}), id="prerender"),
    pytest.param(("GET", {"Purpose": "prefetch"}), id="Purpose"),
    pytest.param(("GET", {"X-Purpose": "preview"}), id="preview"),
]


@pytest.fixture(params=PREFETCHES)
def prefetch(request):
    """Look at a URL as a program does, ahead of a person."""
    method, headers = request.param

    def prefetch(browser, url):
        return browser.check(browser.client.open(url, method=method, headers=headers))

    return prefetch


def test_a_prefetched_callback_leaves_its_code_for_the_person(browser, kakao, prefetch):
    kakao.knows(1, "지은")
    callback = f"/auth/kakao/callback?code=a&state={browser.start('/me')['state']}"

    response = prefetch(browser, callback)

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert not kakao.requests_to("/oauth/token")
    assert browser.get(callback).location == "/me"


@pytest.mark.parametrize("url", ["/auth/kakao?next=/me", "/language/en?next=/terms"])
def test_a_prefetch_sets_no_cookie_and_its_page_leads_on(browser, prefetch, url):
    response = prefetch(browser, url)

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert not response.data or f'href="{url}"' in response.text


def test_head_leaves_the_greeting_for_the_page(browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()

    browser.client.head("/")

    assert "입주를 축하해요, 지은님" in browser.get("/").text


def test_head_of_any_page_is_not_an_error_and_changes_no_session(jieun, rows):
    for rule in jieun.app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments and rule.endpoint != "webhooks.unlink":
            # The pages of operators are not there for others.
            assert jieun.client.head(rule.rule).status_code < 400 or rule.endpoint.startswith(
                "operator."
            ), rule

    assert [row.ended_at for row in rows(LoginSession)] == [None]


@pytest.mark.parametrize("query", ["", "&prompt=none", "&prompt=select_account"])
def test_a_link_on_another_site_needs_a_press_on_this_one(browser, query):
    headers = {"Sec-Fetch-Site": "cross-site"}

    page = browser.get(f"/auth/kakao?next=/me{query}", headers=headers)

    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert 'href="/auth/kakao?next=/me"' in page.text


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_press_and_a_typed_url_lead_to_kakao(browser, site):
    response = browser.get("/auth/kakao", headers={"Sec-Fetch-Site": site})

    assert response.location.startswith("https://kauth.kakao.com/oauth/authorize?")


def test_inside_kakaotalk_a_members_page_still_needs_no_press(browser):
    headers = {"Sec-Fetch-Site": "cross-site", "User-Agent": "Mozilla/5.0 Mobile KAKAOTALK 26.1.0"}

    response = browser.get(browser.get("/me", headers=headers).location, headers=headers)

    assert "prompt=none" in response.location
