"""The small sites with which `make bench` compares this one."""

import importlib
import json

import pytest

from app import create_app
from config import SANDBOX_KEYS


@pytest.fixture
def bare_pages(monkeypatch, settings, tmp_path):
    """A client of the site that only renders templates."""
    rules = create_app(settings).url_map.iter_rules()
    routes = [(rule.rule, rule.endpoint) for rule in rules if rule.endpoint != "static"]
    environment = SANDBOX_KEYS | {
        "KAKAO_AUTH_URL": "http://localhost",
        "ROUTES": json.dumps(routes),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return importlib.import_module("bench.alternatives.floor").app.test_client()


@pytest.mark.parametrize("path", ["/", "/bare/home", "/me", "/auth/nickname"])
def test_the_pages_to_compare_with_are_whole(bare_pages, path):
    page = bare_pages.get(path)

    assert page.status_code == 200
    assert page.text.rstrip().endswith("</html>")
