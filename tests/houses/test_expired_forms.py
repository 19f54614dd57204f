"""Forms about photos, sent from a page of an earlier session."""

import io

import pytest

from models import Footprint, Photo, Report
from tests.houses import pictures


@pytest.fixture
def sign_in_again(kakao):
    """Sign a neighbour out and in, as in another tab; their page seen last is then an old one."""

    def sign_in_again(neighbour):
        token = neighbour.csrf_token
        neighbour.get("/")
        neighbour.log_out()
        kakao.knows(neighbour.kakao_id, "지은")
        neighbour.sign_in()
        neighbour.csrf_token = token

    return sign_in_again


def sent_from(path):
    return {"Referer": f"http://localhost{path}"}


def test_a_footprint_is_left_after_one_more_press(jieun, minsu, rows, sign_in_again):
    path = jieun.hang_photo()
    minsu.get(path)
    sign_in_again(minsu)

    response = minsu.post(f"{path}/footprint", {"left": "1"}, headers=sent_from(path))
    assert response.status_code == 400
    assert minsu.page.texts(".flash p")[0].startswith("화면이 오래되어 다시 열었어요.")
    assert rows(Footprint) == []

    response = minsu.post(f"{path}/footprint", {"left": "1"})
    assert response.location == f"{path}#footprints"
    assert len(rows(Footprint)) == 1


def test_a_page_that_is_shown_again_shows_what_has_been_done(jieun, minsu, sign_in_again):
    path = jieun.hang_photo()
    minsu.press(path)
    sign_in_again(minsu)

    minsu.post(f"{path}/footprint", {"left": "1"}, headers=sent_from(path))

    assert "발자국을 남겼어요" in minsu.page.text("main")


def test_a_caption_is_still_there(jieun, rows, sign_in_again):
    path = jieun.hang_photo(words="아침")
    jieun.get(f"{path}/edit")
    sign_in_again(jieun)

    jieun.post(f"{path}/edit", {"words": "저녁", "room": "study"})
    assert (jieun.page.value("words"), rows(Photo)[0].words) == ("저녁", "아침")
    assert jieun.page.attributes("[name=room][checked]", "value") == ["study"]

    jieun.post(f"{path}/edit", {"words": jieun.page.value("words"), "room": "study"})
    assert (rows(Photo)[0].words, rows(Photo)[0].room) == ("저녁", "study")


def test_a_picture_is_asked_for_again(jieun, sign_in_again):
    jieun.get("/me/photos/new")
    sign_in_again(jieun)

    jieun.hang(words="창가", form_key="of an earlier form")

    assert jieun.page.text("#photo-error") == "사진도 다시 골라 주세요."
    assert jieun.page.value("words") == "창가"


def test_a_report_is_still_there(jieun, minsu, rows, sign_in_again):
    path = jieun.hang_photo()
    minsu.get(f"{path}/report")
    sign_in_again(minsu)
    report = {"reason": "stolen", "words": "제 사진이에요"}

    minsu.post(f"{path}/report", report)
    assert minsu.page.value("words") == "제 사진이에요"
    assert rows(Report) == []

    assert minsu.post(f"{path}/report", report).location == path
    assert len(rows(Report)) == 1


def test_the_caption_of_a_new_photo_is_still_there_and_its_form_the_same(
    jieun, rows, sign_in_again
):
    jieun.get("/me/photos/new")
    form = {"words": "창가", "room": "study", "form_key": jieun.page.value("form_key")}
    sign_in_again(jieun)

    photo = {"photo": (io.BytesIO(pictures.jpeg()), "photo.jpg")}
    response = jieun.post("/me/photos/new", form | photo, content_type="multipart/form-data")

    assert response.status_code == 400 and rows(Photo) == []
    assert {name: jieun.page.value(name) for name in ("words", "form_key")} == {
        "words": "창가",
        "form_key": form["form_key"],
    }


def test_a_photo_is_not_removed(jieun, rows, sign_in_again):
    path = jieun.hang_photo()
    jieun.get(f"{path}/remove")
    sign_in_again(jieun)

    assert jieun.post(f"{path}/remove").status_code == 400
    assert jieun.page.text("h1") == "이 사진을 내릴까요?"

    jieun.post(f"{path}/remove")
    assert rows(Photo) == []
