"""Forms of a session that is over: in a second tab, after a double tap, after going back."""

import re

import pytest

from models import LoginSession, Member
from tests.html_checks import Page


def second_tab(browser, path="/me"):
    """A tab of the same browser that still shows this page; its cookies are the browser's."""
    browser.get(path)
    tab = browser.copy()
    tab.client = browser.client
    return tab


def test_signing_out_twice_leads_home(app, jieun):
    app.config["KAKAO_LOGOUT_REDIRECT"] = True
    tab = second_tab(jieun)
    jieun.log_out()

    assert tab.post("/auth/logout").location == "/"
    assert tab.post("/auth/logout", {"kakao": "1"}).location.startswith(
        "https://kauth.kakao.com/oauth/logout?"
    )


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/me/nickname", "/me/nickname"),
        ("/me/image", "/me"),
        ("/me/sessions/end-others", "/me/sessions"),
        ("/me/withdraw", "/me/withdraw"),
    ],
)
def test_a_members_form_sent_after_signing_out_leads_to_sign_in(jieun, form, page):
    tab = second_tab(jieun)
    jieun.log_out()

    response = tab.post(form)

    assert response.status_code == 401
    assert "아직 바뀐 것은 없어요" in response.text
    assert f'href="/auth/kakao?next={page}"' in response.text


def test_ending_this_session_twice_leads_home(jieun, rows):
    tab = second_tab(jieun, "/me/sessions")
    (session,) = rows(LoginSession)
    jieun.get("/me/sessions")

    assert jieun.post(f"/me/sessions/{session.id}/end").location == "/"
    assert tab.post(f"/me/sessions/{session.id}/end").location == "/"


def test_ending_another_session_twice_leads_to_the_list_twice(jieun, another_browser, rows):
    another_browser.sign_in()
    other = rows(LoginSession)[1]
    jieun.get("/me/sessions")

    for _ in range(2):
        assert jieun.post(f"/me/sessions/{other.id}/end").location == "/me/sessions"


def test_a_form_that_would_end_other_sessions_is_not_taken_for_done(jieun, another_browser):
    tab = second_tab(jieun)
    jieun.log_out()
    jieun.sign_in()
    another_browser.sign_in()

    assert tab.post("/me/sessions/end-others").status_code == 400
    assert another_browser.nickname() == "지은"


@pytest.mark.parametrize(
    ("path", "form", "page"),
    [
        ("/me/nickname", {"nickname": "민수"}, "/me/nickname"),
        ("/me/image", {"show": "0"}, "/me"),
        ("/me/sessions/2/end", {}, "/me/sessions"),
        ("/me/withdraw", {}, "/me/withdraw"),
        ("/auth/logout", {}, "/"),
    ],
)
def test_a_form_of_an_earlier_session_changes_nothing_and_its_page_is_shown_again(
    jieun, rows, path, form, page
):
    tab = second_tab(jieun)
    jieun.log_out()
    jieun.sign_in()

    response = tab.post(path, form)

    assert response.status_code == 400
    assert tab.page.texts(".flash p")[0].startswith("화면이 오래되어 다시 열었어요.")
    (member,) = rows(Member)
    assert (member.nickname, member.shows_image) == ("지은", True)
    assert rows(LoginSession)[1].ended_at is None
    jieun.get(page)
    assert tab.page.text("h1") == jieun.page.text("h1")


def test_the_page_that_is_shown_again_is_the_one_that_was_left(jieun):
    tab = second_tab(jieun, "/@지은")
    jieun.log_out()
    jieun.sign_in()

    tab.post("/auth/logout", headers={"Referer": "http://localhost/@%EC%A7%80%EC%9D%80"})
    assert tab.page.text("h1") == "지은"

    tab.post("/auth/logout", {"csrf_token": ""}, headers={"Referer": "https://evil.example/me"})
    assert tab.page.text("h1") == "오늘, 우리 동네"


def test_what_was_typed_is_still_there_and_one_press_sends_it(jieun):
    tab = second_tab(jieun, "/me/nickname")
    jieun.log_out()
    jieun.sign_in()

    tab.post("/me/nickname", {"nickname": "민수"})
    assert tab.page.value("nickname") == "민수"

    assert tab.post("/me/nickname", {"nickname": tab.page.value("nickname")}).location == "/me"
    assert jieun.nickname() == "민수"


def test_a_page_that_is_shown_again_can_be_switched_to_english(jieun):
    tab = second_tab(jieun)
    jieun.log_out()
    jieun.sign_in()

    tab.post("/me/image?from=here", {"show": "0"})

    assert "/language/en?next=%2Fme" in tab.page.attributes("footer a", "href")


def test_a_page_that_is_gone_is_not_found(jieun):
    tab = second_tab(jieun)
    jieun.log_out()
    jieun.sign_in()

    assert tab.post("/photos/1/remove").status_code == 404


def test_the_operators_pages_are_not_shown_again_to_others(jieun):
    tab = second_tab(jieun)
    jieun.log_out()
    jieun.sign_in()

    assert tab.post("/operator/members/지은", {"act": "suspend"}).status_code == 404


def test_what_was_typed_before_signing_out_is_shown(jieun):
    tab = second_tab(jieun, "/me/nickname")
    jieun.log_out()

    tab.post("/me/nickname", {"nickname": "민\u202e수"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert tab.page.text("blockquote") == "민수"

    for relation in ("cross-site", "same-site"):
        tab.post("/me/nickname", {"nickname": "민수"}, headers={"Sec-Fetch-Site": relation})
        assert not tab.page.texts("blockquote")


def test_renaming_twice_leads_to_the_account_page_twice(jieun):
    jieun.get("/me/nickname")

    for _ in range(2):
        assert jieun.post("/me/nickname", {"nickname": "민수"}).location == "/me"


def test_two_pages_that_load_at_once_after_a_sign_in_have_valid_forms(jieun):
    another_tab = jieun.copy()
    jieun.get("/me/nickname")
    another_tab.get("/me/nickname")  # with the cookies from before, whose response comes last
    jieun.client._cookies = another_tab.client._cookies

    assert jieun.post("/me/image", {"show": "0"}).location == "/me"
    assert another_tab.post("/me/image", {"show": "1"}).location == "/me"


@pytest.mark.parametrize("token", ["", "forged"])
@pytest.mark.parametrize(
    "path", ["/me/nickname", "/me/image", "/me/sessions/1/end", "/me/withdraw", "/auth/logout"]
)
def test_a_forged_form_changes_nothing(jieun, rows, path, token):
    form = {"csrf_token": token, "nickname": "민수", "show": "0"}

    assert jieun.post(path, form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400

    (member,) = rows(Member)
    assert (member.nickname, member.shows_image) == ("지은", True)
    assert rows(LoginSession)[0].ended_at is None


@pytest.mark.parametrize(
    "name",
    [
        *("%0d%0aSet-Cookie:a=b", "%00", "%2f%2fevil.example", "%5c%5cevil.example"),
        *("..%2f%2fevil.example", "%ff%fe", "%E2%80%AE", "%250d%250aSet-Cookie:a=b", "집"),
    ],
)
def test_no_path_leads_off_the_site(jieun, another_browser, name):
    for person in (jieun, another_browser):
        response = person.client.post(f"/operator/members/{name}")

        assert response.status_code in (308, 400, 401, 404)
        assert "a=b" not in str(response.headers.getlist("Set-Cookie"))
        links = [response.headers.get("Location", "/")]
        links += Page(response.text).attributes("[href]", "href")
        assert not [link for link in links if re.match(r"[/\\\s]{2}|.*//evil", link)]


@pytest.mark.parametrize("form", ["/me/nickname", "/me/sessions/end-others", "/me/withdraw"])
def test_a_form_sent_after_the_session_ended_elsewhere_says_that_nothing_changed(
    jieun, app, form, rows
):
    jieun.get("/me")
    app.test_cli_runner().invoke(args=["sessions", "end", "--all", "--yes"])

    response = jieun.post(form, {"nickname": "새이름", "confirm": "1"})

    assert response.status_code == 401
    assert "아직 바뀐 것은 없어요" in response.text
    assert f'href="/auth/kakao?next={form}"'.replace("/end-others", "") in response.text
    assert [member.nickname for member in rows(Member)] == ["지은"]
    assert jieun.page.text("blockquote") == "새이름"
