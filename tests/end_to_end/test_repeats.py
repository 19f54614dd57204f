"""Everyday repeats over real HTTP: reloads, another browser, two tabs, cancelling."""

from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.people import PEOPLE
from tests.end_to_end.conftest import Person

HANEUL = PEOPLE["haneul"].id
KAKAOTALK = "Mozilla/5.0 (Linux; Android 15) Mobile KAKAOTALK 26.1.0"


def location(response):
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def start(person, next_url="/me", **query):
    """Press the button; the URL of the consent page."""
    url = f"{person.site}/auth/kakao"
    query = {"next": next_url} | query
    return location(person.http.get(url, params=query, allow_redirects=False))


def consent(person, page, **form):
    """Submit the consent page; the URL of the callback."""
    form = form or {"person": HANEUL}
    return location(person.http.post(page, data=form, allow_redirects=False))


@pytest.fixture
def another_person(site):
    return Person(site)


def test_a_reloaded_callback_leads_to_the_next_url(person):
    callback = consent(person, start(person))
    assert person.http.get(callback).url.endswith("/me")

    assert person.http.get(callback).url.endswith("/me")
    assert person.nickname() == "하늘"


def test_a_used_code_without_a_session_leads_to_a_page_with_the_next_url(person, another_person):
    callback = consent(person, start(person))
    person.http.get(callback)

    page = another_person.http.get(callback)
    assert page.status_code == 400
    assert another_person.nickname() is None

    used = parse_qs(urlsplit(callback).query)["code"][0]
    state = parse_qs(urlsplit(start(another_person, "/me")).query)["state"][0]
    page = another_person.get(f"/auth/kakao/callback?code={used}&state={state}")
    assert page.status_code == 400
    assert "/auth/kakao?next=/me" in page.text
    assert another_person.nickname() is None


def test_two_tabs_can_sign_in_at_once(person):
    first, second = start(person, "/me"), start(person, "/@하늘")

    assert person.http.get(consent(person, second)).url.endswith("/@%ED%95%98%EB%8A%98")
    assert person.http.get(consent(person, first)).url.endswith("/me")


def test_forty_abandoned_starts_do_no_harm(person):
    for number in range(40):
        start(person, f"/somewhere/{number}/" + "가" * 200)
        assert sum(len(cookie.value) for cookie in person.http.cookies) < 3000

    assert person.sign_in_as(HANEUL, "/me").url.endswith("/me")


def test_cancelling_leads_to_a_page_with_the_button_and_the_next_url(person):
    page = person.http.get(consent(person, start(person), cancel="1"))

    assert page.status_code == 200
    assert "취소했어요" in page.text
    assert "/auth/kakao?next=/me" in page.text


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_a_sign_in_never_redirects_to_another_site(person, target):
    assert person.sign_in_as(HANEUL, target).url == f"{person.site}/"


def test_inside_kakaotalk_someone_who_never_consented_sees_a_page_with_the_button(person):
    person.http.headers["User-Agent"] = KAKAOTALK

    page = person.get("/me")

    assert page.status_code == 401
    assert [urlsplit(step.url).path for step in page.history] == [
        "/me",
        "/auth/kakao",
        "/oauth/authorize",
    ]
    assert "/auth/kakao?next=/me" in page.text


def test_inside_kakaotalk_someone_who_consented_before_is_signed_in_without_a_page(person):
    person.sign_in_as(HANEUL, "/me")
    del person.http.cookies["session"]  # the site's; Kakao's stays
    person.http.headers["User-Agent"] = KAKAOTALK

    assert person.get("/me").url.endswith("/me")
    assert person.nickname() == "하늘"
