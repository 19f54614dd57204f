"""Hang a photo, change it, take it down: no input is lost, and nothing happens twice."""

import errno
import io
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event, Thread
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from sqlalchemy import update

from app import create_app
from auth import deletion
from database import db
from houses import decoder, renditions, storage, upload_places
from houses.upload_places import UploadPlaces
from models import Member, Photo
from tests.houses import pictures
from tests.houses.conftest import Neighbour

FILES = 9  # of a photo of 640 pixels: two widths and two squares in two formats, one to share
KISS = "👩🏽‍❤️‍💋‍👨🏽"  # one character of ten code points: a hundred fill the column


def files(app):
    with app.app_context():
        return sorted(path for path, _ in storage.list_files())


@pytest.fixture
def anywhere(stored_anywhere, kakao):
    """지은 on a site with each kind of store."""
    app = create_app(stored_anywhere)
    neighbour = Neighbour(app, kakao)
    kakao.knows(1, "지은")
    neighbour.sign_in()
    yield neighbour
    with app.app_context():
        db.engine.dispose()


def test_a_photo_is_in_the_house_with_its_caption_and_room(anywhere):
    path = anywhere.hang_photo(words="해가 오래 머무는 자리", room="balcony")

    page = anywhere.get(path).text
    assert "해가 오래 머무는 자리" in page and "베란다" in page
    image = anywhere.page.one("img#photo").attributes
    assert image["alt"] == "해가 오래 머무는 자리"
    assert (image["width"], image["height"]) == ("640", "480")
    assert path in anywhere.get("/@지은").text


def test_after_hanging_another_photo_is_one_press_away(jieun):
    jieun.get(jieun.hang_photo())
    assert jieun.page.texts(".flash p")[0] == "우리 집에 걸었어요."
    assert jieun.page.attributes(".flash a", "href") == ["/me/photos/new"]
    assert jieun.page.texts(".flash [data-share]") == ["공유하기"]

    jieun.get("/photos/1")
    assert jieun.page.texts(".flash") == []


def test_every_picture_that_a_page_names_is_there_and_stays_for_a_year(anywhere):
    path = anywhere.hang_photo()

    urls = [*anywhere.pictures(path), *anywhere.pictures("/@지은")]
    assert len(urls) == 8  # two widths and two squares, two formats
    for url in urls:
        response = anywhere.get(url)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Cookie" not in response.headers.get("Vary", "")
        assert renditions.detect_kind(response.data) in ("webp", "jpeg")
        assert response.mimetype == {"webp": "image/webp", "jpg": "image/jpeg"}[url[-4:].strip(".")]


def test_a_removed_photo_has_no_files(anywhere):
    path = anywhere.hang_photo()
    urls = [f"/pictures/{file}" for file in files(anywhere.app)]

    anywhere.get(f"{path}/remove")
    assert anywhere.post(f"{path}/remove").location == "/@%EC%A7%80%EC%9D%80"

    assert anywhere.get(path).status_code == 404
    assert [anywhere.get(url).status_code for url in urls] == [404] * FILES
    assert files(anywhere.app) == []


def test_a_removed_photo_leaves_no_empty_folder(jieun, tmp_path):
    path = jieun.hang_photo()
    assert list((tmp_path / "photos").iterdir()) != []

    jieun.get(f"{path}/remove")
    jieun.post(f"{path}/remove")

    assert list((tmp_path / "photos").iterdir()) == []


def test_without_a_caption_the_room_is_the_alternative_text(jieun):
    jieun.get(jieun.hang_photo(room="study"))

    assert jieun.page.one("img#photo").attributes["alt"] == "서재"
    assert jieun.page.text("h1") == "지은님의 서재"


def test_captions_are_escaped_on_every_page(jieun, visitor):
    path = jieun.hang_photo(words='<b>굵게"')

    for url in (path, "/", "/@지은"):
        assert "<b>굵게" not in visitor.get(url).text
        assert "&lt;b&gt;굵게&#34;" in visitor.get(url).text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  두   칸\n줄바꿈\t ", "두 칸 줄바꿈"),
        ("a\0b", "a b"),
        ("\u202e뒤집기", "뒤집기"),
        ("가" * 100, "가" * 100),
        (KISS * 100, KISS * 100),
    ],
)
def test_captions_are_cleaned(jieun, rows, typed, kept):
    jieun.hang_photo(words=typed)

    assert rows(Photo)[0].words == kept


@pytest.mark.parametrize("words", ["가" * 101, "👨‍👩‍👧‍👦" * 101, "e" + "\u0301" * 20_000])
def test_a_caption_that_is_too_long_is_refused_with_a_reason(jieun, rows, words):
    response = jieun.hang(words=words)

    assert response.status_code == 422
    assert jieun.page.text("#words-error") == "100자까지 쓸 수 있어요."
    assert words[:99] in response.text
    assert rows(Photo) == []


@pytest.mark.parametrize("pile", ["\u0301" * 900, "\u0301\u200d" * 450, "\u0e34" * 6])
def test_a_caption_with_a_pile_of_accents_is_refused_with_a_reason(jieun, rows, pile):
    response = jieun.hang(words=f"창{pile}가")

    assert response.status_code == 422
    assert "겹쳐 쓴 글자가 너무 많아요" in response.text
    assert rows(Photo) == []


@pytest.mark.parametrize("words", ["Đặng Thị Ngọc Ánh", "ที่นี่บ้านเรา", "မြန်မာစာ ကြွှု့", "👨‍👩‍👧‍👦 1️⃣ ❤️‍🔥"])
def test_scripts_with_several_marks_are_accepted(jieun, rows, words):
    jieun.hang_photo(words=words)

    assert rows(Photo)[0].words == words


@pytest.mark.parametrize("words", ["시발 같은 방", "f.u.c.k this room"])
def test_a_caption_with_an_insult_is_refused_with_a_reason(jieun, rows, words):
    response = jieun.hang(words=words)

    assert response.status_code == 422
    assert "조금만 다듬어 주세요" in response.text
    assert f'value="{words}"' in response.text
    assert rows(Photo) == []


def test_an_everyday_caption_is_accepted(jieun, rows):
    lines = ["새끼 고양이", "불이 꺼져 있는 거실", "죽어라 공부하던 책상"]
    for line in lines:
        jieun.hang_photo(words=line)

    assert [photo.words for photo in rows(Photo)] == lines


@pytest.mark.parametrize(
    ("make", "reason"),  # pictures are not drawn while tests are collected: libvips starts threads
    [
        pytest.param(lambda: b"hello", "걸 수 없는 파일이에요", id="no picture"),
        pytest.param(lambda: b"", "걸 수 없는 파일이에요", id="empty"),
        pytest.param(pictures.heic, "HEIC", id="heic"),
        pytest.param(
            lambda: b"\xff\xd8\xff" + b"\0" * 10 * 1024 * 1024, "10MB까지", id="too large"
        ),
        pytest.param(lambda: pictures.jpeg(100, 100), "너무 작아요", id="too small"),
        pytest.param(lambda: pictures.jpeg()[:3000], "손상된 것 같아요", id="damaged"),
    ],
)
def test_a_refused_picture_keeps_what_was_typed(jieun, rows, make, reason):
    response = jieun.hang(make(), words="아끼는 의자", room="study")

    assert response.status_code == 422
    assert reason in jieun.page.text("#photo-error")
    assert jieun.page.value("words") == "아끼는 의자"
    assert jieun.page.one("[name=room][checked]").attributes["value"] == "study"
    assert jieun.page.one("[aria-invalid=true]").attributes["type"] == "file"
    assert rows(Photo) == [] and files(jieun.app) == []


def test_a_picture_may_have_ten_megabytes(jieun):
    jieun.hang_photo(content=pictures.jpeg().ljust(renditions.MAX_BYTES, b"\0"))

    response = jieun.hang(pictures.jpeg().ljust(renditions.MAX_BYTES + 1, b"\0"))

    assert response.status_code == 422 and "10MB까지" in jieun.page.text("#photo-error")


def test_a_form_without_a_picture_asks_for_one(jieun):
    jieun.get("/me/photos/new")
    response = jieun.post("/me/photos/new", {"words": "의자", "room": "study"})

    assert response.status_code == 422 and "Retry-After" not in response.headers
    assert "사진을 한 장 골라 주세요" in response.text
    assert 'value="의자"' in response.text


def test_the_first_wrong_field_of_the_page_has_the_focus_and_the_title_says_so(jieun):
    jieun.get("/me/photos/new")
    jieun.post("/me/photos/new", {"words": "가" * 101, "room": "cellar"})

    assert jieun.page.attributes("[autofocus]", "name") == ["photo"]
    assert jieun.page.text("head title") == "오류: 사진 걸기 · 오늘은 너네집"


FROM_SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def test_without_the_script_a_refused_form_asks_for_the_picture_too(jieun):
    jieun.hang(room="")
    assert jieun.page.text("#photo-error") == "사진도 다시 골라 주세요."

    jieun.hang(b"no picture")
    assert "다시 골라" not in jieun.page.text("#photo-error"), "it has been asked for already"


def test_the_script_keeps_the_picture_when_the_form_is_refused(jieun):
    jieun.get("/me/photos/new")
    jieun.post("/me/photos/new", photo_form(room=""), headers=FROM_SCRIPT)

    assert jieun.page.text("#photo-error") == ""
    assert jieun.page.text("#room-error") == "어느 공간인지 골라 주세요."


def test_the_script_gets_the_address_of_the_photo(jieun, rows):
    jieun.get("/me/photos/new")
    form_key = jieun.page.value("form_key")

    for _ in range(2):  # the response may be lost
        form = photo_form(form_key=form_key)
        response = jieun.post("/me/photos/new", form, headers=FROM_SCRIPT)
        assert (response.status_code, response.location) == (201, "/photos/1")

    assert len(rows(Photo)) == 1


def photo_form(**form):
    return {"photo": (io.BytesIO(pictures.jpeg()), "photo"), "words": "", "room": "study"} | form


@pytest.mark.parametrize("room", ["", "cellar", "거실"])
def test_a_room_that_is_not_on_the_list_asks_again(jieun, rows, room):
    response = jieun.hang(room=room, words="의자")

    assert response.status_code == 422
    assert "어느 공간인지 골라 주세요" in response.text
    assert rows(Photo) == []


def test_the_uploaded_file_name_is_ignored(jieun):
    path = jieun.hang_photo(name="../../../etc/passwd\0.svg")

    assert jieun.get(path).status_code == 200


def test_a_far_too_large_upload_is_not_read(jieun):
    response = jieun.hang(b"\xff\xd8\xff" + b"\0" * 33 * 1024 * 1024)

    assert response.status_code == 413
    assert "10MB까지" in jieun.page.text("#photo-error")


def test_only_the_upload_takes_a_large_body(jieun):
    jieun.get("/me/nickname")

    assert jieun.post("/me/nickname", {"nickname": "가" * 100_000}).status_code == 413


def test_a_visitor_signs_in_before_anything_is_read(visitor):
    assert visitor.get("/me/photos/new").status_code == 302
    response = visitor.hang(csrf_token="none")

    assert response.status_code == 401
    assert "아직 바뀐 것은 없어요" in response.text
    assert 'href="/auth/kakao?next=/me/photos/new"' in response.text
    # A forged form comes without the cookie, and a new one would sign the member out.
    assert "Set-Cookie" not in response.headers


def test_a_form_on_another_site_adds_no_photo(jieun, rows):
    response = jieun.hang(csrf_token="forged")

    assert response.status_code == 400
    assert rows(Photo) == []


def test_a_form_sent_twice_adds_one_photo(jieun, rows):
    jieun.get("/me/photos/new")
    form_key = jieun.page.value("form_key")

    responses = [jieun.copy().hang(form_key=form_key) for _ in range(2)]

    assert [response.location for response in responses] == ["/photos/1", "/photos/1"]
    assert len(rows(Photo)) == 1
    assert len(files(jieun.app)) == FILES


def test_a_form_sent_again_with_another_caption_changes_the_caption(jieun, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 1)
    jieun.get("/me/photos/new")
    jieun.hang(form_key="same", words="의지", room="study")

    response = jieun.hang(form_key="same", words="의자", room="balcony")

    assert response.location == "/photos/1"
    page = jieun.get("/photos/1").text
    assert "의자" in page and "베란다" in page and "의지" not in page


def test_a_form_sent_again_with_another_picture_adds_another_photo(jieun, rows):
    jieun.get("/me/photos/new")
    jieun.hang(form_key="same", words="의자")
    another = pictures.jpeg(800, 600)

    locations = [jieun.hang(another, form_key="same", words="책상").location for _ in range(2)]

    assert locations == ["/photos/2", "/photos/2"]
    assert [(photo.words, photo.width) for photo in rows(Photo)] == [("의자", 640), ("책상", 800)]


def test_the_same_form_and_picture_of_another_member_adds_another_photo(jieun, minsu, rows):
    for neighbour, words in ((jieun, "의자"), (minsu, "책상")):
        neighbour.get("/me/photos/new")
        neighbour.hang(form_key="same", words=words)

    assert [(photo.member_id, photo.words) for photo in rows(Photo)] == [(1, "의자"), (2, "책상")]


def test_the_same_picture_from_another_form_adds_another_photo(jieun):
    assert jieun.hang_photo() != jieun.hang_photo()


def test_nul_is_never_sent_to_the_database(jieun):
    """PostgreSQL would fail at it."""
    jieun.get("/me/photos/new")

    assert jieun.hang(form_key="a\0b").location == "/photos/1"
    assert jieun.get("/pictures/%00/400.webp").status_code == 404


def test_a_form_that_two_processes_receive_adds_one_photo(jieun, app, rows, monkeypatch):
    jieun.get("/me/photos/new")
    save = storage.save

    def save_after_another_process(files):
        monkeypatch.setattr(storage, "save", save)
        monkeypatch.setitem(app.extensions, "upload_places", UploadPlaces(2))
        jieun.copy().hang_photo(form_key="same", words="의지")
        save(files)

    monkeypatch.setattr(storage, "save", save_after_another_process)

    assert jieun.hang(form_key="same", words="의자", room="balcony").location == "/photos/1"
    assert [(photo.words, photo.room) for photo in rows(Photo)] == [("의자", "balcony")]
    assert len(files(app)) == FILES


def test_the_second_press_of_a_double_tap_finds_the_first_photo(jieun, rows):
    jieun.get("/me/photos/new")
    together, locations = Barrier(2), []

    def send(browser):
        together.wait()
        locations.append(browser.hang(form_key="same").location)

    taps = [Thread(target=send, args=[jieun.copy()]) for _ in range(2)]
    for tap in taps:
        tap.start()
    for tap in taps:
        tap.join()

    assert locations == ["/photos/1", "/photos/1"] and len(rows(Photo)) == 1
    assert len(files(jieun.app)) == FILES


def test_pictures_cannot_be_guessed(jieun, visitor):
    (url, *_) = jieun.pictures(jieun.hang_photo())
    key = url.split("/")[2]

    assert len(key) == 22
    for name in ("1600.webp", "640.png", "../secret_key", "%2e%2e/secret_key"):
        assert visitor.get(f"/pictures/{key}/{name}").status_code == 404
    assert visitor.get("/pictures/1/640.webp").status_code == 404


def test_a_cdn_serves_the_pictures_if_there_is_one(settings, kakao):
    app = create_app(settings | {"PHOTOS_PUBLIC_URL": "https://photos.example.com"})
    neighbour = Neighbour(app, kakao)
    kakao.knows(1, "지은")
    neighbour.sign_in()

    urls = neighbour.pictures(neighbour.hang_photo())

    assert {urlsplit(url).hostname for url in urls} == {"photos.example.com"}
    assert urlsplit(urls[0]).path.lstrip("/") in files(app)
    with app.app_context():
        db.engine.dispose()


def test_a_shared_photo_and_its_house_show_the_photo(jieun, visitor):
    jieun.hang_photo(words="책상")
    path = jieun.hang_photo(words="해 드는 창가", content=pictures.jpeg(480, 640))

    for url, title in ((path, "해 드는 창가"), ("/@지은", "지은")):
        visitor.get(url)
        meta = visitor.page.meta()
        assert meta["og:title"] == title and meta["og:image:alt"] == "해 드는 창가"
        assert (meta["og:image:width"], meta["og:image:height"]) == ("1200", "630")
        assert meta["og:image"].startswith("http://localhost/pictures/")
        assert visitor.get(meta["og:image"]).mimetype == "image/jpeg"
        assert visitor.get(url) and visitor.page.one("button[data-share]")


def test_a_shared_house_never_shows_a_hidden_photo(jieun, app):
    jieun.hang_photo(words="책상")
    jieun.hang_photo(words="가린 사진")
    with app.app_context():
        db.session.execute(update(Photo).where(Photo.id == 2).values(is_hidden=True))
        db.session.commit()

    jieun.get("/@지은")
    assert jieun.page.meta()["og:image:alt"] == "책상"


def test_the_owner_of_a_hidden_photo_cannot_share_it(jieun, app):
    path = jieun.hang_photo()
    assert jieun.get(path) and jieun.page.texts(".photo-tools [data-share]") == ["공유하기"]
    with app.app_context():
        db.session.execute(update(Photo).values(is_hidden=True))
        db.session.commit()

    assert jieun.get(path) and jieun.page.texts(".photo-tools [data-share]") == []


def test_a_photo_is_changed_and_removed_from_its_own_page_alone(jieun):
    path = jieun.hang_photo()

    assert f"{path}/edit" not in jieun.get("/@지은").text
    assert f"{path}/remove" not in jieun.get("/@지은").text
    assert f"{path}/edit" in jieun.get(path).text


def test_beside_the_name_of_its_room_a_picture_does_not_repeat_it(jieun, visitor):
    jieun.hang_photo(room="study")

    for url in ("/", "/@지은"):
        visitor.get(url)
        assert [image.attributes["alt"] for image in visitor.page.all(".photo-card img")] == [""]
        assert "서재" in visitor.page.text(".photo-card")


def test_the_owner_changes_caption_and_room(jieun, visitor):
    path = jieun.hang_photo(words="의자", room="study")

    assert 'value="의자"' in jieun.get(f"{path}/edit").text
    assert jieun.post(f"{path}/edit", {"words": "책상", "room": "studio"}).location == path

    jieun.get(path)
    assert jieun.page.text(".flash") == "저장했어요."
    page = visitor.get(path).text
    assert "책상" in page and "원룸" in page


def test_edits_with_a_bad_caption_or_room_are_refused(jieun):
    path = jieun.hang_photo(words="의자")
    jieun.get(f"{path}/edit")

    response = jieun.post(f"{path}/edit", {"words": "가" * 101, "room": "cellar"})
    assert response.status_code == 422
    assert jieun.page.text("#words-error") == "100자까지 쓸 수 있어요."
    assert "어느 공간인지" in response.text
    assert jieun.page.attributes("[autofocus]", "name") == ["room"]

    response = jieun.post(f"{path}/edit", {"words": "시발", "room": "study"})
    assert response.status_code == 422
    assert "조금만 다듬어 주세요" in response.text
    assert "의자" in jieun.get(path).text


@pytest.mark.parametrize("way", ["edit", "remove", "answer"])
def test_no_one_else_can_change_a_photo(jieun, minsu, rows, way):
    path = jieun.hang_photo(words="의자")
    minsu.get("/me/nickname")

    response = minsu.post(f"{path}/{way}", {"words": "내 것", "room": "study"})

    assert response.status_code == 404
    assert rows(Photo)[0].words == "의자"


def test_a_photo_can_be_removed_twice(jieun):
    path = jieun.hang_photo()
    jieun.get(f"{path}/remove")
    jieun.post(f"{path}/remove")

    response = jieun.post(f"{path}/remove")

    assert response.status_code == 302
    assert "사진을 내렸어요" in jieun.open(response.location).text
    assert jieun.get(f"{path}/remove").status_code == 404


def test_an_id_is_never_reused(jieun):
    path = jieun.hang_photo()
    jieun.get(f"{path}/remove")
    jieun.post(f"{path}/remove")

    assert jieun.hang_photo() != path


def break_store(app, tmp_path):
    """The folder becomes a file: nothing can be stored there any more."""
    app.extensions.pop("photos_store", None)
    folder = Path(unquote(urlsplit(app.config["PHOTOS_URL"]).path))
    if folder.exists():
        folder.rename(tmp_path / "moved")
    folder.write_text("")


def test_a_store_that_fails_keeps_what_was_typed(jieun, rows, tmp_path):
    break_store(jieun.app, tmp_path)

    response = jieun.hang(words="의자")

    assert response.status_code == 503
    assert "사진 보관함에 잠시 문제가 생겼어요" in response.text and 'value="의자"' in response.text
    assert rows(Photo) == []


def test_a_picture_from_a_store_that_fails_is_unavailable(jieun, tmp_path):
    url = jieun.pictures(jieun.hang_photo())[0]
    break_store(jieun.app, tmp_path)

    response = jieun.get(url)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert response.headers["Cache-Control"] != storage.CACHE_CONTROL


def test_a_picture_that_the_store_has_lost_is_not_found(jieun, app):
    url = jieun.pictures(jieun.hang_photo())[0]
    with app.app_context():
        storage.delete(files(app))

    assert jieun.get(url).status_code == 404


def test_a_photo_can_be_removed_while_the_store_fails(jieun, rows, tmp_path):
    path = jieun.hang_photo()
    jieun.get(f"{path}/remove")
    break_store(jieun.app, tmp_path)

    assert jieun.post(f"{path}/remove").status_code == 302
    assert rows(Photo) == []


def test_a_row_that_cannot_be_written_leaves_no_file(jieun, rows, monkeypatch):
    jieun.get("/me/photos/new")
    save = storage.save

    def save_and_delete_account(*args):
        save(*args)
        with db.engine.begin() as connection:
            connection.execute(Member.__table__.delete())

    monkeypatch.setattr(storage, "save", save_and_delete_account)
    response = jieun.hang(form_key="key")

    assert response.status_code == 409
    assert rows(Photo) == [] and files(jieun.app) == []


@pytest.mark.usefixtures("decodes_anew")
def test_when_pictures_queue_up_the_form_is_shown_again(jieun, monkeypatch):
    monkeypatch.setattr(decoder, "MAX_WAIT", 0)

    with decoder.decoder.turn():
        response = jieun.hang(words="의자", room="study")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "10"
    assert "사진을 거는 이웃이 많아요" in response.text and 'value="의자"' in response.text
    assert jieun.page.text("#photo-error").endswith("사진도 다시 골라 주세요.")


def test_without_a_free_thread_an_upload_is_not_even_read(jieun, app):
    jieun.get("/me/photos/new")
    places = app.extensions["upload_places"]

    with places.reserve(2), places.reserve(3):
        response = jieun.client.post(
            "/me/photos/new",
            input_stream=Unreadable(),
            content_length=1000,
            content_type="multipart/form-data; boundary=x",
        )

    assert response.status_code == 503
    assert "사진을 거는 이웃이 많아요" in response.text


def test_a_second_upload_waits_for_the_first_one_of_the_same_member(jieun, minsu, app, monkeypatch):
    monkeypatch.setattr(upload_places, "MAX_WAIT", 0)

    with app.extensions["upload_places"].reserve(1):  # 지은
        assert jieun.hang().status_code == 503
        assert minsu.hang().status_code == 302


class Unreadable(io.BytesIO):
    def read(self, *_):
        raise AssertionError("the body was read")

    readinto = readline = read


def test_a_place_is_free_again_after_every_kind_of_end(jieun, app):
    for content in (b"hello", pictures.jpeg(), b"\xff\xd8\xff" + b"\0" * 33 * 1024 * 1024):
        jieun.hang(content)
    jieun.hang(csrf_token="forged")

    assert not app.extensions["upload_places"].members
    assert not decoder.decoder.queue


def test_without_space_for_the_body_the_form_is_shown_again(jieun, rows, monkeypatch):
    jieun.get("/me/photos/new")

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile.write", fail)
    response = jieun.hang(form_key="key")

    assert response.status_code == 503
    assert "지금은 사진을 받을 수 없어요" in response.text
    assert rows(Photo) == []


@pytest.mark.usefixtures("decodes_anew")
def test_no_connection_to_the_database_waits_for_a_picture(jieun, app, monkeypatch):
    exchange, seen = decoder.exchange, Event()

    def look_and_exchange(*args):
        with app.app_context():
            assert db.engine.pool.checkedout() == 0
        seen.set()
        return exchange(*args)

    monkeypatch.setattr(decoder, "exchange", look_and_exchange)
    jieun.hang_photo()

    assert seen.is_set()


def test_over_the_daily_limit_the_form_is_shown_again(jieun, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 1)
    jieun.hang_photo()

    response = jieun.hang(words="의자")

    assert response.status_code == 429
    assert "하루에 1번까지" in response.text and 'value="의자"' in response.text


def test_without_rate_limits_no_attempt_is_too_many(jieun, app, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 1)
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", False)

    for _ in range(2):
        jieun.hang_photo()


def test_attempts_count_and_not_the_photos_that_are_left(jieun, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 2)
    path = jieun.hang_photo()
    jieun.get(f"{path}/remove")
    jieun.post(f"{path}/remove")
    assert jieun.hang(b"hello").status_code == 422

    assert jieun.hang().status_code == 429


def test_a_new_account_of_the_same_person_has_not_a_new_day(app, jieun, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 1)
    assert jieun.hang(b"hello").status_code == 422
    with app.app_context():
        deletion.delete_member(1)
    jieun.sign_in()

    assert jieun.hang().status_code == 429


def test_a_form_that_lacks_something_counts_as_no_attempt(jieun, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 1)
    assert jieun.hang(room="").status_code == 422

    jieun.hang_photo()


def test_the_count_of_attempts_begins_anew_after_a_day(jieun, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 1)
    with time_machine.travel(datetime.now(UTC) - timedelta(hours=23, minutes=59)):
        jieun.hang_photo()
    assert jieun.hang().status_code == 429

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        jieun.hang_photo()


@pytest.mark.usefixtures("decodes_anew")
def test_a_picture_that_costs_too_much_counts_ten_times(jieun, rows, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 11)
    monkeypatch.setattr(decoder, "MAX_SECONDS", 0)
    decoder.decoder.find_process()
    os.kill(decoder.decoder.process.pid, signal.SIGSTOP)
    response = jieun.hang(words="의자")
    monkeypatch.undo()
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 11)

    assert response.status_code == 422
    assert "시간이나 메모리가 너무 많이" in response.text and 'value="의자"' in response.text
    jieun.hang_photo()
    assert jieun.hang().status_code == 429


def test_limits_count_the_member_and_not_the_ip_address(jieun, minsu, monkeypatch):
    monkeypatch.setattr("web.limits.PHOTOS_PER_DAY", 1)
    jieun.hang_photo()

    minsu.hang_photo()


def test_a_head_request_removes_nothing(jieun, rows):
    path = jieun.hang_photo()

    assert jieun.client.head(f"{path}/remove").status_code == 200
    assert len(rows(Photo)) == 1
