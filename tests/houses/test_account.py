"""A member's photos are deleted with the account, and are part of the export."""

import json
import re
from io import BytesIO
from zipfile import ZipFile

import pyvips
from sqlalchemy import delete

from app import create_app
from auth import deletion
from database import db
from houses import storage
from models import Footprint, ModerationAct, Photo, Report
from moderation import decisions
from tests.houses.conftest import Neighbour
from tests.houses.test_photos import FILES, anywhere, break_store, files  # noqa: F401, a fixture
from tests.moderation.conftest import run  # noqa: F401, a fixture


def test_deleting_an_account_takes_rows_and_files(anywhere, rows):  # noqa: F811
    path = anywhere.hang_photo()
    with anywhere.app.app_context():
        storage.save({"other/400.jpg": b"x"})
        deletion.delete_member(1)

    assert files(anywhere.app) == ["other/400.jpg"]
    assert anywhere.get(path).status_code == 404


def test_an_account_with_150_photos_is_deleted_with_few_requests(settings, bucket, kakao, caplog):
    app = create_app(settings | bucket)
    kakao.knows(1, "지은")
    jieun = Neighbour(app, kakao)
    jieun.sign_in()
    jieun.hang_photo()
    with app.app_context():
        columns = {"member_id": 1, "room": "kitchen", "width": 1600, "height": 1200}
        columns |= {"words": "", "colours": "000000000000000000000000"}
        db.session.add_all(Photo(**columns, key=f"key{i}", form_key=f"{i}") for i in range(150))
        db.session.commit()
        storage.save({"key149/1600.jpg": b"x"})
        with caplog.at_level("INFO", "werkzeug"):
            deletion.delete_member(1)

        assert list(storage.list_files()) == []
    assert 0 < len([line for line in caplog.messages if "HTTP/1.1" in line]) <= 100


def test_footprints_and_reports_are_deleted_with_either_member(jieun, minsu, rows):
    first, second = jieun.hang_photo(), minsu.hang_photo()
    minsu.press(first)
    minsu.report(first)
    jieun.press(second)
    jieun.report(second)

    with jieun.app.app_context():
        deletion.delete_member(jieun.kakao_id)

    assert [photo.id for photo in rows(Photo)] == [2]
    assert rows(Footprint) == rows(Report) == rows(ModerationAct) == []


def test_an_account_can_be_deleted_while_the_store_fails(jieun, rows, tmp_path):
    jieun.hang_photo()
    break_store(jieun.app, tmp_path)

    with jieun.app.app_context():
        deletion.delete_member(jieun.kakao_id)

    assert rows(Photo) == []


def test_files_go_only_when_the_rows_are_gone(jieun, rows, monkeypatch):
    jieun.hang_photo()

    def fail():
        raise RuntimeError

    with jieun.app.app_context():
        monkeypatch.setattr(db.session, "commit", fail)
        try:
            deletion.delete_member(jieun.kakao_id)
        except RuntimeError:
            db.session.rollback()
        monkeypatch.undo()

    assert len(rows(Photo)) == 1 and len(files(jieun.app)) == FILES


def test_the_export_is_a_zip_with_the_pictures(jieun, minsu):
    path = jieun.hang_photo(words="의자", room="study")
    minsu.press(path)
    jieun.press(minsu.hang_photo())

    response = jieun.get("/me/export")

    assert response.mimetype == "application/zip"
    with ZipFile(BytesIO(response.data)) as archive:
        assert sorted(archive.namelist()) == ["neonejip.json", "photos/1.jpg"]
        document = json.loads(archive.read("neonejip.json"))
        picture = pyvips.Image.new_from_buffer(archive.read("photos/1.jpg"), "")
    assert picture.width == 640
    assert (document["photo"][0]["words"], document["photo"][0]["room"]) == ("의자", "study")
    assert [mark["photo_id"] for mark in document["footprint"]] == [2]
    assert document["member"]["nickname"] == "지은"


def test_photos_in_the_data_are_thumbnails_with_room_caption_and_date(jieun, app):
    path = jieun.hang_photo(words="의자", room="study")
    with app.app_context():
        photo = db.session.get(Photo, 1)
        decisions.hide(photo, "얼굴이 보여요")
        key, colours = photo.key, photo.colours

    jieun.get("/me/data")

    assert jieun.page.attributes(".photo-wall a", "href") == [path]
    text = jieun.page.text(".photo-wall")
    assert "의자" in text and "서재" in text and "가린 이유: 얼굴이 보여요" in text
    assert re.search(r"\d{4}년 \d+월 \d+일", text)
    assert key not in jieun.page.text("main") and colours not in jieun.page.text("main")


def begin_export(neighbour, method="GET"):
    """Begin an export, and return the response, which is not read yet."""
    return neighbour.client.open("/me/export", method=method, buffered=False)


def test_an_export_reads_one_file_at_a_time(jieun, monkeypatch):
    for _ in range(3):
        jieun.hang_photo()
    paths, read = [], storage.read
    monkeypatch.setattr(storage, "read", lambda path: paths.append(path) or read(path))

    response = begin_export(jieun)

    assert len(paths) == 1
    with ZipFile(BytesIO(response.data)) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == 4


def test_one_more_export_than_there_are_places_for_is_told_to_wait(jieun, minsu):
    response = begin_export(jieun)

    for neighbour in (jieun, minsu):
        refused = neighbour.get("/me/export")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
        assert "지금은 내려받을 수 없어요" in refused.text
    response.close()
    assert begin_export(minsu, "HEAD").status_code == 200
    assert jieun.get("/me/export").status_code == 200


def test_an_export_from_a_store_that_fails_is_an_error_page(jieun, tmp_path, monkeypatch):
    jieun.hang_photo()

    def fail(_path):
        raise storage.StorageError("no")

    monkeypatch.setattr(storage, "read", fail)
    assert jieun.get("/me/export").status_code == 503
    monkeypatch.undo()
    assert jieun.get("/me/export").status_code == 200


def test_a_photo_deleted_elsewhere_is_gone_for_a_form_that_was_open(jieun):
    path = jieun.hang_photo()
    jieun.get(f"{path}/edit")
    with jieun.app.app_context():
        db.session.execute(delete(Photo))
        db.session.commit()

    assert jieun.post(f"{path}/edit", {"words": "", "room": "study"}).status_code == 404
