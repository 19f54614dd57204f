"""The nickname form: shown only if needed, answered with one tap."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from auth import account_events, deletion
from auth.kakao import AccountEvent
from database import db, utc_now
from models import LoginSession, Member, PendingSignup
from tests.html_checks import Page

# A random generator that always picks the first.
FIRST = SimpleNamespace(choice=lambda some: some[0], sample=lambda some, size: list(some)[:size])


@pytest.fixture
def jieun_lives_here(another_browser, kakao):
    """Another member is called 지은 already."""
    kakao.knows(1, "지은")
    another_browser.sign_in()


def backdate(browser, minutes):
    """Make the pending sign-ups this old."""
    with browser.app.app_context():
        for row in db.session.scalars(select(PendingSignup)):
            row.expires_at -= timedelta(minutes=minutes)
        db.session.commit()


def suggestions(page):
    return Page(page.text).attributes("[name=suggestion]", "value")


def test_a_taken_nickname_is_asked_for_and_settled_with_one_click(browser, kakao, jieun_lives_here):
    kakao.knows(2, "지은")

    page = browser.open(browser.sign_in("/me").location)
    assert "이미 누군가 쓰고 있어요" in page.text
    chosen = suggestions(page)[0]

    assert browser.choose(chosen).location == "/me"
    assert browser.nickname() == chosen


def test_five_suggestions_are_offered(browser, kakao, jieun_lives_here):
    kakao.knows(2, "지은")

    page = browser.open(browser.sign_in().location)

    assert len(set(suggestions(page))) == 5


def test_taken_names_are_not_suggested(browser, another_browser, kakao, monkeypatch):
    monkeypatch.setattr("auth.nicknames.suggestions.random.Random", lambda: FIRST)
    for kakao_id, nickname in enumerate(["지은", "지은네집"], start=1):
        kakao.knows(kakao_id, nickname)
        another_browser.sign_in()
    kakao.knows(3, "지은")

    page = browser.open(browser.sign_in().location)

    assert suggestions(page)[0] == "아늑한지은"


def field_value(page):
    return Page(page.text).value("nickname")


def test_the_field_is_empty_with_a_hint_since_the_taken_name_would_only_fail(
    browser, kakao, jieun_lives_here
):
    kakao.knows(2, "지은")

    page = browser.open(browser.sign_in().location)

    assert field_value(page) == ""
    assert ">2~20자</p>" in page.text


@pytest.mark.parametrize("typed", ["", "  ", "ㅋ", "...", "관리자"])
def test_an_error_is_said_once_at_the_field_which_has_the_focus(
    browser, kakao, jieun_lives_here, typed
):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in().location)

    page = browser.type(typed)

    field = browser.page.one("[autofocus]")
    assert field.attributes["name"] == "nickname"
    assert field.attributes["aria-describedby"] == "nickname-error nickname-message"
    assert unescape(page.text).count(browser.page.text("#nickname-error")) == 1
    assert "이미 누군가 쓰고 있어요" not in page.text, "the old reason is over"


def test_suggestions_stay_until_others_are_requested(browser, kakao, jieun_lives_here):
    kakao.knows(2, "지은")
    shown = suggestions(browser.open(browser.sign_in().location))

    assert suggestions(browser.get("/auth/nickname")) == shown
    assert suggestions(browser.type("관리자")) == shown
    response = browser.get("/auth/nickname?other=1")
    assert response.location == "/auth/nickname"
    assert suggestions(browser.get("/auth/nickname")) != shown


@pytest.mark.parametrize("typed", ["", "  ", "...", "관리자", "\u200b"])
def test_an_entry_that_gives_no_name_keeps_the_suggestions_of_the_wanted_name(
    browser, kakao, jieun_lives_here, typed
):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in().location)

    page = browser.type(typed)

    assert all("지은" in suggestion for suggestion in suggestions(page))


def test_a_suggestion_that_someone_else_took_first_leads_to_others(
    browser, another_browser, kakao, jieun_lives_here
):
    kakao.knows(2, "지은")
    chosen = suggestions(browser.open(browser.sign_in().location))[0]
    kakao.knows(3, chosen)
    another_browser.sign_in()

    page = browser.choose(chosen)

    assert page.status_code == 422
    assert f"'{chosen}'" in page.text
    assert "이미 누군가 쓰고 있어요" in page.text
    assert field_value(page) == "", "no one typed it"
    assert chosen not in suggestions(page)
    assert all("지은" in suggestion for suggestion in suggestions(page))


def test_after_a_wrong_entry_the_suggestions_are_made_from_it(browser, another_browser, kakao):
    kakao.knows(1, "민수")
    another_browser.sign_in()
    kakao.knows(2, "관리자")
    browser.open(browser.sign_in().location)

    page = browser.type("민수")

    assert all("민수" in suggestion for suggestion in suggestions(page))


@pytest.mark.parametrize(
    "account",
    [
        pytest.param({}, id="no nickname shared"),
        pytest.param(
            {"profile": {"nickname": "닉네임을 등록해주세요", "is_default_nickname": True}},
            id="placeholder",
        ),
        pytest.param({"profile": {"nickname": "닉네임을 등록해주세요"}}, id="placeholder text"),
        pytest.param({"profile": {"nickname": 7}}, id="a number"),
    ],
)
def test_someone_without_a_kakao_nickname_is_asked_for_one(browser, kakao, account):
    kakao.knows(2, **account)

    page = browser.open(browser.sign_in("/me").location)

    assert "카카오 닉네임을 받지 못했어요" in page.text
    assert browser.choose(suggestions(page)[0]).location == "/me"


def test_nothing_is_written_until_the_nickname_is_chosen(browser, kakao, jieun_lives_here, rows):
    kakao.knows(2, "지은")

    browser.open(browser.sign_in().location)

    assert len(rows(Member)) == 1


def test_another_nickname_can_be_typed(browser, kakao, jieun_lives_here):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)

    assert browser.type("  새벽  산책 ").location == "/me"
    assert browser.nickname() == "새벽 산책"


@pytest.mark.parametrize("typed", ["", "가", "a/b", "지 은", "관리자", "가" * 21])
def test_an_unavailable_nickname_comes_back_with_the_reason(
    browser, kakao, jieun_lives_here, typed, rows
):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)

    page = browser.type(typed)

    assert page.status_code == 422
    assert f'value="{typed}"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert len(suggestions(page)) == 5
    assert len(rows(Member)) == 1


def test_only_the_beginning_of_an_endless_entry_is_read(browser, kakao, jieun_lives_here):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)

    page = browser.type("🇰🇷" * 1000)  # finding a flag takes counting all flags before it

    assert page.status_code == 422
    assert f'value="{"🇰🇷" * 50}"' in page.text


def test_the_sign_up_survives_a_wrong_entry(browser, kakao, jieun_lives_here):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)
    browser.type("지은")

    assert browser.type("민수").location == "/me"
    assert browser.nickname() == "민수"


def test_without_a_pending_sign_up_there_is_no_nickname_page(browser):
    assert browser.get("/auth/nickname").location == "/"


@pytest.mark.parametrize("kept", [7, {}, {"token": 7, "next_url": "/"}, {"token": "no next_url"}])
def test_a_pending_sign_up_of_another_version_is_ignored(browser, kept):
    with browser.client.session_transaction() as session:
        session["pending_signup"] = kept

    assert browser.get("/auth/nickname").location == "/"
    assert browser.get("/auth/nickname/check?nickname=x").status_code == 403


def test_a_pending_sign_up_expires_after_half_an_hour(browser, kakao, jieun_lives_here):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)
    backdate(browser, minutes=31)

    page = browser.get("/auth/nickname")

    assert page.status_code == 400
    assert "next=/me" in page.text
    assert "30분이 지났어요" in page.text


def test_a_member_whose_second_sign_up_ended_is_not_sent_in_circles(
    jieun_lives_here, browser, kakao
):
    kakao.knows(3, "민수")
    browser.sign_in()
    kakao.knows(2, "지은")
    browser.sign_in("/auth/nickname")
    backdate(browser, minutes=31)

    assert browser.get("/auth/nickname").status_code == 400


@pytest.mark.parametrize("typed", ["새벽산책", "관리자"])
def test_someone_who_signed_up_in_another_tab_is_signed_in(
    browser, another_browser, kakao, jieun_lives_here, rows, typed
):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in("/me").location)
    kakao.knows(2, "민수")
    another_browser.sign_in()

    assert browser.type(typed).location == "/me"
    assert browser.nickname() == "민수"
    assert len(rows(Member)) == 2


def test_a_forged_form_is_refused(browser, kakao, jieun_lives_here, rows):
    kakao.knows(2, "지은")
    browser.open(browser.sign_in().location)

    response = browser.post("/auth/nickname", {"csrf_token": "forged", "nickname": "민수"})

    assert response.status_code == 400
    assert len(rows(Member)) == 1


def signup_id(page):
    """The id of the pending sign-up in the forms of a page."""
    return Page(page.text).value("signup")


def post_at_once(browsers, nickname):
    """Post the nickname form in all browsers at the same time; the URLs they are redirected to."""
    barrier = threading.Barrier(len(browsers))

    def post(one):
        barrier.wait()
        return one.type(nickname).location

    with ThreadPoolExecutor(len(browsers)) as pool:
        return list(pool.map(post, browsers))


def test_eight_posts_at_once_make_one_member_with_one_session(browser, kakao, rows):
    kakao.knows(1)
    browser.open(browser.sign_in("/me").location)

    locations = post_at_once([browser.copy() for _ in range(8)], "새벽산책")

    assert locations == ["/me"] * 8
    assert len(rows(Member)) == len(rows(LoginSession)) == 1


def test_a_second_tap_is_redirected_like_the_first(browser, kakao):
    kakao.knows(1)
    browser.open(browser.sign_in("/me?from=mail").location)
    browser.type("새벽산책")

    assert browser.type("새벽산책").location == "/me?from=mail"
    assert browser.nickname() == "새벽산책"
    assert "이미 새벽산책님" not in browser.page.text("main")


@pytest.mark.parametrize("is_response_lost", [True, False])
def test_another_name_after_the_sign_up_is_not_dropped_without_a_word(
    browser, kakao, is_response_lost
):
    kakao.knows(1)
    browser.open(browser.sign_in("/terms").location)
    tab = browser.copy()
    if not is_response_lost:
        tab.client = browser.client
    browser.type("새벽산책")
    browser.open("/")  # where the first flash is

    page = tab.open(tab.type("저녁산책").location)

    assert "이미 새벽산책님으로 입주했어요" in page.text
    assert browser.nickname() == "새벽산책"


def test_going_back_to_the_nickname_page_leads_to_the_next_url_of_the_sign_up(browser, kakao):
    kakao.knows(1)
    browser.open(browser.sign_in("/me?from=mail").location)
    browser.type("새벽산책")

    assert browser.get("/auth/nickname").location == "/me?from=mail"


def test_going_back_to_the_callback_leads_to_the_nickname_page_again(browser, kakao):
    kakao.knows(1)
    state = browser.start("/me")["state"]
    browser.open(browser.return_from_kakao(state).location)

    assert browser.return_from_kakao(state).location == "/auth/nickname"
    assert browser.get("/auth/nickname").status_code == 200


def test_a_form_shown_for_another_kakao_account_asks_again(browser, kakao, rows):
    kakao.knows(1)
    page = browser.open(browser.sign_in("/me").location)
    form = {
        "nickname": "새벽산책",
        "signup": signup_id(page),
    }
    kakao.knows(2)
    browser.open(browser.sign_in("/me").location)

    page = browser.post("/auth/nickname", form)

    assert page.status_code == 422
    assert "다른 카카오계정으로 시작했어요" in page.text
    assert rows(Member) == []
    form["signup"] = signup_id(page)
    assert browser.post("/auth/nickname", form).location == "/me"
    assert rows(Member)[0].kakao_id == 2


def test_a_copied_sign_up_does_not_sign_in_once_more(browser, kakao, rows):
    kakao.knows(1)
    browser.open(browser.sign_in("/me").location)
    copy = browser.copy()
    browser.type("새벽산책")

    copy.type("새벽산책")

    assert copy.nickname() is None
    assert len(rows(LoginSession)) == 1


@pytest.mark.parametrize("ending", ["sign-out", "deletion", "Kakao's event"])
def test_ending_sessions_discards_the_pending_sign_up(
    browser, another_browser, kakao, rows, ending
):
    kakao.knows(1)
    browser.open(browser.sign_in("/me").location)
    copy = browser.copy()
    kakao.knows(1, "새벽산책")
    another_browser.sign_in()

    if ending == "sign-out":
        another_browser.log_out()
    elif ending == "deletion":
        with browser.app.app_context():
            deletion.delete_member(1)
    else:
        with browser.app.app_context():
            event = AccountEvent("an id", 1, frozenset(["tokens-revoked"]), utc_now())
            account_events.handle(event)

    assert copy.type("저녁산책").status_code == 400
    assert copy.nickname() is None
    assert all(row.ended_at for row in rows(LoginSession))


def test_signing_out_ends_a_sign_up_that_waits_in_the_same_browser(browser, kakao, rows):
    kakao.knows(1, "지은")
    browser.sign_in()
    kakao.knows(2)
    browser.open(browser.sign_in("/me").location)
    copy = browser.copy()

    browser.log_out()

    assert copy.type("저녁산책").status_code == 400
    assert len(rows(Member)) == 1


def test_no_cookie_reveals_who_is_signing_up(browser, kakao):
    email = {"email": "jieun@example.com", "is_email_valid": True, "is_email_verified": True}
    kakao.knows(1234567, **email)

    browser.open(browser.sign_in("/me").location)

    with browser.client.session_transaction() as session:
        kept = str(session)
    assert "jieun@example.com" not in kept
    assert "1234567" not in kept


def test_an_expired_sign_up_is_purged_and_another_one_is_not(browser, another_browser, kakao, rows):
    kakao.knows(1)
    browser.sign_in()
    backdate(browser, minutes=31)
    kakao.knows(2)
    another_browser.sign_in()
    assert [row.kakao_id for row in rows(PendingSignup)] == [2]

    backdate(browser, minutes=31)
    browser.app.test_cli_runner().invoke(args=["sessions", "purge"])

    assert rows(PendingSignup) == []


def test_a_used_sign_up_keeps_nothing_of_the_profile(browser, kakao, rows):
    kakao.knows(1)
    browser.open(browser.sign_in("/me").location)

    browser.type("새벽산책")

    assert [row.profile for row in rows(PendingSignup)] == [None]
