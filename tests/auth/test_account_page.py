"""The account page, its confirmations, and the page with the member's data."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from auth import export
from database import db, utc_now
from models import LoginSession
from tests.conftest import read_export


def test_an_email_address_breaks_only_before_its_at_sign(browser, kakao):
    email = {"email": "jieun@example.com", "is_email_valid": True, "is_email_verified": True}
    kakao.knows(1, "지은", **email)
    browser.sign_in()

    assert "<dd>jieun<wbr>@example.com</dd>" in browser.get("/me").text


def test_the_account_page_says_the_nickname_once_besides_the_header(jieun):
    jieun.open("/")
    jieun.get("/me")

    assert jieun.page.text("main").count("지은") == 1


def test_the_day_someone_moved_in_is_a_date(jieun):
    jieun.get("/me")

    assert re.search(r"이사 온 날 \d{4}년 \d+월 \d+일", jieun.page.text("main"))


def test_all_stored_data_is_shown_in_everyday_words(jieun):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})

    page = jieun.get("/me/data").text

    names = jieun.page.texts("dt, h2")
    assert len(names) > 20
    nameless = [name for name in names if not name or re.fullmatch("[a-z_]+", name)]
    assert not nameless, "columns that need a name in templates/account/data.html"
    assert "mina" in page
    assert "<dd>이용약관</dd>" in page
    assert 'href="/me/export"' in page


def test_times_and_yes_or_no_in_the_data_are_words(jieun):
    jieun.get("/me/data")

    values = jieun.page.texts("dd")
    assert not [value for value in values if value in ("None", "True", "False", "")]
    assert not [value for value in values if re.match(r"\d{4}-\d{2}-\d{2}[T ]", value)]


def test_values_that_no_person_reads_are_only_in_the_zip(jieun):
    page = jieun.get("/me/data").text

    stored = read_export(jieun.get("/me/export").data)
    assert stored["member"]["nickname_key"] == "지은" and "seen_footprint_id" in stored["member"]
    assert "비슷해" not in page and "마지막으로 본 발자국" not in page


def test_a_long_table_of_the_data_is_paged(jieun, app):
    with app.app_context():
        columns = {"member_id": 1, "last_seen_at": utc_now(), "created_at": utc_now()}
        db.session.add_all(
            LoginSession(**columns, token_hash=f"{number}", device=f"기기 {number}.")
            for number in range(40)
        )
        db.session.commit()

    page = jieun.get("/me/data").text
    assert "기기 39." in page and "기기 30." not in page
    (link,) = jieun.page.attributes(".record .more a", "href")
    page = jieun.get(link).text
    assert "기기 39." in page and "기기 16." in page and "기기 15." not in page
    (link,) = jieun.page.attributes("a[rel=next]", "href")
    page = jieun.get(link).text
    assert "기기 15." in page and "기기 0." in page and "기기 16." not in page
    assert not jieun.page.attributes("a[rel=next]", "href")


@pytest.mark.parametrize("query", ["table=member", "table=", "table=open_unlink"])
def test_data_of_another_table_is_not_found(jieun, query):
    assert jieun.get(f"/me/data?{query}").status_code == 404


def test_visitors_see_no_data(browser):
    assert browser.get("/me/data").status_code == 302


def test_an_export_reads_rows_in_batches(jieun, another_browser, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    for _ in range(4):
        another_browser.sign_in()

    sessions = read_export(jieun.get("/me/export").data)["login_session"]

    assert [row["id"] for row in sessions] == [1, 2, 3, 4, 5]


def test_an_export_that_takes_too_long_ends(jieun, monkeypatch):
    monkeypatch.setattr(export, "MAX_TIME", -1)

    with pytest.raises(TimeoutError):
        _ = jieun.get("/me/export").data
    monkeypatch.undo()
    assert jieun.get("/me/export").status_code == 200


def test_signing_out_is_confirmed_once(jieun):
    page = jieun.open(jieun.log_out().location).text

    assert "로그아웃했어요. 또 놀러 오세요." in page
    assert "로그아웃했어요" not in jieun.get("/").text


def test_signing_out_leaves_nothing_in_the_browser_for_the_next_person(jieun):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})  # its confirmation is not shown yet
    jieun.post("/auth/logout")

    page = jieun.get("/").text

    assert "로그아웃했어요" in page
    assert "mina" not in page


def test_ending_another_session_is_confirmed(jieun, another_browser):
    another_browser.sign_in()
    jieun.get("/me/sessions")
    other = jieun.page.attributes("form[action$='/end']", "action")[0]

    assert "선택한 기기를 로그아웃했어요." in jieun.open(jieun.post(other).location).text


def test_ending_all_other_sessions_is_confirmed(jieun, another_browser):
    another_browser.sign_in()
    jieun.get("/me/sessions")

    page = jieun.open(jieun.post("/me/sessions/end-others").location).text

    assert "다른 기기를 모두 로그아웃했어요." in page


def test_buttons_that_end_sessions_have_names_that_differ(jieun, another_browser):
    another_browser.sign_in()

    jieun.get("/me/sessions")

    names = jieun.page.texts("main form[action$='/end'] button")
    assert len(names) == 2
    assert len(set(names)) == 2
    assert all(name.startswith("이 기기 로그아웃") for name in names)


def test_cancelling_the_deletion_is_confirmed(jieun):
    jieun.get("/me/withdraw")
    consent = jieun.post("/me/withdraw").location
    (state,) = parse_qs(urlsplit(consent).query)["state"]

    page = jieun.open(jieun.get(f"/auth/kakao/callback?error=access_denied&state={state}").location)

    assert "취소했어요. 바뀐 것은 없어요." in page.text
    assert jieun.nickname() == "지은"


def test_an_error_page_leaves_the_confirmation_for_the_next_page(jieun):
    jieun.log_out()

    assert "로그아웃했어요" not in jieun.get("/nowhere").text
    assert "로그아웃했어요. 또 놀러 오세요." in jieun.get("/").text


def test_inside_kakaotalk_the_data_can_be_opened_in_another_browser(jieun):
    assert not [url for url in data_links(jieun) if url.startswith("kakaotalk:")]

    jieun.client.environ_base |= {"HTTP_USER_AGENT": "Mozilla/5.0 (Android 14) KAKAOTALK"}

    outside = "kakaotalk://web/openExternal?url=http%3A%2F%2Flocalhost%2Fme%2Fdata"
    assert outside in data_links(jieun)


def data_links(browser):
    browser.get("/me/data")
    return browser.page.attributes("main a", "href")
