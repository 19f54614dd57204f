"""The operator's queue: which cases are open, in which order, and what comes after a decision."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from auth import nicknames
from database import db, utc_now
from models import Member, ModerationAct, Outcome, Photo, Report
from tests.houses.test_street import add_photo, flat
from tests.moderation.test_moderation import act, decide, other_tab, suspend


def open_cases(operator, url="/operator"):
    """The number of open cases, and the photos that the page lists, in order."""
    operator.get(url)
    links = operator.page.attributes(".reported .visit-photo", "href")
    return int(operator.page.text("#open-cases")), [link.partition("?")[0] for link in links]


def test_the_queue_lists_each_reported_photo_once_the_oldest_first(jieun, three, operator):
    first, second = jieun.hang_photo(), jieun.hang_photo()
    three[0].report(second)
    three[0].report(first)
    three[1].report(second)

    assert open_cases(operator) == (2, [f"/operator{second}", f"/operator{first}"])


@pytest.mark.parametrize(
    ("seconds", "numbers"),
    [
        pytest.param(0, range(1, 46), id="at once"),
        pytest.param(1, range(1, 46), id="one after the other"),
        pytest.param(-1, range(45, 0, -1), id="the newest photo first"),
    ],
)
def test_a_page_of_the_queue_leads_to_the_next_page(app, jieun, minsu, operator, seconds, numbers):
    with app.app_context():
        began = utc_now()
        for number in range(45):
            photo = add_photo(1)
            since = began + timedelta(seconds=seconds * number)
            report = {"reason": "private", "words": "", "created_at": since}
            db.session.add(Report(photo_id=photo.id, member_id=2, **report))
        db.session.commit()

    pages, url = [], "/operator"
    while url and len(pages) < 4:
        count, listed = open_cases(operator, url)
        assert count == 45
        pages.append(listed)
        (url,) = operator.page.attributes(".more a", "href") or [None]

    assert [len(page) for page in pages] == [20, 20, 5]
    assert flat(pages) == [f"/operator/photos/{number}" for number in numbers]


@pytest.mark.parametrize("after", ["x", "1", "-1", "1-", "1-99999999999999999999", "²-1"])
def test_a_position_in_the_queue_that_no_page_links_to_is_404(operator, after):
    assert operator.get("/operator", query_string={"after": after}).status_code == 404


def test_the_queue_is_filtered_by_reason(jieun, minsu, operator):
    private, advertising = jieun.hang_photo(), jieun.hang_photo()
    minsu.report(private, "private")
    minsu.report(advertising, "advertising")

    assert open_cases(operator, "/operator?reason=advertising") == (2, [f"/operator{advertising}"])
    # The chosen reason is in front, where a phone shows it.
    assert operator.page.texts(".rooms a") == [
        "전체",
        "광고예요 1",
        "다른 사람의 얼굴이나 개인정보가 보여요 1",
    ]
    assert operator.get("/operator?reason=boring").status_code == 404


def test_the_queue_of_a_reason_leaves_out_cases_whose_report_for_it_is_settled(
    jieun, minsu, three, operator
):
    path = jieun.hang_photo()
    minsu.report(path, "private")
    act(operator, path, "keep")
    three[0].report(path, "advertising")

    assert open_cases(operator, "/operator?reason=private") == (1, [])
    assert operator.page.texts(".rooms a")[1:] == [
        "다른 사람의 얼굴이나 개인정보가 보여요 0",
        "광고예요 1",
    ]


def test_a_reason_counts_its_cases_and_not_their_reports(jieun, three, operator):
    path, other = jieun.hang_photo(), jieun.hang_photo()
    for neighbour in three[:2]:
        neighbour.report(path, "advertising")
    three[0].report(other, "advertising")

    operator.get("/operator")

    assert operator.page.texts(".rooms a") == ["전체", "광고예요 2"]


def test_a_case_is_as_old_as_its_first_report(jieun, three, operator):
    first, second = jieun.hang_photo(), jieun.hang_photo()
    three[0].report(second)
    three[0].report(first)
    for neighbour in three[1:]:  # the third report hides it
        neighbour.report(second)

    assert open_cases(operator) == (2, [f"/operator{second}", f"/operator{first}"])


def test_a_case_that_the_answer_opened_is_as_old_as_the_answer(jieun, minsu, operator):
    hidden, reported = jieun.hang_photo(), jieun.hang_photo()
    act(operator, hidden, "hide", "광고예요")
    minsu.report(reported)
    jieun.get(hidden)
    jieun.post(f"{hidden}/answer", {"words": "우리 집이에요"})

    assert open_cases(operator) == (2, [f"/operator{reported}", f"/operator{hidden}"])


def test_a_decision_leads_to_the_next_case_with_the_same_reason(jieun, minsu, operator):
    photos = [jieun.hang_photo() for _ in range(4)]
    for photo, reason in zip(photos, ("private", "private", "stolen", "private"), strict=True):
        minsu.report(photo, reason)
    url = f"/operator{photos[1]}?reason=private"
    operator.get(url)

    response = decide(operator, url, act="hide", why="얼굴이 보여요")

    assert response.location == f"/operator{photos[3]}?reason=private"
    assert "사진 2: 가렸어요." in operator.open(response.location).text
    # After the last case comes the oldest that is open.
    assert act(operator, photos[3], "keep").location == f"/operator{photos[0]}"
    assert act(operator, photos[0], "keep").location == f"/operator{photos[2]}"
    assert act(operator, photos[2], "keep").location == "/operator"


def test_a_reason_that_was_reported_is_given_with_one_tap(jieun, minsu, three, operator):
    path = jieun.hang_photo()
    minsu.report(path, "private")
    three[0].report(path, "other")
    operator.get(f"/operator{path}")
    (reason,) = operator.page.attributes("[type=radio][name=why]", "value")
    fields = {"csrf_token": operator.page.value("csrf_token"), "act": "hide"}

    # As a browser sends them, in the order of the page; what is typed counts more.
    operator.post(f"/operator{path}", fields | {"why": [reason, ""]})
    assert "다른 사람의 얼굴이나 개인정보가 보여요" in jieun.get(path).text
    operator.post(f"/operator{path}", fields | {"why": [reason, "창에 비친 얼굴이 보여요"]})
    assert "창에 비친 얼굴이 보여요" in jieun.get(path).text


def test_a_suspension_leads_back_from_the_case_to_the_next_one(jieun, minsu, three, operator):
    jieuns, minsus = jieun.hang_photo(), minsu.hang_photo()
    three[0].report(jieuns)
    three[0].report(minsus)
    operator.get(f"/operator{jieuns}")
    (link,) = operator.page.attributes('.operator > p a[href*="case="]', "href")
    operator.get(link)
    (url,) = operator.page.attributes(".photo-form", "action")

    assert decide(operator, url, act="rename").location == f"/operator{jieuns}"
    operator.get(link)
    (url,) = operator.page.attributes(".photo-form", "action")
    response = decide(operator, url, act="suspend", why="광고", days="")

    assert response.location == f"/operator{minsus}"


@pytest.mark.parametrize("case", ["x", "1", "9" * 20])
def test_without_an_open_case_a_decision_about_a_member_leads_to_the_queue(jieun, operator, case):
    url = f"/operator/members/지은?case={case}"
    operator.get(url)

    assert decide(operator, url, act="rename").location == "/operator"


def test_a_hidden_undecided_photo_stays_listed_when_its_reporters_leave(
    jieun, three, operator, run
):
    path = jieun.hang_photo()
    for neighbour in three:
        neighbour.report(path)
    for nickname in ("가을", "바다", "소라"):
        run("members", "delete", nickname, "--yes")

    assert open_cases(operator) == (1, [f"/operator{path}"])
    assert "photo 1 (hidden, undecided) of 지은" in run("reports")[0]
    act(operator, path, "hide", "광고")
    assert open_cases(operator) == (0, [])
    jieun.get(path)
    jieun.post(f"{path}/answer", {"words": "우리 집이에요"})
    assert open_cases(operator) == (1, [f"/operator{path}"])


@pytest.mark.parametrize("who", ["reporter", "owner"])
def test_reports_by_and_about_suspended_members_are_counted_nowhere(
    jieun, minsu, operator, rows, app, run, who
):
    path = jieun.hang_photo()
    minsu.report(path)
    suspended = {"reporter": "민수", "owner": "지은"}[who]
    with app.app_context():  # as by the previous release, which closes no reports
        member = db.session.scalar(db.select(Member).filter_by(nickname=suspended))
        member.suspended_until, member.suspended_why = member.created_at.replace(year=9000), "…"
        db.session.commit()

    assert rows(Report)[0].is_open
    assert open_cases(operator) == (0, [])
    assert operator.page.texts(".rooms a") == []
    assert open_cases(operator, "/operator?reason=private") == (0, [])
    assert "확인할 신고가" not in operator.get("/").text
    assert run("reports")[0] == ""
    assert (
        "reports" not in run("members", "list", "--reported")[0]
        or "0 open" in (run("members", "list", "--reported")[0])
    )


def test_a_suspension_settles_the_reports_of_that_members_photos(jieun, minsu, operator, rows):
    jieuns, minsus = jieun.hang_photo(), minsu.hang_photo()
    minsu.report(jieuns)
    jieun.report(minsus)

    suspend(operator, "지은")

    assert [report.is_open for report in rows(Report)] == [False, True]
    assert "조치했어요" in minsu.get("/").text
    assert [each.act for each in rows(Outcome)] == ["suspend"]
    assert open_cases(operator) == (0, [])  # 지은's own report does not count now


def test_the_operator_reads_at_home_how_many_cases_are_open(jieun, minsu, operator):
    assert "확인할 신고가" not in operator.get("/").text
    minsu.report(jieun.hang_photo())

    assert "확인할 신고가 1건 있어요" in operator.get("/").text
    assert "확인할 신고가" not in minsu.get("/").text


def test_operators_get_from_a_house_and_a_photo_to_their_own_pages(jieun, minsu, operator):
    path = jieun.hang_photo()
    theirs = {f"/operator/members/{quote('지은')}", f"/operator{path}"}

    def links(neighbour):
        found = set()
        for url in ("/@지은", path):
            neighbour.get(url)
            found.update(neighbour.page.attributes("main a", "href"))
        return found

    assert theirs <= links(operator) and f"{path}/report" in links(operator)
    assert not theirs & links(minsu) and f"{path}/report" in links(minsu)
    assert f"{path}/report" not in links(jieun)


def test_a_case_shows_the_owner_and_the_reporters(jieun, minsu, operator):
    path, other = jieun.hang_photo(), jieun.hang_photo()
    minsu.report(path, "stolen", "제 사진이에요")

    operator.get(f"/operator{path}")

    main = operator.page.text("main")
    assert "카카오 회원번호" in main and "127.0.0.0" in main and "받은 신고" in main
    links = operator.page.attributes("main a", "href")
    assert {f"/operator/members/{quote('민수')}", f"/operator{other}"} <= set(links)


def test_an_operator_sees_the_hidden_photos_of_a_member_too(jieun, operator):
    path = jieun.hang_photo()
    act(operator, path, "hide", "얼굴이 보여요")

    operator.get("/operator/members/지은")

    assert operator.page.attributes(".operator-photos a", "href") == [f"/operator{path}"]
    assert operator.page.texts(".operator-photos li") == ["가려 둠"]


def test_an_operator_removes_the_caption_and_the_photo_is_shown_again(
    jieun, three, visitor, operator
):
    path = jieun.hang_photo(words="전화 주세요")
    for neighbour in three:
        neighbour.report(path, "advertising")
    assert visitor.get(path).status_code == 404

    assert act(operator, path, "remove words", "전화번호는 안 돼요").status_code == 302

    assert "전화 주세요" not in visitor.get(path).text
    assert visitor.get(path).status_code == 200
    assert "전화번호는 안 돼요" in jieun.get("/").text
    assert open_cases(operator) == (0, [])


def test_removing_the_caption_does_not_show_a_photo_that_an_operator_hid(
    jieun, visitor, operator, rows
):
    path = jieun.hang_photo(words="전화 주세요")
    act(operator, path, "hide", "광고")

    act(operator, path, "remove words")

    assert visitor.get(path).status_code == 404
    assert rows(Photo)[0].words == ""


def test_an_operator_deletes_a_photo_for_good(jieun, minsu, visitor, operator, rows):
    path = jieun.hang_photo()
    urls = jieun.pictures(path)
    minsu.report(path)
    operator.get(f"/operator{path}")
    assert operator.post(f"/operator{path}", {"act": "delete"}).status_code == 422

    assert act(operator, path, "delete", "남의 사진이에요").location == "/operator"

    assert rows(Photo) == rows(Report) == []
    assert [operator.get(url).status_code for url in urls] == [404] * 4
    assert "남의 사진이에요" in jieun.get("/").text
    assert "조치했어요" in minsu.get("/").text
    (record,) = rows(ModerationAct)
    assert (record.act, record.photo_id, record.why) == ("delete photo", 1, "남의 사진이에요")
    assert record.origin == "page"
    assert "남의 사진이에요" in operator.get("/operator/record?photo=1").text


def test_reporters_and_owner_read_the_outcome_once(jieun, minsu, operator, rows):
    path = jieun.hang_photo()
    minsu.report(path)
    act(operator, path, "hide", "얼굴이 보여요")

    assert "운영자가 내 사진을 가렸어요. 이유: 얼굴이 보여요" in jieun.get("/").text
    assert "조치했어요" in minsu.get("/").text and "얼굴이 보여요" not in minsu.page.text("main")
    act(operator, path, "keep")
    assert "가려 두었던 내 사진이 다시 보여요" in jieun.get("/").text
    for browser in (jieun, minsu):
        browser.get("/")
        (until,) = browser.page.attributes("button[name=until]", "value")
        assert browser.post("/me/outcomes", {"until": until}).location == "/"
        assert "운영자가 알려요" not in browser.get("/").text
    assert rows(Outcome) == []


@pytest.mark.parametrize("act_", ["hide", "keep", "remove words", "delete"])
def test_a_decision_leaves_the_reports_of_other_photos_open(jieun, minsu, operator, rows, act_):
    path, other = jieun.hang_photo(words="의자"), jieun.hang_photo()
    for each in (path, other):
        minsu.report(each)

    act(operator, path, act_, "까닭이에요")

    assert [report.photo_id for report in rows(Report) if report.is_open] == [2]
    stored = {"delete": "delete photo"}.get(act_, act_)
    assert [each.act for each in rows(Outcome) if each.is_reporter] == [stored]
    minsu.get("/")
    assert len(minsu.page.texts(".notice p")) == 1


def test_a_reporter_reads_of_the_decision_about_their_report_alone(jieun, minsu, operator):
    path = jieun.hang_photo()
    minsu.report(path)

    act(operator, path, "hide", "얼굴이 보여요")
    act(operator, path, "keep")

    minsu.get("/")
    (sentence,) = minsu.page.texts(".notice p")
    assert sentence == "신고해 주신 사진 1번을 운영자가 확인하고 조치했어요. 고마워요."


def test_a_dot_says_on_every_page_that_an_outcome_waits_until_it_is_read(jieun, minsu, operator):
    path = jieun.hang_photo()
    minsu.report(path)
    act(operator, path, "hide", "얼굴이 보여요")

    for browser in (jieun, minsu):
        for page in ("/", "/me", "/terms"):
            browser.get(page)
            assert len(browser.page.all("header #unseen")) == 1
        browser.get("/me")
        (until,) = browser.page.attributes("button[name=until]", "value")
        browser.post("/me/outcomes", {"until": until})
        browser.get("/terms")
        assert browser.page.all("header #unseen") == []


def test_many_outcomes_are_read_a_few_at_a_time(jieun, operator, monkeypatch):
    monkeypatch.setattr("moderation.outcomes.SHOWN_OUTCOMES", 1)
    for why in ("얼굴이 보여요", "광고예요"):
        act(operator, jieun.hang_photo(), "hide", why)

    for why in ("얼굴이 보여요", "광고예요"):
        jieun.get("/")
        (notice,) = jieun.page.texts(".notice")
        assert why in notice
        jieun.post("/me/outcomes", {"until": jieun.page.value("until")})


def test_the_notice_stands_above_the_street(jieun, operator):
    act(operator, jieun.hang_photo(), "hide", "얼굴이 보여요")

    page = jieun.get("/").text

    assert page.index("운영자가 알려요") < page.index('id="my-house"')


def test_no_one_marks_the_outcomes_of_others_as_read(jieun, minsu, operator, rows):
    act(operator, jieun.hang_photo(), "hide", "광고")
    minsu.get("/me")

    minsu.post("/me/outcomes", {"until": "99"})
    jieun.get("/me")
    jieun.post("/me/outcomes", {"until": "-1"})

    assert len(rows(Outcome)) == 1


def test_the_owner_is_not_told_that_a_photo_was_kept(jieun, minsu, operator):
    path = jieun.hang_photo()
    minsu.report(path)

    act(operator, path, "keep")

    assert "운영자가 알려요" not in jieun.get("/").text
    assert "그대로 두기로 했어요" in minsu.get("/").text


def test_the_owner_reads_at_home_that_three_reports_hid_a_photo(jieun, three):
    path = jieun.hang_photo()
    for neighbour in three:
        neighbour.report(path)

    assert "이웃 세 명이 신고해서" in jieun.get("/").text
    assert path in jieun.page.attributes(".notice a", "href")


def test_a_member_whose_nickname_is_taken_away_chooses_another_at_once(
    jieun, operator, visitor, rows
):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "못난말"})  # the day's change is used up
    operator.get("/operator/members/못난말")

    response = decide(operator, "/operator/members/못난말", act="rename", why="불편한 말이에요")

    assert response.location == "/operator"
    assert "못난말" not in visitor.get(f"/@{rows(Member)[0].nickname}").text
    for path in ("/", "/me", "/neighbours"):
        assert jieun.get(path).location == "/me/nickname"
    assert jieun.get("/terms").status_code == 200
    assert "이유: 불편한 말이에요" in jieun.get("/me/nickname").text
    refused = jieun.post("/me/nickname", {"nickname": "못난 말"})
    assert "운영자가 바꾼 닉네임이에요" in refused.text
    assert jieun.post("/me/nickname", {"nickname": "고운말"}).location == "/me"
    assert jieun.get("/").status_code == 200 and jieun.nickname() == "고운말"
    jieun.get("/")
    assert jieun.page.texts(".notice p") == []  # the form has said why


def test_the_suggested_nickname_can_be_kept(jieun, run, rows):
    run("members", "rename", "지은")
    (member,) = rows(Member)
    assert member.nickname != "지은" and jieun.get("/").location == "/me/nickname"

    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": member.nickname})

    assert jieun.get("/").status_code == 200


def test_a_reason_stays_in_the_form_when_the_member_has_renamed(jieun, operator, rows):
    operator.get("/operator/members/지은")
    assert operator.page.all("[role=alert]") == []
    tab = other_tab(operator)
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "미나"})

    response = decide(operator, "/operator/members/지은", act="rename", why="불편한 말이에요")

    assert response.status_code == 409
    assert "그사이에 바뀐 것이 있어요" in operator.page.text("[role=alert]")
    assert 'value="불편한 말이에요"' in response.text
    assert rows(Member)[0].nickname == "미나"
    assert decide(tab, "/operator/members/지은", act="suspend", why="광고").status_code == 302
    assert rows(Member)[0].suspended_why == "광고"


def test_the_drawn_house_is_shown_instead_of_a_picture_until_an_operator_allows_it(
    jieun, operator, kakao, app, rows
):
    picture = "https://k.kakaocdn.net/me.jpg"
    with app.app_context():
        db.session.execute(update(Member).filter_by(nickname="지은").values(image_url=picture))
        db.session.commit()
    url = "/operator/members/지은"
    assert picture in operator.get("/neighbours").text

    operator.get(url)
    decide(operator, url, act="drawn house", why="남의 얼굴이에요")

    assert picture not in operator.get("/neighbours").text
    assert picture not in jieun.get("/").text and "남의 얼굴이에요" in jieun.page.text(".notice")
    jieun.get("/me")
    jieun.post("/me/image", {"show": "1"})
    assert picture not in operator.get("/neighbours").text
    operator.get(url)
    decide(operator, url, act="own picture")
    assert picture in operator.get("/neighbours").text


def test_operators_are_suspended_by_command_alone(jieun, operator, run, rows):
    run("members", "operator", "지은")
    operator.get("/operator/members/지은")

    response = decide(operator, "/operator/members/지은", act="suspend", why="다퉜어요")

    assert response.status_code == 422 and "명령으로만" in response.text
    assert 'value="다퉜어요"' in response.text
    assert rows(Member)[0].suspended_until is None
    assert run("members", "suspend", "지은", "--why", "다퉜어요")[1] == 0
    assert rows(Member)[0].suspended_until


@pytest.mark.parametrize("days", [" ", "\t", "\u3000", "\u200b", " x"])
def test_days_that_cannot_be_read_suspend_no_one_for_good(jieun, operator, rows, days):
    assert suspend(operator, "지은", days=days).status_code == 422
    assert rows(Member)[0].suspended_until is None


@pytest.mark.parametrize("who", ["지은", "예전이름", "member=1", "kakao=1"])
def test_members_are_found_by_each_of_their_names(jieun, operator, run, who):
    jieun.get("/me/nickname")
    if who == "예전이름":
        jieun.post("/me/nickname", {"nickname": "예전이름"})
        run("members", "rename", "예전이름", "--to", "지은")

    search = operator.get("/operator/members", query_string={"who": who})

    assert search.location.endswith("/operator/members/%EC%A7%80%EC%9D%80")
    assert "지은님 확인하기" in operator.get(f"/operator/members/{who}").text


def test_a_search_for_no_one_says_so(operator):
    response = operator.get("/operator/members?who=member=99")

    assert response.status_code == 404 and "그런 이웃이 없어요" in response.text


@pytest.mark.parametrize("name", ["member=1", "kakao=1", f"person={'0' * 16}"])
def test_no_nickname_looks_like_the_number_of_someone_else(name):
    with pytest.raises(nicknames.InvalidNicknameError):
        nicknames.check(name)


@pytest.mark.parametrize(
    ("which", "listed"),
    [
        ("newest", ["살피는이", "민수", "지은"]),
        ("reported", ["지은"]),
        ("suspended", ["민수"]),
        ("operators", ["살피는이"]),
    ],
)
def test_members_are_listed(jieun, minsu, operator, run, which, listed):
    minsu.report(jieun.hang_photo())
    run("members", "restore", "민수")
    if which == "suspended":
        run("members", "suspend", "민수", "--why", "광고")

    option = [] if which == "newest" else [f"--{which}"]
    lines = run("members", "list", *option)[0].splitlines()
    operator.get(f"/operator/members?list={which}")

    assert [line.partition(":")[0] for line in lines] == listed
    assert operator.page.texts(".link-list bdi") == listed
    # The chosen list is in front, where a phone shows it.
    assert operator.page.texts(".rooms [aria-current]") == operator.page.texts(".rooms a")[:1]
    assert len(operator.page.texts(".rooms a")) == 4


def test_a_long_list_of_members_shows_its_first(jieun, minsu, operator, monkeypatch):
    monkeypatch.setattr("moderation.member_lists.MAX_ROWS", 2)

    operator.get("/operator/members")

    assert operator.page.texts(".link-list bdi") == ["살피는이", "민수"]


def test_reports_are_counted_in_english(jieun, minsu, operator):
    operator.get("/language/en")
    for count in ("1 report", "2 reports"):
        minsu.report(jieun.hang_photo())
        operator.get("/operator/members?list=reported")
        assert operator.page.text(".link-list .small").endswith(f" · {count}")


def test_an_unknown_list_is_not_found(operator):
    assert operator.get("/operator/members?list=all").status_code == 404


def test_the_record_is_searched_by_member_operator_photo_and_act(jieun, minsu, operator, run):
    act(operator, jieun.hang_photo(), "hide", "얼굴이 보여요")
    act(operator, minsu.hang_photo(), "hide", "광고예요")
    run("photos", "keep", "1")

    def found(**query):
        operator.get("/operator/record", query_string=query)
        return operator.page.texts(".acts li strong")

    assert found() == ["그대로 둠", "가림", "가림"]
    assert found(who="지은") == found(photo="1") == ["그대로 둠", "가림"]
    assert found(by="살피는이") == found(act="hide") == ["가림", "가림"]
    assert found(who="지은", by="살피는이", photo="1", act="hide") == ["가림"]
    for unknown in ({"who": "없는이"}, {"by": "지은"}, {"photo": "x"}, {"photo": "9" * 30}):
        assert found(**unknown) == []


@pytest.mark.parametrize("number", ["x", "0", "-1", "9" * 30])
def test_what_is_no_number_of_a_photo_is_refused_at_its_field(operator, number):
    operator.get("/operator/record", query_string={"photo": number})

    assert operator.page.texts(".field-error") == ["사진 번호를 숫자로 적어 주세요."]
    assert operator.page.attributes("[aria-invalid=true]", "name") == ["photo"]


@pytest.mark.parametrize(
    ("act_", "label", "told"),
    [
        ("hide", "가림", "운영자가 내 사진을 가렸어요."),
        ("keep", "그대로 둠", "운영자가 확인했고, 가려 두었던 내 사진이 다시 보여요."),
        ("remove words", "한 줄 이야기를 지움", "운영자가 내 사진의 한 줄 이야기를 지웠어요."),
        ("delete", "사진을 지움", "운영자가 내 사진을 지웠어요."),
    ],
)
def test_the_record_and_the_owner_have_each_act_on_a_photo_with_its_reason(
    jieun, operator, act_, label, told
):
    path = jieun.hang_photo(words="의자")
    act(operator, path, "hide", "얼굴이 보여요")

    act(operator, path, act_, "까닭이에요")

    operator.get("/operator/record")
    assert operator.page.texts(".acts li")[0].startswith(
        f"{label} · 지은 · 사진 1: 까닭이에요 살피는이, "
    )
    jieun.get("/")
    assert f"{told} 이유: 까닭이에요" in jieun.page.texts(".notice p")[1]
    links = [path] * (1 if act_ == "delete" else 2)  # the first is to the photo that was hidden
    assert jieun.page.attributes(".notice a", "href") == links


@pytest.mark.parametrize(
    ("act_", "label", "told"),
    [
        ("suspend", "이용을 제한함", None),
        ("rename", "닉네임을 바꾸게 함", None),
        ("restore", "제한을 풂", "운영자가 이용 제한을 풀었어요."),
        ("drawn house", "프로필 사진을 가림", "운영자가 프로필 사진 대신 그린 집을 보이게 했어요."),
        ("own picture", "프로필 사진을 다시 보임", "내 프로필 사진이 다시 보여요."),
    ],
)
def test_the_record_and_the_member_have_each_act_on_a_member_with_its_reason(
    jieun, operator, rows, act_, label, told
):
    operator.get("/operator/members/지은")

    decide(operator, "/operator/members/지은", act=act_, why="까닭이에요", days="")

    operator.get("/operator/record")
    assert operator.page.texts(".acts li")[0].startswith(
        f"{label} · {rows(Member)[0].nickname}: 까닭이에요 살피는이, "
    )
    if told:
        jieun.get("/")
        assert jieun.page.texts(".notice p") == [f"{told} 이유: 까닭이에요"]


def test_the_record_has_pages(jieun, operator, run, monkeypatch):
    monkeypatch.setattr("moderation.record.PAGE_SIZE", 2)
    jieun.hang_photo()
    for _ in range(3):
        run("photos", "keep", "1")

    operator.get("/operator/record?photo=1&who=&by=&act=")
    assert len(operator.page.texts(".acts li")) == 2
    (url,) = operator.page.attributes(".more a", "href")
    operator.get(url)
    assert len(operator.page.texts(".acts li")) == 1


def test_reports_are_listed_by_case_the_oldest_first(jieun, three, run, operator):
    first, second = jieun.hang_photo(words="전화 주세요"), jieun.hang_photo()
    three[0].report(second, "stolen", "제 사진이에요")
    three[0].report(first, "advertising")
    jieun.get(f"{second}/edit")
    jieun.post(f"{second}/edit", {"words": "의자", "room": "study"})
    three[1].report(second, "private")
    act(operator, first, "remove words")

    opened, whole = (
        [re.sub(", [-0-9]+ [0-9:]+ UTC", "", line) for line in run(*command)[0].splitlines()]
        for command in (["reports"], ["reports", "--all"])
    )

    assert opened == [
        "photo 2 (shown) of 지은: 의자",
        "  stolen by 가을 (the caption was: -) 제 사진이에요",
        "  private by 바다",
    ]
    assert whole == [
        *opened,
        "photo 1 (shown) of 지은: -",
        "  advertising by 가을 (settled) (the caption was: 전화 주세요)",
    ]


def test_the_list_of_reports_marks_those_of_suspended_members(jieun, minsu, run):
    minsu.report(jieun.hang_photo())
    run("photos", "keep", "1")
    run("members", "suspend", "민수", "--why", "광고")

    assert "(settled) (of a suspended member, not counted)" in run("reports", "--all")[0]


def test_more_cases_than_are_listed_are_counted(jieun, minsu, run, monkeypatch):
    monkeypatch.setattr("moderation.commands.MAX_CASES", 1)
    for _ in range(3):
        minsu.report(jieun.hang_photo())

    output = run("reports")[0]

    assert "photo 1 " in output and "photo 2 " not in output
    assert output.endswith("2 newer cases: --all lists them, too\n")


def test_the_command_line_shows_and_deletes_a_photo(jieun, minsu, operator, run, rows):
    path = jieun.hang_photo(words="볕이 드는 창")
    minsu.report(path, "stolen", "제 사진이에요")
    act(operator, path, "hide", "빌린 사진")
    (photo,) = rows(Photo)
    urls = jieun.pictures(path)

    shown = run("photos", "show", "1")[0]

    assert shown.startswith("photo 1 (hidden) of 지은: 볕이 드는 창")
    assert "hidden: 빌린 사진" in shown and "stolen by 민수" in shown
    assert "act: hide by 살피는이" in shown and f"file: {photo.key}/" in shown
    assert run("photos", "delete", "1")[1] == 1 and len(rows(Photo)) == 1
    output, code = run("photos", "delete", "1", "--yes")
    assert code == 0 and f"file: {photo.key}/" in output
    assert rows(Photo) == [] and jieun.get(urls[0]).status_code == 404


def test_the_command_line_shows_the_reports_and_acts_of_a_photo_the_oldest_first(
    jieun, minsu, three, run
):
    path, other = jieun.hang_photo(), minsu.hang_photo()
    run("photos", "hide", other.rpartition("/")[2], "--why", "광고")
    for neighbour in three:
        neighbour.report(path)
    jieun.get(path)
    jieun.post(f"{path}/answer", {"words": "우리 집이에요"})

    lines = [line.partition(", 20")[0] for line in run("photos", "show", "1")[0].splitlines()]

    assert lines[0] == "photo 1 (hidden, undecided) of 지은: -"
    assert [line for line in lines[1:] if not line.startswith("file: ")] == [
        "hidden: by three reports",
        "answer: 우리 집이에요",
        *(f"report: private by {nickname}" for nickname in ("가을", "바다", "소라")),
        "act: hide by reports",
        "act: answer by page",
    ]
    assert "  answer: 우리 집이에요" in run("reports")[0].splitlines()


def test_the_owner_reads_why_a_command_deleted_a_photo(jieun, run):
    jieun.hang_photo()

    run("photos", "delete", "1", "--why", "남의 사진이에요", "--yes")

    assert "이유: 남의 사진이에요" in jieun.get("/").text


def test_the_list_of_members_says_who_is_an_operator_and_who_is_suspended(
    jieun, minsu, operator, run, rows
):
    said = run("members", "suspend", "지은", "--why", "광고")[0]
    assert "지은 is suspended for good" in said
    run("members", "suspend", "민수", "--why", "광고", "--days", "3")
    end = f"{rows(Member)[1].suspended_until:%Y-%m-%d %H:%M} UTC"

    lines = run("members", "list")[0].splitlines()

    assert [line.partition(", ")[2] for line in lines] == [
        "operator",
        f"suspended until {end}",
        "suspended for good",
    ]


def test_a_case_can_be_skipped(jieun, minsu, operator):
    photos = [jieun.hang_photo() for _ in range(2)]
    for photo in photos:
        minsu.report(photo)

    operator.get(f"/operator{photos[0]}")
    assert f"/operator{photos[1]}" in operator.page.attributes("main p > a", "href")
    act(operator, photos[1], "keep")
    operator.get(f"/operator{photos[0]}")
    assert "건너뛰고" not in operator.page.text("main")


@pytest.mark.parametrize(
    "subject", [{"act": "hide", "photo_id": 1}, {"act": "remove words", "member_id": 1}]
)
def test_the_record_takes_no_act_without_its_subject(jieun, app, subject):
    with app.app_context():
        db.session.add(ModerationAct(origin="page", why="", **subject))
        with pytest.raises(IntegrityError):
            db.session.commit()


def test_the_most_reported_member_comes_first(jieun, minsu, three, run, operator):
    jieuns, minsus = jieun.hang_photo(), [minsu.hang_photo() for _ in range(2)]
    three[0].report(minsus[0])
    for neighbour in three:
        neighbour.report(jieuns)
    act(operator, jieuns, "keep")
    three[0].report(minsus[1])

    lines = run("members", "list", "--reported")[0].splitlines()

    assert [line.partition(", ")[2] for line in lines] == ["2 reports, 2 open", "3 reports, 0 open"]
    operator.get("/operator/members/지은")
    assert "모두 3번, 확인할 것 0번" in operator.page.text(".facts")


def test_a_member_named_by_number_is_renamed(jieun, operator, rows):
    url = "/operator/members/member=1"
    operator.get(url)

    assert decide(operator, url, act="rename").status_code == 302
    assert rows(Member)[0].nickname != "지은"
