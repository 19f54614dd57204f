"""flask doctor: beside Kakao, the database, photos, Redis, numbers, certificates, disks, chores."""

import socket
import ssl
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import make_url

from app import create_app
from auth import doctor as kakao_doctor
from database import db
from houses import storage
from operations import chores, doctor
from tests.end_to_end.conftest import free_port

TOKEN = "a token for Prometheus, long enough"
PLAIN_KAKAO = {"KAKAO_AUTH_URL": "http://localhost", "KAKAO_API_URL": "http://localhost"}


@pytest.fixture
def check(settings):
    """The lines of one check with some settings: check(doctor.check_store, PHOTOS_URL=…)."""

    def check(part, **changes):
        with create_app(settings | changes).app_context():
            lines = [f"{status.strip()} {message}" for status, message in part()]
            db.engine.dispose()
            return lines

    return check


def test_the_command_runs_every_check(settings, requests_mock, monkeypatch):
    requests_mock.get("http://localhost:8000/auth/kakao", exc=requests.ConnectionError)
    monkeypatch.setattr(kakao_doctor.kakao_doctor, "check_kakao", lambda *_: iter([]))
    run = create_app(settings | PLAIN_KAKAO).test_cli_runner().invoke

    lines = run(args=["doctor"]).output.splitlines()

    for subject in ("database", "the store of photos", "rate limits", "METRICS_TOKEN", "disk"):
        assert [line for line in lines if subject in line], subject
    assert "warn  backup has never succeeded here" in lines


def test_a_store_that_works_is_left_as_it_was(check, tmp_path):
    (line,) = check(doctor.check_store)

    assert line == "ok the store of photos takes, returns and deletes a file"
    assert list((tmp_path / "photos").iterdir()) == []


def test_a_store_that_fails_names_the_cause(check, tmp_path):
    (tmp_path / "file").write_text("")

    (line,) = check(doctor.check_store, PHOTOS_URL=(tmp_path / "file").as_uri())

    assert line.startswith("FAIL the store of photos fails: FileExistsError EEXIST: the folder of")


def test_a_store_that_cannot_be_read_is_left_as_it_was(check, monkeypatch, tmp_path):
    def fail(_path):
        raise storage.StorageError("the store of photos fails: EIO")

    monkeypatch.setattr(storage, "read", fail)

    assert check(doctor.check_store) == ["FAIL the store of photos fails: EIO"]
    assert list((tmp_path / "photos").iterdir()) == []


@pytest.mark.sqlite
def test_a_database_file_that_cannot_be_opened_is_named(check):
    (line,) = check(kakao_doctor.check_database, DATABASE_URL="sqlite:////nowhere/a")

    assert line.startswith("FAIL the database cannot be used: OperationalError SQLITE_CANTOPEN")


def test_a_database_server_that_is_down_is_named(check):
    url = f"postgresql://jieun:secret@127.0.0.1:{free_port()}/homes"

    (line,) = check(kakao_doctor.check_database, DATABASE_URL=url)

    assert line.startswith("FAIL the database cannot be used: OperationalError: ")
    assert "Connection refused" in line
    assert "secret" not in line


def test_a_wrong_password_is_named(check):
    """The server answers as PostgreSQL does to a wrong password."""
    message = b'SFATAL\0C28P01\0Mpassword authentication failed for user "jieun"\0\0'
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(
            target=answer, args=[server, b"E" + (len(message) + 4).to_bytes(4, "big") + message]
        ).start()
        port = server.getsockname()[1]
        url = f"postgresql://jieun:secret@127.0.0.1:{port}/homes?sslmode=disable&gssencmode=disable"
        (line,) = check(kakao_doctor.check_database, DATABASE_URL=url)

    assert line.startswith("FAIL the database cannot be used: OperationalError: ")
    assert 'password authentication failed for user "jieun"' in line
    assert "secret" not in line


def answer(server, response):
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(response)


def test_a_redis_that_does_not_respond_fails_without_its_password(check):
    assert check(doctor.check_redis) == [
        "ok each process counts rate limits for itself (RATELIMIT_STORAGE_URI is not set)"
    ]
    (line,) = check(
        doctor.check_redis, RATELIMIT_STORAGE_URI=f"redis://:secret@localhost:{free_port()}"
    )
    assert line.startswith("FAIL Redis: ") and line.endswith("check RATELIMIT_STORAGE_URI")
    assert "secret" not in line


@pytest.mark.parametrize(
    ("response", "says"),
    [
        ({"status_code": 200}, "ok /metrics responds"),
        ({"status_code": 404}, "FAIL /metrics responds with 404: restart the site"),
        ({"exc": requests.ConnectTimeout}, "does not respond (ConnectTimeout)"),
    ],
)
def test_the_running_site_is_asked_for_its_numbers(check, requests_mock, response, says):
    requests_mock.get("http://localhost:8000/metrics", **response)

    (line,) = check(doctor.check_metrics, METRICS_TOKEN=TOKEN)

    assert says in line
    assert TOKEN not in line


def test_a_disk_that_is_nearly_full_fails(check, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(100, 91, 9))

    lines = check(doctor.check_disks)

    assert "FAIL 9% of the disk of the photos is free" in lines


def test_a_chore_that_has_not_run_is_a_warning(app, check):
    with app.app_context():
        chores.record("backup")

    lines = check(doctor.check_chores)

    assert [line.split()[0] for line in lines] == ["warn", "warn", "warn", "ok"]


@pytest.fixture
def certificate(tmp_path):
    """A file with a certificate for localhost that nobody has signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(1)
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=7, hours=1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    file = tmp_path / "certificate.pem"
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(signed.public_bytes(encoding) + private)
    return file


@pytest.fixture
def https_url(certificate):
    """Where a server has that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(server):
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    with socket.create_server(("localhost", 0)) as server:
        Thread(target=serve, args=[server], daemon=True).start()
        yield f"https://localhost:{server.getsockname()[1]}"


def test_a_certificate_that_is_not_trusted_is_named(check, https_url):
    (line,) = check(doctor.check_certificates, AWS_ENDPOINT_URL=https_url, **PLAIN_KAKAO)

    problem = "the certificate of localhost is not trusted: self-signed certificate"
    assert line == f"FAIL AWS_ENDPOINT_URL: {problem}"


def test_a_trusted_certificate_that_ends_soon_is_a_warning(
    check, https_url, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    assert check(lambda: doctor.check_certificate("SITE_URL", https_url)) == [
        "warn SITE_URL: the certificate of localhost is trusted for another 7 days"
    ]


def test_a_host_without_https_is_named(check):
    url = f"https://localhost:{free_port()}"

    (line,) = check(lambda: doctor.check_certificate("SITE_URL", url))

    assert line.startswith("FAIL SITE_URL: localhost does not respond over https: ")
    assert check(lambda: doctor.check_certificate("SITE_URL", "http://localhost")) == []


@pytest.mark.postgresql
def test_a_role_that_does_not_exist_is_refused(check, settings):
    url = make_url(settings["DATABASE_URL"]).set(username="nobody")

    (line,) = check(
        kakao_doctor.check_database, DATABASE_URL=url.render_as_string(hide_password=False)
    )

    assert 'role "nobody" does not exist' in line
