"""Moderation: reports, hidden photos, suspended members, and what operators can do."""

import re
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from urllib.parse import unquote

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from auth import deletion
from database import db
from models import LoginSession, Member, ModerationAct, Photo, Report
from tests.houses import pictures
from tests.houses.test_footprints import sign_in_with


def is_shown(browser, path):
    return browser.get(path).status_code == 200 and path in browser.get("/").text


def test_a_report_goes_to_the_operator(jieun, minsu, operator, rows):
    path = jieun.hang_photo()

    response = minsu.report(path, "stolen", "제 사진이에요")
    assert "알려 주셔서 고마워요" in minsu.open(response.location).text

    page = operator.get("/operator").text
    assert "다른 사람의 사진을 가져왔어요" in page and "제 사진이에요" in page and "민수" in page
    assert is_shown(minsu, path)


def test_a_report_leads_back_to_the_photo_while_it_can_be_seen(jieun, three):
    path = jieun.hang_photo()

    locations = [neighbour.report(path).location for neighbour in three]

    assert locations == [path, path, "/"]  # the third report hides it


def test_a_member_reports_a_photo_once(jieun, minsu, operator, rows):
    path = jieun.hang_photo(words="전화 주세요")
    minsu.report(path, "stolen")
    act(operator, path, "keep")

    response = minsu.report(path, "private")

    assert response.location == path
    assert "이미 알려 주신 사진이에요" in minsu.open(path).text
    response = minsu.post(f"{path}/report", {"reason": "private", "words": "문패가 보여요"})
    assert response.status_code == 409
    assert minsu.page.text("h1") == "보내지 않았어요"
    assert "민수" in minsu.page.text(".site-nickname")
    assert "이미 알려 주신 사진이에요" in response.text
    assert minsu.page.text("blockquote") == "문패가 보여요"
    assert [report.reason for report in rows(Report)] == ["stolen"]


def test_a_report_sent_again_takes_over_what_was_changed(jieun, minsu, operator, rows, monkeypatch):
    monkeypatch.setattr("web.limits.REPORTS_PER_DAY", 1)
    path = jieun.hang_photo()
    minsu.report(path, "stolen", "제 사진이에오")

    response = minsu.report(path, "private", "제 얼굴이에요")

    assert "알려 주셔서 고마워요" in minsu.open(response.location).text
    assert [(each.reason, each.words) for each in rows(Report)] == [("private", "제 얼굴이에요")]


def test_a_report_sent_again_changes_no_other_report(jieun, minsu, three, rows):
    first, second = jieun.hang_photo(), jieun.hang_photo()
    three[0].report(first, words="이웃이 쓴 말")
    minsu.report(first, words="처음 쓴 말")
    minsu.report(second, words="다른 사진에 쓴 말")

    minsu.report(first, words="고쳐 쓴 말")

    assert [each.words for each in rows(Report)] == [
        "이웃이 쓴 말",
        "고쳐 쓴 말",
        "다른 사진에 쓴 말",
    ]


def test_a_report_of_another_line_opens_no_other_report(jieun, minsu, three, operator, rows):
    for path in (jieun.hang_photo(words="전화 주세요"), jieun.hang_photo(words="전화 주세요")):
        for neighbour in (three[0], minsu):
            neighbour.report(path)
        act(operator, path, "keep")
        jieun.get(f"{path}/edit")
        jieun.post(f"{path}/edit", {"room": "study", "words": "지금 전화 주세요"})

    minsu.report(path)

    assert [each.is_open for each in rows(Report)] == [False, False, False, True]


def test_the_report_that_hid_a_photo_can_be_sent_again(jieun, three, rows):
    path = jieun.hang_photo()
    for neighbour in three:
        neighbour.report(path)

    response = three[2].post(f"{path}/report", {"reason": "stolen", "words": "고쳤어요"})

    assert response.status_code == 302
    assert rows(Report)[2].words == "고쳤어요"


def test_words_about_a_photo_that_is_gone_are_kept(jieun, minsu, operator):
    path = jieun.hang_photo()
    minsu.get(f"{path}/report")
    jieun.get(f"{path}/edit")
    jieun.copy().post(f"{path}/remove")

    operator.get("/me/nickname")

    for page in (
        operator.post(f"/operator{path}", {"act": "hide", "why": "제 사진이에요"}),
        minsu.post(f"{path}/report", {"reason": "stolen", "words": "제 사진이에요"}),
        jieun.post(f"{path}/edit", {"room": "study", "words": "제 사진이에요"}),
        jieun.post(f"{path}/answer", {"words": "제 사진이에요"}),
    ):
        assert page.status_code == 404
        assert "사진을 찾을 수 없어요" in page.text and "제 사진이에요" in page.text
        assert "그런 집은 없어요" not in page.text and 'href="/"' in page.text


@pytest.mark.parametrize("reason", ["", "boring"])
def test_a_report_needs_a_reason_from_the_list_and_keeps_what_was_typed(jieun, minsu, rows, reason):
    response = minsu.report(jieun.hang_photo(), reason, "이상해요")

    assert response.status_code == 422
    assert "이유를 하나 골라" in response.text and 'value="이상해요"' in response.text
    assert rows(Report) == []


def test_someone_who_reports_an_insult_can_quote_it(jieun, minsu, operator):
    minsu.report(jieun.hang_photo(), "offensive", "사진에 씨발이라고 쓰여 있어요")

    assert "사진에 씨발이라고 쓰여 있어요" in operator.get("/operator").text


def test_an_answer_with_an_insult_is_not_sent(jieun, operator, rows):
    path = jieun.hang_photo()
    act(operator, path, "hide", "광고예요")
    jieun.get(path)

    response = jieun.post(f"{path}/answer", {"words": "야 이 병신아"})
    assert rows(Photo)[0].answer is None
    assert "조금만 다듬어 주세요" in response.text and 'value="야 이 병신아"' in response.text

    jieun.post(f"{path}/answer", {"words": "새끼 고양이를 찍은 사진이에요"})
    assert rows(Photo)[0].answer == "새끼 고양이를 찍은 사진이에요"


def test_a_visitor_signs_in_to_report(jieun, visitor):
    path = jieun.hang_photo()

    assert "/auth/kakao" in visitor.get(f"{path}/report").location


def test_an_owner_cannot_report_their_own_photo(jieun, rows):
    path = jieun.hang_photo()

    assert jieun.report(path).location == path
    assert rows(Report) == []


def test_over_the_daily_limit_a_report_is_refused(jieun, minsu, monkeypatch):
    monkeypatch.setattr("web.limits.REPORTS_PER_DAY", 2)

    responses = [minsu.report(jieun.hang_photo()) for _ in range(3)]

    assert [response.status_code for response in responses] == [302, 302, 429]


def test_reports_of_a_deleted_account_count_for_the_day(app, jieun, minsu, monkeypatch):
    monkeypatch.setattr("web.limits.REPORTS_PER_DAY", 1)
    minsu.report(jieun.hang_photo())
    with app.app_context():
        deletion.delete_member(minsu.kakao_id)
    minsu.sign_in()

    path = jieun.hang_photo(content=pictures.jpeg(300, 400))
    assert minsu.report(path).status_code == 429


def test_a_report_counts_for_the_day_when_its_photo_is_gone(jieun, minsu, monkeypatch, rows):
    monkeypatch.setattr("web.limits.REPORTS_PER_DAY", 1)
    path = jieun.hang_photo()
    minsu.report(path)
    jieun.get(f"{path}/edit")
    jieun.post(f"{path}/remove")
    path = jieun.hang_photo(content=pictures.jpeg(300, 400))

    assert minsu.report(path).status_code == 429
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1, minutes=1)):
        assert minsu.report(path).status_code == 302
    assert len(rows(Report)) == 1


def test_three_reporters_hide_a_photo_until_someone_has_looked(
    jieun, three, visitor, operator, rows
):
    path = jieun.hang_photo()
    urls = jieun.pictures(path)

    for neighbour in three[:2]:
        neighbour.report(path)
        neighbour.report(path)  # the same person again does not count
    assert is_shown(visitor, path)
    three[2].report(path)

    for browser in (visitor, *three):
        assert not is_shown(browser, path)
        assert path not in browser.get("/@지은").text
        assert [browser.get(url).status_code for url in urls] == [404] * 4
    assert "이웃 세 명이" in jieun.get(path).text
    assert "가려 둔 사진" in jieun.get("/@지은").text
    for browser in (jieun, operator):
        assert browser.get(urls[0]).status_code == 200
        assert browser.get(urls[0]).headers["Cache-Control"] == "no-store"
    assert (rows(ModerationAct)[0].act, rows(ModerationAct)[0].origin) == ("hide", "reports")


def test_two_last_reports_at_once_hide_a_photo(jieun, three, rows):
    path = jieun.hang_photo()
    three[0].report(path)
    together = Barrier(2)
    for neighbour in three[1:]:
        neighbour.get(f"{path}/report")

    def report(browser):
        together.wait()
        browser.post(f"{path}/report", {"reason": "stolen"})

    reports = [Thread(target=report, args=[browser]) for browser in three[1:]]
    for each in reports:
        each.start()
    for each in reports:
        each.join()

    assert len(rows(Report)) == 3
    assert rows(Photo)[0].is_hidden


def test_reports_that_an_operator_has_looked_at_no_longer_count(
    jieun, three, minsu, operator, visitor
):
    path = jieun.hang_photo()
    for neighbour in three:
        neighbour.report(path)

    act(operator, path, "keep")
    assert is_shown(visitor, path)
    assert path not in operator.get("/operator").text.split('id="acts"')[0]

    minsu.report(path)
    assert is_shown(visitor, path)


def act(operator, path, act, why=""):
    operator.get(f"/operator{path}")
    return decide(operator, f"/operator{path}", act=act, why=why)


def decide(operator, url, **form):
    """Send the form of the operator's page seen last."""
    return operator.post(url, {"seen": operator.page.value("seen"), **form})


def test_a_decision_that_cannot_be_stored_is_not_logged(jieun, operator, caplog, rows):
    """`flask recover` would repeat it after a restore."""
    path = jieun.hang_photo()

    def fail(*_):
        raise OperationalError("INSERT", {}, Exception("disk full"))

    event.listen(ModerationAct, "after_insert", fail)
    response = act(operator, path, "hide", "광고예요")
    event.remove(ModerationAct, "after_insert", fail)

    assert response.status_code == 503 and not rows(Photo)[0].is_hidden
    assert not [message for message in caplog.messages if message.startswith("moderation")]


def other_tab(operator):
    """A page of an operator that stays as it is; to be used by another operator."""
    tab = operator.copy()
    tab.page = operator.page
    return tab


def test_a_decision_on_a_page_that_is_out_of_date_is_refused(jieun, operator, rows):
    path = jieun.hang_photo()
    act(operator, path, "hide", "광고예요")
    act(operator, path, "keep")
    operator.get(f"/operator{path}")
    old = other_tab(operator)
    act(operator, path, "hide", "얼굴이 보여요")

    response = decide(old, f"/operator{path}", act="keep", why="괜찮아요")

    assert response.status_code == 409
    assert "그사이에 바뀐 것이 있어요" in response.text
    assert old.page.texts("[role=alert] .acts strong") == ["가림"]
    assert "얼굴이 보여요" in old.page.text("[role=alert]")
    assert 'value="괜찮아요"' in response.text and rows(Photo)[0].is_hidden
    assert decide(old, f"/operator{path}", act="keep", why="괜찮아요").status_code == 302
    assert not rows(Photo)[0].is_hidden


@pytest.mark.parametrize("change", ["report", "line"])
def test_a_report_or_caption_that_an_operator_has_not_seen_refuses_the_decision(
    jieun, minsu, operator, rows, change
):
    path = jieun.hang_photo()
    operator.get(f"/operator{path}")
    if change == "report":
        minsu.report(path, "private", "제 얼굴이에요")
    else:
        jieun.get(f"{path}/edit")
        jieun.post(f"{path}/edit", {"room": "study", "words": "전화 주세요"})

    response = decide(operator, f"/operator{path}", act="keep")

    assert response.status_code == 409
    assert ("제 얼굴이에요" if change == "report" else "전화 주세요") in response.text
    assert all(report.is_open for report in rows(Report))


def test_a_decision_about_a_member_on_a_page_that_is_out_of_date_is_refused(jieun, operator, rows):
    operator.get("/operator/members/지은")
    old = other_tab(operator)
    suspend(operator, "지은", why="광고", days="7")

    response = decide(old, "/operator/members/지은", act="suspend", why="괴롭힘", days="")

    assert response.status_code == 409 and "광고" in old.page.text("[role=alert]")
    assert rows(Member)[0].suspended_why == "광고"


def test_only_an_act_about_the_same_member_makes_a_page_out_of_date(jieun, minsu, operator):
    url = "/operator/members/지은"
    operator.get(url)
    old = other_tab(operator)
    suspend(operator, "민수", why="광고", days="7")

    assert decide(old, url, act="drawn house", why="남의 얼굴이에요").status_code == 302
    assert decide(old, url, act="suspend", why="괴롭힘", days="7").status_code == 409


def test_a_decision_without_what_was_seen_is_taken(jieun, operator, rows):
    path = jieun.hang_photo()
    operator.get(f"/operator{path}")

    assert operator.post(f"/operator{path}", {"act": "hide", "why": "광고"}).status_code == 302
    assert rows(Photo)[0].is_hidden


def test_an_operator_reads_the_caption_now_and_when_it_was_reported(jieun, minsu, operator):
    path = jieun.hang_photo(words="전화 주세요")
    minsu.report(path, "advertising")
    for url in ("/operator", f"/operator{path}"):
        assert "한 줄 이야기: 전화 주세요" in operator.get(url).text
        assert "신고한 뒤에 바뀌었어요" not in operator.get(url).text

    jieun.get(f"{path}/edit")
    jieun.post(f"{path}/edit", {"room": "study", "words": ""})

    for url in ("/operator", f"/operator{path}"):
        page = operator.get(url).text
        assert "한 줄 이야기 없음" in page
        assert "신고한 뒤에 바뀌었어요. 신고할 때: 전화 주세요" in page


@pytest.mark.parametrize("seen", ["x", "9" * 5000 + "-", "²-", "-"])
def test_a_strange_value_of_what_was_seen_is_out_of_date(jieun, operator, seen):
    path = jieun.hang_photo()
    operator.get(f"/operator{path}")

    response = operator.post(f"/operator{path}", {"act": "hide", "why": "광고", "seen": seen})

    assert response.status_code == 409


def test_an_operator_hides_a_photo_with_a_reason_that_the_owner_reads(
    jieun, minsu, operator, visitor, rows
):
    path = jieun.hang_photo()
    minsu.press(path)

    assert act(operator, path, "hide", "얼굴이 보여요").location == "/operator"

    assert not is_shown(visitor, path)
    assert path not in minsu.get("/me/liked").text
    assert "얼굴이 보여요" in jieun.get(path).text
    (record,) = rows(ModerationAct)
    assert (record.act, record.why, record.photo_id) == ("hide", "얼굴이 보여요", 1)
    assert record.operator_id and record.created_at
    assert "얼굴이 보여요" in operator.get("/operator").text

    act(operator, path, "keep")
    assert is_shown(visitor, path)


def test_a_page_of_an_operator_lists_the_acts_about_its_photo_or_member_alone(
    jieun, minsu, operator
):
    act(operator, jieun.hang_photo(), "hide", "얼굴이 보여요")
    act(operator, minsu.hang_photo(), "hide", "광고예요")

    for path in ("/operator/photos/1", "/operator/members/지은"):
        operator.get(path)
        acts = operator.page.text(".acts")
        assert "얼굴이 보여요" in acts and "광고예요" not in acts


@pytest.mark.parametrize("form", [{"act": "hide"}, {"act": "burn", "why": "싫어서"}, {}])
def test_an_incomplete_act_changes_nothing(jieun, operator, visitor, form):
    path = jieun.hang_photo()
    operator.get(f"/operator{path}")

    response = decide(operator, f"/operator{path}", **form)

    assert response.status_code == 422 and "그사이에 바뀐 것이 있어요" not in response.text
    assert is_shown(visitor, path)


def test_a_reason_for_a_member_who_is_gone_is_shown(jieun, operator, run):
    operator.get("/operator/members/지은")
    run("members", "delete", "지은", "--yes")

    response = operator.post("/operator/members/지은", {"act": "suspend", "why": "괴롭혔어요"})

    assert response.status_code == 404
    assert operator.page.text("h1") == "그런 집은 없어요"
    assert operator.page.text("blockquote") == "괴롭혔어요"
    assert "살피는이" in operator.page.text(".site-nickname")


def test_an_act_without_its_reason_asks_for_one(jieun, operator):
    act(operator, jieun.hang_photo(), "hide")

    assert operator.page.text(".field-error") == "이유를 한 줄 적어 주세요."
    assert operator.page.text("label[for=why]") == "이유 (집주인에게 보여요)"


def test_a_reason_that_is_too_long_is_refused(jieun, operator, rows):
    act(operator, jieun.hang_photo(), "hide", "가" * 101)

    assert operator.page.text(".field-error") == "100자까지 쓸 수 있어요."
    assert not rows(Photo)[0].is_hidden


def test_the_owner_answers_once(jieun, operator, rows):
    path = jieun.hang_photo()
    act(operator, path, "hide", "광고예요")
    jieun.get(path)

    response = jieun.post(f"{path}/answer", {"words": "우리 집이에요"})
    assert "운영자에게 전했어요." in jieun.open(response.location).text
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        response = jieun.post(f"{path}/answer", {"words": "또 한마디"})
        assert response.status_code == 409
        assert "답은 한 번만 보낼 수 있어요" in response.text
        assert jieun.page.text("blockquote") == "또 한마디"

    assert rows(Photo)[0].answer == "우리 집이에요"
    assert rows(ModerationAct)[-1].why == "우리 집이에요"
    assert "우리 집이에요" in operator.get("/operator").text
    assert f'action="{path}/answer"' not in jieun.get(path).text


def test_an_answer_sent_again_at_once_takes_over_what_was_changed(jieun, operator, rows):
    path = jieun.hang_photo()
    act(operator, path, "hide", "광고예요")
    jieun.get(path)
    tab = jieun.copy()

    jieun.post(f"{path}/answer", {"words": "우리 집이에오"})
    response = tab.post(f"{path}/answer", {"words": "우리 집이에요"})

    assert "운영자에게 전했어요." in tab.open(response.location).text
    assert rows(Photo)[0].answer == "우리 집이에요"
    assert [row.why for row in rows(ModerationAct)] == ["광고예요", "우리 집이에요"]


def test_an_answer_is_not_corrected_after_an_operator_has_read_it(jieun, operator, rows):
    path = jieun.hang_photo(words="전화 주세요")
    act(operator, path, "hide", "광고예요")
    jieun.get(path)
    jieun.post(f"{path}/answer", {"words": "우리 집이에요"})
    act(operator, path, "remove words")

    response = jieun.post(f"{path}/answer", {"words": "또 한마디"})

    assert response.status_code == 409 and "답은 한 번만 보낼 수 있어요" in response.text
    assert rows(Photo)[0].answer == "우리 집이에요"


@pytest.mark.parametrize("words", ["우리 집이에요", ""])
def test_an_answer_after_the_photo_is_shown_again_is_not_sent(jieun, operator, rows, words):
    path = jieun.hang_photo()
    act(operator, path, "hide", "광고예요")
    jieun.get(path)
    act(operator, path, "keep")

    response = jieun.post(f"{path}/answer", {"words": words})

    page = response if words else jieun.open(response.location)
    assert "다시 보이고 있어서" in page.text
    assert jieun.page.texts("blockquote") == ([words] if words else [])
    assert rows(Photo)[0].answer is None


def test_an_answer_and_its_correction_are_about_one_photo(jieun, operator, rows):
    paths = [jieun.hang_photo() for _ in range(3)]
    for path in paths:
        act(operator, path, "hide", "광고예요")
    jieun.get(paths[0])

    for path, words in ((paths[1], "둘째예요"), (paths[0], "첫째에오"), (paths[0], "첫째예요")):
        jieun.post(f"{path}/answer", {"words": words})

    assert [photo.answer for photo in rows(Photo)] == ["첫째예요", "둘째예요", None]


def test_an_empty_answer_does_not_count_as_the_answer(jieun, operator, rows):
    path = jieun.hang_photo()
    act(operator, path, "hide", "광고예요")
    jieun.get(path)

    response = jieun.post(f"{path}/answer", {"words": "  "})

    assert rows(Photo)[0].answer is None
    assert response.status_code == 422
    assert jieun.page.text(".field-error") == "답을 한 줄 적어 주세요."


def test_the_owner_of_a_hidden_photo_can_remove_it(jieun, operator, rows):
    path = jieun.hang_photo()
    act(operator, path, "hide", "광고예요")

    jieun.get(f"{path}/remove")
    jieun.post(f"{path}/remove")

    assert rows(Photo) == []
    assert operator.get("/operator").status_code == 200


@pytest.mark.parametrize("path", ["/operator", "/operator/photos/1", "/operator/members/지은"])
def test_the_operators_pages_are_404_for_everyone_else(jieun, minsu, visitor, path):
    jieun.hang_photo()

    for browser in (minsu, visitor):
        assert browser.get(path).status_code == 404
    minsu.get("/me/nickname")
    assert minsu.post(path, {"act": "hide", "why": "싫어서"}).status_code in (404, 405)
    assert jieun.get("/photos/1").status_code == 200
    assert "/operator" not in minsu.get("/me").text


def test_a_house_and_a_photo_lead_operators_alone_to_their_pages(jieun, minsu, operator):
    path = jieun.hang_photo()

    for url, page in (("/@지은", "/operator/members/지은"), (path, f"/operator{path}")):
        for browser, links in ((operator, [page]), (minsu, []), (jieun, [])):
            browser.get(url)
            found = browser.page.attributes('main a[href^="/operator"]', "href")
            assert [unquote(href) for href in found] == links


def suspend(operator, nickname, why="괴롭혔어요", days="", act="suspend"):
    operator.get(f"/operator/members/{nickname}")
    form = {"act": act, "why": why, "days": days}
    return operator.post(f"/operator/members/{nickname}", form)


def test_a_suspended_member_is_signed_out_and_cannot_come_in(jieun, operator, kakao, visitor, rows):
    assert suspend(operator, "지은", days="7").location == "/operator"

    assert jieun.nickname() is None
    kakao.knows(jieun.kakao_id, "지은")
    page = visitor.sign_in("/me")
    assert page.status_code == 403
    assert "괴롭혔어요" in page.text and "까지예요" in page.text
    assert 'href="mailto:privacy@home.example"' in page.text
    assert visitor.nickname() is None
    sessions = [row for row in rows(LoginSession) if row.member_id == 1]
    assert all(row.ended_at for row in sessions) and len(sessions) == 1


def test_the_house_of_a_suspended_member_is_not_shown(jieun, minsu, operator, visitor):
    path = jieun.hang_photo()
    urls = jieun.pictures(path)
    minsu.press(path)
    suspend(operator, "지은")

    for browser in (visitor, minsu, operator):
        assert browser.get(path).status_code == 404
        assert browser.get("/@지은").status_code == 404
        assert path not in browser.get("/").text
    assert "지은" not in minsu.get("/neighbours").text
    assert "지은" not in minsu.get("/").text
    assert path not in minsu.get("/me/liked").text
    assert visitor.get(urls[0]).status_code == 404


def test_a_suspension_ends_by_itself_or_by_an_operator(jieun, operator, kakao, visitor, app):
    path = jieun.hang_photo()
    suspend(operator, "지은")
    assert "정해지지 않았어요" in refused(visitor, kakao, jieun).text

    suspend(operator, "지은", act="restore")
    assert is_shown(visitor, path)
    assert visitor.sign_in("/me").location == "/me"


def refused(visitor, kakao, neighbour):
    kakao.knows(neighbour.kakao_id, "지은")
    return visitor.sign_in("/me")


def test_an_expired_suspension_has_no_effect(jieun, operator, kakao, visitor, app):
    path = jieun.hang_photo()
    suspend(operator, "지은", days="1")
    with app.app_context():
        member = db.session.scalar(select(Member).filter_by(nickname="지은"))
        member.suspended_until = member.created_at
        db.session.commit()

    assert is_shown(visitor, path)
    assert refused(visitor, kakao, jieun).location == "/me"


def test_a_session_that_began_during_the_suspension_is_not_valid(jieun, app):
    with app.app_context():
        member = db.session.scalar(select(Member).filter_by(nickname="지은"))
        member.suspended_until, member.suspended_why = member.created_at.replace(year=9000), "…"
        db.session.commit()

    assert jieun.nickname() is None


@pytest.mark.parametrize("form", [{"why": ""}, {"days": "0"}, {"days": "x"}, {"days": "99999"}])
def test_an_incomplete_suspension_changes_nothing(jieun, operator, form):
    assert suspend(operator, "지은", **{"why": "괴롭혔어요"} | form).status_code == 422
    assert jieun.nickname() == "지은"


@pytest.mark.parametrize("days", ["1", "3650"])
def test_a_suspension_may_be_of_one_day_and_of_ten_years(jieun, operator, days):
    assert suspend(operator, "지은", days=days).status_code == 302
    assert jieun.nickname() is None


@pytest.mark.parametrize("days", ["0", "-1", "x", "3651"])
def test_the_limits_of_a_suspension_are_said_once_in_korean(jieun, operator, days):
    suspend(operator, "지은", days=days)

    assert operator.page.texts(".field-error") == ["1에서 3650까지 적을 수 있어요."]


def test_the_pending_footprint_of_a_suspended_member_is_not_left(
    jieun, minsu, operator, kakao, visitor
):
    path = jieun.hang_photo()
    suspend(operator, "민수")
    kakao.knows(minsu.kakao_id, "민수")

    assert sign_in_with(visitor, visitor.press(path)).status_code == 403
    assert jieun.footprints(path) == 0


def test_an_operator_is_named_on_the_command_line(jieun, operator, run):
    assert "now an operator" in run("members", "operator", "지은")[0]
    assert jieun.get("/operator").status_code == 200
    assert "/operator" in jieun.get("/me").text

    run("members", "operator", "지은", "--off")
    assert jieun.get("/operator").status_code == 404
    operator.get("/operator/record")
    acts = [line.partition(",")[0] for line in operator.page.texts(".acts li")]
    assert acts == ["운영자에서 내림 · 지은 서버에서 직접", "운영자로 정함 · 지은 서버에서 직접"]


def test_the_command_line_hides_keeps_and_lists(jieun, minsu, visitor, run):
    path = jieun.hang_photo()
    minsu.report(path, "stolen", "제 사진이에요")
    listed = run("reports")[0]
    assert "photo 1" in listed and "제 사진이에요" in listed

    assert run("photos", "hide", "1", "--why", "빌린 사진")[1] == 0
    assert not is_shown(visitor, path)
    assert "빌린 사진" in jieun.get(path).text
    assert run("reports")[0] == ""

    assert run("photos", "keep", "1")[1] == 0
    assert is_shown(visitor, path)


def test_the_command_line_suspends_and_restores(jieun, kakao, visitor, run, rows):
    output, code = run("members", "suspend", "지은", "--why", "괴롭혔어요", "--days", "3")
    assert code == 0 and "suspended until" in output
    assert jieun.nickname() is None

    run("members", "restore", "지은")
    assert refused(visitor, kakao, jieun).location == "/me"
    assert [(record.act, record.origin) for record in rows(ModerationAct)] == [
        ("suspend", "command"),
        ("restore", "command"),
    ]


@pytest.mark.parametrize(
    "command",
    [
        ["photos", "hide", "9", "--why", "x"],
        ["photos", "keep", "9"],
        ["photos", "keep", "x"],
        ["photos", "hide", "1"],
        ["photos", "hide", "1", "--why", " "],
        ["members", "operator", "없는이"],
        ["members", "suspend", "지은"],
        ["members", "suspend", "지은", "--why", "x", "--days", "0"],
        ["members", "restore", "없는이"],
    ],
    ids=" ".join,
)
def test_a_command_that_cannot_be_done_says_so(jieun, run, command):
    jieun.hang_photo()

    output, code = run(*command)

    assert code != 0
    assert re.search("Error: .", output) and "Traceback" not in output
    assert jieun.nickname() == "지은"


def test_an_operator_cannot_suspend_themselves(operator, rows):
    (nickname,) = [member.nickname for member in rows(Member) if member.is_operator]
    operator.get(f"/operator/members/{nickname}")
    response = operator.post(f"/operator/members/{nickname}", {"act": "suspend", "why": "실수"})

    assert response.status_code == 422
    assert "스스로 제한할 수 없어요" in response.text
    assert operator.get("/operator").status_code == 200


@pytest.mark.parametrize("words", ["\u200b", "\u3164", "\u2800", "\u200e\ufeff", "\u0301"])
def test_invisible_text_counts_as_none(jieun, operator, run, rows, words):
    path = jieun.hang_photo(words=words)
    operator.get(f"/operator{path}")

    assert operator.post(f"/operator{path}", {"act": "hide", "why": words}).status_code == 422
    assert run("members", "suspend", "지은", "--why", words)[1] != 0
    (photo,) = rows(Photo)
    assert photo.words == "" and not photo.is_hidden


def test_signing_everyone_out_is_in_the_history(operator, run):
    run("sessions", "end", "--all", "--why", "키가 새었어요", "--yes")
    operator.sign_in()

    assert "모두 로그아웃시킴" in operator.get("/operator").text
    assert "키가 새었어요" in operator.page.text("main")


@pytest.mark.parametrize("why", ["가" * 1001, "\udcff", "두\n줄"])
def test_a_reason_that_cannot_be_stored_ends_the_command(jieun, run, rows, why):
    output, exit_code = run("members", "delete", "지은", "--why", why, "--yes")

    assert exit_code == 2 and "takes up to 1000 characters" in output
    assert len(rows(Member)) == 1


def test_a_reason_may_have_a_thousand_characters(jieun, run, rows):
    jieun.hang_photo()
    hide = ("photos", "hide", "1", "--why")

    assert "takes 1 to 1000 characters" in run(*hide, "")[0]
    assert run(*hide, "가" * 1000)[1] == 0
    assert rows(Photo)[0].hidden_why == "가" * 1000


@pytest.mark.parametrize(
    "command",
    [
        ("members", "show", "지은"),
        ("reports",),
        ("kakao", "unlinks"),
        ("kakao", "retry-unlinks"),
        ("sessions", "purge"),
        ("photos", "purge"),
    ],
    ids=" ".join,
)
def test_a_command_says_in_one_line_that_the_database_fails(run, broken_database, command):
    output, exit_code = run(*command)

    assert exit_code == 1
    assert output.splitlines()[-1].startswith("Error: the database failed")
    assert "Traceback" not in output


def test_reports_of_members_who_are_suspended_now_do_not_hide_a_photo(jieun, three, operator, rows):
    path = jieun.hang_photo()
    for neighbour in three[:2]:
        neighbour.report(path)
    suspend(operator, three[0].nickname())

    three[2].report(path)

    assert not rows(Photo)[0].is_hidden


def test_the_footprint_of_a_suspended_member_is_not_counted(jieun, three, operator, visitor):
    path = jieun.hang_photo()
    for neighbour in three[:2]:
        neighbour.press(path)
    suspend(operator, three[0].nickname())

    assert visitor.footprints(path) == 1
