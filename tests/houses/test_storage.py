"""Files are stored, read, listed and deleted, in a folder as in S3; a store that fails says so."""

import errno
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from queue import Queue
from threading import Event

import obstore
import pytest
from obstore.exceptions import GenericError, PermissionDeniedError

from app import create_app
from houses import storage, storage_causes
from tests.houses.conftest import s3_settings


@pytest.fixture
def store(stored_anywhere):
    with create_app(stored_anywhere).app_context():
        yield


def test_a_stored_file_can_be_read(store):
    storage.save({"key/400.webp": b"small", "key/800.webp": b"large"})

    assert storage.read("key/400.webp") == b"small"
    assert storage.read("key/800.webp") == b"large"


def test_a_file_that_was_not_stored_reads_as_none(store):
    assert storage.read("key/400.webp") is None


def test_every_file_is_listed_with_its_time(store):
    storage.save({"a/400.webp": b"1", "b/400.webp": b"2"})

    found = dict(storage.list_files())
    assert set(found) == {"a/400.webp", "b/400.webp"}
    now = datetime.now(UTC)
    assert all(abs(now - stored_at) < timedelta(minutes=1) for stored_at in found.values())


def test_an_empty_store_lists_nothing(store):
    assert list(storage.list_files()) == []


def test_deleting_twice_is_not_an_error(store):
    storage.save({"a/400.webp": b"1", "a/800.webp": b"1", "b/400.webp": b"2"})

    for number in (1, 2, 2):
        storage.delete(["a/400.webp", "a/800.webp"][:number])

    assert [path for path, _ in storage.list_files()] == ["b/400.webp"]


def test_no_empty_folder_is_left_behind(app, tmp_path):
    with app.app_context():
        storage.save({"a/400.webp": b"1"})
        storage.delete(["a/400.webp"])

    assert list((tmp_path / "photos").iterdir()) == []


def test_a_site_has_its_own_part_of_a_bucket(settings, bucket):
    with create_app(settings | bucket).app_context():
        storage.save({"a/400.webp": b"1"})

    whole = {"PHOTOS_URL": bucket["PHOTOS_URL"].removesuffix("/neonejip")}
    with create_app(settings | bucket | whole).app_context():
        assert [path for path, _ in storage.list_files()] == ["neonejip/a/400.webp"]


def test_a_folder_is_created_and_may_have_a_name_with_spaces_and_hangul(settings, tmp_path):
    folder = tmp_path / "새 폴더" / "우리 집 사진"
    with create_app(settings | {"PHOTOS_URL": folder.as_uri()}).app_context():
        storage.save({"a/400.webp": b"1"})

    assert (folder / "a" / "400.webp").read_bytes() == b"1"


def test_a_cdn_learns_the_type_of_a_file_and_how_long_to_cache_it(settings, bucket):
    with create_app(settings | bucket).app_context():
        storage.save({"a/400.webp": b"1"})
        attributes = obstore.get(storage.store(), "a/400.webp").attributes

    assert attributes["Content-Type"] == "image/webp"
    assert attributes["Cache-Control"] == "public, max-age=31536000, immutable"


def refused(settings, tmp_path, s3):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return s3_settings(f"http://127.0.0.1:{port}", "photos")


def missing_bucket(settings, tmp_path, s3):
    return s3_settings(s3, "nowhere")


def file_instead_of_folder(settings, tmp_path, s3):
    (tmp_path / "file").write_text("")
    return {"PHOTOS_URL": (tmp_path / "file").as_uri()}


@pytest.mark.parametrize("trouble", [refused, missing_bucket, file_instead_of_folder])
def test_a_store_that_fails_is_one_kind_of_error(settings, tmp_path, s3, trouble):
    with create_app(settings | trouble(settings, tmp_path, s3)).app_context():
        with pytest.raises(storage.StorageError):
            storage.save({"a/400.webp": b"1"})
        with pytest.raises(storage.StorageError):
            list(storage.list_files())


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (refused, "GenericError ECONNREFUSED: nothing listens at AWS_ENDPOINT_URL"),
        (missing_bucket, "HTTP 404 NoSuchBucket: PHOTOS_URL names no bucket of this store"),
        (file_instead_of_folder, "the folder of PHOTOS_URL cannot be used"),
    ],
)
def test_a_store_that_fails_names_the_cause_and_what_to_check(
    settings, tmp_path, s3, trouble, says
):
    with create_app(settings | trouble(settings, tmp_path, s3)).app_context():
        for call in (
            lambda: storage.save({"a/400.webp": b"1"}),
            lambda: storage.read("a/400.webp"),
            lambda: storage.delete(["a/400.webp"]),
            lambda: list(storage.list_files()),
        ):
            with pytest.raises(storage.StorageError, match=says):
                call()


def s3_error(status, code):
    body = f"<Error><Code>{code}</Code><AWSAccessKeyId>key</AWSAccessKeyId></Error>"
    text = f"Error performing PUT http://store/a - Server returned non-2xx status code: {status} "
    return PermissionDeniedError(f"{text}Forbidden: {body}\n\nDebug source:\nPermissionDenied")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (s3_error(403, "SignatureDoesNotMatch"), "SignatureDoesNotMatch: check AWS_ACCESS_KEY_ID"),
        (s3_error(403, "RequestTimeTooSkewed"), "this machine's clock is wrong"),
        (s3_error(400, "AuthorizationHeaderMalformed"), "HTTP 400 .* AWS_REGION is not"),
        (s3_error(507, "Unheard_of"), "PermissionDeniedError HTTP 507 Unheard_of$"),
        (GenericError("Received redirect without LOCATION, this"), "AWS_REGION is not"),
        (GenericError("No space left on device (os error 28)"), "ENOSPC: the disk is full"),
        (GenericError("source: InvalidCertificate(Expired)"), "certificate .* is not trusted"),
        (OSError(errno.EROFS, "Read-only file system"), "EROFS: the disk is mounted read-only"),
        (GenericError("something else"), "GenericError$"),
    ],
    ids=str,
)
def test_the_cause_is_named_without_a_key(error, says):
    cause = storage_causes.describe(error)

    assert re.search(says, cause)
    assert "AWSAccessKeyId" not in cause and "http" not in cause


def test_a_store_that_hangs_is_given_up(settings, monkeypatch):
    monkeypatch.setattr(storage, "CLIENT_OPTIONS", storage.CLIENT_OPTIONS | {"timeout": "200ms"})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        app = create_app(settings | s3_settings(url, "photos"))
        with app.app_context(), pytest.raises(storage.StorageError, match="does not respond"):
            storage.read("a/400.webp")
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):  # at most two attempts
            for _ in range(3):
                silent.accept()[0].close()


def test_a_process_keeps_its_store_and_with_it_the_connections(store):
    assert storage.store() is storage.store()


def test_at_most_half_of_the_threads_wait_for_a_store_that_hangs(app, monkeypatch):
    monkeypatch.setattr(storage, "MAX_SLOT_WAIT", 0.01)
    calls, answer = Queue(), Event()

    def hang(*_, **__):
        calls.put("begun")
        answer.wait()
        raise FileNotFoundError

    def read(_=None):
        with app.app_context():
            return storage.read("a/400.webp")

    monkeypatch.setattr(obstore, "get", hang)
    with ThreadPoolExecutor(app.config["WEB_THREADS"]) as threads:
        waiting = [threads.submit(read) for _ in range(2)]
        calls.get(), calls.get()
        with pytest.raises(storage.StorageError, match="too many"):
            read()
        assert calls.empty()
        answer.set()
        assert [call.result() for call in waiting] == [None, None]
    assert read() is None


def test_files_in_s3_are_deleted_in_bulk(settings, bucket, caplog):
    paths = [f"key{number}/{width}.webp" for number in range(150) for width in (400, 800, 1600)]
    with create_app(settings | bucket).app_context():
        storage.save({paths[0]: b"1", paths[-1]: b"2"})
        with caplog.at_level("INFO", "werkzeug"):
            storage.delete(paths)

        assert list(storage.list_files()) == []
    assert 0 < len([line for line in caplog.messages if "POST" in line or "DELETE" in line]) < 10
