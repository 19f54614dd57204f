"""New terms are announced, read or agreed to, and each agreement is stored."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import update

from database import db, utc_now
from models import Agreement, Member, ReadNotice
from tests import made_up_documents
from tests.conftest import read_export

ANNOUNCED = date(2026, 12, 28)
IN_FORCE = {"terms": date(2027, 2, 1), "privacy": date(2027, 1, 4)}
TERMS, PRIVACY = (f"/{document}/{day}" for document, day in IN_FORCE.items())
NEW = "잘 지내요."


@pytest.fixture
def settings(settings, tmp_path):
    """New terms that need consent, and a new privacy policy that does not."""
    folder = made_up_documents.write(
        tmp_path / "documents",
        terms=made_up_documents.announced("terms", ANNOUNCED, IN_FORCE["terms"], True),
        privacy=made_up_documents.announced("privacy", ANNOUNCED, IN_FORCE["privacy"]),
    )
    return settings | {"DOCUMENTS_FOLDER": str(folder)}


@pytest.fixture
def days():
    """Sets the clock: days(-1) is the day before the announcement."""
    with time_machine.travel(at(-20), tick=False) as traveller:

        def move_to(number):
            traveller.move_to(at(number))

        yield move_to


def at(number):
    """Noon in Korea, so many days after the announcement."""
    day = ANNOUNCED + timedelta(days=number)
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


@pytest.fixture
def jieun(days, browser, kakao):
    """지은, who signed up before anything was announced, and comes back whenever needed."""
    kakao.knows(1, "지은")
    browser.sign_in()
    return browser


def notices(browser):
    """The URLs of the announcements on the home page."""
    page = browser.get("/").text
    return [path for path in (TERMS, PRIVACY) if f'href="{path}"' in page]


def answer(browser, path):
    browser.get(path)
    return browser.post(f"/me{path}")


def test_a_member_reads_at_home_what_changes_from_the_day_it_is_announced(jieun, days):
    days(-1)
    assert notices(jieun) == []

    days(0)

    assert notices(jieun) == [TERMS, PRIVACY]
    jieun.get("/")
    assert jieun.page.texts(".notice a")[0].startswith("2027년 2월 1일부터 이용약관이 바뀌어요.")


def test_a_dot_shows_on_each_page_until_the_member_has_answered(jieun, days):
    days(0)
    for document in (TERMS, PRIVACY):
        jieun.get("/me/nickname")
        assert jieun.page.all("header #unseen")
        jieun.get("/me")
        assert document in jieun.page.attributes(".notice a", "href")
        answer(jieun, document)

    jieun.get("/me/nickname")
    assert not jieun.page.all("header #unseen")


def test_a_visitor_reads_no_announcement_at_home(jieun, another_browser, days):
    days(0)

    assert notices(another_browser) == []


def test_the_page_of_a_new_version_shows_what_changes(another_browser, days):
    days(0)

    page = another_browser.get(TERMS).text

    changes = page[page.index("무엇이 바뀌나요?") : page.index("전체 내용")]
    assert "누구나 무료로 입주할 수 있어요." in changes
    assert NEW in changes
    assert "서로 지켜요" not in changes


def test_a_version_is_a_secret_until_it_is_announced(jieun, days):
    days(-1)
    assert jieun.get(TERMS).status_code == 404
    assert jieun.post(f"/me{TERMS}").status_code == 404

    days(0)
    assert jieun.get(TERMS).status_code == 200


def test_an_announcement_that_was_read_is_gone_and_agrees_to_nothing(jieun, days, rows):
    days(0)
    jieun.get("/")

    response = jieun.post(f"/me{PRIVACY}")

    assert response.location == "/"
    assert notices(jieun) == [TERMS]
    assert [(row.document, row.version) for row in rows(ReadNotice)] == [("privacy", "2027-01-04")]
    assert {row.version for row in rows(Agreement)} == {"2026-11-24"}


def test_one_click_agrees_and_stores_document_version_and_time(jieun, days, rows):
    days(3)
    answer(jieun, TERMS)

    assert notices(jieun) == [PRIVACY]
    *_, agreement = rows(Agreement)
    assert (agreement.document, agreement.version) == ("terms", "2027-02-01")
    assert agreement.agreed_at == at(3)
    assert read_export(jieun.get("/me/export").data)["agreement"][-1]["version"] == "2027-02-01"


def test_one_members_agreement_does_not_count_for_another(jieun, another_browser, kakao, days):
    kakao.knows(2, "민수")
    another_browser.sign_in()
    days(3)
    answer(another_browser, TERMS)
    answer(another_browser, PRIVACY)

    assert notices(another_browser) == []
    assert notices(jieun) == [TERMS, PRIVACY]


def test_a_second_tap_agrees_only_once(jieun, days, rows):
    days(0)
    answer(jieun, TERMS)

    assert jieun.post(f"/me{TERMS}").location == "/"
    assert len(rows(Agreement)) == 3


def test_terms_that_need_consent_ask_until_the_member_agrees(jieun, days):
    days(200)
    jieun.sign_in()
    jieun.get("/")
    assert jieun.page.texts(".notice a")[0].startswith("2027년 2월 1일에 이용약관이 바뀌었어요.")

    answer(jieun, TERMS)

    assert TERMS not in notices(jieun)


def test_opening_the_page_alone_agrees_to_nothing(jieun, days, rows):
    days(0)
    jieun.get(TERMS)
    jieun.get(f"/me{TERMS}")

    assert notices(jieun) == [TERMS, PRIVACY]
    assert len(rows(Agreement)) == 2


def test_a_new_version_comes_into_force_on_its_day_in_korea(another_browser, days):
    days((IN_FORCE["privacy"] - ANNOUNCED).days - 1)
    assert NEW not in another_browser.get("/privacy").text

    days((IN_FORCE["privacy"] - ANNOUNCED).days)
    assert NEW in another_browser.get("/privacy").text
    assert NEW not in another_browser.get("/terms").text


def test_the_previous_version_stays_readable(another_browser, days):
    days(200)

    current = another_browser.get("/privacy").text
    before = another_browser.get("/privacy/2026-11-24").text

    assert 'href="/privacy/2026-11-24"' in current
    assert NEW not in before
    assert "지난 내용이에요" in before


@pytest.mark.parametrize("path", ["/terms/2026-11-25", "/terms/x", "/privacy/..", "/terms/"])
def test_an_unknown_version_is_404(another_browser, days, path):
    assert another_browser.get(path).status_code == 404


def test_a_version_that_the_site_had_late_is_announced_to_those_who_joined_before(jieun, days, app):
    days(40)
    jieun.sign_in()
    with app.app_context():
        # They joined when it was in force, but the site still had the version before.
        db.session.execute(update(Member).values(created_at=utc_now()))
        db.session.commit()

    assert notices(jieun) == [TERMS, PRIVACY]


def test_a_member_costs_one_query_more_after_a_change(jieun, days, count_queries):
    days(40)
    jieun.sign_in()

    with count_queries() as counts:
        jieun.get("/nowhere")

    assert counts["reads"] == 2  # the member, and what they agreed to or acknowledged


def test_a_new_member_agrees_to_the_version_in_force_and_reads_only_of_later_ones(
    days, another_browser, kakao, rows
):
    days(10)
    kakao.knows(2, "민수")
    another_browser.sign_in()

    assert [(row.document, row.version) for row in rows(Agreement)] == [
        ("terms", "2026-11-24"),
        ("privacy", "2027-01-04"),
    ]
    assert notices(another_browser) == [TERMS]
