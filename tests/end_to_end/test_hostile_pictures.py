"""Beside one member who sends the worst files, everything holds for the others."""

import os
import select
import signal
from pathlib import Path
from threading import Event, Thread

import pytest
import pyvips
import requests

from tests import databases
from tests.end_to_end.conftest import Person, gunicorn, settings_for
from tests.houses import avif, pictures

ROUNDS = 2


def costly_files():
    """A large picture in few bytes, and one whose tiles lie beside it."""
    black = pyvips.Image.black(4900, 5100, bands=3).copy(interpretation="srgb")
    tile = avif.coded(black, subsample_mode="on")
    tile.is_hidden = True
    yield avif.file({1: avif.coded(black, subsample_mode="on")})
    yield avif.file({1: avif.grid(4, 8, 4900, 5100, [2] * 32), 2: tile})
    yield pictures.png_of_claimed_size(7000, 7000)


@pytest.fixture
def server(sandbox_url, tmp_path):
    """The site with one process, in which everyone has to share, and no limits of attempts."""
    with databases.create(tmp_path) as database:
        settings = settings_for(database, sandbox_url) | {
            "PHOTOS_URL": (tmp_path / "photos").as_uri(),
            "RATELIMIT_ENABLED": "0",
        }
        databases.make_tables(database)
        with gunicorn(settings, "--threads=4", "--workers=1") as server:
            yield server


def move_in(site, kakao_id):
    person = Person(site)
    person.sign_in_as(kakao_id)
    if "/auth/nickname" in person.page.url:
        person.choose(suggestion=person.suggestions()[0])
    assert person.nickname()
    return person


def upload(person, content):
    """Send the form; the response, which is a redirect when the photo was added."""
    person.get("/me/photos/new")
    form = {name: person.value(name) for name in ("csrf_token", "form_key")} | {"room": "study"}
    return person.http.post(
        f"{person.site}/me/photos/new",
        data=form,
        files={"photo": ("photo.jpg", content)},
        allow_redirects=False,
        timeout=120,
    )


def children(pid):
    """The processes that a process has started (proc(5))."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for each in threads for child in (each / "children").read_text().split()]


def test_everyone_else_uploads_browses_and_signs_in(server):
    site = server.address
    attacker, neighbour = move_in(site, 4123456701), move_in(site, 4123456702)
    files, is_over, attempts = list(costly_files()), Event(), []

    def attack(person):
        while not is_over.is_set():
            for content in files:
                attempts.append(upload(person, content).status_code)

    tabs = [attacker, attacker.on_another_tab(), attacker.on_another_tab()]
    threads = [Thread(target=attack, args=[tab]) for tab in tabs]
    for thread in threads:
        thread.start()
    try:
        for _ in range(ROUNDS):
            assert upload(neighbour, pictures.jpeg()).status_code == 302
            assert requests.get(site, timeout=60).status_code == 200
            assert move_in(site, 4123456702).nickname() == neighbour.nickname()
    finally:
        is_over.set()
        for thread in threads:
            thread.join()

    assert attempts and set(attempts) <= {302, 422, 503}


@pytest.mark.skipif(not Path("/proc").exists(), reason="/proc is Linux's")
def test_a_decoder_that_is_killed_is_replaced_and_none_outlives_the_site(server):
    person = move_in(server.address, 4123456701)
    assert upload(person, pictures.jpeg()).status_code == 302

    (worker,) = children(server.process.pid)
    (decoder,) = children(worker)
    assert "libvips" not in Path(f"/proc/{worker}/maps").read_text()
    os.kill(decoder, signal.SIGKILL)
    assert upload(person, pictures.jpeg()).status_code in (302, 422)  # its end may be seen late
    assert upload(person, pictures.jpeg()).status_code == 302

    (decoder,) = children(worker)
    watched = os.pidfd_open(decoder)
    server.process.terminate()
    server.process.wait()
    assert select.select([watched], [], [], 30)[0], "the decoder outlives the site"
    os.close(watched)
