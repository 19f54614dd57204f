"""A pytest fixture for the tests of a site that uses Flask-Kakao: kakao_sandbox."""

import threading
from collections.abc import Iterator

import pytest
import requests

from . import create_app
from .people import PEOPLE
from .server import make_server

TIMEOUT = 10  # seconds
POLL_INTERVAL = 0.01  # seconds within which the server notices that the test is over


class KakaoSandbox:
    """A Kakao that one test has for itself.

    :ivar url: where it serves.
    :ivar settings: for app.config, before Kakao(app).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.settings = {
            "KAKAO_CLIENT_ID": "sandbox-rest-api-key",
            "KAKAO_CLIENT_SECRET": "sandbox-client-secret",
            "KAKAO_ADMIN_KEY": "sandbox-admin-key",
            "KAKAO_SCOPE": "profile_nickname profile_image account_email",
            "KAKAO_AUTH_URL": url,
            "KAKAO_API_URL": url,
            "KAKAO_SDK_URL": f"{url}/sdk/kakao.js",
        }

    def consent(self, consent_url: str, person: str = "haneul") -> str:
        """Agree on the consent page, and return the callback's URL, which Kakao redirects to.

        :param consent_url: where redirect_to_consent redirects to.
        :param person: one of the test accounts in people.py.
        :raises RuntimeError: if Kakao shows an error page instead.
        """
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between this machine and itself
            response = session.post(
                consent_url,
                data={"person": PEOPLE[person].id},
                allow_redirects=False,
                timeout=TIMEOUT,
            )
        if response.status_code != 302:
            raise RuntimeError(f"the Kakao sandbox refuses: {response.text}")
        return response.headers["Location"]


@pytest.fixture
def kakao_sandbox() -> Iterator[KakaoSandbox]:
    """A Kakao sandbox, over real HTTP, as long as the test lasts."""
    server = make_server(create_app())
    threading.Thread(target=server.serve_forever, args=(POLL_INTERVAL,), daemon=True).start()
    yield KakaoSandbox(f"http://127.0.0.1:{server.port}")
    server.shutdown()
    server.server_close()
