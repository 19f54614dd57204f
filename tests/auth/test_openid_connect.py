"""Sign-in with an id_token: the relying-party cases of the OpenID conformance suite, and Kakao's.

https://openid.net/certification/conformance-testing-for-openid-connect-relying-parties/
"""

import base64
import hmac
import json
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import update

from app import create_app
from auth.kakao import InvalidTokenError, tokens
from database import db, utc_now
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
    """Kakao with OpenID Connect: publishes keys, and signs id_tokens."""

    def __init__(self, kakao):
        self.kakao = kakao
        self.publishes(KEY)

    def publishes(self, *keys):
        self.kakao.mock.get(
            f"{AUTH}/.well-known/jwks.json", json=KeySet(list(keys)).as_dict(private=False)
        )

    def signs(self, nonce, key=KEY, header=None, **claims):
        """Respond to the next token call with an id_token; None leaves a claim out."""
        text = token(key, header, nonce=nonce, **claims)
        self.kakao.responds_to_token(json={"access_token": "access-token", "id_token": text})

    def keys_asked(self):
        return len(self.kakao.requests_to("/.well-known/jwks.json"))


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
    return browser.return_from_kakao(asked["state"])


def test_openid_and_a_nonce_are_requested(app, browser):
    first, second = browser.start(), browser.start()

    assert first["scope"] == "openid"
    assert len(first["nonce"]) >= 20
    assert first["nonce"] != second["nonce"]


def test_the_configured_consent_items_are_requested_too(settings, kakao):
    app = create_app(settings | {"KAKAO_SCOPE": "profile_nickname,profile_image"})

    asked = Browser(app, kakao).start()["scope"]
    assert asked == "openid profile_nickname profile_image"


def test_the_profile_is_fetched_for_a_new_member_and_not_for_a_returning_one(
    browser, another_browser, signer, kakao, rows
):
    sign_in(browser, signer)
    assert len(kakao.requests_to("/v2/user/me")) == 1

    assert sign_in(another_browser, signer, "/me").location == "/me"

    assert len(kakao.requests_to("/v2/user/me")) == 1
    assert another_browser.nickname() == "지은"
    assert [member.nickname for member in rows(Member)] == ["지은"]


def test_a_returning_member_keeps_picture_and_email(browser, signer, kakao, rows):
    picture = {"thumbnail_image_url": "https://k.kakaocdn.net/1.jpg", "nickname": "지은"}
    kakao.responds_to_me(
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


@pytest.fixture
def fetched_two_days_ago(app, browser, signer):
    """지은 has signed up, and her user info was fetched the day before yesterday."""
    kakao_account = {
        "profile": {"nickname": "지은", "thumbnail_image_url": "https://k.kakaocdn.net/1.jpg"},
        **{"email": "jieun@example.com", "is_email_valid": True, "is_email_verified": True},
    }
    signer.kakao.responds_to_me(json={"id": 1, "kakao_account": kakao_account})
    sign_in(browser, signer)
    with app.app_context():
        db.session.execute(update(Member).values(profile_fetched_at=utc_now() - timedelta(days=2)))
        db.session.commit()


def test_the_user_info_of_a_member_is_fetched_once_a_day(
    browser, signer, kakao, rows, fetched_two_days_ago
):
    kakao.knows(1, "지은", email_needs_agreement=True)

    for _ in range(2):
        assert sign_in(browser, signer, "/me").location == "/me"

    assert len(kakao.requests_to("/v2/user/me")) == 2  # at the sign-up, and today
    (member,) = rows(Member)
    assert (member.email, member.image_url) == (None, None)
    assert utc_now() - member.profile_fetched_at < timedelta(minutes=1)


def test_no_connection_is_held_while_a_profile_is_fetched(
    browser, signer, fetched_two_days_ago, slow_steps
):
    assert sign_in(browser, signer, "/me").location == "/me"

    assert slow_steps.keys() == {"Kakao"}
    assert not any(slow_steps["Kakao"])


def test_stored_values_stay_when_kakao_does_not_mention_them(
    browser, signer, kakao, rows, fetched_two_days_ago
):
    kakao.responds_to_me(json={"id": 1})

    sign_in(browser, signer)

    (member,) = rows(Member)
    assert member.email == "jieun@example.com"
    assert member.image_url == "https://k.kakaocdn.net/1.jpg"


@pytest.mark.parametrize(
    "response",
    [
        {"status_code": 503, "text": ""},
        {"exc": requests.ConnectTimeout},
        {"text": "<html>"},
        {"json": {"code": -4, "msg": "blocked"}, "status_code": 403},
        {"json": {"code": -401, "msg": "ip mismatched"}, "status_code": 401},
        {"json": {}},
    ],
    ids=repr,
)
def test_a_member_signs_in_without_their_user_info(
    browser, signer, kakao, rows, response, fetched_two_days_ago
):
    kakao.responds_to_me(**response)

    assert sign_in(browser, signer, "/me").location == "/me"

    (member,) = rows(Member)
    assert member.email == "jieun@example.com"
    assert utc_now() - member.profile_fetched_at > timedelta(days=1)  # fetched again next time


def test_another_persons_user_info_signs_no_one_in(
    browser, another_browser, signer, kakao, fetched_two_days_ago
):
    kakao.knows(2, "민수")

    assert sign_in(another_browser, signer).status_code == 502


def test_keys_are_fetched_once(browser, signer):
    sign_in(browser, signer)
    sign_in(browser, signer)

    assert signer.keys_asked() == 1


def test_new_keys_are_fetched_when_kakao_signs_with_one(app, browser, signer, rows):
    sign_in(browser, signer)
    signer.publishes(ANOTHER_KEY, KEY)
    app.extensions["kakao"].keys.missed_at -= 60  # a minute passes

    sign_in(browser, signer, key=ANOTHER_KEY)

    assert signer.keys_asked() == 2
    assert len(rows(LoginSession)) == 2


def test_a_change_of_keys_without_overlap_refuses_no_one(browser, another_browser, signer):
    sign_in(browser, signer)
    signer.publishes(ANOTHER_KEY)

    assert sign_in(another_browser, signer, "/me", key=ANOTHER_KEY).location == "/me"


def test_a_forged_event_does_not_keep_new_keys_from_being_fetched(app, browser, signer):
    sign_in(browser, signer)
    forged = token(RSAKey.generate_key(2048, {"kid": "forged"}), {"typ": "secevent+jwt"})
    assert app.test_client().post("/webhooks/kakao/events", data=forged).status_code == 400

    signer.publishes(ANOTHER_KEY)

    assert sign_in(browser, signer, key=ANOTHER_KEY).status_code == 302


def test_unknown_keys_are_fetched_once_a_minute_at_most(app, browser, signer):
    for _ in range(3):
        assert sign_in(browser, signer, key=ANOTHER_KEY).status_code == 502
    assert signer.keys_asked() == 1

    app.extensions["kakao"].keys.missed_at -= 60
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
    app.extensions["kakao"].keys.missed_at -= 60  # a minute passes

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
    "issued to another client": {"azp": "another-app"},
    "issued to no client": {"azp": ""},
    "an account event": {"header": {"typ": "secevent+jwt"}},
    "rp-id_token-sub missing": {"sub": None},
    "sub is no one": {"sub": "0"},
    "sub is no number": {"sub": "jieun"},
    "sub is a number": {"sub": 1},
    "expired": {"exp": now_and(-3600)},
    "never expires": {"exp": None},
    "expiry is a text": {"exp": "tomorrow"},
    "rp-nonce-invalid": {"nonce": "another"},
    "nonce missing": {"nonce": None},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
def test_a_wrong_id_token_signs_no_one_in(browser, another_browser, signer, rows, change, caplog):
    sign_in(another_browser, signer)

    response = sign_in(browser, signer, "/me", **change)

    assert response.status_code == 502
    assert 'href="/auth/kakao?next=/me"' in response.text
    assert browser.nickname() is None
    assert len(rows(LoginSession)) == 1
    assert "id_token" in caplog.text


def test_a_single_audience_may_come_as_a_list(browser, signer):
    assert sign_in(browser, signer, aud=["rest-api-key"]).status_code == 302


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forged(alg, nonce, sign):
    """The claims of a valid id_token, with a forger's header and signature."""
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
def test_a_forged_or_missing_id_token_signs_no_one_in(browser, signer, kakao, rows, forge):
    asked = browser.start()
    response = {"access_token": "access-token", "id_token": forge(asked["nonce"])}
    kakao.responds_to_token(json=response)

    assert browser.return_from_kakao(asked["state"]).status_code in (502, 503)

    assert rows(Member) == rows(LoginSession) == []


def test_a_missing_id_token_tells_the_operator_what_to_switch_on(browser, signer, kakao, caplog):
    kakao.responds_to_token(json={"access_token": "access-token"})
    browser.sign_in()

    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "OpenID Connect" in line.getMessage()


def test_an_id_token_of_an_earlier_request_is_rejected(browser, signer, kakao):
    """Its nonce was used up with that request."""
    sign_in(browser, signer)
    browser.client.delete_cookie("session")

    assert browser.return_from_kakao(browser.start()["state"]).status_code == 502


def test_two_responses_about_two_people_are_rejected(browser, signer, kakao, rows):
    kakao.knows(2, "민수")

    assert sign_in(browser, signer, sub="1").status_code == 502
    assert rows(Member) == []


class TestLeaving:
    """With OpenID Connect the reauthentication before a deletion has to be recent."""

    @pytest.fixture
    def jieun(self, browser, signer):
        signer.kakao.mock.post("https://kapi.kakao.com/v1/user/unlink", json={"id": 1})
        sign_in(browser, signer)
        return browser

    def leave(self, browser, signer, **claims):
        browser.get("/me/withdraw")
        asked = parse_qs(urlsplit(browser.post("/me/withdraw").location).query)
        signer.signs(asked["nonce"][0], **claims)
        return browser.return_from_kakao(asked["state"][0])

    def test_a_member_who_has_just_reauthenticated_can_delete_the_account(
        self, jieun, signer, rows
    ):
        assert self.leave(jieun, signer).status_code == 302
        assert rows(Member) == []

    @pytest.mark.parametrize(
        "auth_time",
        [now_and(-400), now_and(0) * 1000, 10**400, None, "just now", True],
        ids=["minutes ago", "in milliseconds", "endless", "not said", "a text", "true"],
    )
    def test_others_are_asked_again(self, jieun, signer, rows, auth_time):
        response = self.leave(jieun, signer, auth_time=auth_time)

        assert response.status_code == 403
        assert 'href="/me/withdraw"' in response.text
        assert len(rows(Member)) == 1

    def test_inside_kakaotalk_an_old_proof_leads_outside_and_to_kakaos_own_settings(
        self, jieun, signer
    ):
        """Inside KakaoTalk, Kakao may never ask for the password."""
        jieun.app.config["KAKAO_WEBHOOK_KEY"] = ["admin-key"]  # Kakao's webhooks are accepted
        jieun.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 Mobile KAKAOTALK 26.1.0"
        outside = 'href="kakaotalk://web/openExternal?url=http%3A%2F%2Flocalhost%2Fme%2Fwithdraw"'

        page = jieun.get("/me/withdraw")
        response = self.leave(jieun, signer, auth_time=now_and(-400))

        assert outside in page.text
        assert outside in response.text
        assert "연결된 서비스 관리" in response.text

    def test_in_another_browser_nothing_leads_into_kakaotalk(self, jieun):
        assert "kakaotalk://" not in jieun.get("/me/withdraw").text


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
CLAIMS = ["iss", "aud", "sub", "iat", "exp", "nbf", "nonce", "auth_time", "jti", "events"]


@given(st.dictionaries(st.sampled_from(CLAIMS), ANY_JSON))
def test_any_token_is_either_accepted_or_rejected(claims):
    text = token(**{"nonce": "n", "jti": "j", "events": {}} | claims)
    for read in (
        lambda: tokens.verify_id_token(text, "n", lambda kid: KEY, AUTH, "rest-api-key"),
        lambda: tokens.verify_account_event(text, lambda kid: KEY, AUTH, "rest-api-key"),
    ):
        try:
            event = read()
        except InvalidTokenError as problem:
            assert problem.err and str(problem)
        else:
            assert event.kakao_id is None or event.kakao_id > 0


@given(ANY_JSON)
def test_any_published_json_is_a_set_of_keys(response):
    assert tokens.import_keys({"keys": response}) == {}
