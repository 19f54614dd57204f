"""New-device alerts: an unfamiliar sign-in is reported on the member's other devices."""

import re

import pytest

from models import LoginSession
from tests.conftest import API, Browser

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1"
LAPTOP = "Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36"
REPORT = re.compile(r"방금 전 새 기기\((.+)\)에서 로그인했어요\.")


@pytest.fixture
def device(app, kakao):
    """The browser of a device in a network: device(IPHONE, "203.0.113.77")."""

    def device(user_agent, address="198.51.100.7"):
        browser = Browser(app, kakao)
        browser.client.environ_base |= {"HTTP_USER_AGENT": user_agent, "REMOTE_ADDR": address}
        return browser

    return device


@pytest.fixture
def laptop(device, kakao):
    """지은, at home on her laptop."""
    kakao.knows(1, "지은")
    browser = device(LAPTOP)
    browser.sign_in()
    return browser


@pytest.fixture
def stranger(laptop, device):
    """A stranger with an iPhone who signs in as 지은."""
    browser = device(IPHONE, "203.0.113.77")
    browser.sign_in()
    return browser


@pytest.fixture
def with_admin_key(app, kakao):
    app.config["KAKAO_ADMIN_KEY"] = "admin-key"
    kakao.mock.post(f"{API}/v1/user/logout", json={"id": 1})


def reports(browser, path="/me"):
    """The devices of the new sign-ins that the page reports."""
    browser.get(path)
    found = [REPORT.fullmatch(text) for text in browser.page.texts(".notice p")]
    return [match[1] for match in found if match]


def reject(browser, session):
    browser.get("/me")
    return browser.post(f"/me/sessions/{session.id}/not-me")


def test_the_first_sign_in_of_all_is_reported_to_no_one(laptop):
    assert reports(laptop) == []


@pytest.mark.parametrize("path", ["/", "/me"])
def test_another_device_reports_a_sign_in_from_a_new_one(laptop, stranger, path):
    assert reports(laptop, path) == ["iPhone · Safari"]
    assert "제가 아니에요" in laptop.page.texts(".notice button")


@pytest.mark.parametrize("path", ["/", "/me", "/terms"])
def test_a_dot_says_so_on_every_page_until_it_is_answered(laptop, stranger, path):
    assert has_dot(laptop, path)
    assert laptop.page.texts("header .site-me") == ["지은님의 내 정보. 새 소식이 있어요."]
    assert not has_dot(stranger, path)

    laptop.get("/me")
    laptop.post("/me/sessions/seen", {"until": "99"})

    assert not has_dot(laptop, path)


def has_dot(browser, path):
    browser.get(path)
    return len(browser.page.all("header #unseen")) == 1


def test_the_new_device_reports_nothing_of_itself(stranger):
    assert reports(stranger) == []


def test_a_known_device_in_a_known_network_is_not_reported(laptop, stranger, device):
    laptop.get("/me")
    laptop.post("/me/sessions/seen", {"until": "99"})

    device(IPHONE, "203.0.113.80").sign_in()

    assert reports(laptop) == []


def test_a_known_device_in_another_network_is_reported(laptop, device):
    device(LAPTOP, "203.0.113.77").sign_in()

    assert len(reports(laptop)) == 1


def test_a_report_is_gone_once_it_was_answered_on_this_device(laptop, device, kakao):
    tablet = device("iPad")
    tablet.sign_in()
    laptop.get("/me")
    laptop.post("/me/sessions/seen", {"until": "99"})
    device(IPHONE).sign_in()
    assert len(reports(laptop)) == len(reports(tablet)) == 1

    response = laptop.post("/me/sessions/seen", {"until": "99", "next": "/me"})

    assert response.location == "/me"
    assert reports(laptop) == []
    assert len(reports(tablet)) == 1


def test_a_sign_in_after_the_page_was_shown_is_still_reported(laptop, stranger, device, rows):
    laptop.get("/me")
    device("iPad").sign_in()

    laptop.post("/me/sessions/seen", {"until": str(rows(LoginSession)[1].id)})

    assert reports(laptop) == ["iPad"]


@pytest.mark.parametrize("until", ["", "x", "-1", "9" * 30])
def test_a_malformed_answer_does_no_harm(laptop, stranger, until):
    laptop.get("/me")

    response = laptop.post("/me/sessions/seen", {"until": until, "next": "https://evil.example"})

    assert response.location == "/"


def test_not_me_ends_that_session_and_asks_kakao_to_sign_everyone_out(
    laptop, stranger, with_admin_key, kakao, rows
):
    response = reject(laptop, rows(LoginSession)[1])

    page = laptop.open(response.location).text
    assert stranger.nickname() is None
    assert laptop.nickname() == "지은"
    assert reports(laptop) == []
    (request,) = kakao.requests_to("/v1/user/logout")
    assert request.headers["Authorization"] == "KakaoAK admin-key"
    assert request.text == "target_id_type=user_id&target_id=1"
    assert "카카오에도 모두 로그아웃해 달라고 했어요" in page
    assert "카카오계정 비밀번호를 바꿔 주세요" in page


def test_not_me_ends_every_session_of_that_device(laptop, stranger, device, rows):
    again = device(IPHONE, "203.0.113.77")
    again.sign_in()

    reject(laptop, rows(LoginSession)[1])

    assert stranger.nickname() is again.nickname() is None


def test_not_me_ends_no_session_of_another_device_or_network(laptop, stranger, device, rows):
    others = [device(IPHONE), device("iPad", "203.0.113.77")]
    for other in others:
        other.sign_in()

    reject(laptop, rows(LoginSession)[1])

    assert [other.nickname() for other in others] == ["지은", "지은"]


def test_not_me_does_not_end_the_current_session_on_a_similar_device(laptop, device, rows):
    same = device(LAPTOP)
    same.sign_in()

    reject(laptop, rows(LoginSession)[1])

    assert same.nickname() is None
    assert laptop.nickname() == "지은"


def test_a_rejected_sign_in_is_gone_on_a_device_that_still_reports_another(
    laptop, stranger, device, rows
):
    device("iPad", "203.0.113.90").sign_in()
    later = device(LAPTOP)
    later.sign_in()
    laptop.get("/me")

    reject(laptop, rows(LoginSession)[2])

    assert [report.partition(" ·")[0] for report in reports(laptop)] == ["iPhone"]


def test_an_answer_leaves_the_reports_of_other_members_alone(laptop, stranger, device, kakao, rows):
    kakao.knows(2, "민수")
    for browser in (minsu := device(LAPTOP), device(IPHONE, "203.0.113.99")):
        browser.sign_in()

    reject(minsu, rows(LoginSession)[3])

    assert reports(minsu) == []
    assert len(reports(laptop)) == 1


@pytest.mark.parametrize(
    "response",
    [None, {"status_code": 503}, {"json": {"msg": "no", "code": -3}, "status_code": 403}],
)
def test_where_kakao_cannot_be_called_the_page_says_so(
    app, laptop, stranger, kakao, rows, response
):
    if response:
        app.config["KAKAO_ADMIN_KEY"] = "admin-key"
        kakao.mock.post(f"{API}/v1/user/logout", **response)

    page = laptop.open(reject(laptop, rows(LoginSession)[1]).location).text

    assert stranger.nickname() is None
    assert "카카오에는 알리지 못했어요" in page


def test_not_me_twice_is_not_an_error(laptop, stranger, with_admin_key, rows):
    reject(laptop, rows(LoginSession)[1])

    assert reject(laptop, rows(LoginSession)[1]).location == "/me/sessions"


def test_a_sign_in_rejected_on_one_device_is_not_reported_on_another(
    laptop, stranger, with_admin_key, device, rows
):
    tablet = device("iPad")
    tablet.sign_in()
    laptop.get("/me")

    reject(laptop, rows(LoginSession)[1])

    assert reports(laptop) == ["iPad"]
    assert reports(tablet) == []


def test_a_stranger_cannot_answer_for_the_owners_device(laptop, stranger, with_admin_key, rows):
    stranger.get("/me")
    own = rows(LoginSession)[1]

    stranger.post("/me/sessions/seen", {"until": "99"})
    assert stranger.post(f"/me/sessions/{own.id}/not-me").status_code == 404

    assert len(reports(laptop)) == 1


def test_no_one_can_reject_the_session_of_someone_else(laptop, device, kakao, rows):
    kakao.knows(2, "민수")
    minsu = device(IPHONE)
    minsu.sign_in()

    assert reject(minsu, rows(LoginSession)[0]).status_code == 404
    assert laptop.nickname() == "지은"
