"""What holds for every page in English: the tests of test_every_page.py that read its words."""

import pytest

from tests.end_to_end import test_every_page as korean

axe, open_tab, tab = korean.axe, korean.open_tab, korean.tab
test_axe_finds_nothing_to_mend = korean.test_axe_finds_nothing_to_mend
test_nothing_is_wider_than_the_window = korean.test_nothing_is_wider_than_the_window
test_everything_to_tap_is_as_big_as_a_finger = korean.test_everything_to_tap_is_as_big_as_a_finger
test_the_button_and_its_agreement_are_in_sight_at_once = (
    korean.test_the_button_and_its_agreement_are_in_sight_at_once
)
test_the_suggestions_are_in_sight_on_a_small_phone = (
    korean.test_the_suggestions_are_in_sight_on_a_small_phone
)
test_a_refused_nickname_is_in_sight_with_its_reason_and_its_button = (
    korean.test_a_refused_nickname_is_in_sight_with_its_reason_and_its_button
)
test_the_html_checker_finds_nothing_to_mend = korean.test_the_html_checker_finds_nothing_to_mend

test_a_renamed_site_has_its_old_name_on_no_page = (
    korean.test_a_renamed_site_has_its_old_name_on_no_page
)


@pytest.fixture(scope="module")
def gallery(chromium, sandbox_url, tmp_path_factory):
    with korean.open_gallery(chromium, sandbox_url, tmp_path_factory, "en-US") as gallery:
        yield gallery


def test_the_date_in_a_notice_stays_whole(gallery, fonts):
    tab = gallery["account/me.html"]
    for width in (360, 390, 430):
        tab.set_viewport_size({"width": width, "height": 640})
        dates = tab.locator(".notice a time")

        lines = dates.evaluate_all("dates => dates.map(date => date.getClientRects().length)")
        assert lines == [1, 1]
