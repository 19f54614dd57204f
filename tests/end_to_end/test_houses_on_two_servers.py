"""The life of a photo on two machines with one database and one S3 store, by any of the two."""

import os
import re
import secrets
import subprocess
import sys
from contextlib import ExitStack

import pytest
import requests
from sqlalchemy import text

from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import Person, gunicorn, settings_for
from tests.end_to_end.test_two_servers import Balancer, machines  # noqa: F401, a fixture
from tests.houses import pictures
from tests.houses.conftest import s3, s3_settings  # noqa: F401, a fixture
from tests.servers import listening


class Neighbour(Person):
    """A member of that site, and what members do with photos."""

    def hang(self, words):
        """Hang a photo; its path."""
        self.get("/me/photos/new")
        token, key = (self.value(name) for name in ("csrf_token", "form_key"))
        form = {"csrf_token": token, "form_key": key, "room": "study", "words": words}
        photo = {"photo": ("home.jpg", pictures.jpeg(1200, 900), "image/jpeg")}
        self.page = self.http.post(f"{self.site}/me/photos/new", form, files=photo, timeout=30)
        return self.page.url.removeprefix(self.site)

    def send(self, page, path, **form):
        """Open a page with a form, and send it to a path; where that leads."""
        self.get(page)
        form["csrf_token"] = self.value("csrf_token")
        self.page = self.http.post(self.site + path, form, timeout=30)
        return self.page


@pytest.fixture
def bucket(s3):  # noqa: F811
    """The URL of a bucket, as the store itself sees it."""
    url = f"{s3}/photos-{secrets.token_hex(4)}"
    requests.put(url, timeout=10).raise_for_status()
    return url


@pytest.fixture
def settings(sandbox_url, bucket, tmp_path):
    with databases.create(tmp_path) as database:
        endpoint, _, name = bucket.rpartition("/")
        settings = settings_for(database, sandbox_url) | s3_settings(endpoint, name)
        databases.make_tables(database)
        yield settings


@pytest.fixture
def site(settings, machines):  # noqa: F811
    with ExitStack() as stack:
        servers = [
            stack.enter_context(gunicorn(settings, "--threads=4", cwd=folder))
            for folder in machines
        ]
        yield stack.enter_context(listening(Balancer(servers)))


def test_a_photo_lives_on_both_and_leaves_nothing_on_either(site, settings, machines, bucket):  # noqa: F811
    owner, visitor, reporter, operator = (Neighbour(site.address) for _ in range(4))

    owner.sign_in_as(PEOPLE["haneul"].id)
    path = owner.hang("해 드는 창가")
    urls = re.findall(r"/pictures/[^ \"]+", visitor.get(path).text)
    for _ in range(2):
        assert path in visitor.get("/").text
        assert {visitor.get(url).status_code for url in urls} == {200}
    assert requests.get(bucket, timeout=10).text.count("<Key>") == 13

    consent = visitor.send(path, f"{path}/footprint", left="1").url
    visitor.page = visitor.http.post(consent, data={"person": PEOPLE["no_email"].id}, timeout=30)
    assert visitor.page.url == site.address + path
    assert 'id="footprints">1<' in visitor.page.text
    assert PEOPLE["no_email"].nickname in owner.get("/me/visits").text

    reporter.sign_in_as(PEOPLE["jieun"].id)
    report = reporter.send(f"{path}/report", f"{path}/report", reason="private", words="")
    assert "알려 주셔서 고마워요" in report.text

    operator.sign_in_as(PEOPLE["no_picture"].id)
    flask = [sys.executable, "-m", "flask", "--app", "app", "members", "operator"]
    flask.append(PEOPLE["no_picture"].nickname)
    subprocess.run(flask, cwd=machines[0], env=os.environ | settings, check=True)
    operator.send(f"/operator{path}", f"/operator{path}", act="hide", why="얼굴이 보여요")
    for _ in range(2):
        assert visitor.get(path).status_code == 404
        assert {visitor.get(url).status_code for url in urls} == {404}
        assert "얼굴이 보여요" in owner.get(path).text

    consent = owner.send("/me/withdraw", "/me/withdraw").url
    owner.http.post(consent, data={"person": PEOPLE["haneul"].id}, timeout=30)
    with databases.engine(settings["DATABASE_URL"]).connect() as connection:
        for table in ("photo", "footprint", "report"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert "<Key>" not in requests.get(bucket, timeout=10).text
    assert not any((folder / "instance").exists() for folder in machines)
    assert len(set(site.served)) == 2
