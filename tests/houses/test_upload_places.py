"""One member's uploads leave places for those of others."""

from threading import Event, Thread

import pytest

from houses import upload_places
from houses.decoder import BusyError
from houses.upload_places import UploadPlaces

JIEUN, MINSU, SORA = 1, 2, 3


class Upload(Thread):
    """An upload that lasts until the test ends it."""

    def __init__(self, places, member_id):
        super().__init__(daemon=True)
        self.places, self.member_id = places, member_id
        self.has_begun, self.may_end, self.is_refused = Event(), Event(), False
        self.start()

    def run(self):
        try:
            with self.places.reserve(self.member_id):
                self.has_begun.set()
                self.may_end.wait()
        except BusyError:
            self.is_refused = True

    def finish(self):
        self.may_end.set()
        self.join()


class Members(dict):
    """The tickets of uploads, which say when one has come."""

    def __init__(self):
        super().__init__()
        self.has_grown = Event()

    def __setitem__(self, ticket, member_id):
        super().__setitem__(ticket, member_id)
        self.has_grown.set()


@pytest.fixture
def places():
    places = UploadPlaces(2)
    places.members = Members()
    return places


@pytest.fixture
def second(places):
    """The second upload of 지은, which waits for the first."""
    first = Upload(places, JIEUN)
    first.has_begun.wait()
    places.members.has_grown.clear()
    second = Upload(places, JIEUN)
    places.members.has_grown.wait()
    second.first = first
    yield second
    first.finish()
    second.finish()


def test_an_upload_is_refused_while_every_place_is_taken(places):
    with (
        places.reserve(JIEUN),
        places.reserve(MINSU),
        pytest.raises(BusyError),
        places.reserve(SORA),
    ):
        pass
    with places.reserve(SORA):
        pass


def test_a_second_upload_waits_for_the_first(second):
    assert not second.has_begun.is_set()

    second.first.finish()
    second.has_begun.wait()
    second.finish()

    assert not second.is_refused


def test_a_second_upload_gives_its_place_to_another_member(places, second):
    with places.reserve(MINSU):
        second.join()

    assert second.is_refused


def test_a_third_upload_is_refused_and_the_second_goes_on_waiting(places, second):
    with pytest.raises(BusyError), places.reserve(JIEUN):
        pass

    second.first.finish()
    second.has_begun.wait()


def test_a_second_upload_does_not_wait_forever(places, monkeypatch):
    monkeypatch.setattr(upload_places, "MAX_WAIT", 0)

    with places.reserve(JIEUN):
        with pytest.raises(BusyError), places.reserve(JIEUN):
            pass
        with places.reserve(MINSU):
            pass
