"""Who came back from Kakao: an Authorization, whose profile is fetched when it is read."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from flask.typing import ResponseClass

from . import transport
from .api import fetch_profile
from .authorization_request import AuthorizationRequest
from .errors import AnotherPersonError, KakaoError
from .profile import KakaoProfile
from .state import current_state
from .tokens import IdTokenClaims


class Authorization:
    """A person came back from Kakao with their consent.

    :ivar kakao_id: who it is.
    :ivar next_url: where they are going: a path on this site.
    :ivar purpose: why the request was made, if not just to sign in.
    :ivar requested_at: when the browser left for Kakao.
    :ivar auth_time: when they last proved to Kakao who they are, in seconds since 1970; None
        without OpenID Connect.
    :ivar kakao_seconds: seconds that the calls to Kakao took so far.
    """

    kakao_id = 0  # until someone is identified
    auth_time: int | None = None
    kakao_seconds = 0.0

    def __init__(self, request: AuthorizationRequest) -> None:
        self.next_url = request.next_url
        self.purpose = request.purpose
        self.requested_at = datetime.fromtimestamp(request.created_at, UTC)
        self._request = request
        self._seconds_left = float(transport.DEADLINE)  # of Kakao's time
        self._access_token: str | None = None
        self._profile: KakaoProfile | None = None
        self._has_call_failed = False

    def __repr__(self) -> str:
        return f"<Authorization {self.kakao_id}>"

    @property
    def access_token(self) -> str:
        """The person's access token, for this one request.

        :raises RuntimeError: after the response.
        """
        if self._access_token is None:
            raise RuntimeError("the access token is forgotten with the response")
        return self._access_token

    @property
    def profile(self) -> KakaoProfile:
        """The person's profile. With OpenID Connect the first read is a call to Kakao.

        Read it at least once for someone new: Kakao unlinks people within a day if no one does.

        :raises AnotherPersonError: if it is not the profile of the person in the id_token.
        :raises KakaoError: if Kakao does not send it.
        :raises RuntimeError: after the response, if it was not read before.
        """
        if self._profile is None:
            access_token = self.access_token
            with self.calls():
                profile = fetch_profile(access_token)
                if profile.kakao_id != self.kakao_id:
                    raise AnotherPersonError
            self._profile = profile
        return self._profile

    def identify(self, access_token: str, claims: IdTokenClaims | None) -> None:
        """Store who it is: the id_token says so or, without OpenID Connect, the profile.

        :raises KakaoError: if the profile is needed, and Kakao does not send it.
        """
        self._access_token = access_token
        if claims:
            self.kakao_id, self.auth_time = claims.kakao_id, claims.auth_time
        else:
            self._profile = fetch_profile(access_token)
            self.kakao_id = self._profile.kakao_id

    @contextmanager
    def calls(self) -> Iterator[None]:
        """Hold a call slot for calls to Kakao, which have what is left of the deadline.

        :raises KakaoError: if there is no free slot.
        """
        entered_at = time.monotonic()
        self._has_call_failed = True
        try:
            try:
                with current_state().adapter.call_slot(self._seconds_left):
                    started_at = time.monotonic()
                    try:
                        yield
                    finally:
                        self._seconds_left -= time.monotonic() - started_at
            finally:
                seconds = time.monotonic() - entered_at
                self.kakao_seconds = round(self.kakao_seconds + seconds, 3)
            self._has_call_failed = False
        except KakaoError as error:
            error.next_url, error.is_app = self.next_url, self._request.is_app
            error.kakao_seconds = self.kakao_seconds
            raise

    def finish(self, response: ResponseClass) -> ResponseClass:
        """Forget the access token, and complete the request if this is where the callback led."""
        self._access_token = None
        return self._request.complete(response) if self.has_led_to(response) else response

    def has_led_to(self, response: ResponseClass) -> bool:
        """Return whether a repeated callback must lead where this response does.

        A person who reads that something failed can try again, and must not be led into the site
        as if they were signed in. A site that makes do without the profile has signed them in.
        """
        if response.status_code >= 500:
            return False
        if not self.kakao_id:
            return response.location is not None  # the site's handler leads somewhere
        return not self._has_call_failed or response.status_code < 400
