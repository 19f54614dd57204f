"""The number of queries of each page: one more fails here."""

import pytest

from auth import deletion
from database import db
from models import Member
from tests.houses.test_street import add_photo

VISITORS_PAGES = ["/nowhere", "/auth/kakao", "/auth/kakao/callback", "/me", "/auth/nickname"]


@pytest.mark.parametrize("path", [*VISITORS_PAGES, "/static/style.css"])
def test_a_visitors_page_without_data_makes_no_query(browser, count_queries, path):
    with count_queries() as counts:
        browser.get(path)

    assert counts == {"reads": 0, "writes": 0, "commits": 0}


def test_a_visitors_home_reads_the_newest_photos(browser, count_queries):
    with count_queries() as counts:
        browser.get("/")

    assert counts == {"reads": 1, "writes": 0, "commits": 0}


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        pytest.param("/me", 1, id="the member"),
        pytest.param("/me/nickname", 1, id="and an empty form"),
        pytest.param("/nowhere", 1, id="the member, on an error page, too"),
        pytest.param("/static/style.css", 0, id="nor does a file"),
        pytest.param("/", 4, id="and photos, neighbours, whether there is a photo of theirs"),
        pytest.param("/@지은", 3, id="and the neighbour, and the photos"),
        pytest.param("/me/sessions", 2, id="and the sign-ins"),
    ],
)
def test_a_members_page_queries_the_member_and_its_content(jieun, count_queries, path, reads):
    with count_queries() as counts:
        jieun.get(path)

    assert counts == {"reads": reads, "writes": 0, "commits": 0}


def test_a_returning_member_costs_two_reads_and_one_row(jieun, another_browser, count_queries):
    state = another_browser.start()["state"]

    with count_queries() as counts:
        another_browser.return_from_kakao(state)

    assert counts == {"reads": 2, "writes": 1, "commits": 1}


def test_a_new_picture_is_written_in_the_same_transaction(
    jieun, another_browser, kakao, count_queries
):
    kakao.knows(1, "지은", email="new@home.example", is_email_valid=True, is_email_verified=True)
    state = another_browser.start()["state"]

    with count_queries() as counts:
        another_browser.return_from_kakao(state)

    assert counts == {"reads": 2, "writes": 2, "commits": 1}


def test_signing_in_again_ends_the_old_session_in_the_same_transaction(jieun, count_queries):
    state = jieun.start()["state"]

    with count_queries() as counts:
        jieun.return_from_kakao(state)

    assert counts == {"reads": 4, "writes": 2, "commits": 1}


def test_a_new_member_costs_three_reads_and_three_writes(browser, kakao, count_queries):
    kakao.knows(1, "지은")
    state = browser.start()["state"]

    with count_queries() as counts:
        browser.return_from_kakao(state)

    # The member, names in use and what an earlier account left are read; the member, their
    # agreements and the session are written.
    assert counts == {"reads": 3, "writes": 3, "commits": 1}


def test_all_suggestions_together_cost_one_query(jieun, another_browser, kakao, count_queries):
    kakao.knows(2, "지은")
    another_browser.sign_in()

    with count_queries() as counts:
        another_browser.get("/auth/nickname")

    assert counts == {"reads": 2, "writes": 0, "commits": 0}


def test_a_chosen_suggestion_costs_two_reads_more(jieun, another_browser, kakao, count_queries):
    kakao.knows(2, "지은")
    another_browser.open(another_browser.sign_in().location)

    with count_queries() as counts:
        another_browser.choose("지은네다락방")

    assert (counts["reads"], counts["commits"]) == (4, 1)


def test_deleting_an_account_costs_the_same_with_one_photo_and_with_many(app, count_queries):
    costs = []
    for kakao_id, number in ((1, 1), (2, 5)):
        with app.app_context():
            name = f"이웃{kakao_id}"
            member = Member(kakao_id=kakao_id, nickname=name, nickname_key=name)
            db.session.add(member)
            db.session.flush()
            for _ in range(number):
                add_photo(member.id, digest="digest")
            db.session.commit()
        with count_queries() as counts, app.app_context():
            deletion.delete_member(kakao_id)
        costs.append(counts)

    assert costs[0] == costs[1]
