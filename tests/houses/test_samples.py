"""The sample members of `make run`: people of the sandbox, with photos of drawn rooms."""

import pytest

from houses import renditions, samples
from models import Footprint, Member, Photo
from sandbox.people import PEOPLE
from tests.houses.test_street import photos_on

FILES = sorted(samples.FOLDER.iterdir())


@pytest.fixture
def run(app, monkeypatch):
    """Run `flask photos sample`, with only two of 소라's photos; its output."""
    app.config["SANDBOX"] = True
    monkeypatch.setattr(samples, "PHOTOS", samples.PHOTOS[5:8:2])
    return lambda: app.test_cli_runner().invoke(args=["photos", "sample"]).output


def test_sample_members_have_photos_and_footprints(run, visitor, rows):
    assert "Error" not in run()

    assert photos_on(visitor.get("/").text) == ["/photos/2", "/photos/1"]
    assert samples.PHOTOS[-1][2] in visitor.get("/@소라").text
    assert visitor.footprints("/photos/2") == 2
    assert len(rows(Footprint)) == 4
    assert all(member.nickname_skeleton for member in rows(Member))
    assert [row.nickname for row in rows(Member) if row.newest_visit_id] == ["소라"]


def test_a_database_with_members_gets_no_samples(jieun, run, rows):
    run()

    assert len(rows(Member)) == 1 and rows(Photo) == []


def test_samples_need_the_sandbox(run, app, rows):
    app.config["SANDBOX"] = False

    assert "only with the Kakao sandbox" in run()
    assert rows(Member) == []


def test_the_sample_members_are_people_of_the_sandbox():
    names = {person.id: person.nickname for person in PEOPLE.values()}

    assert {names[kakao_id]: kakao_id for kakao_id in samples.NEIGHBOURS.values()} == (
        samples.NEIGHBOURS
    )
    assert {nickname for nickname, *_ in samples.PHOTOS} == set(samples.NEIGHBOURS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_sample_is_a_photo_that_a_member_could_add(file):
    photo = renditions.convert(file.read_bytes())

    assert (photo.width, photo.height) == (1600, 1200)
    assert len({photo.colours[at : at + 6] for at in range(0, 24, 6)}) > 1


def test_the_files_are_those_of_the_list_and_small():
    assert {f"{room}-{time}.webp" for _, room, _, time in samples.PHOTOS} == {
        file.name for file in FILES
    }
    assert sum(file.stat().st_size for file in FILES) < 600_000
