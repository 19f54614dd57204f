"""/metrics, for anyone with the token."""

import io
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

import config
from app import create_app
from auth import deletion
from auth.kakao import KakaoError
from database import db, utc_now
from houses import storage
from models import Member, OpenUnlink, Photo, Report, UnlinkCheck
from moderation import decisions
from operations import metrics
from tests.houses import pictures
from tests.html_checks import Page

ROOT = Path(__file__).parent.parent
TOKEN = "a token for Prometheus, long enough"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(settings):
    return settings | {"METRICS_TOKEN": TOKEN, "KAKAO_ADMIN_KEY": "admin-key"}


@pytest.fixture
def scrape(app):
    """All metrics, by name and labels."""

    def scrape():
        response = app.test_client().get("/metrics", headers=WITH_TOKEN)
        assert response.status_code == 200
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    return scrape


@pytest.fixture
def changes(scrape):
    """How much a number has grown in this test."""
    before = scrape()

    def changes(name, *labels):
        key = (f"neonejip_{name}", *labels)
        return scrape().get(key, 0) - before.get(key, 0)

    return changes


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "é"}])
def test_without_the_token_there_is_no_such_page(app, headers):
    assert app.test_client().get("/metrics", headers=headers).status_code == 404


def test_without_a_token_in_the_settings_there_is_no_such_page(settings):
    site = create_app(settings | {"METRICS_TOKEN": ""})

    assert site.test_client().get("/metrics", headers=WITH_TOKEN).status_code == 404


def test_prometheus_may_come_under_any_host(app):
    page = app.test_client().get("/metrics", headers=WITH_TOKEN | {"Host": "site.example:8000"})

    assert page.status_code == 200


def test_the_version_is_shown(scrape):
    assert scrape()["neonejip_build_info", config.VERSION] == 1


def test_sign_ins_are_counted_by_outcome(changes, browser, kakao):
    kakao.knows(1, "지은")
    browser.sign_in()
    browser.sign_in()
    browser.return_from_kakao(browser.start()["state"], error="access_denied")
    kakao.responds_to_token(status_code=401, json={"error_code": "KOE010"})
    browser.sign_in()

    assert changes("sign_ins_total", "signed in") == 2
    assert changes("sign_ins_total", "cancelled") == 1
    assert changes("sign_ins_total", "misconfigured") == 1
    assert changes("new_members_total") == 1


def test_a_suspended_member_is_counted_as_such(changes, app, jieun):
    with app.app_context():
        decisions.suspend(db.session.get(Member, 1), "why", days=1)
    jieun.sign_in()

    assert changes("sign_ins_total", "suspended") == 1


def test_nickname_questions_are_counted_with_their_ends(changes, browser, another_browser, kakao):
    kakao.knows(1, None)
    browser.sign_in()
    browser.open("/auth/nickname")
    browser.type("")
    browser.choose("지은네집")
    kakao.knows(2, None)
    another_browser.open(another_browser.sign_in().location)
    another_browser.type("민수")
    kakao.knows(3, None)
    browser.sign_in()
    with time_machine.travel(utc_now() + timedelta(hours=1)):
        browser.get("/auth/nickname")

    assert changes("nickname_questions_total", "asked") == 3
    assert changes("nickname_questions_total", "asked again") == 1
    assert changes("nickname_questions_total", "suggestion chosen") == 1
    assert changes("nickname_questions_total", "typed") == 1
    assert changes("nickname_questions_total", "expired") == 1
    assert changes("new_members_total") == 2


def test_webhooks_are_counted_by_kind_and_result(changes, app):
    client = app.test_client()
    for key in ("admin-key", "wrong"):
        client.post(
            "/webhooks/kakao/unlink",
            data={"user_id": "1"},
            headers={"Authorization": f"KakaoAK {key}"},
        )
    client.post("/webhooks/kakao/unlink", data={}, headers={"Authorization": "KakaoAK admin-key"})
    client.post("/webhooks/kakao/events", data="not a token")

    assert changes("webhooks_total", "unlink", "handled") == 1
    assert changes("webhooks_total", "unlink", "wrong key") == 1
    assert changes("webhooks_total", "unlink", "ignored") == 1
    assert changes("webhooks_total", "account event", "rejected") == 1


def test_requests_are_counted_by_endpoint_and_status(changes, browser, app):
    browser.get("/terms")
    browser.get("/nowhere")
    app.test_client().open("/terms", method="MADE-UP")

    assert changes("requests_total", "pages.terms", "GET", "200") == 1
    assert changes("request_seconds_count", "pages.terms") == 1
    assert changes("requests_total", "-", "-", "404") == 1
    assert changes("requests_total", "-", "-", "405") == 1


def test_photos_are_counted_and_so_are_uploads(changes, jieun):
    def upload(content):
        jieun.get("/me/photos/new")
        form = {"photo": (io.BytesIO(content), "photo.jpg"), "words": "", "room": "kitchen"}
        return jieun.post("/me/photos/new", form, content_type="multipart/form-data")

    upload(b"no picture")
    photo = upload(pictures.jpeg()).location
    jieun.get(f"{photo}/remove")
    jieun.post(f"{photo}/remove")

    assert changes("photos_total", "hung") == 1
    assert changes("photos_total", "taken down") == 1
    assert changes("requests_total", "houses.new_photo", "POST", "302") == 1
    assert changes("requests_total", "houses.new_photo", "POST", "422") == 1


def test_calls_are_counted_while_they_last_and_when_they_are_refused(changes, app):
    adapter = app.extensions["kakao"].adapter
    adapter.max_concurrent_calls, adapter.last_call_was_fast = 1, False

    with adapter.call_slot():
        assert changes("kakao_calls_in_flight") == 1
        with pytest.raises(KakaoError), adapter.call_slot():
            pass

    assert changes("kakao_calls_in_flight") == 0
    assert changes("kakao_calls_refused_total") == 1


def test_unlinks_that_kakao_has_not_confirmed_are_shown_with_their_age(scrape, app):
    assert scrape()["neonejip_unlinks_outstanding", "unlink"] == 0
    assert scrape()["neonejip_unlinks_oldest_seconds", "unlink"] == 0

    with app.app_context():
        db.session.add(OpenUnlink(kakao_id=1, created_at=utc_now() - timedelta(days=2)))
        db.session.add(OpenUnlink(kakao_id=2))
        db.session.add(UnlinkCheck(kakao_id=3))
        db.session.commit()

    assert scrape()["neonejip_unlinks_outstanding", "unlink"] == 2
    assert scrape()["neonejip_unlinks_outstanding", "check"] == 1
    assert scrape()["neonejip_unlinks_oldest_seconds", "unlink"] >= 2 * 24 * 60 * 60


def test_a_deleted_account_is_counted_once_it_is_gone(changes, jieun, app):
    with app.app_context():
        deletion.delete_member(1)

    assert changes("deleted_accounts_total") == 1


def test_a_database_that_is_unavailable_is_shown_and_hides_no_other_number(
    scrape, app, monkeypatch
):
    assert scrape()["neonejip_database_up",] == 1

    def fail(*_):
        raise OperationalError("SELECT", {}, Exception())

    monkeypatch.setattr(db.session, "execute", fail)

    assert scrape()["neonejip_database_up",] == 0
    assert ("neonejip_new_members_total",) in scrape()


def test_errors_are_counted_by_status(changes, app, monkeypatch):
    def fail():
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "pages.terms", fail)
    app.test_client().get("/terms")
    app.test_client().get("/nowhere")

    assert changes("server_errors_total", "500") == 1
    assert changes("server_errors_total", "503") == 0


def test_calls_to_a_store_that_fails_are_counted(changes, settings, tmp_path):
    (tmp_path / "file").write_text("")
    broken = create_app(settings | {"PHOTOS_URL": (tmp_path / "file").as_uri()})
    with broken.app_context(), pytest.raises(storage.StorageError):
        storage.read("key/400.webp")

    assert changes("store_failures_total") == 1


def test_open_reports_are_shown_with_their_age(scrape, app, jieun):
    assert scrape()["neonejip_reports_open",] == 0
    assert scrape()["neonejip_reports_oldest_seconds",] == 0

    photo = {"member_id": 1, "key": "k", "form_key": "f", "room": "kitchen", "words": ""}
    report = {"photo_id": 1, "reason": "private", "words": "", "is_open": True}
    with app.app_context():
        db.session.add(Photo(id=1, width=1, height=1, colours="", **photo))
        db.session.flush()
        db.session.add(Report(member_id=1, created_at=utc_now() - timedelta(days=2), **report))
        db.session.commit()

    assert scrape()["neonejip_reports_open",] == 1
    assert scrape()["neonejip_reports_oldest_seconds",] >= 2 * 24 * 60 * 60


def test_a_hidden_photo_whose_owner_answered_is_counted_as_on_the_operators_page(
    scrape, app, jieun
):
    photo = {"member_id": 1, "key": "k", "form_key": "f", "room": "kitchen", "words": ""}
    hidden = {"is_hidden": True, "hidden_why": "why", "answer": "answer"}
    with app.app_context():
        db.session.add(Photo(width=1, height=1, colours="", **photo, **hidden))
        db.session.execute(update(Member).values(is_operator=True))
        db.session.commit()

    assert scrape()["neonejip_reports_open",] == 1
    assert scrape()["neonejip_reports_oldest_seconds",] > 0
    assert Page(jieun.get("/operator").text).text("#open-cases") == "1"


@pytest.mark.parametrize(
    ("command", "chore"),
    [
        (["kakao", "retry-unlinks"], "kakao retry-unlinks"),
        (["sessions", "purge"], "sessions purge"),
        (["photos", "purge"], "photos purge"),
        (["chores", "record", "backup"], "backup"),
    ],
)
def test_a_chore_is_shown_with_the_time_of_its_last_success(scrape, app, command, chore):
    name = "neonejip_chore_last_success_timestamp_seconds"
    run = app.test_cli_runner().invoke
    assert scrape()[name, chore] == 0
    assert f"{chore}: never" in run(args=["chores", "list"]).output

    for _ in range(2):
        started_at = utc_now()
        assert run(args=command).exit_code == 0

        assert scrape()[name, chore] >= int(started_at.timestamp())
    assert f"{chore}: {started_at:%Y-%m-%d}" in run(args=["chores", "list"]).output


def test_a_chore_that_fails_is_not_recorded(scrape, settings, tmp_path):
    (tmp_path / "file").write_text("")
    broken = create_app(settings | {"PHOTOS_URL": (tmp_path / "file").as_uri()})

    assert broken.test_cli_runner().invoke(args=["photos", "purge"]).exit_code == 1

    assert scrape()["neonejip_chore_last_success_timestamp_seconds", "photos purge"] == 0


def test_the_disks_are_shown(scrape, tmp_path):
    free = scrape()["neonejip_disk_free_ratio", "photos"]

    usage = shutil.disk_usage(tmp_path)
    assert 0 <= free <= 1
    assert free == pytest.approx(usage.free / usage.total, abs=0.1)
    assert "temporary files" in {name[-1] for name in scrape()}


def test_alerts_and_documents_speak_only_of_numbers_that_exist(scrape):
    names = {name[0] for name in scrape()} | {
        family.name + suffix
        for family in text_string_to_metric_families(
            metrics.generate_latest(metrics.registry).decode()
        )
        for suffix in ("", "_total", "_bucket")
    }
    guide = (ROOT / "docs/operations.md").read_text()
    numbers = guide.partition("## Alerts")[0]
    alerts = (ROOT / "deploy/alerts.yml").read_text()
    rows = [line.split("|")[1] for line in numbers.splitlines() if line.startswith("| `")]
    described = {f"neonejip_{name}" for row in rows for name in re.findall(r"`(\w+)", row)}
    described.discard("neonejip_neonejip_")

    assert set(re.findall(r"neonejip_\w+", alerts + guide)) <= names
    assert len(described) == 21
    assert described <= names
