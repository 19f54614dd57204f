"""The commands for backups in docs/operations.md, run exactly as written."""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, make_url, select

from app import create_app
from database import db
from models import Member
from tests.conftest import Browser
from tests.houses import pictures

GUIDE = (Path(__file__).parent.parent / "docs/operations.md").read_text()


def commands(heading):
    """The commands under a heading: those that back up, and those that restore."""
    section = re.search(rf"^### {heading}\n(.*?)^[^ \n]", GUIDE, re.M | re.S)[1]
    return re.split("# restore.*", section)


def run(commands, folder, **environment):
    """Run commands in a folder, with this Python and PostgreSQL's programs."""
    programs = [Path(sys.executable).parent, *Path("/usr/lib/postgresql").glob("*/bin")]
    path = os.pathsep.join([*map(str, programs), os.environ["PATH"]])
    environment = os.environ | environment | {"PATH": path}
    subprocess.run(["bash", "-euc", commands], cwd=folder, env=environment, check=True)


def is_private(file):
    return file.stat().st_mode & 0o077 == 0


@pytest.mark.sqlite
def test_a_backup_brings_members_and_photos_back(settings, kakao, tmp_path):
    instance = tmp_path / "site/instance"
    instance.mkdir(parents=True)
    database = shutil.copy(
        make_url(settings["DATABASE_URL"]).database, instance / "neonejip.sqlite3"
    )
    places = {"DATABASE_URL": f"sqlite:///{database}", "PHOTOS_URL": (instance / "photos").as_uri()}
    backup, restore = commands("SQLite")
    jieun = Browser(create_app(settings | places), kakao)
    kakao.knows(1, "지은")
    jieun.sign_in()
    jieun.get("/me/photos/new")
    form = {"photo": (io.BytesIO(pictures.jpeg()), "photo.jpg"), "words": "", "room": "kitchen"}
    jieun.post("/me/photos/new", form, content_type="multipart/form-data")
    picture = re.search(r"/pictures/[^ ]+", jieun.get("/@지은").text)[0]

    for _night in range(2):  # while the site runs
        run(backup, tmp_path / "site")
    for name in ("neonejip.backup", "photos.tar.gz"):
        assert is_private(tmp_path / "site" / name)
    with jieun.app.app_context():
        db.engine.dispose()
    shutil.rmtree(instance)
    instance.mkdir()
    run(restore, tmp_path / "site")

    jieun.client.application = create_app(settings | places)
    assert jieun.nickname() == "지은"
    assert jieun.get(picture).status_code == 200


@pytest.mark.postgresql
def test_a_dump_brings_members_back(app, jieun, tmp_path):
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    url = url.render_as_string(hide_password=False)
    backup, restore = commands("PostgreSQL")

    for _night in range(2):
        run(backup, tmp_path, DATABASE_URL=url)
    assert is_private(tmp_path / "neonejip.dump")
    with app.app_context():
        db.session.execute(delete(Member))
        db.session.commit()
        db.engine.dispose()
    run(restore, tmp_path, DATABASE_URL=url)

    assert jieun.nickname() == "지은"
    with app.app_context():
        assert db.session.scalars(select(Member.nickname)).all() == ["지은"]


def test_containers_are_backed_up_from_existing_services():
    used = set(re.findall(r"exec -T (\w+)|stop (\w+) (\w+)", "".join(commands("With containers"))))
    compose = (Path(__file__).parent.parent / "deploy/compose.yaml").read_text()

    for name in {name for names in used for name in names if name}:
        assert f"\n  {name}:\n" in compose
