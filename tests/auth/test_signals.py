"""Signals: each is sent once, with its sender and its arguments."""

import pytest
from blinker import Signal

from auth import kakao as kakao_package
from auth import signals
from auth.kakao.errors import CANCELLED, OVERLOADED
from database import db
from models import Member
from moderation import decisions

ANSWERS = {"account_exported": ([], []), "purging": ""}


@pytest.fixture
def heard():
    """The signals about accounts sent so far: name, sender and arguments."""
    heard, receivers = [], []

    def listen(name):
        def receive(sender, **arguments):
            heard.append((name, getattr(sender, "nickname", sender), arguments))
            return ANSWERS.get(name)

        return receive

    for name, signal in vars(signals).items():
        if isinstance(signal, Signal):
            receivers.append(listen(name))
            signal.connect(receivers[-1])
    yield heard
    receivers.clear()  # signals hold them weakly


def test_an_operator_who_renames_a_member_sends_the_signal_too(heard, browser, kakao, app):
    kakao.knows(1, "지은")
    browser.sign_in()
    heard.clear()

    with app.app_context():
        decisions.rename(db.session.get(Member, 1), nickname="지은이네")

    assert heard == [("nickname_changed", "지은이네", {"former": "지은"})]


def test_an_account_sends_signals_from_sign_up_to_deletion(heard, browser, kakao, app):
    kakao.knows(1, "지은")
    browser.sign_in()
    browser.get("/me/nickname")
    browser.post("/me/nickname", {"nickname": "지은이네"})
    browser.get("/me/export")
    browser.sign_in()
    app.test_cli_runner().invoke(args=["members", "sign-out", "지은이네", "--yes"])
    app.test_cli_runner().invoke(args=["members", "delete", "지은이네", "--why=x", "--yes"])

    assert heard == [
        ("signed_up", "지은", {}),
        ("signed_in", "지은", {}),
        ("nickname_changed", "지은이네", {"former": "지은"}),
        ("account_exported", "지은이네", {}),
        ("signed_in", "지은이네", {}),
        ("account_deleted", "지은이네", {}),
    ]


def test_a_nickname_that_has_to_be_chosen_sends_a_signal(heard, browser, kakao):
    kakao.knows(1, None)
    browser.open(browser.sign_in().location)
    browser.type("")
    browser.type("지은")

    assert [(name, arguments) for name, _, arguments in heard[:2]] == [
        ("nickname_asked", {"is_repeat": False}),
        ("nickname_asked", {"is_repeat": True}),
    ]
    assert heard[2:] == [
        ("signed_up", "지은", {}),
        ("signed_in", "지은", {}),
        ("nickname_chosen", "지은", {"is_suggestion": False}),
    ]


def test_an_unchanged_nickname_sends_no_signal(heard, jieun):
    heard.clear()
    jieun.get("/me/nickname")

    jieun.post("/me/nickname", {"nickname": "지은"})

    assert heard == []


def test_a_failed_sign_in_sends_a_signal(heard, browser, kakao, app):
    browser.return_from_kakao(browser.start()["state"], error="access_denied")
    kakao.knows(1, "지은")
    browser.sign_in()
    with app.app_context():
        decisions.suspend(db.session.get(Member, 1), "why", days=1)
    heard_before = len(heard)
    browser.sign_in()

    (name, error, _), *_, last = heard
    assert (name, error.failure) == ("sign_in_failed", CANCELLED)
    assert len(heard) == heard_before + 1
    assert (last[0], last[1].suspended.nickname) == ("sign_in_failed", "지은")


def test_a_webhook_sends_a_signal(heard, app):
    app.test_client().post("/webhooks/kakao/events", data="not a token")

    assert heard == [("webhook_received", "account event", {"result": "rejected"})]


def test_call_slots_send_signals(app):
    adapter, heard = app.extensions["kakao"].adapter, []
    adapter.max_concurrent_calls, adapter.last_call_was_fast = 1, False
    receivers = [
        lambda sender, name=name: heard.append(name)
        for name in ("slot_taken", "slot_freed", "slot_refused")
    ]
    for name, receiver in zip(("slot_taken", "slot_freed", "slot_refused"), receivers, strict=True):
        getattr(kakao_package.signals, name).connect(receiver, adapter)

    refused = pytest.raises(kakao_package.KakaoError, match=OVERLOADED.name)
    with adapter.call_slot(), refused, adapter.call_slot():
        pass

    assert heard == ["slot_taken", "slot_refused", "slot_freed"]
