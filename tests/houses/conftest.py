"""What the tests of photos share: people with houses, and two stores, one of them S3 over HTTP."""

import io
import secrets
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import update

from database import db
from models import Member
from tests.conftest import Browser
from tests.houses import pictures


@pytest.fixture(scope="session")
def s3():
    """An S3-compatible store over HTTP; its URL."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3):
    """The settings of a site whose photos are in a bucket of that store."""
    name = f"photos-{secrets.token_hex(4)}"
    urlopen(Request(f"{s3}/{name}", method="PUT")).close()
    return s3_settings(s3, name)


def s3_settings(endpoint, bucket):
    return {
        "PHOTOS_URL": f"s3://{bucket}/neonejip",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }


@pytest.fixture(params=["folder", "s3"])
def stored_anywhere(request, settings):
    """The settings of a site, once for each kind of store."""
    return settings | (request.getfixturevalue("bucket") if request.param == "s3" else {})


class Neighbour(Browser):
    """A member's browser, and what members do with photos."""

    def hang(self, content=None, words="", room="kitchen", name="photo.jpg", **form):
        """Send the form; the response."""
        if not form:
            self.get("/me/photos/new")
        content = pictures.jpeg() if content is None else content
        form = {"photo": (io.BytesIO(content), name), "words": words, "room": room} | form
        return self.post("/me/photos/new", form, content_type="multipart/form-data")

    def hang_photo(self, **kwargs):
        """Hang a photo; its path."""
        response = self.hang(**kwargs)
        assert response.status_code == 302, response.text
        return response.location

    def press(self, path, left="1"):
        self.get(path)
        return self.post(f"{path}/footprint", {"left": left})

    def report(self, path, reason="private", words=""):
        self.get(f"{path}/report")
        return self.post(f"{path}/report", {"reason": reason, "words": words})

    def footprints(self, path):
        """The number of footprints that the page shows."""
        self.get(path)
        text = self.page.text("#footprints")
        return 0 if text == "아직 발자국이 없어요" else int(text)

    def pictures(self, path):
        """The URLs of a photo's files, as its page names them."""
        self.get(path)
        srcsets = self.page.attributes("[srcset]", "srcset")
        return [part.split()[0] for srcset in srcsets for part in srcset.split(", ")]


@pytest.fixture
def move_in(app, kakao):
    """Someone moves in: move_in("지은"); their browser."""
    ids = iter(range(1, 1000))

    def move_in(nickname):
        neighbour = Neighbour(app, kakao)
        neighbour.kakao_id = next(ids)
        kakao.knows(neighbour.kakao_id, nickname)
        assert neighbour.sign_in().location == "/"
        return neighbour

    return move_in


@pytest.fixture
def jieun(move_in):
    return move_in("지은")


@pytest.fixture
def minsu(move_in):
    return move_in("민수")


@pytest.fixture
def visitor(app, kakao):
    return Neighbour(app, kakao)


@pytest.fixture
def operator(app, move_in):
    neighbour = move_in("살피는이")
    with app.app_context():
        db.session.execute(update(Member).filter_by(nickname="살피는이").values(is_operator=True))
        db.session.commit()
    return neighbour
