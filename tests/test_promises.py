"""Every sentence on /terms, /privacy and the goodbye page, and the test that proves it."""

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from app import create_app
from database import db
from sandbox.people import PEOPLE
from tests import databases
from tests.conftest import Browser
from tests.end_to_end.conftest import Person, kakao_sandbox, serving
from tests.houses.conftest import Neighbour
from tests.html_checks import Page

ROOT = Path(__file__).parent.parent
PROMISES_NOTHING = ""  # what people are asked to do, or where something is

TERMS = {
    "오늘은 너네집은 집을 좋아하는 이웃들이 모이는 곳이에요.": PROMISES_NOTHING,
    "카카오계정이 있는 만 14세 이상이면 누구나 무료로 입주할 수 있어요.": (
        "auth/test_sign_in.py::test_a_new_person_is_signed_up_and_signed_in_in_one_step"
    ),
    "이웃을 존중해요.": PROMISES_NOTHING,
    "괴롭히거나 속이지 않아요.": PROMISES_NOTHING,
    "다른 사람이나 운영자인 척하는 닉네임은 쓰지 않아요.": PROMISES_NOTHING,
    "내가 찍었거나 걸어도 되는 사진만 걸어요.": PROMISES_NOTHING,
    "다른 사람의 얼굴이나 개인정보가 보이지 않게 해요.": PROMISES_NOTHING,
    "법에 어긋나는 일에 오늘은 너네집을 이용하지 않아요.": PROMISES_NOTHING,
    "약속을 어기면 이용을 제한할 수 있어요.": PROMISES_NOTHING,
    "그럴 때는 이유를 함께 알려 드려요.": (
        "moderation/test_moderation.py::test_a_suspended_member_is_signed_out_and_cannot_come_in"
    ),
    "사진은 건 사람의 것이에요.": PROMISES_NOTHING,
    "오늘은 너네집에서 보여 주는 데에만 써요.": (
        "test_promises.py::test_no_one_but_kakao_is_called"
    ),
    "이웃 세 명이 신고한 사진은 운영자가 확인할 때까지 가려 둬요.": (
        "moderation/test_moderation.py::test_three_reporters_hide_a_photo_until_someone_has_looked"
    ),
    "운영자가 가린 사진은 집주인이 이유를 읽고 한 번 답할 수 있어요.": (
        "moderation/test_moderation.py::test_the_owner_answers_once"
    ),
    "언제든 내 정보에서 탈퇴할 수 있어요.": (
        "auth/test_deletion.py::test_everything_is_deleted_and_unlinked_at_kakao"
    ),
    "탈퇴하면 개인정보 처리방침에 적은 것만 남고 모두 바로 지워져요.": (
        "test_promises.py::test_no_row_is_left_of_a_deleted_member"
    ),
    "되돌릴 수 없어요.": (
        "auth/test_deletion.py::test_coming_back_makes_a_new_account_that_is_not_unlinked"
    ),
    "적어도 7일 전에 회원의 홈 화면에서 알려 드리고, 무엇이 바뀌는지 보여 드려요.": (
        "test_documents.py::test_a_version_that_is_announced_too_late_stops_the_start"
    ),
    "회원에게 불리한 내용이면 적어도 30일 전에 알려 드리고 동의를 여쭤봐요.": (
        "auth/test_agreements.py::test_terms_that_need_consent_ask_until_the_member_agrees"
    ),
    "동의하지 않으셔도 전에 동의하신 내용은 그대로예요.": (
        "auth/test_agreements.py::test_opening_the_page_alone_agrees_to_nothing"
    ),
    "지난 약관도 언제든 읽을 수 있어요.": (
        "auth/test_agreements.py::test_the_previous_version_stays_readable"
    ),
}
PRIVACY = {
    "카카오 회원번호: 다시 오셨을 때 알아보려고 보관해요.": (
        "auth/test_sign_in.py::test_a_known_person_is_signed_in_and_keeps_their_nickname"
    ),
    "닉네임, 프로필 사진 주소, 이사 온 날: 이웃에게 보여 드려요.": (
        "test_pages.py::test_a_members_page_is_there_for_everyone"
    ),
    "예전 닉네임: 예전 주소로 찾아온 이웃을 새 주소로 안내해요.": (
        "auth/test_renaming.py::test_the_old_url_redirects_to_the_new_one_for_thirty_days"
    ),
    "이메일: 카카오에서 제공에 동의하신 경우에만 받고, 꼭 알려야 할 일이 있을 때 써요.": (
        "auth/kakao/test_profile.py::test_an_email_counts_only_if_kakao_vouches_for_it"
    ),
    (
        "로그인한 시각, 기기 종류, 끝자리를 가린 IP 주소: 다른 사람이 로그인했는지 직접 확인하실 수"
        " 있어요."
    ): "auth/test_sessions.py::test_the_sessions_are_listed_with_device_and_truncated_ip_address",
    "처음 보는 기기나 네트워크에서 로그인하면 다른 기기에 알려 드려요.": (
        "auth/test_new_devices.py::test_another_device_reports_a_sign_in_from_a_new_one"
    ),
    "집에 건 사진과 한 줄 이야기, 공간: 이웃과 동네를 찾은 누구에게나 보여요.": (
        "houses/test_street.py::test_visitors_find_the_button_and_below_it_the_newest_photos"
    ),
    "촬영 위치처럼 사진에 남은 정보는 걸 때 지워요.": (
        "houses/test_renditions.py::test_no_rendition_reveals_where_a_home_is"
    ),
    "이웃 사진에 남긴 발자국: 누가 다녀갔는지 그 집주인에게 알려 드려요.": (
        "houses/test_footprints.py::test_the_owner_sees_who_came_by_and_on_which_photo"
    ),
    "사진 신고, 운영자가 한 일과 이유: 동네를 관리하고, 이유를 알려 드려요.": (
        "moderation/test_moderation.py::test_an_operator_hides_a_photo_with_a_reason_that_the_owner_reads"
    ),
    "동의한 약관과 확인한 안내의 버전과 시각: 무엇에 언제 동의하셨는지 보여 드려요.": (
        "auth/test_agreements.py::test_one_click_agrees_and_stores_document_version_and_time"
    ),
    "접속 기록(시각, 끝자리를 가린 IP 주소, 연 주소, 회원 번호): 오류와 침입을 찾는 데 써요.": (
        "test_promises.py::test_a_running_site_logs_what_is_promised"
    ),
    "비밀번호와 카카오 토큰은 보관하지 않아요.": (
        "auth/test_sign_in.py::test_no_token_reaches_the_browser_or_the_database"
    ),
    "어떤 정보도 다른 곳에 주거나 팔지 않아요.": (
        "test_promises.py::test_no_one_but_kakao_is_called"
    ),
    "정보를 보관하고 처리하는 일을 다른 곳에 맡기지 않아요.": (
        "test_promises.py::test_no_one_but_kakao_is_called"
    ),
    "사진 파일은 운영자가 빌린 저장소에 보관해요.": (
        "houses/test_account.py::test_deleting_an_account_takes_rows_and_files"
    ),
    (
        "닉네임, 프로필 사진, 이사 온 날과 집에 건 사진은 회원이 아니어도 누구나 볼 수 있어요."
    ): "test_pages.py::test_a_members_page_is_there_for_everyone",
    "회원의 집이 검색 결과에 나오지 않게 검색 엔진에 요청해요.": (
        "test_pages.py::test_search_engines_keep_the_home_page_and_no_page_of_a_person"
    ),
    "이메일과 로그인 기록은 회원님과 운영자만 볼 수 있어요.": (
        "test_promises.py::test_no_one_else_sees_the_email_address_and_the_sign_ins_of_a_member"
    ),
    "탈퇴할 때까지 보관하고, 탈퇴하면 바로 지워요.": (
        "test_promises.py::test_no_row_is_left_of_a_deleted_member"
    ),
    "로그인 기록은 로그아웃하고 90일이 지나면 지워요.": (
        "auth/test_sessions.py::test_a_purge_deletes_sessions_that_ended_long_ago"
    ),
    "예전 닉네임은 바꾸고 30일이 지나면 지워요.": (
        "auth/test_renaming.py::test_the_purge_deletes_an_old_name"
    ),
    (
        "신고되었거나 운영자가 가린 사진을 내리면, 같은 사진을 다시 걸 때 이어지도록 신고와 결정을"
        " 30일 동안만 보관해요."
    ): "moderation/test_aftermath.py::test_a_case_and_a_report_are_forgotten_after_thirty_days",
    "닉네임을 고르는 동안에는 카카오에서 받은 정보를 30분까지만 써요.": (
        "auth/test_nickname_page.py::test_a_pending_sign_up_expires_after_half_an_hour"
    ),
    "그 뒤 한 시간 안에 지워요.": (
        "auth/test_nickname_page.py::test_an_expired_sign_up_is_purged_and_another_one_is_not"
    ),
    "탈퇴한 뒤에 법에 따라 따로 보관하는 것은 없어요.": (
        "test_promises.py::test_no_row_is_left_of_a_deleted_member"
    ),
    "이것만 남아요.": "test_promises.py::test_no_row_is_left_of_a_deleted_member",
    "카카오 회원번호: 탈퇴할 때 카카오가 응답하지 않으면, 연결을 끊을 때까지만 보관해요.": (
        "auth/test_deletion.py::test_an_open_unlink_is_retried_with_growing_pauses"
    ),
    "운영자가 계정을 지웠다면 그 시각과 이유: 누구였는지는 남기지 않아요.": (
        "moderation/test_commands.py::test_a_member_is_deleted_at_kakao_too_and_the_record_names_no_one"
    ),
    (
        "이용을 제한받는 동안 계정이 지워졌다면, 알아볼 수 없게 바꾼 카카오 회원번호와 제한 기한, "
        "이유: 제한이 끝날 때까지만 보관해요."
    ): "auth/test_bans.py::test_others_can_sign_up_and_so_can_the_person_when_it_is_over",
    (
        "알아볼 수 없게 바꾼 닉네임과 카카오 회원번호: 다른 사람이 같은 이름을 쓰지 못하게,"
        " 탈퇴하고 30일 동안만 보관해요."
    ): "auth/test_departed_nicknames.py::test_a_name_is_free_for_everyone_after_thirty_days",
    (
        "알아볼 수 없게 바꾼 카카오 회원번호와 하루 동안 사진을 올리고 신고한 횟수, 닉네임을 바꾼"
        " 때: 다시 와도 하루에 할 수 있는 횟수가 그대로이게, 길어도 하루 동안만 보관해요."
    ): "auth/test_departed_members.py::test_nothing_is_kept_for_longer_than_a_day",
    (
        "운영자가 프로필 사진을 가렸다면, 알아볼 수 없게 바꾼 카카오 회원번호와 함께 그 사실과 이"
        " 횟수: 다시 와도 가려져 있게, 탈퇴하고 30일 동안만 보관해요."
    ): "auth/test_departed_members.py::test_a_hidden_picture_is_forgotten_after_thirty_days",
    (
        "신고한 사진의 번호, 신고되었거나 운영자가 가린 사진의 신고와 결정: 다시 와도 처음부터"
        " 시작하지 않게, 누구의 것인지 알아볼 수 없게 바꿔 30일 동안만 보관해요."
    ): "moderation/test_aftermath.py::test_the_stored_case_names_no_one",
    "접속 기록: 닉네임과 이메일은 따로 적지 않아요.": (
        "test_promises.py::test_a_running_site_logs_what_is_promised"
    ),
    "오래된 것부터 지워져요.": (
        "end_to_end/test_deploy.py::test_no_container_has_a_privilege_or_a_log_or_memory_without_end"
    ),
    (
        "내 정보에서 닉네임을 바꾸고, 로그인한 기기를 확인해 로그아웃하고, 보관 중인 정보를 모두"
        " 보거나 내려받고, 언제든 탈퇴할 수 있어요."
    ): "auth/test_deletion.py::test_members_can_download_their_data",
    "개인정보 보호책임자: 김이장, privacy@home.example": (
        "test_pages.py::test_the_privacy_policy_says_who_answers_for_the_data_and_how_to_reach_them"
    ),
    "적어도 7일 전에 회원의 홈 화면에서 알려 드리고, 무엇이 바뀌는지 보여 드려요.": (
        "auth/test_agreements.py"
        "::test_a_member_reads_at_home_what_changes_from_the_day_it_is_announced"
    ),
    "동의가 필요한 내용이면 적어도 30일 전에 알려 드리고 동의를 여쭤봐요.": (
        "test_documents.py::test_a_version_that_is_announced_too_late_stops_the_start"
    ),
    "지난 처리방침도 언제든 읽을 수 있어요.": (
        "auth/test_agreements.py::test_the_previous_version_stays_readable"
    ),
    (
        "로그인을 기억하는 쿠키, 카카오에 다녀오는 동안 한 시간까지만 쓰는 쿠키, 로그인하기 전에"
        " 누른 발자국을 기억하는 쿠키, 고른 언어를 기억하는 쿠키만 써요."
    ): "test_promises.py::test_no_other_cookies_are_set",
    "광고 쿠키나 추적 쿠키는 없어요.": "test_promises.py::test_no_other_cookies_are_set",
    (
        "휴대폰에서 시작 버튼이 있는 화면을 열면, 카카오톡을 바로 열 수 있게 카카오의 스크립트를"
        " 불러와요."
    ): "auth/test_kakaotalk.py::test_with_a_key_pages_with_the_button_may_load_the_sdk",
}
GOODBYE = {
    "집과 기록을 모두 지웠어요.": "test_promises.py::test_no_row_is_left_of_a_deleted_member",
    "언제든 다시 이사 오세요.": (
        "auth/test_deletion.py::test_coming_back_makes_a_new_account_that_is_not_unlinked"
    ),
    "탈퇴한 뒤에 남는 것": PROMISES_NOTHING,
    "홈으로": PROMISES_NOTHING,
    "카카오와의 연결은 아직 끊지 못했어요.": (
        "auth/test_deletion.py::test_while_kakao_is_down_the_member_is_deleted_all_the_same"
    ),
    (
        "카카오톡 설정의 카카오계정 메뉴에 있는 ‘연결된 서비스 관리’ 화면에서 오늘은 너네집의"
        " 연결을 직접 끊어 주세요."
    ): PROMISES_NOTHING,
}
PAGES = {
    "/terms": TERMS,
    "/privacy": PRIVACY,
    "/me/goodbye": GOODBYE,
    "/me/goodbye?unlinked=0": GOODBYE,
}


def sentences(html):
    """The sentences in the paragraphs and lists of a page, but not what stands around them."""
    texts = Page(html).texts("main :is(p, li)")
    return {sentence for text in texts for sentence in re.split(r"(?<=[요]\.) ", text)}


@pytest.fixture
def found(settings, kakao):
    """The sentences of each page, whatever the settings of the site."""
    variants = (
        {},
        {
            "KAKAO_JAVASCRIPT_KEY": "key",
            "PHOTOS_URL": "s3://bucket/photos",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
        },
    )
    browsers = [Browser(create_app(settings | more), kakao) for more in variants]
    return {
        path: set().union(*(sentences(browser.get(path).text) for browser in browsers))
        for path in PAGES
    }


@pytest.mark.parametrize("path", PAGES)
def test_each_sentence_is_listed_with_the_test_that_proves_it(found, path):
    assert found[path] - {"2026년 11월 24일 시행"} <= PAGES[path].keys()


def test_each_sentence_of_the_list_is_on_its_page(found):
    for path, listed in PAGES.items():
        everywhere = set().union(*(found[p] for p, other in PAGES.items() if other is listed))
        assert listed.keys() <= everywhere, path


def test_each_test_of_the_list_exists():
    tests = {test for listed in PAGES.values() for test in listed.values() if test}

    missing = [
        test
        for test in tests
        for file, _, name in [test.partition("::")]
        if f"def {name}(" not in (ROOT / "tests" / file).read_text()
    ]
    assert missing == []


EMAIL = {"email": "jieun@home.example", "is_email_valid": True, "is_email_verified": True}


@pytest.fixture
def jieun(app, kakao):
    """지은, with an e-mail address, a photo and a former nickname."""
    kakao.knows(1, "지은", **EMAIL)
    browser = Neighbour(app, kakao)
    browser.sign_in()
    browser.hang_photo()
    browser.get("/me/nickname")
    browser.post("/me/nickname", {"nickname": "볕바른창"})
    return browser


def all_rows(table):
    return db.session.execute(table.select()).all()


def test_no_row_is_left_of_a_deleted_member(app, jieun, kakao):
    kakao.mock.post("https://kapi.kakao.com/v1/user/unlink", json={"id": 1})
    jieun.get("/me/withdraw")
    consent = jieun.post("/me/withdraw").location
    jieun.return_from_kakao(consent.split("state=")[1].split("&")[0])

    with app.app_context():
        tables = db.metadata.tables.items()
        left = {name: rows for name, table in tables if (rows := all_rows(table))}
    # Hashes: auth/test_departed_nicknames.py, auth/test_departed_members.py
    assert left.keys() == {"departed_nickname", "departed_member"}
    assert not [file for file in Path(app.config["PHOTOS_URL"][7:]).rglob("*") if file.is_file()]


def test_no_one_else_sees_the_email_address_and_the_sign_ins_of_a_member(app, jieun, kakao):
    kakao.knows(2, "민수")
    minsu, visitor = Neighbour(app, kakao), Neighbour(app, kakao)
    minsu.sign_in()

    for browser in (minsu, visitor):
        for path in ("/", "/@볕바른창", "/neighbours", "/me/sessions", "/me/data"):
            page = browser.get(path).text
            assert "jieun@home.example" not in page
            assert page.count('class="device-action"') <= 1


def test_no_one_but_kakao_is_called(jieun, kakao):
    hosts = {request.hostname for request in kakao.mock.request_history}

    assert hosts == {"kauth.kakao.com", "kapi.kakao.com"}


def test_no_line_of_the_log_says_a_nickname_or_an_email_address(jieun, caplog):
    caplog.clear()
    jieun.sign_in()
    jieun.get("/me/export")
    jieun.log_out()

    assert len(caplog.messages) > 2
    assert not [line for line in caplog.messages if "볕바른창" in line or "jieun@" in line]


def test_no_other_cookies_are_set(app, jieun, kakao):
    visitor = Neighbour(app, kakao)
    photo = re.search("/photos/[0-9]+", visitor.get("/").text)[0]
    for path in ("/", "/terms", "/language/en", "/@볕바른창", "/auth/kakao", photo):
        visitor.get(path)
    visitor.press(photo)

    cookies = {cookie.key for it in (jieun, visitor) for cookie in it.client._cookies.values()}
    assert {re.sub("kakao-.*", "kakao", name) for name in cookies} == {
        "session",
        "kakao",
        "footprint",
        "language",
    }


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_running_site_logs_what_is_promised(tmp_path, log_format):
    """The time, the network of the IP address, the path and the member's number; no name."""
    settings = {"LOG_FORMAT": log_format, "TRUSTED_PROXIES": "1"}
    config, log = f"--config={ROOT / 'deploy/gunicorn.conf.py'}", tmp_path / "site.log"
    haneul = PEOPLE["haneul"]
    with (
        kakao_sandbox() as kakao_url,
        databases.create(tmp_path) as database,
        log.open("w") as output,
        serving(kakao_url, database, config, "--workers=1", output=output, **settings) as site,
    ):
        someone = Person(site)
        someone.http.headers["X-Forwarded-For"] = "203.0.113.77"
        someone.sign_in_as(haneul.id, "/me")
        requests.get(f"{site}/terms", headers={"X-Forwarded-For": "2001:db8:1:2::7"}, timeout=30)
        address = urlsplit(site)
        with socket.create_connection((address.hostname, address.port)) as malformed:
            malformed.sendall(b"GET / HTTP/x\r\n\r\n")
            assert malformed.recv(100).startswith(b"HTTP/1.1 400")

    logged = log.read_text()
    lines = [line for line in logged.splitlines() if "203.0.113.0" in line]
    assert all(re.search(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", line) for line in lines)
    assert re.search(r'"member": [0-9]+' if log_format == "json" else "member=[0-9]+", logged)
    for promised in (" /me 200", "2001:db8:1::", "ip=127.0.0.0: "):
        assert promised in logged
    for secret in ("203.0.113.77", "2001:db8:1:2", "ip=127.0.0.1", haneul.nickname, haneul.email):
        assert secret not in logged
