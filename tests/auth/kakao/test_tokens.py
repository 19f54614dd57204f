"""Tokens verified without a site: limits, times, and the cache of Kakao's keys."""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from auth.kakao import tokens

LEEWAY = tokens.LEEWAY
ISSUER, AUDIENCE, NOW = "https://kauth.kakao.com", "rest-api-key", 1_790_000_000
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
PUBLISHED = KeySet([KEY]).as_dict(private=False)


def sign(claims, typ):
    return jwt.encode({"alg": "RS256", "typ": typ, "kid": "first"}, claims, KEY)


def verify_event(**changes):
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "jti": "1", "sub": "7", "events": {}}
    token = sign(claims | changes, "secevent+jwt").encode()
    with time_machine.travel(NOW, tick=False):
        return tokens.verify_account_event(token, lambda _kid: KEY, ISSUER, AUDIENCE)


def verify_id_token(expected_nonce="n", **changes):
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "exp": NOW + 60, "sub": "7", "nonce": "n"}
    token = sign(claims | changes, "JWT")
    with time_machine.travel(NOW, tick=False):
        return tokens.verify_id_token(token, expected_nonce, lambda _kid: KEY, ISSUER, AUDIENCE)


def test_a_jti_can_be_as_long_as_its_column():
    assert len(verify_event(jti="x" * 200).jti) == 200
    with pytest.raises(tokens.InvalidTokenError, match="not a security event"):
        verify_event(jti="x" * 201)


@pytest.mark.parametrize(
    ("toe", "second"),
    [
        (NOW, NOW),
        (NOW + 0.9, NOW),
        (str(NOW), NOW),
        (NOW * 1000, NOW),
        (1, 1),
        (NOW + LEEWAY, NOW + LEEWAY),
        pytest.param(NOW + LEEWAY + 1, NOW - 5, id="in the future"),
        *((other, NOW - 5) for other in (None, "soon", True, 0, -1, [], {})),
    ],
)
def test_an_event_happened_by_the_end_of_its_second(toe, second):
    event = verify_event(toe=toe, iat=NOW - 5)

    assert event.happened_at == datetime.fromtimestamp(second + 1, UTC)


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [
        ("a b", {"a", "b"}),
        ("a,b", {"a", "b"}),
        (["a", 7, "b"], {"a", "b"}),
        (7, set()),
        (None, set()),
    ],
)
def test_the_withdrawn_items_are_read_from_text_and_lists(scope, scopes):
    uri = "https://schemas.openid.net/secevent/oauth/event-type/user-scope-withdraw"

    event = verify_event(events={uri: {"scope": scope}, "b/user-linked": None})

    assert event.types == {"user-scope-withdraw", "user-linked"}
    assert event.scopes == scopes
    assert (event.jti, event.kakao_id) == ("1", 7)


def test_an_id_token_names_the_member_and_when_they_signed_in():
    assert verify_id_token(auth_time=NOW - 9) == tokens.IdTokenClaims(7, NOW - 9)
    assert verify_id_token(auth_time="yesterday").auth_time is None
    assert verify_id_token(auth_time=True).auth_time is None
    assert verify_id_token(azp=AUDIENCE, aud=[AUDIENCE]).kakao_id == 7


REJECTED = {
    "of another nonce": ({"nonce": "other"}, "invalid_request", "not for this sign-in"),
    "about no one": ({"sub": "x"}, "invalid_request", "not for this sign-in"),
    "for another client": ({"azp": "other"}, "invalid_audience", "issued to another client"),
    "for several sites": ({"aud": [AUDIENCE, "b"]}, "invalid_audience", "not meant for this site"),
    "of another issuer": ({"iss": "x"}, "invalid_issuer", "not issued by Kakao"),
    "expired": ({"exp": NOW - LEEWAY - 1}, "invalid_request", "expired, or a claim is missing"),
    "from the future": ({"iat": NOW + LEEWAY + 1}, "invalid_request", "expired, or a claim"),
    "without an end": ({"exp": None}, "invalid_request", "expired, or a claim is missing"),
}


@pytest.mark.parametrize(("changes", "err", "description"), REJECTED.values(), ids=REJECTED)
def test_a_rejected_id_token_says_why(changes, err, description):
    with pytest.raises(tokens.InvalidTokenError, match=description) as rejection:
        verify_id_token(**changes)

    assert rejection.value.err == err


@pytest.mark.parametrize("changes", [{"exp": NOW - LEEWAY + 1}, {"iat": NOW + LEEWAY - 1}])
def test_clocks_that_differ_by_less_than_the_leeway_sign_in(changes):
    assert verify_id_token(**changes).kakao_id == 7


def test_an_empty_nonce_matches_no_id_token():
    with pytest.raises(tokens.InvalidTokenError, match="not for this sign-in"):
        verify_id_token(expected_nonce="", nonce="")


@pytest.mark.parametrize("alg", ["HS256", "RS512", "none"])
def test_only_rs256_is_accepted(alg):
    header = f'{{"alg":"{alg}","kid":"first"}}'
    first = base64.urlsafe_b64encode(header.encode()).decode().rstrip("=")
    with pytest.raises(tokens.InvalidTokenError, match="not a token signed with RS256"):
        tokens.verify_id_token(f"{first}.e30.", "n", lambda _kid: KEY, ISSUER, AUDIENCE)


class TestKeyCache:
    @pytest.fixture
    def fetches(self):
        return []

    def test_a_known_key_is_fetched_once(self, fetches):
        cache = tokens.KeyCache()

        for _ in range(2):
            assert cache.get("first", lambda: fetches.append(1) or PUBLISHED).kid == "first"

        assert len(fetches) == 1

    def test_a_fetch_without_the_key_blocks_fetching_for_a_minute(self, fetches, monkeypatch):
        cache, clock = tokens.KeyCache(), SimpleNamespace(now=1000.0)
        monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: clock.now))

        def get(kid):
            return cache.get(kid, lambda: fetches.append(1) or PUBLISHED)

        with pytest.raises(tokens.InvalidTokenError, match="does not publish") as rejection:
            get("second")
        assert rejection.value.err == "invalid_key"
        assert get("first").kid == "first", "the fetch brought this one"

        clock.now += 59
        with pytest.raises(tokens.KeyNotFetchedError, match="unknown key") as rejection:
            get("second")
        assert rejection.value.err == "invalid_key"
        assert len(fetches) == 1

        clock.now += 1
        with pytest.raises(tokens.InvalidTokenError, match="does not publish"):
            get("second")
        assert len(fetches) == 2

    def test_two_threads_that_need_the_keys_fetch_them_once(self, fetches):
        cache = tokens.KeyCache()
        cache.lock = lock = WatchedLock()

        def fetch():
            fetches.append(1)
            assert lock.second_waits.wait(30)
            return PUBLISHED

        with ThreadPoolExecutor(2) as pool:
            keys = list(pool.map(lambda _: cache.get("first", fetch), range(2)))

        assert [key.kid for key in keys] == ["first", "first"]
        assert len(fetches) == 1

    def test_keys_of_other_kinds_are_skipped(self):
        published = {"keys": [None, 7, {}, {"kid": "x", "kty": "EC"}, *PUBLISHED["keys"]]}

        assert list(tokens.import_keys(published)) == ["first"]
        assert tokens.import_keys({"keys": "none"}) == tokens.import_keys({}) == {}


class WatchedLock:
    """A lock that reports when a second thread is waiting for it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.second_waits = threading.Event()

    def __enter__(self):
        if not self.lock.acquire(blocking=False):
            self.second_waits.set()
            self.lock.acquire()

    def __exit__(self, *_):
        self.lock.release()
