"""`flask photos purge` deletes what belongs to no photo, and never the photos of a site."""

import os
import secrets
import time
import tracemalloc
from datetime import timedelta

import pytest
from flask_migrate import Migrate, upgrade
from sqlalchemy import delete, update

from app import create_app
from database import db, utc_now
from houses import purge, renditions, storage
from models import Photo, StoreMark
from tests import databases
from tests.houses.conftest import Neighbour
from tests.houses.test_photos import FILES, anywhere, break_store, files  # noqa: F401, a fixture
from tests.houses.test_street import add_photo
from tests.moderation.conftest import run  # noqa: F401, a fixture


@pytest.fixture
def purged(run):  # noqa: F811
    """Run the command; what it says, and its exit status."""
    return lambda *options: run("photos", "purge", *options)


def leave_files(app, number, name="400.jpg"):
    """Store the file of a photo without a row, so many times; their paths."""
    paths = [f"{secrets.token_urlsafe(16)}/{name}" for _ in range(number)]
    with app.app_context():
        storage.save({path: b"x" for path in paths})
    return paths


def age_files(tmp_path):
    """Make all files of the folder two hours old."""
    two_hours_ago = time.time() - 7200
    for file in (tmp_path / "photos").rglob("*.*"):
        os.utime(file, (two_hours_ago, two_hours_ago))


def photo_files(app):
    return [path for path in files(app) if path != purge.MARK_FILE]


def test_old_files_without_a_row_are_deleted(jieun, purged, tmp_path):
    jieun.hang_photo()
    (old,) = leave_files(jieun.app, 1)
    age_files(tmp_path)
    (young,) = leave_files(jieun.app, 1)

    assert purged() == ("deleted 1 files\n", 0)

    left = photo_files(jieun.app)
    assert young in left and old not in left
    assert len(left) == FILES + 1


def test_an_upload_that_runs_does_not_make_a_purge_list_all_files_again(jieun, purged, monkeypatch):
    jieun.hang_photo()
    leave_files(jieun.app, 1)
    listed = []
    original = storage.list_files
    monkeypatch.setattr(storage, "list_files", lambda: listed.append(1) or original())

    purged()

    assert len(listed) == 1


@pytest.mark.sqlite
def test_a_purge_does_not_hold_the_paths_of_all_files(jieun, monkeypatch):
    """With a hundred thousand photos, they would take more memory than its container has."""
    names = renditions.file_names(1600, 720)
    keys = [f"{number:022}" for number in range(300)]
    old = utc_now() - timedelta(days=1)
    monkeypatch.setattr(
        storage,
        "list_files",
        lambda: ((f"{key}/{name}", old) for key in keys for name in names),
    )
    with jieun.app.app_context():
        for key in keys:
            add_photo(1, key=key, form_key=key)
        db.session.commit()
        purge.find_orphans(utc_now())  # what SQLAlchemy caches is not counted

        tracemalloc.start()
        try:
            found = purge.find_orphans(utc_now())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert found == ([], 300, 300)
    assert peak < 350_000  # bytes; the paths alone have more


def test_every_file_of_an_orphan_is_deleted(jieun, purged, tmp_path):
    jieun.hang_photo()
    key = secrets.token_urlsafe(16)
    with jieun.app.app_context():
        orphans = {f"{key}/{name}.jpg": b"x" for name in ("400", "square-360", "share")}
        storage.save(orphans)
    age_files(tmp_path)

    assert purged() == ("deleted 3 files\n", 0)
    assert len(photo_files(jieun.app)) == FILES


def test_no_batch_misses_a_file(jieun, purged, tmp_path, monkeypatch):
    monkeypatch.setattr(purge, "BATCH", 1)
    photos = [jieun.hang_photo(), jieun.hang_photo()]
    leave_files(jieun.app, 3)
    age_files(tmp_path)

    assert purged() == ("deleted 3 files\n", 0)
    assert len(photo_files(jieun.app)) == FILES * len(photos)


def test_a_file_that_is_not_named_like_a_photo_stays(jieun, purged, tmp_path):
    jieun.hang_photo()
    with jieun.app.app_context():
        others = {"README.txt": b"x", "backup/400.jpg": b"x", "a/b/c.jpg": b"x"}
        storage.save(others)
    leave_files(jieun.app, 1, name="original.jpg")
    age_files(tmp_path)

    assert purged() == ("deleted 0 files\n", 0)
    assert len(photo_files(jieun.app)) == FILES + 4


def test_an_empty_database_deletes_nothing(jieun, purged, tmp_path, rows):
    jieun.hang_photo()
    with jieun.app.app_context():
        db.session.execute(delete(Photo))
        db.session.commit()
    age_files(tmp_path)

    output, code = purged()

    assert code == 1 and output.count("\n") == 1
    assert "1 of 1 photos" in output and "--yes" in output
    assert len(photo_files(jieun.app)) == FILES
    assert purged("--yes") == (f"deleted {FILES} files\n", 0)


def test_more_than_a_tenth_and_more_than_three_photos_need_a_person_who_insists(
    jieun, purged, tmp_path
):
    jieun.hang_photo()
    leave_files(jieun.app, 4)
    age_files(tmp_path)

    output, code = purged()

    assert code == 1 and "4 of 5 photos" in output
    assert len(photo_files(jieun.app)) == FILES + 4
    assert purged("--yes") == ("deleted 4 files\n", 0)


@pytest.mark.parametrize(("lost", "exit_code"), [(4, 0), (5, 1)])
def test_a_tenth_of_many_photos_is_deleted_unasked(jieun, purged, tmp_path, lost, exit_code):
    paths = leave_files(jieun.app, 40)
    with jieun.app.app_context():
        for path in paths[lost:]:
            add_photo(1, key=path.partition("/")[0])
        db.session.commit()
    age_files(tmp_path)

    assert purged()[1] == exit_code
    assert len(photo_files(jieun.app)) == (40 if exit_code else 40 - lost)


@pytest.fixture
def another_site(settings, tmp_path, kakao):
    """A site with the same photos and another database."""
    with databases.create(tmp_path) as url:
        app = create_app(settings | {"DATABASE_URL": url})
        Migrate(app, db)
        with app.app_context():
            upgrade()
        yield Neighbour(app, kakao)
        with app.app_context():
            db.engine.dispose()


def test_another_database_deletes_nothing_even_if_told_to(
    jieun, purged, tmp_path, another_site, kakao
):
    jieun.hang_photo()
    assert purged() == ("deleted 0 files\n", 0)  # the store is marked now
    kakao.knows(9, "민수")
    another_site.sign_in()
    another_site.hang_photo()
    age_files(tmp_path)

    for options in ([], ["--yes"]):
        result = another_site.app.test_cli_runner().invoke(args=["photos", "purge", *options])
        assert result.exit_code == 1
        assert "belong to another database" in result.output
    assert len(photo_files(jieun.app)) == 2 * FILES


def test_a_database_restored_from_a_backup_deletes_no_newer_photos(jieun, purged, tmp_path, rows):
    for _ in range(2):
        jieun.hang_photo()
        assert purged() == ("deleted 0 files\n", 0)
    with jieun.app.app_context():  # as it was after the first
        db.session.execute(delete(Photo).where(Photo.id == 2))
        db.session.execute(update(StoreMark).values(purges=1))
        db.session.commit()
    age_files(tmp_path)

    output, code = purged()

    assert code == 1 and "restored from a backup" in output
    assert len(photo_files(jieun.app)) == 2 * FILES
    assert purged("--yes") == (f"deleted {FILES} files\n", 0)
    assert purged() == ("deleted 0 files\n", 0)


def test_a_clock_that_is_a_year_ahead_deletes_no_upload_that_runs(
    jieun, purged, monkeypatch, tmp_path
):
    jieun.hang_photo()
    assert purged() == ("deleted 0 files\n", 0)
    leave_files(jieun.app, 1)
    ahead = purge.utc_now() + 8766 * purge.MIN_AGE
    monkeypatch.setattr(purge, "utc_now", lambda: ahead)

    assert purged() == ("deleted 0 files\n", 0)


def test_the_mark_is_kept_in_either_store(anywhere):  # noqa: F811
    anywhere.hang_photo()
    invoke = anywhere.app.test_cli_runner().invoke

    assert [invoke(args=["photos", "purge"]).output for _ in range(2)] == ["deleted 0 files\n"] * 2
    assert purge.MARK_FILE in files(anywhere.app)


def test_a_store_that_fails_is_named(jieun, purged, tmp_path):
    break_store(jieun.app, tmp_path)

    output, code = purged()
    assert code == 1 and "the store of photos fails" in output
