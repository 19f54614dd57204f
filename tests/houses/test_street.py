"""The street: the newest photos for all, by room, page by page; everyone can be reached."""

from urllib.parse import unquote

import pytest
from sqlalchemy import event

from app import create_app
from database import db
from houses.cards import photo_card
from models import FOREVER, Footprint, Member, Photo
from pages import NEWEST_COUNT
from tests.html_checks import Page


def photos_on(page):
    return Page(page).attributes(".photo-card", "href")


def more(page):
    """The link to the next page; None on the last."""
    urls = Page(page).attributes("a.button-secondary:not([href='#'])", "href")
    return urls[0].partition("#")[0] if urls else None


def walk(browser, url):
    """Everything on a list, page by page."""
    found = []
    while url:
        page = browser.get(url).text
        found.append(photos_on(page) or Page(page).attributes(".neighbour", "href"))
        url = more(page)
    return found


def flat(pages):
    return [url for page in pages for url in page]


@pytest.fixture
def many(app, jieun):
    """60 photos in 지은's house, every second one of a kitchen."""

    def hang(number=60):
        with app.app_context():
            for _ in range(number):
                add_photo(1)
            db.session.commit()

    hang()
    return hang


def add_photo(member_id, **values):
    number = db.session.query(Photo).count() + 1
    photo = {"key": f"key {number}", "form_key": f"form {number}", "words": "", "width": 640}
    photo |= {"room": ["kitchen", "study"][number % 2], "height": 480, "colours": "ffeedd" * 4}
    row = Photo(member_id=member_id, **photo | values)
    db.session.add(row)
    db.session.flush()
    return row


def test_visitors_find_the_button_and_below_it_the_newest_photos(jieun, visitor):
    first, second = jieun.hang_photo(words="의자"), jieun.hang_photo()

    page = visitor.get("/").text

    assert page.index("카카오로 시작하기") < page.index(second) < page.index(first)
    assert "의자" in page
    assert "Set-Cookie" not in visitor.get("/").headers


def test_without_a_photo_visitors_find_the_button_alone(visitor):
    page = visitor.get("/").text

    assert "카카오로 시작하기" in page
    assert 'id="street"' not in page


def test_members_find_their_house_the_newest_photos_and_neighbours(jieun, minsu):
    path = jieun.hang_photo()

    page = minsu.get("/").text

    assert page.index("민수님의 집") < page.index(path) < page.index("새로 이사 온 이웃")
    assert 'href="/me/photos/new"' in page


def test_a_room_shows_its_photos_alone(jieun, visitor):
    kitchen, study = jieun.hang_photo(room="kitchen"), jieun.hang_photo(room="study")

    assert photos_on(visitor.get("/?room=kitchen").text) == [kitchen]
    assert photos_on(visitor.get("/?room=study").text) == [study]
    assert photos_on(visitor.get("/?room=").text) == [study, kitchen]


def test_a_room_without_photos_invites_members_to_add_one(jieun, visitor):
    for browser, links in ((visitor, []), (jieun, ["사진 걸기"])):
        assert "아직 걸린 욕실 사진이 없어요." in browser.get("/?room=bathroom").text
        assert browser.page.texts("main a[href='/me/photos/new']") == links


def test_a_hidden_photo_is_not_among_those_of_its_room(app, jieun, visitor):
    with app.app_context():
        add_photo(1, room="kitchen", is_hidden=True)
        db.session.commit()

    assert photos_on(visitor.get("/?room=kitchen").text) == []


@pytest.mark.parametrize(
    ("room", "description"),
    [
        ("living-room", "지은님의 거실이에요. 놀러 오세요."),
        ("study", "지은님의 서재예요. 놀러 오세요."),
        ("outside", "지은님의 외관·마당이에요. 놀러 오세요."),
    ],
)
def test_a_shared_photo_is_described_in_whole_sentences(jieun, visitor, room, description):
    visitor.get(jieun.hang_photo(room=room))

    assert visitor.page.meta()["og:description"] == description


def test_rooms_are_in_lower_case_inside_an_english_sentence(jieun, visitor):
    path = jieun.hang_photo(room="bathroom")
    visitor.get("/language/en")

    visitor.get(path)
    assert visitor.page.text("h1") == "지은’s bathroom"
    assert "No study photos yet." in visitor.get("/?room=study").text


@pytest.mark.parametrize(
    ("query", "title", "rooms"),
    [
        ("room=balcony", "우리 동네 베란다", ["전체", "베란다", "거실"]),
        ("before=9", "우리 동네 사진", ["전체", "거실", "침실"]),
    ],
)
def test_a_part_of_the_street_is_a_page_of_its_own(jieun, visitor, query, title, rooms):
    """With the room that was chosen in front, where a phone shows it, and without the welcome."""
    path = jieun.hang_photo(room="balcony")

    for browser in (visitor, jieun):
        browser.get(f"/?{query}")
        assert browser.page.text("h1") == title
        assert browser.page.texts(".rooms a")[:3] == rooms
        assert browser.page.texts(".rooms [aria-current]") == [rooms["room" in query]]
        assert browser.page.attributes(".photo-card", "href") == [path]
        assert "오늘, 우리 동네" not in browser.page.text("main")
        assert "비밀번호도 가입 양식도" not in browser.page.text("main")
    visitor.get(f"/?{query}")
    assert "카카오로 시작하기" in visitor.page.text("main")
    assert "카카오로 시작하기" not in jieun.page.text("main")


def test_paging_shows_every_photo_once(many, visitor):
    pages = walk(visitor, "/")

    assert [len(page) for page in pages] == [24, 24, 12]
    assert flat(pages) == [f"/photos/{number}" for number in range(60, 0, -1)]


@pytest.mark.parametrize("pages", [1, 2])
def test_a_list_that_ends_with_a_full_page_offers_no_empty_one(app, jieun, visitor, pages):
    with app.app_context():
        for _ in range(24 * pages):
            add_photo(1)
        db.session.commit()

    assert [len(page) for page in walk(visitor, "/")] == [24] * pages


def test_the_room_stays_while_paging(many, visitor):
    found = flat(walk(visitor, "/?room=kitchen"))

    assert found == [f"/photos/{number}" for number in range(60, 0, -2)]


def test_paging_repeats_and_skips_nothing_while_photos_come_and_go(many, app, visitor):
    page = visitor.get("/").text
    many(5)
    with app.app_context():
        for gone in (40, 37):  # the last one seen, and the first one on page two
            db.session.delete(db.session.get(Photo, gone))
        db.session.commit()

    rest = flat(walk(visitor, more(page)))

    assert photos_on(page)[-1] == "/photos/37"
    assert rest == [f"/photos/{number}" for number in range(36, 0, -1)]


def test_a_house_reads_no_more_photos_than_it_shows(many, visitor):
    read = []

    def remember(photo, _context):
        read.append(photo.id)

    event.listen(Photo, "load", remember)
    visitor.get("/@지은")
    event.remove(Photo, "load", remember)

    assert len(read) == 25  # the last one says that there are more


def test_the_photos_of_a_house_can_be_paged(many, visitor):
    assert [len(page) for page in walk(visitor, "/@지은")] == [24, 24, 12]


@pytest.mark.parametrize(
    ("path", "links"), [("/me/visits", ".visit-photo"), ("/me/liked", ".photo-card")]
)
def test_every_footprint_is_listed_once(many, app, jieun, minsu, path, links):
    with app.app_context():
        db.session.add_all(Footprint(photo_id=number, member_id=2) for number in range(1, 61))
        db.session.commit()

    browser, url, found = jieun if path == "/me/visits" else minsu, path, []
    while url and len(found) < 4:  # a list that begins again would have no end
        page = browser.get(url).text
        found.append(Page(page).attributes(links, "href"))
        url = more(page)

    assert [len(page) for page in found] == [24, 24, 12]
    assert flat(found) == [f"/photos/{number}" for number in range(60, 0, -1)]


def test_everyone_who_lives_here_can_be_reached(app, jieun):
    with app.app_context():
        for number in range(60):
            name = f"이웃{number}"
            db.session.add(Member(kakao_id=1000 + number, nickname=name, nickname_key=name))
        db.session.commit()

    found = flat(walk(jieun, "/neighbours"))

    assert len(found) == len(set(found)) == 61
    assert "/neighbours?before=" in jieun.get("/").text
    assert len(jieun.page.all(".neighbour")) == NEWEST_COUNT


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=1e9", f"before={2**80}", "before=٣"]
)
@pytest.mark.parametrize("path", ["/", "/@지은", "/me/visits", "/me/liked", "/neighbours"])
def test_a_list_that_does_not_exist_is_404(jieun, path, query):
    assert jieun.get(f"{path}?{query}").status_code == 404


def test_a_room_that_does_not_exist_is_404(visitor):
    assert visitor.get("/?room=cellar").status_code == 404


def test_a_cursor_beyond_the_end_is_an_empty_page(jieun, visitor):
    jieun.hang_photo()

    for path in ("/?before=1", "/@지은?before=1"):
        assert photos_on(visitor.get(path).text) == []


@pytest.mark.parametrize("path", ["/", "/@지은", "/me/visits", "/me/liked", "/neighbours"])
def test_a_cursor_may_be_larger_than_any_id(jieun, path):
    assert jieun.get(f"{path}?before={2**63 - 1}").status_code == 200


def test_next_and_previous_stay_in_one_house(jieun, minsu, visitor):
    first, second = jieun.hang_photo(), jieun.hang_photo()
    minsu.hang_photo()
    third = jieun.hang_photo()

    visitor.get(second)

    assert visitor.page.attributes("a[rel=prev]", "href") == [third]
    assert visitor.page.attributes("a[rel=next]", "href") == [first]
    assert 'rel="prev"' not in visitor.get(third).text


@pytest.mark.parametrize(
    ("id_", "others"),
    [(6, [8, 7, 5, 4]), (11, [10, 9, 8, 7]), (10, [11, 9, 8, 7]), (2, [5, 4, 3, 1]), (1, [])],
)
def test_a_photo_leads_to_four_others_of_its_house(app, jieun, minsu, visitor, id_, others):
    with app.app_context():
        for _ in range(11):
            add_photo(1)
        add_photo(2)
        add_photo(1, is_hidden=True)
        if not others:  # the only one that can be seen
            db.session.execute(db.update(Photo).where(Photo.id > 1).values(is_hidden=True))
        db.session.commit()

    visitor.get(f"/photos/{id_}")

    found = visitor.page.attributes("a.thumbnail", "href")
    assert found == [f"/photos/{other}" for other in others]


@pytest.mark.parametrize(
    ("id_", "owner"), [(5, "지은"), (4, "민수"), (3, "민수"), (1, "가을"), (2, "지은")]
)
def test_next_door_is_the_house_of_the_next_photo_on_the_street(app, move_in, visitor, id_, owner):
    for nickname in ("지은", "민수", "가을"):
        move_in(nickname)
    with app.app_context():
        for member_id in (1, 2, 1, 1, 3):  # the oldest is 지은's, the newest 가을's
            add_photo(member_id)
        db.session.commit()

    visitor.get(f"/photos/{id_}")

    (url,) = visitor.page.attributes("#next-door", "href")
    assert unquote(url) == f"/@{owner}"


@pytest.mark.parametrize(
    ("viewer", "id_", "owner"), [("지은", 2, "가을"), ("민수", 3, "지은"), ("가을", 1, "민수")]
)
def test_next_door_is_never_the_viewers_own_house(app, move_in, viewer, id_, owner):
    browsers = {nickname: move_in(nickname) for nickname in ("지은", "민수", "가을")}
    with app.app_context():
        for member_id in (1, 2, 3):
            add_photo(member_id)
        db.session.commit()

    browsers[viewer].get(f"/photos/{id_}")

    (url,) = browsers[viewer].page.attributes("#next-door", "href")
    assert unquote(url) == f"/@{owner}"


def test_a_neighbour_of_the_only_other_house_has_no_next_door(app, jieun, minsu):
    path = jieun.hang_photo()
    minsu.hang_photo()

    assert "next-door" in jieun.get(path).text
    assert "next-door" not in minsu.get(path).text


@pytest.mark.parametrize("why", ["hidden", "suspended"])
def test_the_only_house_has_no_next_door(jieun, minsu, app, visitor, why):
    path = jieun.hang_photo()
    with app.app_context():
        add_photo(2, is_hidden=why == "hidden")
        if why == "suspended":
            suspended = {"suspended_until": FOREVER, "suspended_why": "광고"}
            db.session.execute(db.update(Member).where(Member.id == 2).values(suspended))
        db.session.commit()

    assert "next-door" not in visitor.get(path).text


def test_a_picture_opens_large(jieun, visitor):
    visitor.get(jieun.hang_photo())

    (url,) = visitor.page.attributes("a.photo-large", "href")
    assert url.endswith("/640.jpg") and visitor.get(url).status_code == 200


def test_an_empty_house_invites_its_owner_and_is_honest_to_visitors(jieun, visitor):
    assert "첫 사진 걸기" in jieun.get("/@지은").text
    page = visitor.get("/@지은").text
    assert "아직 걸린 사진이 없어요" in page and "첫 사진 걸기" not in page


def test_the_home_page_invites_to_hang_until_there_is_a_photo(app, jieun, minsu):
    minsu.hang_photo()
    jieun.get("/")
    assert jieun.page.text(".my-house .button") == "첫 사진 걸기"
    assert "좋아하는 의자 하나면 충분해요" in jieun.page.text(".my-house")

    with app.app_context():
        add_photo(1, is_hidden=True)
        db.session.commit()
    jieun.get("/")
    assert jieun.page.text(".my-house .button") == "사진 걸기"
    assert "좋아하는 의자" not in jieun.page.text(".my-house")


def test_the_button_is_there_while_the_database_is_not(visitor, broken_database):
    page = visitor.get("/")

    assert page.status_code == 200
    assert "카카오로 시작하기" in page.text


def test_photos_below_the_fold_wait_and_those_in_sight_do_not(many, visitor):
    visitor.get("/")

    images = [image.attributes for image in visitor.page.all(".photo-card img")]
    assert ["loading" in image for image in images] == [False] * 4 + [True] * 20
    assert all((image["width"], image["height"]) == ("640", "480") for image in images)


def test_cards_name_the_owner_except_in_their_own_house(jieun, visitor):
    jieun.hang_photo()

    for path, names in [("/", ["지은"]), ("/@지은", [])]:
        visitor.get(path)
        assert visitor.page.texts(".photo-card bdi") == names


def test_a_card_that_is_kept_is_of_this_photo_owner_language_and_cdn(app, settings, jieun):
    jieun.hang_photo(words="의자", room="kitchen")

    def card(app=app, **headers):
        with app.test_request_context(headers=headers):
            return photo_card(db.session.scalars(db.select(Photo)).one(), True, True)

    def change(photo_or_member, **values):
        with app.app_context():
            db.session.execute(db.update(photo_or_member).values(values))
            db.session.commit()

    for text in ("의자", "지은", "주방", 'src="/pictures/'):
        assert text in card()
    change(Photo, words="책상", room="study")
    change(Member, nickname="mina")
    for text in ("책상", "mina", "서재"):
        assert text in card()
    assert "Study" in card(**{"Accept-Language": "en"})
    with_cdn = create_app(settings | {"PHOTOS_PUBLIC_URL": "https://cdn.example"})
    assert 'src="https://cdn.example/' in card(with_cdn)
