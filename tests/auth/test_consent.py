"""What a member agreed to: named under the button, stored per member."""

from datetime import UTC, datetime

import pytest

from auth.kakao.profile import MAX_TAG_LENGTH
from models import Agreement, Member
from tests.conftest import API


def agreed(rows):
    return [(row.member_id, row.document, row.version) for row in rows(Agreement)]


@pytest.mark.parametrize("path", ["/", "/auth/kakao/callback?state=x"])
def test_the_sentence_under_the_button_links_to_both_documents(browser, path):
    page = browser.open(path).text

    line = page[page.index('class="small agreement"') :]
    in_order = ('href="/terms"', "동의", 'href="/privacy"', "확인")
    places = [line.index(part) for part in in_order]
    assert places == sorted(places)
    for document in ("/terms", "/privacy"):
        assert browser.get(document).status_code == 200


@pytest.mark.parametrize("path", ["/terms", "/terms/2026-11-24", "/privacy", "/privacy/2026-11-24"])
def test_each_document_says_from_when_it_is_in_force(browser, path):
    assert "2026년 11월 24일 시행" in browser.get(path).text


def test_a_new_member_agrees_and_a_returning_member_need_not_agree_again(browser, kakao, rows):
    kakao.knows(1, "지은")
    browser.sign_in()
    (member,) = rows(Member)
    assert agreed(rows) == [
        (member.id, "terms", "2026-11-24"),
        (member.id, "privacy", "2026-11-24"),
    ]

    browser.sign_in()
    assert len(agreed(rows)) == 2


def test_a_pending_sign_up_has_agreed_to_nothing_yet(browser, kakao, rows):
    kakao.knows(1)
    browser.sign_in()
    assert agreed(rows) == []

    browser.get("/auth/nickname")
    browser.type("지은")
    assert len(agreed(rows)) == 2


class TestKakaoSync:
    """With KAKAO_SERVICE_TERMS Kakao shows the terms, and reports which were agreed to."""

    @pytest.fixture
    def settings(self, settings):
        return settings | {"KAKAO_SERVICE_TERMS": "service_20261124,marketing_1"}

    def responds_to_terms(self, kakao, *terms):
        kakao.mock.get(f"{API}/v2/user/service_terms", json={"id": 1, "service_terms": terms})

    def test_the_terms_are_requested(self, browser):
        assert browser.start()["service_terms"] == "service_20261124,marketing_1"

    @pytest.mark.parametrize("nickname", ["지은", None])
    def test_terms_that_kakao_reports_as_agreed_are_stored(self, browser, kakao, rows, nickname):
        moment = "2026-11-20T08:55:33Z"
        self.responds_to_terms(
            kakao,
            {"tag": "service_20261124", "agreed": True, "agreed_at": moment},
            {"tag": "marketing_1", "agreed": False},
        )
        kakao.knows(1, nickname)
        browser.sign_in()
        if not nickname:
            browser.get("/auth/nickname")
            browser.type("지은")

        *_, kept = rows(Agreement)
        assert len(rows(Agreement)) == 3
        assert (kept.document, kept.version) == ("service_20261124", "kakao")
        assert kept.agreed_at == datetime(2026, 11, 20, 8, 55, 33, tzinfo=UTC)

    def test_terms_agreed_to_since_the_last_sign_in_are_stored_too(self, browser, kakao, rows):
        first = {"tag": "service_20261124", "agreed": True, "agreed_at": "2026-11-20T08:55:33Z"}
        later = {"tag": "marketing_1", "agreed": True, "agreed_at": "2026-11-23T08:55:33Z"}
        kakao.knows(1, "지은")
        for terms in ([first], [first, later], [first, later]):
            self.responds_to_terms(kakao, *terms)
            browser.sign_in()

        kept = [row for row in rows(Agreement) if row.version == "kakao"]
        assert [row.document for row in kept] == ["service_20261124", "marketing_1"]
        assert kept[1].agreed_at == datetime(2026, 11, 23, 8, 55, 33, tzinfo=UTC)

    def test_agreements_are_stored_for_each_member(self, browser, kakao, rows):
        term = {"tag": "terms", "agreed": True, "agreed_at": "2026-11-20T08:55:33Z"}
        for kakao_id, terms in ((1, []), (2, [term]), (1, [term])):
            self.responds_to_terms(kakao, *terms)
            kakao.knows(kakao_id, f"이웃{kakao_id}")
            browser.sign_in()

        kept = [(row.member_id, row.document) for row in rows(Agreement) if row.version == "kakao"]
        assert kept == [(2, "terms"), (1, "terms")]

    @pytest.mark.parametrize("tag", ["t", "t" * MAX_TAG_LENGTH])
    def test_the_shortest_and_the_longest_tag_are_stored(self, browser, kakao, rows, tag):
        self.responds_to_terms(kakao, {"tag": tag, "agreed": True})
        kakao.knows(1, "지은")
        browser.sign_in()

        assert [row.document for row in rows(Agreement) if row.version == "kakao"] == [tag]

    @pytest.mark.parametrize(
        "terms",
        [
            None,
            7,
            [],
            [None, 7, "x"],
            [{"agreed": True}],
            [{"tag": 7, "agreed": True}],
            [{"tag": "t" * 500, "agreed": True}],
            [{"tag": "t", "agreed": "yes"}],
        ],
        ids=repr,
    )
    def test_malformed_terms_are_not_stored(self, browser, kakao, rows, terms):
        kakao.mock.get(f"{API}/v2/user/service_terms", json={"service_terms": terms})
        kakao.knows(1, "지은")

        assert browser.sign_in().status_code == 302
        assert len(rows(Agreement)) == 2

    @pytest.mark.parametrize("moment", ["yesterday", "", None, 7, "9999-99-99"], ids=repr)
    def test_an_invalid_time_becomes_now(self, browser, kakao, rows, moment):
        self.responds_to_terms(kakao, {"tag": "t", "agreed": True, "agreed_at": moment})
        kakao.knows(1, "지은")
        browser.sign_in()

        *_, kept = rows(Agreement)
        assert abs((datetime.now(UTC) - kept.agreed_at).total_seconds()) < 3600
