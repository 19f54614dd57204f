"""놀러 왔어요: one footprint per member and photo; a visitor's press waits until they are in."""

import time
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from itsdangerous import URLSafeSerializer

from database import db
from houses import listings
from models import Footprint, Member, UsedPress
from tests.houses.conftest import Neighbour


def test_a_neighbour_leaves_a_footprint_and_takes_it_back(jieun, minsu):
    path = jieun.hang_photo()

    assert minsu.press(path).location == f"{path}#footprints"
    assert minsu.footprints(path) == 1
    assert minsu.page.text(".footprint-left") == "✓ 발자국을 남겼어요"

    minsu.press(path, left="0")
    assert minsu.get(path).status_code == 200
    assert minsu.page.text("#footprints") == "아직 발자국이 없어요"


@pytest.mark.parametrize("left", ["1", "0"])
def test_the_button_sends_what_it_offers(jieun, minsu, left):
    path = jieun.hang_photo()
    if left == "0":
        minsu.press(path)

    minsu.get(path)

    assert minsu.page.value("left") == left


def test_the_owner_opens_who_left_a_footprint_here(jieun, minsu, move_in):
    path, other = jieun.hang_photo(), jieun.hang_photo()
    minsu.press(path)
    move_in("가을").press(path)
    move_in("겨울").press(other)

    jieun.get(path)
    assert jieun.page.text("summary") == "2명이 놀러 왔어요"
    assert jieun.page.texts(".footprints li bdi") == ["가을", "민수"]

    minsu.get(path)
    assert minsu.page.all("summary") == []
    assert "가을" not in minsu.page.text("main")


def test_of_many_footprints_the_newest_are_listed_on_the_photos_page(
    jieun, minsu, move_in, monkeypatch
):
    monkeypatch.setattr(listings, "PAGE_SIZE", 1)
    path = jieun.hang_photo()
    for neighbour in (minsu, move_in("가을")):
        neighbour.press(path)

    jieun.get(path)

    assert jieun.page.texts(".footprints li bdi") == ["가을"]
    assert "/me/visits" in jieun.page.attributes(".footprints a", "href")


def test_pressing_twice_leaves_one_footprint(jieun, minsu, rows):
    path = jieun.hang_photo()

    for _ in range(2):
        minsu.press(path)
    assert len(rows(Footprint)) == 1

    for _ in range(2):
        minsu.press(path, left="0")
    assert rows(Footprint) == []


def test_taking_a_footprint_back_leaves_those_of_others_and_on_other_photos(jieun, minsu, move_in):
    path, other = jieun.hang_photo(), jieun.hang_photo()
    for neighbour in (minsu, move_in("가을")):
        neighbour.press(path)
        neighbour.press(other)

    minsu.press(path, left="0")

    assert (jieun.footprints(path), jieun.footprints(other)) == (1, 2)


def test_two_taps_at_once_leave_one_footprint(jieun, minsu, rows):
    path = jieun.hang_photo()
    minsu.get(path)
    together, statuses = Barrier(2), []

    def tap(browser):
        together.wait()
        statuses.append(browser.post(f"{path}/footprint", {"left": "1"}).status_code)

    taps = [Thread(target=tap, args=[minsu.copy()]) for _ in range(2)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()

    assert statuses == [302, 302]
    assert len(rows(Footprint)) == 1


def test_an_owner_leaves_no_footprint_in_their_own_house(jieun, rows):
    path = jieun.hang_photo()

    jieun.get("/me/nickname")
    jieun.post(f"{path}/footprint", {"left": "1"})

    assert rows(Footprint) == []
    assert "놀러 왔어요</button>" not in jieun.get(path).text


@pytest.mark.parametrize("left", ["", "2", "yes"])
def test_a_footprint_form_without_a_choice_is_rejected(jieun, minsu, rows, left):
    path = jieun.hang_photo()

    assert minsu.press(path, left=left).status_code == 400
    assert rows(Footprint) == []


def sign_in_with(visitor, response):
    """Follow to Kakao and back to the site's callback."""
    while response.status_code == 302 and not response.location.startswith("https://"):
        response = visitor.get(response.location)
    state = response.location.split("state=")[1].split("&")[0]
    return visitor.return_from_kakao(state)


def come_in(visitor, response):
    """Follow to Kakao and back; the page where the visitor ends."""
    return visitor.open(sign_in_with(visitor, response).location)


def test_a_visitor_reads_what_they_agree_to_below_the_footprint(jieun, visitor):
    visitor.get(jieun.hang_photo())

    assert "이용약관" in visitor.page.text(".footprints .agreement")


def test_a_visitors_footprint_is_left_once_they_have_signed_in(jieun, visitor, kakao, rows):
    path = jieun.hang_photo()
    kakao.knows(77, "새로 온 이웃")

    page = come_in(visitor, visitor.press(path))

    assert page.request.path == path
    assert "발자국을 남겼어요." in visitor.page.texts(".flash p")
    assert [mark.photo_id for mark in rows(Footprint)] == [1]


def test_whoever_came_to_leave_a_footprint_is_led_to_their_first_photo(
    jieun, minsu, visitor, kakao
):
    path = jieun.hang_photo()
    kakao.knows(77, "새로 온 이웃")
    come_in(visitor, visitor.press(path))
    assert visitor.page.texts(".flash a[href='/me/photos/new']") == ["우리 집에도 첫 사진 걸기"]

    minsu.hang_photo()
    minsu.log_out()
    kakao.knows(minsu.kakao_id, "민수")
    come_in(minsu, minsu.press(path))
    assert "발자국을 남겼어요." in minsu.page.texts(".flash p")
    assert minsu.page.texts(".flash a") == []


def test_a_visitors_footprint_waits_while_they_choose_a_nickname(jieun, visitor, kakao, rows):
    path = jieun.hang_photo()
    kakao.knows(77)

    page = come_in(visitor, visitor.press(path))
    assert page.request.path == "/auth/nickname"
    visitor.open(visitor.type("새로 온 이웃").location)

    assert len(rows(Footprint)) == 1


@pytest.mark.parametrize("other", ["oneself", "a neighbour"])
def test_a_pending_footprint_is_left_once(jieun, minsu, visitor, kakao, rows, other):
    """Also if someone keeps the cookie, or copies it into another browser."""
    path = jieun.hang_photo()
    kakao.knows(77, "새로 온 이웃")
    response = visitor.press(path)
    pressed = visitor.client.get_cookie("footprint").value
    come_in(visitor, response)
    assert visitor.client.get_cookie("footprint") is None
    visitor.press(path, left="0")

    browser = visitor if other == "oneself" else minsu
    browser.client.set_cookie("footprint", pressed)
    browser.get(f"{path}/footprint")

    assert rows(Footprint) == []


def test_of_two_visitors_who_press_at_once_each_leaves_a_footprint(jieun, app, kakao, rows):
    path = jieun.hang_photo()
    visitors = [Neighbour(app, kakao), Neighbour(app, kakao)]
    with time_machine.travel(datetime.now(UTC), tick=False):
        responses = [(each, each.press(path)) for each in visitors]
        for number, (each, response) in enumerate(responses):
            kakao.knows(77 + number, f"이웃 {number}")
            come_in(each, response)

    assert len(rows(Footprint)) == 2


def test_the_next_person_at_a_computer_leaves_no_footprint_by_a_link(jieun, visitor, kakao, rows):
    path = jieun.hang_photo()
    visitor.press(path)  # and goes away
    kakao.knows(78, "다음 사람")

    visitor.sign_in("/me")
    visitor.get(f"{path}/footprint")

    assert rows(Footprint) == []


def test_used_presses_are_forgotten(jieun, visitor, kakao, rows):
    path = jieun.hang_photo()
    kakao.knows(77, "새로 온 이웃")
    come_in(visitor, visitor.press(path))
    assert len(rows(UsedPress)) == 1

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        late = Neighbour(visitor.app, kakao)
        kakao.knows(78, "다음 이웃")
        come_in(late, late.press(path))

    assert len(rows(UsedPress)) == 1


def test_an_owner_who_presses_as_a_visitor_leaves_no_footprint(jieun, visitor, kakao, rows):
    path = jieun.hang_photo()
    kakao.knows(jieun.kakao_id, "지은")

    assert come_in(visitor, visitor.press(path)).status_code == 200
    assert "발자국을 남겼어요." not in visitor.page.texts(".flash p")
    assert rows(Footprint) == []


def test_a_visitor_has_nothing_to_take_back(jieun, visitor):
    path = jieun.hang_photo()

    assert visitor.press(path, left="0").location == f"{path}#footprints"


def test_a_link_on_another_site_leaves_no_footprint(jieun, minsu, rows):
    path = jieun.hang_photo()

    assert minsu.get(f"{path}/footprint").location == path
    assert rows(Footprint) == []


@pytest.mark.parametrize(("is_secure", "name"), [(False, "footprint"), (True, "__Host-footprint")])
def test_no_script_and_no_other_site_reads_the_cookie_of_a_pending_footprint(
    jieun, visitor, app, is_secure, name
):
    path = jieun.hang_photo()
    visitor.get(path)
    app.config["SESSION_COOKIE_SECURE"] = is_secure

    cookies = visitor.post(f"{path}/footprint", {"left": "1"}).headers.getlist("Set-Cookie")

    (cookie,) = [each for each in cookies if each.startswith(f"{name}=")]
    _, *attributes = cookie.split("; ")
    assert {"HttpOnly", "Max-Age=1800", "Path=/", "SameSite=Lax"} <= set(attributes)
    assert "Domain" not in cookie
    assert ("Secure" in attributes) == is_secure


def test_a_form_on_another_site_leaves_no_footprint(jieun, minsu, visitor, rows):
    path = jieun.hang_photo()

    for browser in (minsu, visitor):
        browser.post(f"{path}/footprint", {"left": "1", "csrf_token": "forged"})
    assert visitor.client.get_cookie("footprint") is None
    assert rows(Footprint) == []


def test_a_pending_footprint_counts_only_for_its_photo(jieun, minsu, visitor, rows):
    pressed, other = jieun.hang_photo(), jieun.hang_photo()
    visitor.press(pressed)
    cookie = visitor.client.get_cookie("footprint")

    minsu.client.set_cookie("footprint", cookie.value)
    minsu.get(f"{other}/footprint")

    assert rows(Footprint) == []


def test_a_forged_footprint_is_rejected(jieun, minsu, rows):
    path = jieun.hang_photo()
    minsu.client.set_cookie("footprint", "1.forged")

    minsu.get(f"{path}/footprint")

    assert rows(Footprint) == []


def test_what_the_site_signed_for_another_purpose_is_no_pending_footprint(app, jieun, minsu, rows):
    path = jieun.hang_photo()
    signed = URLSafeSerializer(app.secret_key).dumps([1, int(time.time()), "nonce"])
    minsu.client.set_cookie("footprint", signed)

    minsu.get(f"{path}/footprint")

    assert rows(Footprint) == []


def test_a_pending_footprint_expires(jieun, minsu, visitor, rows):
    path = jieun.hang_photo()
    visitor.press(path)
    minsu.client.set_cookie("footprint", visitor.client.get_cookie("footprint").value)

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31)):
        minsu.get(f"{path}/footprint")

    assert rows(Footprint) == []


def test_a_pending_footprint_counts_on_a_server_whose_clock_is_behind(jieun, minsu, visitor, rows):
    path = jieun.hang_photo()
    visitor.press(path)
    minsu.client.set_cookie("footprint", visitor.client.get_cookie("footprint").value)

    with time_machine.travel(datetime.now(UTC) - timedelta(seconds=30)):
        minsu.get(f"{path}/footprint")

    assert len(rows(Footprint)) == 1


def test_a_photo_that_is_gone_is_404(minsu):
    for path in ("/photos/1", "/photos/1/report", "/photos/1/footprint", f"/photos/{2**64}"):
        assert minsu.get(path).status_code == 404
    minsu.get("/me/nickname")
    assert minsu.post("/photos/1/footprint", {"left": "1"}).status_code == 404


@pytest.mark.parametrize("page", ["/", "/?room=kitchen", "/@지은", "/me/liked"])
def test_a_card_shows_how_many_left_a_footprint_unless_none_did(jieun, minsu, move_in, page):
    path, _ = jieun.hang_photo(), jieun.hang_photo()
    for neighbour in (minsu, move_in("가을")):
        neighbour.press(path)

    minsu.get(page)

    assert minsu.page.texts(".photo-card-count") == ["발자국 2"]
    assert minsu.page.text(f'[href="{path}"] .photo-card-count') == "발자국 2"


def test_thousands_of_footprints_are_written_with_a_comma(jieun, minsu, app):
    path = jieun.hang_photo()
    with app.app_context():
        many = [
            Member(kakao_id=1000 + number, nickname=f"{number}호", nickname_key=f"{number}호")
            for number in range(1000)
        ]
        db.session.add_all(many)
        db.session.flush()
        db.session.add_all(Footprint(photo_id=1, member_id=member.id) for member in many)
        db.session.get(Member, 1).newest_visit_id = 1000
        db.session.commit()

    minsu.get(path)
    assert minsu.page.text("#came-by") == "1,000명이 놀러 왔어요"
    minsu.get("/")
    assert minsu.page.texts(".photo-card-count") == ["발자국 1,000"]
    assert "그사이 이웃 1,000명이 다녀갔어요" in jieun.get("/").text


def test_a_suspended_member_does_not_count_on_cards(jieun, minsu, move_in, operator):
    path = jieun.hang_photo()
    for neighbour in (minsu, move_in("가을")):
        neighbour.press(path)
    operator.get("/operator/members/민수")
    operator.post("/operator/members/민수", {"act": "suspend", "why": "광고"})

    jieun.get("/")

    assert jieun.page.texts(".photo-card-count") == ["발자국 1"]


def test_the_owner_sees_who_came_by_and_on_which_photo(jieun, minsu, move_in):
    first, second, elsewhere = jieun.hang_photo(), jieun.hang_photo(), minsu.hang_photo()
    minsu.press(first)
    move_in("가을").press(second)
    jieun.press(elsewhere)

    page = jieun.get("/me/visits").text

    assert page.index("가을") < page.index("민수")
    assert page.index(f'href="{second}"') < page.index(f'href="{first}"')
    assert f'href="{elsewhere}"' not in page


def test_visits_are_grouped_by_neighbour_and_day(jieun, minsu, move_in):
    paths = [jieun.hang_photo() for _ in range(3)]
    with time_machine.travel(datetime(2026, 11, 28, 14, 59, tzinfo=UTC)):  # 23:59 in Seoul
        for path in paths[:2]:
            minsu.press(path)
    with time_machine.travel(datetime(2026, 11, 28, 15, 0, tzinfo=UTC)):
        minsu.press(paths[2])
        move_in("가을").press(paths[0])

        jieun.get("/me/visits")

    sentences = jieun.page.texts("main li > p:first-child")
    assert [sentence.partition("님이 ")[::2] for sentence in sentences] == [
        ("가을", "사진 1장에 발자국을 남겼어요"),
        ("민수", "사진 1장에 발자국을 남겼어요"),
        ("민수", "사진 2장에 발자국을 남겼어요"),
    ]
    links = jieun.page.attributes("main .visit-photo", "href")
    assert links == [paths[0], paths[2], paths[1], paths[0]]


def test_a_dot_shows_on_every_page_that_someone_came_by_until_the_owner_looks(jieun, minsu):
    path = jieun.hang_photo()
    assert has_dot(jieun, path) is False

    minsu.press(path)
    assert all(has_dot(jieun, page) for page in ("/", "/me", path, "/terms", "/nowhere"))
    assert "새 발자국" in jieun.get("/me").text
    assert has_dot(minsu, path) is False

    assert has_dot(jieun, "/me/visits") is False
    assert has_dot(jieun, path) is False
    assert "새 발자국" not in jieun.get("/me").text


def test_a_dot_goes_with_the_footprint_and_comes_back_with_the_next(jieun, minsu, move_in):
    path = jieun.hang_photo()
    minsu.press(path)
    minsu.press(path, left="0")
    assert has_dot(jieun, "/me") is False

    jieun.get("/me/visits")
    move_in("가을").press(path)
    assert has_dot(jieun, "/me") is True


def test_the_first_visit_of_all_makes_a_dot_for_an_owner_who_has_looked_before(jieun, minsu):
    path = jieun.hang_photo()
    jieun.get("/me/visits")

    minsu.press(path)

    assert has_dot(jieun, "/me") is True


def test_the_visit_of_a_suspended_member_makes_no_dot(jieun, minsu, operator):
    minsu.press(jieun.hang_photo())
    operator.get("/operator/members/민수")
    operator.post("/operator/members/민수", {"act": "suspend", "why": "광고"})

    assert has_dot(jieun, "/me") is False


def has_dot(browser, path):
    browser.get(path)
    return len(browser.page.all("header #unseen")) == 1


def test_home_counts_neighbours_who_came_by_since_the_owner_looked(jieun, minsu):
    first, second = jieun.hang_photo(), jieun.hang_photo()
    minsu.press(first)
    minsu.press(second)

    assert "다녀갔어요" not in minsu.get("/").text
    assert "이웃 1명이 다녀갔어요" in jieun.get("/").text
    jieun.get("/me/visits?before=1")  # not the page with the newest
    assert "이웃 1명이 다녀갔어요" in jieun.get("/").text
    assert "새 발자국" in jieun.get("/me/visits").text

    assert "다녀갔어요" not in jieun.get("/").text
    assert "새 발자국" not in jieun.get("/me/visits").text


def test_a_prefetch_does_not_count_as_a_look(jieun, minsu):
    minsu.press(jieun.hang_photo())

    jieun.get("/me/visits", headers={"Sec-Purpose": "prefetch"})

    assert "이웃 1명이 다녀갔어요" in jieun.get("/").text


def test_photos_with_the_members_footprint_are_listed_newest_first(jieun, minsu):
    first, second = jieun.hang_photo(words="의자"), jieun.hang_photo(words="창가")
    minsu.press(second)
    minsu.press(first)

    page = minsu.get("/me/liked").text

    assert page.index("의자") < page.index("창가")
    assert "의자" not in jieun.get("/me/liked").text


def test_empty_lists_say_where_to_go_on(jieun):
    assert 'href="/me/photos/new"' in jieun.get("/me/visits").text
    assert 'href="/"' in jieun.get("/me/liked").text


def test_footprints_are_rate_limited(jieun, minsu, monkeypatch):
    path = jieun.hang_photo()
    minsu.get(path)

    statuses = {
        minsu.copy().post(f"{path}/footprint", {"left": "1"}).status_code for _ in range(61)
    }

    assert statuses == {302, 429}


def test_the_visit_of_a_suspended_member_is_neither_announced_nor_listed(jieun, minsu, operator):
    minsu.press(jieun.hang_photo())
    operator.get("/operator/members/민수")
    operator.post("/operator/members/민수", {"act": "suspend", "why": "광고"})

    assert "다녀갔어요" not in jieun.get("/").text
    assert "민수" not in jieun.get("/me/visits").text


def test_a_footprint_after_one_that_was_taken_back_is_announced(jieun, minsu, move_in):
    path = jieun.hang_photo()
    minsu.press(path)
    jieun.get("/me/visits")
    minsu.press(path, left="0")
    move_in("서준").press(path)

    assert "이웃 1명이 다녀갔어요" in jieun.get("/").text
