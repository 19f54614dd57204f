"""deploy/alerts.yml: every alert fires at its first event, and says what to do."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
ALERTS = [
    rule["alert"]
    for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


def run(program, *arguments):
    if not shutil.which(program):
        pytest.skip(f"no {program} found: apt-get install prometheus prometheus-alertmanager")
    result = subprocess.run([program, *arguments], cwd=DEPLOY, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_alert_fires_at_its_first_event_and_not_before():
    tested = re.findall("- name: (.+)", (DEPLOY / "alerts.test.yml").read_text())

    assert set(tested) == set(ALERTS)
    run("promtool", "test", "rules", "alerts.test.yml")


def test_each_alert_is_a_heading_that_says_what_to_do():
    guide = (ROOT / "docs/operations.md").read_text()
    section = re.search("^## Alerts\n(.*?)^## ", guide, re.M | re.S)[1]

    assert re.findall("^### (.+)", section, re.M) == ALERTS


def test_prometheus_and_alertmanager_accept_their_files():
    run("promtool", "check", "config", "--syntax-only", "prometheus.yml")
    run("amtool", "check-config", "alertmanager.yml")
