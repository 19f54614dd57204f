"""Kakao's account events: signed by Kakao, for us, lately, once; and what they do."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import update

from models import LoginSession, Member, SeenEvent, db, now

AUTH = "https://kauth.kakao.com"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
STRANGERS_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
OAUTH, RISC, CAEP = (
    f"https://schemas.openid.net/secevent/{kind}/event-type" for kind in ("oauth", "risc", "caep")
)
LEAVES = ("https://schemas.kakao.com/events/oauth/user-unlinked", f"{RISC}/account-purged")
ENDS_SESSIONS = (
    f"{OAUTH}/tokens-revoked",
    f"{CAEP}/sessions-revoked",
    f"{RISC}/account-disabled",
    f"{RISC}/credential-compromise",
)
IGNORED = (
    "https://schemas.kakao.com/events/oauth/user-linked",
    f"{RISC}/account-enabled",
    "https://example.com/something-new",
    "user-unlinked-not",
)


@pytest.fixture
def jieun(jieun, kakao):
    kakao.mock.get(f"{AUTH}/.well-known/jwks.json", json=KeySet([KEY]).as_dict(private=False))
    return jieun


@pytest.fixture
def tell(app):
    """Send an event as Kakao does; None leaves a claim out."""

    def tell(event=LEAVES[0], key=KEY, **claims):
        moment = int(time.time())
        usual = {"iss": AUTH, "aud": "rest-api-key", "sub": "1", "iat": moment, "toe": moment}
        usual |= {"jti": f"{event} {moment}", "txn": "t", "events": {event: {}}}
        claims = {name: value for name, value in (usual | claims).items() if value is not None}
        return post(app, jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key))

    return tell


def post(app, body):
    return app.test_client().post(
        "/webhooks/kakao/events", data=body, content_type="application/secevent+jwt"
    )


@pytest.mark.parametrize("event", LEAVES)
def test_who_is_gone_at_kakao_is_deleted(jieun, another_browser, tell, rows, event):
    answer = tell(event)

    assert (answer.status_code, answer.data) == (202, b"")
    assert rows(Member) == rows(LoginSession) == []
    assert jieun.nickname() is None


@pytest.mark.parametrize("event", ENDS_SESSIONS)
def test_all_sessions_end_and_nothing_else(jieun, another_browser, kakao, tell, rows, event):
    another_browser.sign_in()
    kakao.knows(2, "민수")
    third = type(jieun)(jieun.app, kakao)
    third.sign_in()

    assert tell(event).status_code == 202

    assert jieun.nickname() is another_browser.nickname() is None
    assert third.nickname() == "민수"
    assert len(rows(Member)) == 2


@pytest.mark.parametrize("event", IGNORED)
def test_other_events_are_accepted_and_ignored(jieun, tell, event):
    assert tell(event).status_code == 202
    assert tell(event, sub=None).status_code == 202

    assert jieun.nickname() == "지은"


def test_an_event_told_twice_is_heeded_once(jieun, tell):
    event = ENDS_SESSIONS[0]
    tell(event, jti="one")
    jieun.sign_in()

    assert tell(event, jti="one").status_code == 202
    assert jieun.nickname() == "지은"

    tell(event, jti="two")
    assert jieun.nickname() is None


def test_somebody_unknown_does_no_harm(jieun, tell, rows):
    assert tell(LEAVES[0], sub="5").status_code == 202
    assert tell(ENDS_SESSIONS[0], sub="5").status_code == 202
    assert len(rows(Member)) == 1


DAY = 24 * 60 * 60
REFUSED = {
    "not signed by Kakao": ({"key": STRANGERS_KEY}, "authentication_failed"),
    "another issuer": ({"iss": "https://kakao.example"}, "invalid_issuer"),
    "no issuer": ({"iss": None}, "invalid_issuer"),
    "for another app": ({"aud": "another-app"}, "invalid_audience"),
    "for nobody": ({"aud": None}, "invalid_audience"),
    "too old": ({"iat": int(time.time()) - 2 * DAY}, "invalid_request"),
    "from the future": ({"iat": int(time.time()) + DAY}, "invalid_request"),
    "undated": ({"iat": None}, "invalid_request"),
    "without jti": ({"jti": None}, "invalid_request"),
    "jti is empty": ({"jti": ""}, "invalid_request"),
    "jti is a number": ({"jti": 1}, "invalid_request"),
    "jti is too long": ({"jti": "x" * 201}, "invalid_request"),
    "jti has a NUL": ({"jti": "a\0"}, "invalid_request"),
    "without events": ({"events": None}, "invalid_request"),
    "events is a list": ({"events": [LEAVES[0]]}, "invalid_request"),
    "about nobody": ({"sub": None}, "invalid_request"),
    "about a wrong number": ({"sub": "0"}, "invalid_request"),
}


@pytest.mark.parametrize(("change", "err"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_believed_is_refused_and_does_nothing(jieun, tell, rows, change, err):
    answer = tell(**change)

    assert answer.status_code == 400
    assert answer.json.keys() == {"err", "description"}
    assert answer.headers["Content-Language"] == "en"
    assert answer.json["err"] == err
    assert jieun.nickname() == "지은"
    assert rows(SeenEvent) == []


def test_an_unknown_key_is_refused(jieun, app, tell):
    unknown = RSAKey.generate_key(2048, {"kid": "another"})

    assert tell(key=unknown).json["err"] == "invalid_key"


@pytest.mark.parametrize("body", [b"", b"a", b"a.b.c", b"\xff" * 100, b"." * 60_000], ids=len)
def test_nonsense_is_refused(jieun, app, body):
    assert post(app, body).json["err"] == "invalid_request"


def test_when_the_keys_cannot_be_had_kakao_is_to_tell_it_again(jieun, tell, kakao, rows):
    kakao.mock.get(f"{AUTH}/.well-known/jwks.json", status_code=503)

    assert tell().status_code == 503
    assert len(rows(Member)) == 1


def test_while_kakao_hangs_events_do_not_queue_for_its_keys(jieun, app, tell):
    """Anybody can send some, and the threads have to be free for people."""
    transport, keys = app.extensions["kakao_transport"], app.extensions["kakao_keys"]
    transport.begun += [time.monotonic() - 2] * transport.places

    with ThreadPoolExecutor() as another_thread, keys.asking:
        answer = another_thread.submit(tell).result(timeout=10)

    assert answer.status_code == 503


def test_old_events_are_forgotten_by_the_sweep(app, jieun, tell, rows):
    for jti, days in (("old", 3), ("new", 1)):
        tell(ENDS_SESSIONS[0], jti=jti)
        with app.app_context():
            age = now() - timedelta(days=days)
            db.session.execute(update(SeenEvent).where(SeenEvent.jti == jti).values(seen_at=age))
            db.session.commit()

    result = app.test_cli_runner().invoke(args=["sessions", "sweep"])

    assert "1 events forgotten" in result.output
    assert [seen.jti for seen in rows(SeenEvent)] == ["new"]
