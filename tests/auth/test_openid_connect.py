"""Sign-in with an id_token: the relying-party cases of the OpenID conformance suite, and Kakao's.

https://openid.net/certification/conformance-testing-for-openid-connect-relying-parties/
"""

import base64
import hmac
import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from app import create_app
from auth.kakao import TokenProblem, tokens
from models import LoginSession, Member
from tests.conftest import Browser

AUTH = "https://kauth.kakao.com"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})
STRANGERS_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


@pytest.fixture
def settings(settings):
    return settings | {"KAKAO_OIDC": "1"}


class Signer:
    """Kakao with OpenID Connect: publishes keys, and signs who signs in."""

    def __init__(self, kakao):
        self.kakao = kakao
        self.publishes(KEY)

    def publishes(self, *keys):
        self.kakao.mock.get(
            f"{AUTH}/.well-known/jwks.json", json=KeySet(list(keys)).as_dict(private=False)
        )

    def signs(self, nonce, key=KEY, header=None, **claims):
        """Answer the next token call with an id_token; None leaves a claim out."""
        text = token(key, header, nonce=nonce, **claims)
        self.kakao.answers_token(json={"access_token": "access-token", "id_token": text})

    def keys_asked(self):
        return len(self.kakao.asked("/.well-known/jwks.json"))


def token(key=KEY, header=None, **claims):
    now = int(time.time())
    usual = {
        "iss": AUTH,
        "aud": "rest-api-key",
        "sub": "1",
        "iat": now,
        "exp": now + 3600,
        "auth_time": now,
        "nickname": "지은",
    }
    claims = {name: value for name, value in (usual | claims).items() if value is not None}
    header = {"alg": "RS256", "kid": key.kid} | (header or {})
    header = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


@pytest.fixture
def signer(kakao):
    kakao.knows(1, "지은")
    return Signer(kakao)


def sign_in(browser, signer, next_url=None, **changes):
    asked = browser.start(next_url)
    signer.signs(**{"nonce": asked["nonce"]} | changes)
    return browser.come_back(asked["state"])


def test_openid_and_a_nonce_are_asked_for(app, browser):
    first, second = browser.start(), browser.start()

    assert first["scope"] == "openid"
    assert len(first["nonce"]) >= 20
    assert first["nonce"] != second["nonce"]


def test_the_consent_items_that_are_set_are_asked_for_as_well(settings, kakao):
    app = create_app(settings | {"KAKAO_SCOPE": "profile_nickname,profile_image"})

    asked = Browser(app, kakao).start()["scope"]
    assert asked == "openid profile_nickname profile_image"


def test_kakao_is_asked_about_somebody_new_and_not_about_who_comes_back(
    browser, another_browser, signer, kakao, rows
):
    sign_in(browser, signer)
    assert len(kakao.asked("/v2/user/me")) == 1

    assert sign_in(another_browser, signer, "/me").location == "/me"

    assert len(kakao.asked("/v2/user/me")) == 1
    assert another_browser.nickname() == "지은"
    assert [member.nickname for member in rows(Member)] == ["지은"]


def test_who_comes_back_keeps_picture_and_email(browser, signer, kakao, rows):
    picture = {"thumbnail_image_url": "https://k.kakaocdn.net/1.jpg", "nickname": "지은"}
    kakao.answers_me(
        json={
            "id": 1,
            "kakao_account": {
                "profile": picture,
                "email": "jieun@example.com",
                "is_email_valid": True,
                "is_email_verified": True,
            },
        }
    )
    sign_in(browser, signer)
    sign_in(browser, signer)

    (member,) = rows(Member)
    assert member.image_url == "https://k.kakaocdn.net/1.jpg"
    assert member.email == "jieun@example.com"


def test_keys_are_fetched_once(browser, signer):
    sign_in(browser, signer)
    sign_in(browser, signer)

    assert signer.keys_asked() == 1


def test_new_keys_are_fetched_when_kakao_signs_with_one(app, browser, signer, rows):
    sign_in(browser, signer)
    signer.publishes(ANOTHER_KEY, KEY)
    app.extensions["kakao_keys"].asked -= 60  # a minute passes

    sign_in(browser, signer, key=ANOTHER_KEY)

    assert signer.keys_asked() == 2
    assert len(rows(LoginSession)) == 2


def test_unknown_keys_do_not_make_us_ask_more_than_once_a_minute(app, browser, signer):
    for _ in range(3):
        assert sign_in(browser, signer, key=ANOTHER_KEY).status_code == 502
    assert signer.keys_asked() == 1

    app.extensions["kakao_keys"].asked -= 60
    sign_in(browser, signer, key=ANOTHER_KEY)
    assert signer.keys_asked() == 2


def test_a_failed_fetch_is_tried_again_at_once(browser, signer, kakao):
    kakao.mock.get(f"{AUTH}/.well-known/jwks.json", status_code=503)
    assert sign_in(browser, signer).status_code == 503

    signer.publishes(KEY)
    assert sign_in(browser, signer).status_code == 302


@pytest.mark.parametrize("nonsense", ["", "{}", '{"keys": null}', '{"keys": [{"kid": "fir'])
def test_nonsense_instead_of_keys_does_not_make_us_forget_them(app, browser, signer, nonsense):
    sign_in(browser, signer)
    signer.kakao.mock.get(f"{AUTH}/.well-known/jwks.json", text=nonsense)
    app.extensions["kakao_keys"].asked -= 60  # a minute passes

    assert sign_in(browser, signer, key=ANOTHER_KEY).status_code == 502

    assert sign_in(browser, signer).status_code == 302


def now_and(seconds):
    return int(time.time()) + seconds


REFUSED = {
    "rp-id_token-bad-sig-rs256": {"key": STRANGERS_KEY},
    "rp-id_token-bad-kid": {"header": {"kid": "third"}},
    "rp-id_token-kid-absent": {"header": {"kid": None}},
    "rp-id_token-issuer-mismatch": {"iss": "https://kakao.example"},
    "issuer missing": {"iss": None},
    "issuer with a slash": {"iss": f"{AUTH}/"},
    "rp-id_token-aud": {"aud": "another-app"},
    "audience missing": {"aud": None},
    "audience of several": {"aud": ["rest-api-key", "another-app"]},
    "rp-id_token-iat missing": {"iat": None},
    "issued in the future": {"iat": now_and(3600)},
    "rp-id_token-sub missing": {"sub": None},
    "sub is nobody": {"sub": "0"},
    "sub is no number": {"sub": "jieun"},
    "sub is a number": {"sub": 1},
    "expired": {"exp": now_and(-3600)},
    "never expires": {"exp": None},
    "expiry is a text": {"exp": "tomorrow"},
    "rp-nonce-invalid": {"nonce": "another"},
    "nonce missing": {"nonce": None},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_wrong_id_token_signs_nobody_in(browser, another_browser, signer, rows, change, caplog):
    sign_in(another_browser, signer)

    answer = sign_in(browser, signer, "/me", **change)

    assert answer.status_code == 502
    assert 'href="/auth/kakao?next=/me"' in answer.text
    assert browser.nickname() is None
    assert len(rows(LoginSession)) == 1
    assert "id_token" in caplog.text


def test_a_single_audience_may_come_as_a_list(browser, signer):
    assert sign_in(browser, signer, aud=["rest-api-key"]).status_code == 302


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(alg, nonce, sign):
    """What Kakao would say, with a header and a signature of a forger's."""
    header = base64url(json.dumps({"alg": alg, "kid": "first"}).encode())
    signed = f"{header}.{token(nonce=nonce).split('.')[1]}"
    return f"{signed}.{base64url(sign(signed.encode()))}"


def unsigned(nonce):
    return forged("none", nonce, lambda text: b"")


def signed_with_the_public_key(nonce):
    public = KEY.as_pem(private=False)
    return forged("HS256", nonce, lambda text: hmac.digest(public, text, "sha256"))


FORGED = {
    "rp-id_token-sig-none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "missing": lambda nonce: None,
    "not a text": lambda nonce: {"sub": "1"},
    "empty": lambda nonce: "",
    "not a token": lambda nonce: "a.b.c",
    "without its signature": lambda nonce: token(nonce=nonce).rpartition(".")[0] + ".",
    "nested too deep": lambda nonce: "W1tb" * 9000 + ".e30.aa",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_or_missing_id_token_signs_nobody_in(browser, signer, kakao, rows, forge):
    asked = browser.start()
    answer = {"access_token": "access-token", "id_token": forge(asked["nonce"])}
    kakao.answers_token(json=answer)

    assert browser.come_back(asked["state"]).status_code in (500, 502)

    assert rows(Member) == rows(LoginSession) == []


def test_a_missing_id_token_tells_the_operator_what_to_switch_on(browser, signer, kakao, caplog):
    kakao.answers_token(json={"access_token": "access-token"})
    browser.sign_in()

    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "OpenID Connect" in line.getMessage()


def test_an_id_token_of_an_earlier_round_is_refused(browser, signer, kakao):
    """Its nonce was used up with that round."""
    sign_in(browser, signer)
    browser.client.delete_cookie("session")

    assert browser.come_back(browser.start()["state"]).status_code == 502


def test_two_answers_about_two_people_are_refused(browser, signer, kakao, rows):
    kakao.knows(2, "민수")

    assert sign_in(browser, signer, sub="1").status_code == 502
    assert rows(Member) == []


class TestLeaving:
    """With OpenID Connect the proof of who leaves has to be fresh."""

    @pytest.fixture
    def jieun(self, browser, signer):
        signer.kakao.mock.post("https://kapi.kakao.com/v1/user/unlink", json={"id": 1})
        sign_in(browser, signer)
        return browser

    def leave(self, browser, signer, **claims):
        browser.get("/me/withdraw")
        asked = parse_qs(urlsplit(browser.post("/me/withdraw").location).query)
        signer.signs(asked["nonce"][0], **claims)
        return browser.come_back(asked["state"][0])

    def test_who_has_just_shown_who_they_are_leaves(self, jieun, signer, rows):
        assert self.leave(jieun, signer).status_code == 302
        assert rows(Member) == []

    @pytest.mark.parametrize(
        "auth_time",
        [now_and(-400), now_and(0) * 1000, 10**400, None, "just now", True],
        ids=["minutes ago", "in milliseconds", "endless", "not said", "a text", "true"],
    )
    def test_others_are_asked_again(self, jieun, signer, rows, auth_time):
        answer = self.leave(jieun, signer, auth_time=auth_time)

        assert answer.status_code == 403
        assert 'href="/me/withdraw"' in answer.text
        assert len(rows(Member)) == 1


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "nbf", "nonce", "auth_time", "jti", "events"]


@given(st.dictionaries(st.sampled_from(CLAIMS), ANY_JSON))
def test_whatever_kakao_signs_is_believed_or_refused(claims):
    text = token(**{"nonce": "n", "jti": "j", "events": {}} | claims)
    for read in (
        lambda: tokens.read_id_token(text, "n", lambda kid: KEY, AUTH, "rest-api-key"),
        lambda: tokens.read_event(text, lambda kid: KEY, AUTH, "rest-api-key"),
    ):
        try:
            told = read()
        except TokenProblem as problem:
            assert problem.err and str(problem)
        else:
            assert told.kakao_id is None or told.kakao_id > 0


@given(ANY_JSON)
def test_whatever_kakao_publishes_is_a_set_of_keys(answer):
    assert tokens.read_keys({"keys": answer}) == {}
