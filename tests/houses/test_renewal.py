"""`flask photos renew` makes the files that photos of an earlier release do not have."""

import pytest
from sqlalchemy import delete, update

from database import db
from houses import renewal, storage
from models import Photo
from tests.houses import pictures
from tests.houses.test_photos import FILES, files
from tests.moderation.conftest import run  # noqa: F401, a fixture


@pytest.fixture
def hang_old(jieun):
    """Hang a photo as the previous release does; its path."""

    def hang_old(*size):
        path = jieun.hang_photo(content=pictures.jpeg(*size))
        with jieun.app.app_context():
            storage.delete(newer_files(jieun.app))
            db.session.execute(update(Photo).values(square_side=None))
            db.session.commit()
        return path

    return hang_old


def newer_files(app):
    return [
        path for path in files(app) if any(name in path for name in ("/square", "/share", "/1200"))
    ]


@pytest.fixture
def renew(run):  # noqa: F811
    return lambda: run("photos", "renew")


def test_an_old_photo_is_shown_as_it_was_until_it_has_thumbnails(hang_old, renew, visitor):
    path = hang_old()

    for name, command in [("640.webp", lambda: None), ("square-480.webp", renew)]:
        command()
        urls = visitor.pictures("/@지은")
        assert name in [url.split("/")[-1] for url in urls]
        assert {visitor.get(url).status_code for url in urls} == {200}
    assert len(visitor.pictures(path)) == 4


def test_a_large_old_photo_gets_the_width_that_sharp_phones_load(hang_old, renew, visitor):
    path = hang_old(2000, 1500)
    assert not [url for url in visitor.pictures(path) if "/1200." in url]

    renew()

    urls = visitor.pictures(path)
    assert [url for url in urls if "/1200." in url]
    assert {visitor.get(url).status_code for url in urls} == {200}


def test_the_command_goes_on_where_it_was_stopped_and_says_how_far_it_is(
    hang_old, renew, jieun, monkeypatch
):
    monkeypatch.setattr(renewal, "BATCH", 2)
    for _ in range(3):
        hang_old()

    save, saved = storage.save, []

    def save_three(*args):
        saved.append(args)
        if len(saved) == 3:
            raise storage.StorageError("the store of photos fails")
        save(*args)

    monkeypatch.setattr(storage, "save", save_three)
    output, code = renew()
    assert "2 of 3 photos, 2 renewed" in output and "run this again" in output and code == 1

    assert renew() == ("1 of 1 photos, 1 renewed\ndone; 0 photos stay as they are\n", 0)
    assert renew() == ("done; 0 photos stay as they are\n", 0)
    assert len(files(jieun.app)) == 3 * FILES


def test_after_each_batch_the_command_says_how_many_photos_it_has_seen_in_all(
    hang_old, renew, monkeypatch
):
    monkeypatch.setattr(renewal, "BATCH", 1)
    for _ in range(2):
        hang_old()

    output, _ = renew()

    assert output.startswith("1 of 2 photos, 1 renewed\n2 of 2 photos, 2 renewed\n")


@pytest.mark.parametrize("is_lost", [True, False], ids=["no file", "a picture of 160 pixels"])
def test_a_photo_that_cannot_be_renewed_stays_as_it_is(hang_old, renew, jieun, is_lost):
    path = hang_old(2100, 210)
    if is_lost:
        with jieun.app.app_context():
            storage.delete(files(jieun.app))

    assert renew() == ("1 of 1 photos, 0 renewed\ndone; 1 photos stay as they are\n", 0)
    assert jieun.pictures("/@지은") == jieun.pictures(path)


def test_a_photo_removed_in_the_meantime_leaves_no_file(hang_old, renew, jieun, monkeypatch):
    hang_old()
    save = storage.save

    def save_and_remove(*args):
        save(*args)
        db.session.execute(delete(Photo))
        db.session.commit()

    monkeypatch.setattr(storage, "save", save_and_remove)

    assert renew() == ("1 of 1 photos, 0 renewed\ndone; 1 photos stay as they are\n", 0)
    assert newer_files(jieun.app) == []
