"""On another site, too, HEAD, prefetches and previews use nothing up."""

import pytest

from tests.auth.kakao.conftest import CALLBACK
from tests.auth.test_prefetch import PREFETCHES


@pytest.fixture(params=PREFETCHES)
def prefetch(request, site):
    method, headers = request.param

    def prefetch(url):
        return site.browser.open(url, method=method, headers=headers)

    return prefetch


def test_a_prefetched_callback_leaves_its_code_for_the_person(site, kakao, prefetch):
    callback = f"{CALLBACK}?code=a&state={site.start()['state']}"

    response = prefetch(callback)

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "no-store" in response.headers["Cache-Control"]
    assert not kakao.requests_to("/oauth/token")
    assert site.browser.get(callback).location == "/me"


def test_a_prefetched_login_begins_nothing_and_its_page_leads_on(prefetch):
    response = prefetch("/login/kakao?next=/me")

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert not response.data or 'href="/login/kakao?next=/me"' in response.text


def test_a_prefetched_app_request_prepares_nothing(site, prefetch):
    site.app.config["KAKAO_JAVASCRIPT_KEY"] = "javascript-key"

    response = prefetch("/flask-kakao/app-request")

    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers


def test_the_page_of_a_prefetch_is_in_the_visitors_language(site):
    def page(language):
        headers = {"Purpose": "prefetch", "Accept-Language": language}
        return site.browser.get("/login/kakao", headers=headers)

    for language, code in [("ko", "ko"), ("en-US,en;q=0.9", "en"), ("", "ko")]:
        assert f'<html lang="{code}">' in page(language).text
        assert page(language).headers["Content-Language"] == code
    assert "Accept-Language" in page("ko").headers["Vary"]
