"""The commands for backups in docs/operations.md, run exactly as written."""

import logging
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from app import create_app
from database import db
from houses import photos
from models import Member, Photo
from moderation import decisions
from tests import databases
from tests.conftest import SETTINGS
from tests.houses.conftest import Neighbour
from web import logs

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs/operations.md").read_text()
NOT_COPIED = {"instance", ".env", ".git", ".venv", "tests", "node_modules"}


def commands(heading):
    """The commands under a heading: those that back up, and those that restore."""
    section = re.search(rf"^### {heading}\n(.*?)^#", GUIDE, re.M | re.S)[1]
    return re.split("# restore.*", "\n".join(re.findall("^    (.*)", section, re.M)))


class Site:
    """A folder with the site and its .env, as on a machine without containers."""

    def __init__(self, folder, settings):
        self.folder, self.settings = folder, settings
        folder.mkdir()
        for path in ROOT.iterdir():
            if path.name not in NOT_COPIED:
                (folder / path.name).symlink_to(path)
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        (folder / ".env").write_text("".join(lines))
        (folder / "instance/photos").mkdir(parents=True)
        self.log = folder / "site.log"
        # Of the service: what journalctl prints, and the order of what systemctl is asked for.
        for name, does in {
            "journalctl": f"cat '{self.log}'",
            "systemctl": "echo $1 $2 >> asked",
        }.items():
            program = folder / "programs" / name
            program.parent.mkdir(exist_ok=True)
            program.write_text(f"#!/bin/sh\n{does}\n")
            program.chmod(0o755)

    def run(self, commands):
        """Run commands in the folder, with this Python and PostgreSQL's programs."""
        programs = [self.folder / "programs", Path(sys.executable).parent]
        programs += Path("/usr/lib/postgresql").glob("*/bin")
        path = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
        environment = {
            name: value for name, value in os.environ.items() if name != "PYTHON_DOTENV_DISABLED"
        }
        subprocess.run(
            ["bash", "-euc", commands],
            cwd=self.folder,
            env=environment | {"PATH": path},
            check=True,
        )

    @contextmanager
    def logging(self):
        """Write what is logged to the site's log."""
        handler = logging.FileHandler(self.log)
        handler.setFormatter(logs.default_handler.formatter)
        handler.addFilter(logs.add_request)
        logs.log.addHandler(handler)
        try:
            yield
        finally:
            logs.log.removeHandler(handler)
            handler.close()

    def people(self, kakao):
        """A function that returns the browser of a person at the site as it is now."""
        app = create_app(self.settings)

        def sign_in(kakao_id, nickname):
            kakao.knows(kakao_id, nickname)
            browser = Neighbour(app, kakao)
            browser.response = browser.sign_in()
            return browser

        sign_in.app = app
        return sign_in


@contextmanager
def on_sqlite(folder):
    yield f"sqlite:///{folder}/site/instance/neonejip.sqlite3"


DATABASES = [
    pytest.param("SQLite", on_sqlite, marks=pytest.mark.sqlite),
    pytest.param("PostgreSQL", databases.create, marks=pytest.mark.postgresql),
]


@pytest.mark.parametrize(("heading", "database"), DATABASES)
def test_a_site_is_restored_with_all_that_happened_since(heading, database, kakao, tmp_path):
    backup, restore = commands(heading)
    with database(tmp_path) as url:
        url = url.replace("+psycopg", "")
        folder = (tmp_path / "site/instance/photos").as_uri()
        site = Site(tmp_path / "site", SETTINGS | {"DATABASE_URL": url, "PHOTOS_URL": folder})
        site.run("flask --app app db upgrade")
        sign_in = site.people(kakao)
        with site.logging():
            jieun = sign_in(1, "지은")
            photo = jieun.hang_photo()
            minsu = sign_in(2, "민수")
            for number, name in enumerate(["하늘", "소라", "보람"], start=3):
                sign_in(number, name)
            removed = jieun.hang_photo()
            with sign_in.app.app_context():
                decisions.suspend(member("보람"), "why", days=None)
            for _night in range(2):  # while the site runs
                site.run(backup)
            with sign_in.app.app_context():
                decisions.delete(member("민수"), "asked")
                decisions.suspend(member("하늘"), "why", days=7)
                decisions.suspend(member("소라"), "why", days=None)
                decisions.restore(member("소라"))
                decisions.restore(member("보람"))
                photos.remove(db.session.get(Photo, int(removed.rpartition("/")[2])))
            sign_in(6, "다솜")  # who gets the number of 민수 again after the restore, on SQLite
            with sign_in.app.app_context():
                decisions.suspend(member("다솜"), "why", days=None)
        with sign_in.app.app_context():
            db.engine.dispose()
        shutil.rmtree(site.folder / "instance")
        (site.folder / "instance").mkdir()

        site.run(restore)

        asked = (site.folder / "asked").read_text().splitlines()
        assert asked == ["stop neonejip", "start neonejip"]
        sign_in = site.people(kakao)
        for browser in (jieun, minsu):
            browser.app, browser.client.application = sign_in.app, sign_in.app
            assert browser.nickname() is None
        for kakao_id, nickname, status in [
            (3, "하늘", 403),
            (4, "소라", 302),
            (5, "보람", 302),
            (6, "다솜", 403),
        ]:
            assert sign_in(kakao_id, nickname).response.status_code == status
        assert sign_in(1, "지은").pictures(photo)
        assert jieun.get(removed).status_code == 404
        with sign_in.app.app_context():
            assert set(db.session.scalars(select(Member.nickname))) == {
                "지은",
                "하늘",
                "소라",
                "보람",
            }
            db.engine.dispose()


def member(nickname):
    return db.session.scalars(select(Member).filter_by(nickname=nickname)).one()


@pytest.mark.sqlite
def test_a_backup_is_for_its_user_alone_and_recorded(tmp_path):
    site = Site(tmp_path / "site", SETTINGS)
    site.run("flask --app app db upgrade")

    site.run(f"{commands('SQLite')[0]}\nflask --app app chores list > listed")

    for name in ("neonejip.backup", "photos.tar.gz"):
        assert (site.folder / name).stat().st_mode & 0o077 == 0
    assert "backup: 2" in (site.folder / "listed").read_text()


def test_containers_are_backed_up_from_existing_services():
    both = "".join(commands("With containers"))
    used = set(re.findall(r"(?:exec -T|run --rm -T(?: --no-deps)?) (\w+)", both))
    used |= set(re.search(r"compose stop (.+)", both)[1].split())
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]

    assert {"database", "site", "migration", "proxy"} <= used <= set(services)
    own = {name for name, service in services.items() if service["image"].startswith("neonejip:")}
    logged = set(re.search(r"compose logs .+? 48h (.+) >", both)[1].split())
    assert logged == own - {"migration"}  # it logs no event
    stopped = set(re.search(r"compose stop (.+)", both)[1].split())
    assert stopped == logged | {"proxy"}


def test_the_log_of_each_unit_is_read_for_a_restore():
    units = {unit.stem for unit in (ROOT / "deploy/systemd").glob("*.service")}

    for heading in ("PostgreSQL", "SQLite"):
        (journalctl,) = re.findall("journalctl.+", commands(heading)[1])
        assert set(re.findall("--unit ([a-z-]+)", journalctl)) == units
