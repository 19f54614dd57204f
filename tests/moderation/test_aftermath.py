"""Removing a photo or deleting an account does not make reports and decisions start anew."""

from datetime import timedelta

import pytest
import time_machine

from auth import deletion
from database import utc_now
from models import FormerReport, ModerationAct, Photo, RemovedPhoto, Report
from tests.houses import pictures
from tests.moderation.test_moderation import act, is_shown


def other_picture():
    return pictures.jpeg(300, 400)


@pytest.fixture
def return_anew(app, kakao):
    """Delete a neighbour's account, and sign them up again."""

    def return_anew(neighbour, nickname):
        with app.app_context():
            deletion.delete_member(neighbour.kakao_id)
        kakao.knows(neighbour.kakao_id, nickname)
        neighbour.sign_in()

    return return_anew


def remove(owner, path):
    owner.get(f"{path}/edit")
    owner.post(f"{path}/remove")


def edit(owner, path, words):
    owner.get(f"{path}/edit")
    owner.post(f"{path}/edit", {"words": words, "room": "kitchen"})


def test_a_hidden_picture_hung_again_is_hidden_for_the_same_reason(
    jieun, minsu, operator, visitor, rows
):
    path = jieun.hang_photo()
    minsu.report(path)
    act(operator, path, "hide", "얼굴이 보여요")
    jieun.get(path)
    jieun.post(f"{path}/answer", {"words": "제 얼굴이에요"})
    remove(jieun, path)
    assert "신고된 사진을 집주인이 내림" in operator.get("/operator").text

    again = jieun.hang_photo()

    assert not is_shown(visitor, again)
    assert "얼굴이 보여요" in jieun.get(again).text
    page = operator.get(f"/operator{again}").text
    assert "신고된 사진을 다시 걺" in page and "민수" in page and "제 얼굴이에요" in page
    assert [(report.reason, report.is_open) for report in rows(Report)] == [("private", False)]
    assert rows(RemovedPhoto) == []


def test_open_reports_come_back_with_the_picture(jieun, three, operator, visitor):
    path = jieun.hang_photo()
    for neighbour in three[:2]:
        neighbour.report(path)
    remove(jieun, path)
    again = jieun.hang_photo()
    assert is_shown(visitor, again) and "가을" in operator.get("/operator").text

    three[2].report(again)

    assert not is_shown(visitor, again)


def test_a_photo_that_an_operator_kept_is_not_reported_again_by_the_same_people(
    jieun, three, operator, visitor
):
    path = jieun.hang_photo()
    for neighbour in three:
        neighbour.report(path)
    act(operator, path, "keep")
    remove(jieun, path)
    again = jieun.hang_photo()

    for neighbour in three:
        page = neighbour.open(neighbour.report(again).location).text
        assert "운영자가 확인했어요" in page

    assert is_shown(visitor, again)


def test_a_second_copy_of_a_hidden_picture_is_hidden_too(jieun, operator, visitor):
    act(operator, jieun.hang_photo(), "hide", "얼굴이 보여요")

    assert not is_shown(visitor, jieun.hang_photo())


def test_a_copy_of_two_hidden_pictures_is_hidden_for_the_reason_of_the_newer(jieun, operator):
    first, second = jieun.hang_photo(), jieun.hang_photo()
    act(operator, first, "hide", "얼굴이 보여요")
    act(operator, second, "hide", "번호판이 보여요")

    assert "번호판이 보여요" in jieun.get(jieun.hang_photo()).text


@pytest.mark.parametrize("is_removed", [True, False])
def test_other_pictures_and_other_peoples_start_anew(jieun, minsu, operator, visitor, is_removed):
    path = jieun.hang_photo()
    act(operator, path, "hide", "얼굴이 보여요")
    if is_removed:
        remove(jieun, path)

    assert is_shown(visitor, minsu.hang_photo())
    assert is_shown(visitor, jieun.hang_photo(content=other_picture()))


def test_a_photo_without_a_case_leaves_no_trace(jieun, rows):
    remove(jieun, jieun.hang_photo())

    assert rows(RemovedPhoto) == rows(ModerationAct) == []


def test_a_case_outlives_the_account_of_the_owner(jieun, operator, visitor, return_anew):
    act(operator, jieun.hang_photo(), "hide", "얼굴이 보여요")

    return_anew(jieun, "지은")

    assert not is_shown(visitor, jieun.hang_photo())


def test_a_case_and_a_report_are_forgotten_after_thirty_days(
    jieun, minsu, operator, visitor, return_anew, run, rows, kakao
):
    kept, path = jieun.hang_photo(content=other_picture()), jieun.hang_photo()
    minsu.report(kept)
    return_anew(minsu, "민수")
    act(operator, path, "hide", "얼굴이 보여요")
    remove(jieun, path)
    assert len(rows(RemovedPhoto)) == len(rows(FormerReport)) == 1

    with time_machine.travel(utc_now() + timedelta(days=30, minutes=1)):
        kakao.knows(jieun.kakao_id, "지은")
        jieun.sign_in()
        assert is_shown(visitor, jieun.hang_photo())
        assert "2 cases of removed photos" in run("sessions", "purge", "--yes")[0]
    assert rows(RemovedPhoto) == rows(FormerReport) == []


def test_three_members_who_leave_and_come_back_are_the_same_reporters(
    jieun, three, operator, visitor, return_anew, move_in
):
    path = jieun.hang_photo()
    for neighbour in three:
        neighbour.report(path)
    act(operator, path, "keep")
    for neighbour, nickname in zip(three, ("가람", "나루", "다솜"), strict=True):
        return_anew(neighbour, nickname)
        page = neighbour.open(neighbour.report(path).location).text
        assert "운영자가 확인했어요" in page
    assert is_shown(visitor, path)

    for nickname in ("하나", "두리", "세찬"):
        move_in(nickname).report(path)

    assert not is_shown(visitor, path)


def test_a_decision_counts_for_someone_who_had_left_before_it(
    jieun, minsu, operator, return_anew, rows
):
    path = jieun.hang_photo()
    minsu.report(path)
    return_anew(minsu, "민수")
    act(operator, path, "keep")

    minsu.report(path)

    assert rows(Report) == []


def test_a_decision_does_not_count_for_someone_who_left_thirty_days_ago(
    jieun, minsu, operator, return_anew, rows, kakao
):
    path = jieun.hang_photo()
    minsu.report(path)
    return_anew(minsu, "민수")
    act(operator, path, "keep")

    with time_machine.travel(utc_now() + timedelta(days=30, minutes=1)):
        kakao.knows(minsu.kakao_id, "민수")
        minsu.sign_in()
        minsu.report(path)

    assert [report.is_open for report in rows(Report)] == [True]


def test_a_decision_about_one_photo_says_nothing_about_another(
    jieun, minsu, operator, return_anew, rows
):
    path, other = jieun.hang_photo(), jieun.hang_photo(content=other_picture())
    minsu.report(path)
    act(operator, path, "keep")
    return_anew(minsu, "민수")

    minsu.report(other)

    assert [(report.photo_id, report.is_open) for report in rows(Report)] == [(2, True)]


def test_a_decision_counts_when_reporter_and_photo_come_back(
    jieun, minsu, operator, return_anew, rows
):
    path = jieun.hang_photo(words="볕이 드는 창")
    minsu.report(path)
    act(operator, path, "keep")
    return_anew(minsu, "민수")
    remove(jieun, path)
    again = jieun.hang_photo(words="볕이 드는 창")

    minsu.report(again)

    assert rows(Report) == []


def test_a_report_that_comes_back_is_as_old_as_before(jieun, minsu, rows):
    path = jieun.hang_photo()
    minsu.report(path)
    (before,) = rows(Report)
    remove(jieun, path)

    with time_machine.travel(utc_now() + timedelta(days=3)):
        jieun.hang_photo()

    assert [report.created_at for report in rows(Report)] == [before.created_at]


def test_someone_who_left_before_a_decision_may_report_again(jieun, minsu, return_anew, rows):
    path = jieun.hang_photo()
    minsu.report(path)
    return_anew(minsu, "민수")

    minsu.report(path)

    assert [report.is_open for report in rows(Report)] == [True]


@pytest.mark.parametrize("comes_back", [False, True], ids=["stays", "comes back"])
def test_another_caption_of_a_kept_photo_can_be_reported_by_the_same_people(
    jieun, three, operator, visitor, return_anew, comes_back
):
    path = jieun.hang_photo(words="볕이 드는 창")
    for neighbour in three:
        neighbour.report(path)
    act(operator, path, "keep")
    for neighbour, nickname in zip(three, ("가람", "나루", "다솜"), strict=True):
        if comes_back:
            return_anew(neighbour, nickname)
    edit(jieun, path, "전화 주세요")

    for neighbour in three:
        neighbour.report(path, words="번호를 물어요")

    assert not is_shown(visitor, path)
    assert operator.get("/operator").text.count("번호를 물어요") == 3


def test_the_stored_case_names_no_one(jieun, minsu, rows, return_anew):
    path = jieun.hang_photo()
    minsu.report(path)
    digest = rows(Photo)[0].digest
    return_anew(minsu, "민수")
    remove(jieun, path)

    (removed,) = rows(RemovedPhoto)
    assert removed.digest != digest and len(removed.digest) == len(removed.owner) == 16
    assert [each["pseudonym"] for each in removed.reports] != [str(minsu.kakao_id)]


def test_the_words_of_a_report_go_with_the_account(jieun, minsu, move_in, rows, return_anew):
    path = jieun.hang_photo()
    minsu.report(path, words="제 번호예요")
    move_in("가을").report(path, words="제가 봐도 그래요")
    remove(jieun, path)
    assert rows(RemovedPhoto)[0].reports[0]["words"] == "제 번호예요"

    return_anew(minsu, "민수")
    again = jieun.hang_photo()

    assert [former.photo_id for former in rows(FormerReport)] == [int(again.rpartition("/")[2])]
    assert "제 번호예요" not in str(rows(FormerReport)) and rows(RemovedPhoto) == []
    assert [report.words for report in rows(Report)] == ["제가 봐도 그래요"]


@pytest.mark.parametrize("others", [[], ["가을"]], ids=["alone", "among others"])
def test_what_someone_wrote_about_a_removed_photo_is_forgotten_at_once(
    jieun, minsu, move_in, rows, return_anew, others
):
    path = jieun.hang_photo()
    minsu.report(path, words="제 번호예요")
    for nickname in others:
        move_in(nickname).report(path, words="제가 봐도 그래요")
    remove(jieun, path)

    return_anew(minsu, "민수")

    of_minsu, *rest = rows(RemovedPhoto)[0].reports
    assert [of_minsu[name] for name in ("member_id", "reason", "words")] == [0, "", ""]
    assert [report["words"] for report in rest] == ["제가 봐도 그래요"] * len(others)


def test_a_photo_without_the_reported_caption_is_not_reported_again(jieun, minsu, operator, rows):
    path = jieun.hang_photo(words="전화 주세요")
    minsu.report(path)
    act(operator, path, "remove words")

    minsu.report(path)

    assert [report.is_open for report in rows(Report)] == [False]


def test_a_photo_that_an_operator_deleted_is_hidden_when_it_is_hung_again(
    jieun, operator, visitor, rows
):
    path = jieun.hang_photo()
    act(operator, path, "delete", "얼굴이 보여요")
    assert [each.act for each in rows(ModerationAct)] == ["delete photo"]

    again = jieun.hang_photo()

    assert not is_shown(visitor, again) and "얼굴이 보여요" in jieun.get(again).text
