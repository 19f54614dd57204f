"""What only a real browser shows: clicks, redirects across origins, the cookie on its way."""

import re

import pytest
from playwright.sync_api import expect

from sandbox.people import PEOPLE

BUTTON = "카카오로 시작하기"
PRESSED = re.compile("/auth/(kakao|nickname)$")


def press_the_button(page):
    page.get_by_role("link", name=BUTTON).first.click()


def choose_person(page, name):
    page.locator(f'button[name="person"][value="{PEOPLE[name].id}"]').click()


@pytest.fixture
def second_phone(chromium, site):
    context = chromium.new_context(base_url=site, locale="ko-KR")
    yield context.new_page()
    context.close()


def test_from_the_first_visit_to_signed_in(page):
    page.goto("/")
    press_the_button(page)
    choose_person(page, "haneul")

    expect(page).to_have_url("/")
    page.goto("/me")
    expect(page.locator("#my-nickname")).to_have_text("하늘")


def test_a_taken_nickname_is_solved_with_one_click(page, second_phone):
    for phone, name in ((second_phone, "jieun"), (page, "other_jieun")):
        phone.goto("/auth/kakao?next=/me")
        choose_person(phone, name)

    expect(page).to_have_url("/auth/nickname")
    expect(page.get_by_text("이미 누군가 쓰고 있어요")).to_be_visible()
    suggestion = page.locator('button[name="suggestion"]').first
    chosen = suggestion.text_content().strip()
    suggestion.click()

    expect(page).to_have_url("/me")
    expect(page.locator("#my-nickname")).to_have_text(chosen)


def test_cancelling_leads_to_a_page_with_the_button(page):
    page.goto("/")
    press_the_button(page)
    page.locator('button[name="cancel"]').click()

    expect(page.get_by_text("취소했어요")).to_be_visible()
    page.locator(".kakao-button").click()
    expect(page.locator('button[name="cancel"]')).to_be_visible()


def test_signing_out(page):
    page.goto("/auth/kakao?next=/me")
    choose_person(page, "no_email")
    page.get_by_role("button", name="로그아웃").first.click()

    expect(page).to_have_url("/")
    expect(page.get_by_role("link", name=BUTTON).first).to_be_visible()


@pytest.mark.parametrize("forced_colors", ["none", "active"])
def test_a_picture_that_fails_is_a_drawn_house(page, forced_colors):
    page.route("**/picture.js?*", lambda route: route.abort())  # style.css does it alone
    page.emulate_media(forced_colors=forced_colors)
    page.goto("/auth/kakao?next=/me")
    choose_person(page, "haneul")

    picture = page.locator(".my-house img")
    expect(picture).to_have_js_property("complete", True)
    expect(picture).to_have_js_property("naturalWidth", 0)
    sky, house = picture.evaluate("""picture => ["::before", "::after"].map(
        part => getComputedStyle(picture, part).backgroundColor)""")
    assert sky != house


def test_back_to_the_page_one_came_from(page):
    page.goto("/auth/kakao?next=/me")
    choose_person(page, "no_picture")

    expect(page).to_have_url("/me")


@pytest.fixture
def at_the_nickname_page(page):
    page.goto("/auth/kakao?next=/me")
    choose_person(page, "nameless")
    page.wait_for_url("/auth/nickname")  # and for its scripts, unlike to_have_url
    return page


def test_a_script_says_while_someone_types_whether_the_name_is_available(at_the_nickname_page):
    page = at_the_nickname_page
    message = page.locator("#nickname-message")
    expect(message).to_have_attribute("aria-live", "polite")
    expect(message).to_have_text("2~20자")
    page.get_by_label("닉네임", exact=True).fill("관리자")
    expect(message).to_contain_text("쓸 수 없는")

    page.get_by_label("닉네임", exact=True).fill("바닷가 다락방")
    expect(message).to_contain_text("쓸 수 있는")


def test_a_name_typed_before_the_script_arrived_is_checked_too(page):
    def type_before(script):
        page.get_by_label("닉네임", exact=True).fill("관리자")
        script.continue_()

    page.route("**/nickname.js?*", type_before)
    page.goto("/auth/kakao?next=/me")
    choose_person(page, "nameless")

    expect(page.locator("#nickname-message")).to_contain_text("쓸 수 없는")


def test_enter_in_the_field_sends_what_was_typed(at_the_nickname_page):
    page = at_the_nickname_page
    page.get_by_label("닉네임", exact=True).fill("관리자")
    page.keyboard.press("Enter")

    field = page.get_by_label("닉네임", exact=True)
    expect(page.locator(".field-error")).to_contain_text("쓸 수 없는")
    expect(field).to_be_focused()
    expect(field).to_have_value("관리자")


def test_other_suggestions_can_be_requested(at_the_nickname_page):
    page = at_the_nickname_page
    suggestions = page.locator('button[name="suggestion"]')
    before = suggestions.all_text_contents()
    with page.expect_navigation():  # the URL stays the same
        page.get_by_role("link", name="다른 추천 보기").click()

    after = suggestions.all_text_contents()
    assert len(after) == 5
    assert set(after) != set(before)


def test_everything_works_without_javascript(chromium, site):
    context = chromium.new_context(base_url=site, locale="ko-KR", java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    press_the_button(page)
    choose_person(page, "placeholder")
    typed = page.get_by_label("닉네임", exact=True)
    typed.fill("관리자")
    typed.press("Enter")
    expect(typed).to_be_focused()

    page.locator('button[name="suggestion"]').first.click()
    expect(page).to_have_url("/")
    page.get_by_role("button", name="로그아웃").click()
    expect(page.get_by_role("link", name=BUTTON)).to_be_visible()
    context.close()


def test_the_keyboard_is_enough(chromium, site):
    context = chromium.new_context(base_url=site, locale="ko-KR")
    page = context.new_page()

    def press(what):
        """Tab until it has the focus, then Enter."""
        for _ in range(60):
            page.keyboard.press("Tab")
            if what.evaluate("thing => thing === document.activeElement"):
                return page.keyboard.press("Enter")
        raise AssertionError(f"the Tab key does not reach {what}")

    page.goto("/")
    press(page.get_by_role("link", name=BUTTON))
    press(page.locator(f'button[value="{PEOPLE["impostor"].id}"]'))
    expect(page.locator('button[name="suggestion"]').first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/")

    press(page.get_by_role("button", name="로그아웃"))
    expect(page.get_by_role("link", name=BUTTON)).to_be_visible()
    context.close()


@pytest.fixture
def stays(page):
    """The page stays as it is whatever is pressed, so the server answers, and time stands still."""
    page.route(PRESSED, lambda route: route.fulfill(status=204))
    page.clock.install(time=0)
    page.clock.pause_at(3600)  # seconds


def effects_of_a_double_tap(button):
    """How many of its presses the page lets pass. Chromium ignores the second by itself, so
    that counting what reaches the server would show nothing; other browsers send it.
    """
    button.evaluate("""button => {
        window.effects = 0;
        addEventListener(button.form ? "submit" : "click",
            event => { window.effects += event.defaultPrevented ? 0 : 1; });
    }""")
    button.dblclick()
    return button.evaluate("window.effects")


def test_a_double_tap_on_the_button_starts_once(page, stays):
    page.goto("/")
    button = page.locator(".kakao-button")

    assert effects_of_a_double_tap(button) == 1
    expect(button).to_have_attribute("aria-disabled", "true")


def test_the_pressed_button_says_that_it_goes_on(page, stays):
    page.goto("/")
    button = page.locator(".kakao-button")
    button.click()

    expect(button).to_have_text("카카오로 이동하고 있어요…")
    page.clock.run_for(11_000)  # milliseconds
    expect(button).to_have_text(BUTTON)


def test_the_button_can_be_pressed_again_after_a_while(page, stays):
    page.goto("/")
    button = page.locator(".kakao-button")
    with page.expect_response(PRESSED):
        button.click()
    page.clock.run_for(11_000)  # milliseconds

    expect(button).not_to_have_attribute("aria-disabled", "true")
    with page.expect_response(PRESSED):
        button.click()
    expect(button).to_have_attribute("aria-disabled", "true")


def test_the_button_can_be_pressed_again_when_its_tab_is_shown_again(page, stays):
    page.goto("/")
    button = page.locator(".kakao-button")
    with page.expect_response(PRESSED):
        button.click()
    expect(button).to_have_attribute("aria-disabled", "true")

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_a_double_tap_on_a_suggestion_sends_it_once(at_the_nickname_page, request):
    suggestion = at_the_nickname_page.locator('button[name="suggestion"]').first
    request.getfixturevalue("stays")

    assert effects_of_a_double_tap(suggestion) == 1
    expect(suggestion).to_have_attribute("aria-disabled", "true")


def test_the_back_button_brings_the_button_unpressed(page):
    page.goto("/")
    press_the_button(page)
    expect(page.locator('button[name="cancel"]')).to_be_visible()
    page.go_back()

    expect(page.locator(".kakao-button")).not_to_have_attribute("aria-disabled", "true")
    press_the_button(page)
    expect(page.locator('button[name="cancel"]')).to_be_visible()


def test_after_signing_out_the_back_button_shows_no_members_page(page):
    page.goto("/auth/kakao?next=/me")
    choose_person(page, "no_email")
    expect(page.locator("#my-nickname")).to_be_visible()
    page.get_by_role("button", name="로그아웃").first.click()
    expect(page.get_by_role("link", name=BUTTON).first).to_be_visible()
    page.go_back()

    expect(page.get_by_role("heading", name="카카오로 시작해요")).to_be_visible()
    expect(page.locator("#my-nickname")).to_have_count(0)
    expect(page.locator(".site-account")).to_have_count(0)


def test_a_members_page_that_the_browser_stored_is_requested_again(page):
    page.goto("/auth/kakao?next=/me")
    choose_person(page, "no_email")
    page.wait_for_url("/me")
    page.context.clear_cookies()
    # What Safari tells a page that it brings back as it was left; Chromium keeps none here.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")

    expect(page.locator('button[name="cancel"]')).to_be_visible()
    expect(page.locator("#my-nickname")).to_have_count(0)


def test_a_visitors_page_is_requested_again_after_signing_in_in_this_tab(page):
    page.goto("/terms")
    page.evaluate("sessionStorage.setItem('member', 'true')")
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")


def test_the_language_can_be_switched_without_javascript_on_the_same_page(chromium, site):
    context = chromium.new_context(base_url=site, locale="ko-KR", java_script_enabled=False)
    page = context.new_page()
    page.goto("/terms")
    page.get_by_role("link", name="English").click()

    expect(page).to_have_url("/terms")
    expect(page.get_by_role("heading", level=1)).to_have_text("Terms")
    page.goto("/")
    expect(page.get_by_role("link", name="Start with Kakao")).to_be_visible()
    context.close()
