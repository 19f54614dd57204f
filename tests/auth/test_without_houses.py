"""A site of auth/ and pages.py alone: houses/ and moderation/ only add to their pages."""

import pytest

import houses
import moderation
from app import create_app
from database import db


@pytest.fixture
def app(settings, monkeypatch):
    for package in (houses, moderation):
        monkeypatch.setattr(package, "init_app", lambda *_: None)
    app = create_app(settings)
    yield app
    with app.app_context():
        db.engine.dispose()


def page_paths(app):
    """The path of each page that opens without a query."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    paths = {rule.rule for rule in rules if not rule.arguments - (rule.defaults or {}).keys()}
    assert {"/", "/me", "/me/data", "/terms", "/auth/nickname"} <= paths
    of_programs = {"/auth/kakao/callback", "/flask-kakao/app-request", "/auth/nickname/check"}
    return [*sorted(paths - of_programs - {"/webhooks/kakao/unlink"}), "/@지은"]


def test_a_person_signs_up_chooses_a_nickname_and_leaves(browser, kakao, rows):
    kakao.knows(1, None)
    assert browser.open(browser.sign_in("/me").location).status_code == 200

    assert browser.choose("지은").location == "/me"
    assert browser.nickname() == "지은"
    assert browser.log_out().location == "/"
    assert browser.open("/").status_code == 200


def test_every_page_opens_for_a_member_and_for_a_visitor(app, jieun, another_browser):
    for person in (jieun, another_browser):
        for path in page_paths(app):
            assert person.get(path).status_code in (200, 302), path


def test_nothing_of_the_other_packages_is_there(app, jieun):
    endpoints = {rule.endpoint.partition(".")[0] for rule in app.url_map.iter_rules()}

    assert endpoints == {"account", "auth", "flask_kakao", "pages", "static", "webhooks"}
    for path in ("/", "/me", "/@지은"):
        jieun.get(path)
        links = jieun.page.attributes("[href]", "href")
        assert not [link for link in links if "photos/" in link or "operator" in link]
