"""flask photos copy: photos from a folder to S3 and back, and the backup in docs/operations.md."""

import tracemalloc
from types import SimpleNamespace

import obstore
import pytest

from app import create_app
from houses import copies, renditions, storage
from tests.conftest import SETTINGS
from tests.houses.conftest import s3_settings
from tests.test_backup import Site, commands

FILES = {"a/400.webp": b"small", "a/400.jpg": b"large"}


def test_photos_move_from_a_folder_to_s3_and_back(settings, bucket, tmp_path):
    folder = settings["PHOTOS_URL"]
    with create_app(settings | bucket).app_context():
        storage.save(FILES)
        storage.save({"database.txt": b"mark 1"})

        assert copies.copy(bucket["PHOTOS_URL"], folder) == 3
        storage.save({"b/400.webp": b"new", "database.txt": b"mark 2"})
        assert copies.copy(bucket["PHOTOS_URL"], folder) == 2
        assert (tmp_path / "photos/database.txt").read_bytes() == b"mark 2"
        storage.delete(FILES)
        assert copies.copy(folder, bucket["PHOTOS_URL"]) == 3
        assert {path: storage.read(path) for path in FILES} == FILES


def test_a_copy_that_was_interrupted_is_completed(app, tmp_path):
    backup = tmp_path / "backup"
    with app.app_context():
        storage.save(FILES | {"b/400.webp": b"whole"})
        source = app.config["PHOTOS_URL"]
        copies.copy(source, backup.as_uri())
        (backup / "a/400.jpg").unlink()

        assert copies.copy(source, backup.as_uri()) == len(FILES)
        assert copies.copy(source, backup.as_uri()) == 0

    assert (backup / "a/400.jpg").read_bytes() == FILES["a/400.jpg"]


def test_a_copy_does_not_hold_the_paths_of_all_files(app, monkeypatch):
    files = [
        (f"{key:022}", name) for key in range(300) for name in renditions.file_names(1600, 720)
    ]

    def batches():
        for key, name in files:
            yield [{"path": f"{key}/{name}", "size": 10**6}]

    monkeypatch.setattr(storage, "create_store", lambda _url: SimpleNamespace(list=batches))
    with app.app_context():
        tracemalloc.start()
        try:
            assert copies.copy("file:///a", "file:///b") == 0
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 350_000  # bytes; the paths and sizes have more


def test_copied_photos_have_the_headers_of_uploaded_ones(settings, bucket):
    """A CDN in front of the bucket passes them on."""

    def headers():
        return {path: obstore.get(storage.store(), path).attributes for path in FILES}

    with create_app(settings | bucket).app_context():
        storage.save(FILES)
        uploaded = headers()
        copies.copy(bucket["PHOTOS_URL"], settings["PHOTOS_URL"])
        storage.delete(FILES)

        copies.copy(settings["PHOTOS_URL"], bucket["PHOTOS_URL"])

        assert headers() == uploaded
        assert uploaded["a/400.webp"]["Content-Type"] == "image/webp"


def test_a_file_of_the_machine_in_the_folder_does_not_end_the_copy(settings, bucket, tmp_path):
    (tmp_path / "photos").mkdir(exist_ok=True)
    (tmp_path / "photos/.DS_Store").write_bytes(b"macOS")

    with create_app(settings | bucket).app_context():
        assert copies.copy(settings["PHOTOS_URL"], bucket["PHOTOS_URL"]) == 1
        assert storage.read(".DS_Store") == b"macOS"


@pytest.mark.parametrize("source", ["folder", "bucket"])
def test_a_photo_that_is_removed_during_the_copy_is_left_out(
    settings, bucket, tmp_path, monkeypatch, source
):
    """The nightly copy runs while members remove photos."""
    original = obstore.get

    def remove_and_get(store, path, **options):
        if path == "a/400.jpg":
            obstore.delete(store, path)
        return original(store, path, **options)

    settings = settings | (bucket if source == "bucket" else {})
    with create_app(settings).app_context():
        storage.save(FILES)
        monkeypatch.setattr(obstore, "get", remove_and_get)

        assert copies.copy(settings["PHOTOS_URL"], (tmp_path / "backup").as_uri()) == 1

    assert (tmp_path / "backup/a/400.webp").read_bytes() == b"small"
    assert not (tmp_path / "backup/a/400.jpg").exists()


@pytest.mark.sqlite
def test_photos_on_s3_are_copied_and_restored(bucket, tmp_path):
    backup, restore = commands("Photos on S3")
    backup, restore = (
        part.replace("file:///srv/backup", tmp_path.as_uri()) for part in (backup, restore)
    )
    site = Site(tmp_path / "site", SETTINGS | bucket)
    with create_app(site.settings).app_context():
        storage.save(FILES)
        for _night in range(2):
            site.run(backup)
        storage.delete(FILES)

        site.run(restore)

        assert {path: storage.read(path) for path in FILES} == FILES


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("photos", "s3://homes/", "not a URL"),
        ("s3://nowhere/a", "file:///tmp/none", "NoSuchBucket"),
    ],
)
def test_a_copy_that_fails_is_one_line(settings, s3, source, target, says):
    run = create_app(settings | s3_settings(s3, "homes")).test_cli_runner().invoke

    result = run(args=["photos", "copy", source, target])

    assert result.exit_code
    assert says in result.output
    assert "Traceback" not in result.output
