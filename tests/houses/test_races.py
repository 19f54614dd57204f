"""A photo is taken down in the middle of someone else's request, and nothing breaks."""

import pytest
from sqlalchemy import delete

from database import db
from houses import listings, photos
from models import Footprint, ModerationAct, Photo, Report


@pytest.fixture
def photo_removed(jieun, minsu, operator, monkeypatch):
    """A photo that is gone, rows and files, once a request has found it; its path."""
    path = jieun.hang_photo()
    find_photo, find_photo_by_key = listings.find_photo, listings.find_photo_by_key

    def take_down_after(find):
        def find_and_take_down(which):
            if photo := find(which):
                with db.engine.begin() as connection:
                    connection.execute(delete(Photo))
                photos.delete_files(photos.file_paths(photo))
            return photo

        return find_and_take_down

    def arm():
        monkeypatch.setattr(listings, "find_photo", take_down_after(find_photo))
        monkeypatch.setattr(listings, "find_photo_by_key", take_down_after(find_photo_by_key))

    return path, arm


@pytest.mark.parametrize(
    ("way", "form"),
    [
        pytest.param("footprint", {"left": "1"}, id="footprint"),
        pytest.param("footprint", {"left": "0"}, id="footprint taken back"),
        pytest.param("report", {"reason": "private", "words": ""}, id="report"),
    ],
)
def test_a_neighbours_act_on_a_photo_just_removed_leaves_nothing(
    minsu, photo_removed, rows, way, form
):
    path, arm = photo_removed
    minsu.get(path)
    arm()

    assert minsu.post(f"{path}/{way}", form).status_code in (302, 404)
    assert rows(Footprint) == rows(Report) == []


@pytest.mark.parametrize(
    ("way", "form", "status"),
    [
        pytest.param("edit", {"words": "의자", "room": "study"}, 404, id="edit"),
        pytest.param("remove", {}, 302, id="take down"),
    ],
)
def test_the_owners_act_on_a_photo_just_removed_is_not_an_error(
    jieun, photo_removed, rows, way, form, status
):
    path, arm = photo_removed
    jieun.get(f"{path}/edit")
    arm()

    assert jieun.post(f"{path}/{way}", form).status_code == status
    assert rows(Photo) == []


def test_a_photo_removed_while_someone_opens_it_is_shown_or_404(visitor, photo_removed):
    path, arm = photo_removed
    (url, *_) = visitor.pictures(path)
    arm()

    assert visitor.get(path).status_code == 200
    assert visitor.get(url).status_code == 404
    assert visitor.get(path).status_code == 404


def test_a_picture_whose_file_is_just_gone_is_404(visitor, photo_removed):
    path, arm = photo_removed
    (url, *_) = visitor.pictures(path)
    arm()

    assert visitor.get(url).status_code == 404


@pytest.mark.parametrize("act", ["hide", "keep"])
def test_an_operators_act_on_a_photo_just_removed_changes_nothing(
    operator, photo_removed, rows, act
):
    path, arm = photo_removed
    operator.get(f"/operator{path}")
    arm()

    assert operator.post(f"/operator{path}", {"act": act, "why": "얼굴"}).status_code == 409
    assert rows(Photo) == rows(ModerationAct) == []
