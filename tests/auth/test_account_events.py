"""Kakao's account events: signed by Kakao, for this site, handled once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import update

from auth import account_events, webhooks
from database import db, utc_now
from models import LoginSession, Member, PendingSignup, SeenEvent

AUTH = "https://kauth.kakao.com"
KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
STRANGERS_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
OAUTH, RISC, CAEP = (
    f"https://schemas.openid.net/secevent/{kind}/event-type" for kind in ("oauth", "risc", "caep")
)
DELETION_EVENTS = (f"{OAUTH}/user-unlinked", f"{RISC}/account-purged")
REVOCATION_EVENTS = (
    f"{OAUTH}/tokens-revoked",
    f"{CAEP}/sessions-revoked",
    f"{RISC}/account-disabled",
    f"{RISC}/account-credential-change-required",
    f"{RISC}/credential-compromise",
)
IGNORED = (
    f"{OAUTH}/user-linked",
    f"{OAUTH}/token-issued",
    f"{OAUTH}/token-revoked",
    f"{RISC}/account-enabled",
    f"{CAEP}/credential-change",
    "https://example.com/something-new",
    "user-unlinked-not",
)


@pytest.fixture
def jieun(jieun, kakao):
    kakao.mock.get(f"{AUTH}/.well-known/jwks.json", json=KeySet([KEY]).as_dict(private=False))
    return jieun


@pytest.fixture
def send_event(app):
    """Send an event as Kakao does; None leaves a claim out."""

    def send_event(event=DELETION_EVENTS[0], key=KEY, typ="secevent+jwt", **claims):
        moment = int(time.time())
        usual = {"iss": AUTH, "aud": "rest-api-key", "sub": "1", "iat": moment, "toe": moment}
        usual |= {"jti": f"{event} {moment}", "txn": "t", "events": {event: {}}}
        claims = {name: value for name, value in (usual | claims).items() if value is not None}
        header = {"alg": "RS256", "typ": typ, "kid": key.kid}
        return post(app, jwt.encode(header, claims, key))

    return send_event


def post(app, body):
    return app.test_client().post(
        "/webhooks/kakao/events", data=body, content_type="application/secevent+jwt"
    )


@pytest.mark.parametrize("event", DELETION_EVENTS)
def test_a_member_who_unlinked_at_kakao_is_deleted(jieun, another_browser, send_event, rows, event):
    response = send_event(event)

    assert (response.status_code, response.data) == (202, b"")
    assert rows(Member) == rows(LoginSession) == []
    assert jieun.nickname() is None


@pytest.mark.parametrize("event", REVOCATION_EVENTS)
def test_all_sessions_end_and_nothing_else(jieun, another_browser, kakao, send_event, rows, event):
    another_browser.sign_in()
    kakao.knows(2, "민수")
    third = type(jieun)(jieun.app, kakao)
    third.sign_in()

    assert send_event(event).status_code == 202

    assert jieun.nickname() is another_browser.nickname() is None
    assert third.nickname() == "민수"
    assert len(rows(Member)) == 2


@pytest.mark.parametrize("event", IGNORED)
def test_other_events_are_accepted_and_ignored(jieun, send_event, event):
    assert send_event(event).status_code == 202
    assert send_event(event, sub=None).status_code == 202

    assert jieun.nickname() == "지은"


def test_a_repeated_event_is_handled_once(jieun, send_event):
    event = REVOCATION_EVENTS[0]
    send_event(event, jti="one")
    jieun.sign_in()

    assert send_event(event, jti="one").status_code == 202
    assert jieun.nickname() == "지은"

    send_event(event, jti="two")
    assert jieun.nickname() is None


def test_an_event_about_someone_unknown_is_accepted(jieun, send_event, rows):
    assert send_event(DELETION_EVENTS[0], sub="5").status_code == 202
    assert send_event(REVOCATION_EVENTS[0], sub="5").status_code == 202
    assert len(rows(Member)) == 1


DAY = 24 * 60 * 60
REFUSED = {
    "not signed by Kakao": ({"key": STRANGERS_KEY}, "authentication_failed"),
    "another issuer": ({"iss": "https://kakao.example"}, "invalid_issuer"),
    "no issuer": ({"iss": None}, "invalid_issuer"),
    "for another app": ({"aud": "another-app"}, "invalid_audience"),
    "for no one": ({"aud": None}, "invalid_audience"),
    "from the future": ({"iat": int(time.time()) + DAY}, "invalid_request"),
    "undated": ({"iat": None}, "invalid_request"),
    "without jti": ({"jti": None}, "invalid_request"),
    "jti is empty": ({"jti": ""}, "invalid_request"),
    "jti is a number": ({"jti": 1}, "invalid_request"),
    "jti is too long": ({"jti": "x" * 201}, "invalid_request"),
    "jti has a NUL": ({"jti": "a\0"}, "invalid_request"),
    "without events": ({"events": None}, "invalid_request"),
    "events is a list": ({"events": [DELETION_EVENTS[0]]}, "invalid_request"),
    "an id_token": ({"typ": "JWT"}, "invalid_request"),
    "with a nonce": ({"nonce": "n"}, "invalid_request"),
    "about no one": ({"sub": None}, "invalid_request"),
    "about a wrong number": ({"sub": "0"}, "invalid_request"),
}


@pytest.mark.parametrize(("change", "err"), REFUSED.values(), ids=REFUSED)
def test_an_invalid_event_is_rejected_and_changes_nothing(jieun, send_event, rows, change, err):
    response = send_event(**change)

    assert response.status_code == 400
    assert response.json.keys() == {"err", "description"}
    assert response.headers["Content-Language"] == "en"
    assert response.json["err"] == err
    assert jieun.nickname() == "지은"
    assert rows(SeenEvent) == []


def test_an_unknown_key_is_refused(jieun, app, send_event):
    unknown = RSAKey.generate_key(2048, {"kid": "another"})

    assert send_event(key=unknown).json["err"] == "invalid_key"


@pytest.mark.parametrize("body", [b"", b"a", b"a.b.c", b"\xff" * 100, b"." * 60_000], ids=len)
def test_nonsense_is_refused(jieun, app, body):
    assert post(app, body).json["err"] == "invalid_request"


def test_without_the_keys_kakao_has_to_send_the_event_again(jieun, send_event, kakao, rows):
    kakao.mock.get(f"{AUTH}/.well-known/jwks.json", status_code=503)

    assert send_event().status_code == 503
    assert len(rows(Member)) == 1


def test_while_kakao_hangs_events_do_not_queue_for_its_keys(jieun, app, send_event):
    """Anyone can send events, and the threads have to stay free for visitors."""
    adapter, keys = app.extensions["kakao"].adapter, app.extensions["kakao"].event_keys
    adapter.in_flight += [time.monotonic() - 2] * adapter.max_concurrent_calls

    with ThreadPoolExecutor() as another_thread, keys.lock:
        response = another_thread.submit(send_event).result(timeout=10)

    assert response.status_code == 503


def test_the_purge_deletes_old_events(app, jieun, send_event, rows):
    for jti, days in (("old", 3), ("new", 1)):
        send_event(REVOCATION_EVENTS[0], jti=jti)
        with app.app_context():
            age = utc_now() - timedelta(days=days)
            db.session.execute(update(SeenEvent).where(SeenEvent.jti == jti).values(seen_at=age))
            db.session.commit()

    result = app.test_cli_runner().invoke(args=["sessions", "purge"])

    assert "1 events deleted" in result.output
    assert [seen.jti for seen in rows(SeenEvent)] == ["new"]


@pytest.mark.parametrize("event", DELETION_EVENTS)
def test_an_event_from_before_the_sign_up_deletes_no_one(jieun, send_event, event):
    assert send_event(event, toe=int(time.time()) - 3600).status_code == 202
    assert send_event(event, toe=None, iat=int(time.time()) - 30 * DAY).status_code == 202

    assert jieun.nickname() == "지은"


def test_an_event_from_before_the_last_sign_in_deletes_no_one(app, jieun, send_event):
    """They had unlinked, and came back before Kakao's event arrived."""
    signed_up(app, days_ago=300)
    jieun.sign_in()

    assert send_event(DELETION_EVENTS[0], toe=int(time.time()) - 60).status_code == 202

    assert jieun.nickname() == "지은"


def signed_up(app, days_ago):
    past = utc_now() - timedelta(days=days_ago)
    with app.app_context():
        db.session.execute(update(Member).values(created_at=past, profile_fetched_at=past))
        db.session.execute(update(LoginSession).values(created_at=past))
        db.session.commit()


@pytest.mark.parametrize("event", DELETION_EVENTS)
def test_the_profile_of_a_member_who_came_back_by_an_id_token_is_fetched_again(
    app, jieun, send_event, rows, event
):
    """Kakao removes a new link within a day unless the site calls its API about the person."""
    past = utc_now() - timedelta(hours=2)
    with app.app_context():
        db.session.execute(update(Member).values(created_at=past, profile_fetched_at=past))
        db.session.commit()

    send_event(event, toe=int(time.time()) - 3600)  # their session is younger

    (member,) = rows(Member)
    assert member.profile_fetched_at is None


@pytest.mark.parametrize("event", DELETION_EVENTS)
def test_an_old_event_that_is_the_latest_news_still_deletes(app, jieun, send_event, rows, event):
    signed_up(app, days_ago=300)
    long_ago = int(time.time()) - 30 * DAY

    assert send_event(event, iat=long_ago, toe=long_ago).status_code == 202

    assert rows(Member) == []


@pytest.mark.parametrize("event", REVOCATION_EVENTS)
def test_only_sessions_from_before_the_event_end(app, jieun, another_browser, send_event, event):
    signed_up(app, days_ago=2)
    another_browser.sign_in()

    assert send_event(event, toe=int(time.time()) - DAY).status_code == 202

    assert jieun.nickname() is None
    assert another_browser.nickname() == "지은"


@pytest.mark.parametrize(("ago", "waits"), [(0, False), (3600, True)])
def test_only_a_sign_up_from_before_the_event_ends(
    jieun, another_browser, kakao, send_event, rows, ago, waits
):
    kakao.knows(2)
    another_browser.sign_in()

    assert send_event(REVOCATION_EVENTS[0], sub="2", toe=int(time.time()) - ago).status_code == 202

    assert bool(rows(PendingSignup)) == waits


HOUR = 3600  # seconds
# Each as a function of the current time: tests before this one may have taken minutes.
TIMES = {
    "text": (lambda now: str(int(now - HOUR)), False),
    "a fraction": (lambda now: now - HOUR, False),
    "text with a fraction": (lambda now: str(now - HOUR), False),
    "milliseconds": (lambda now: int((now - HOUR) * 1000), False),
    "milliseconds as text": (lambda now: str(int((now - HOUR) * 1000)), False),
    "the last century": (lambda now: 1, False),
    "milliseconds of now": (lambda now: int((now + 1) * 1000), True),
    "the future": (lambda now: int(now) + DAY, True),
    "the far future": (lambda now: 10**300, True),
    "beyond numbers": (lambda now: "9" * 5000, True),
    "negative": (lambda now: -1, True),
    "zero": (lambda now: 0, True),
    "true": (lambda now: True, True),
    "no number": (lambda now: "yesterday", True),
    "a list": (lambda now: [int(now - HOUR)], True),
}


@pytest.mark.parametrize(("toe", "counts_as_now"), TIMES.values(), ids=TIMES)
def test_a_time_of_any_type_is_understood_or_iat_counts(app, jieun, send_event, toe, counts_as_now):
    now = time.time()

    assert send_event(REVOCATION_EVENTS[0], toe=toe(now), iat=int(now) + 30).status_code == 202

    assert jieun.nickname() == (None if counts_as_now else "지은")


@pytest.fixture
def with_email(jieun, kakao):
    profile = {"nickname": "지은", "thumbnail_image_url": "https://k.kakaocdn.net/1.jpg"}
    email = {"email": "jieun@example.com", "is_email_valid": True, "is_email_verified": True}
    kakao.responds_to_me(json={"id": 1, "kakao_account": {"profile": profile} | email})
    jieun.sign_in()


WITHDRAWN = f"{OAUTH}/user-scope-withdraw"


@pytest.mark.parametrize(
    ("scope", "email", "has_image"),
    [
        ("account_email", None, True),
        (["account_email"], None, True),
        ("account_email profile_image", None, False),
        ("profile_image,account_email", None, False),
        (["profile_image"], "jieun@example.com", False),
        ("profile_nickname", "jieun@example.com", True),
        (None, "jieun@example.com", True),
        ({"account_email": True}, "jieun@example.com", True),
        ([["account_email"], 1], "jieun@example.com", True),
    ],
    ids=repr,
)
def test_withdrawn_items_are_deleted_at_once(
    jieun, with_email, send_event, rows, scope, email, has_image
):
    assert send_event(WITHDRAWN, events={WITHDRAWN: {"scope": scope}}).status_code == 202

    (member,) = rows(Member)
    assert (member.email, bool(member.image_url)) == (email, has_image)
    assert member.profile_fetched_at is None  # fetched at the next sign-in
    assert jieun.nickname() == "지은"


def test_items_consented_to_again_after_the_withdrawal_stay(jieun, with_email, send_event, rows):
    hour_ago = int(time.time()) - 3600
    send_event(WITHDRAWN, events={WITHDRAWN: {"scope": "account_email"}}, toe=hour_ago)

    (member,) = rows(Member)
    assert member.email == "jieun@example.com"


@pytest.mark.parametrize(
    ("event", "email"),
    [
        ("https://schemas.kakao.com/platevent/kakao/event-type/user-profile-changed", True),
        (f"{OAUTH}/user-scope-consent", True),
        (f"{RISC}/identifier-changed", True),
        (f"{RISC}/identifier-recycled", False),
    ],
)
def test_a_changed_profile_is_fetched_at_the_next_sign_in(
    jieun, with_email, send_event, rows, event, email
):
    assert send_event(event).status_code == 202

    (member,) = rows(Member)
    assert member.profile_fetched_at is None
    assert bool(member.email) == email


def test_an_event_with_a_new_key_is_to_be_sent_again(app, jieun, send_event):
    """Forged events have used up the fetch of this minute; Kakao's own event must not be lost."""
    forged = RSAKey.generate_key(2048, {"kid": "forged"})
    new = RSAKey.generate_key(2048, {"kid": "new"})

    assert send_event(key=forged).status_code == 400
    assert send_event(key=new).status_code == 503


def test_a_hanging_database_does_not_hold_up_the_response(
    app, jieun, send_event, rows, monkeypatch
):
    workers, ended = ThreadPoolExecutor(), threading.Event()
    monkeypatch.setattr(webhooks, "workers", workers)
    monkeypatch.setattr(webhooks, "MAX_SECONDS", 0.2)
    monkeypatch.setattr(account_events, "handle", lambda event: ended.wait(10))

    assert send_event().status_code == 503  # Kakao sends it again
    ended.set()
    workers.shutdown()
