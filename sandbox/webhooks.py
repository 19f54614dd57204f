"""Kakao's webhooks, sent at the press of a button."""

import secrets
from typing import Any

import requests
from flask import Blueprint, abort, current_app, render_template, request

from .api import APP_ID
from .errors import page
from .oauth import issuer, sign
from .store import now, store

TIMEOUT = 3  # seconds, like Kakao's
REASONS = (
    *("UNLINK_FROM_APPS", "ACCOUNT_DELETE", "FORCED_ACCOUNT_DELETE"),
    *("UNLINK_FROM_ADMIN", "INCOMPLETE_SIGN_UP"),
)
SECEVENT = "https://schemas.openid.net/secevent"
EVENTS = (
    f"{SECEVENT}/oauth/event-type/user-linked",
    f"{SECEVENT}/oauth/event-type/user-unlinked",
    f"{SECEVENT}/oauth/event-type/user-scope-consent",
    f"{SECEVENT}/oauth/event-type/user-scope-withdraw",
    f"{SECEVENT}/oauth/event-type/token-issued",
    f"{SECEVENT}/oauth/event-type/token-revoked",
    f"{SECEVENT}/oauth/event-type/tokens-revoked",
    f"{SECEVENT}/risc/event-type/account-disabled",
    f"{SECEVENT}/risc/event-type/account-enabled",
    f"{SECEVENT}/risc/event-type/account-purged",
    f"{SECEVENT}/risc/event-type/account-credential-change-required",
    f"{SECEVENT}/risc/event-type/credential-compromise",
    f"{SECEVENT}/risc/event-type/identifier-changed",
    f"{SECEVENT}/risc/event-type/identifier-recycled",
    f"{SECEVENT}/risc/event-type/sessions-revoked",
    f"{SECEVENT}/caep/event-type/credential-change",
    f"{SECEVENT}/caep/event-type/assurance-level-change",
    "https://schemas.kakao.com/platevent/kakao/event-type/user-profile-changed",
)
UNLINKING_EVENTS = ("user-unlinked", "account-purged")
WITHDRAWABLE = ("account_email", "profile_image", "profile_nickname")

bp = Blueprint("webhooks", __name__)


@bp.app_context_processor
def webhook_lists() -> dict[str, object]:
    """Give templates the lists of webhooks."""
    return {"reasons": REASONS, "events": EVENTS, "withdrawable": WITHDRAWABLE}


@bp.post("/webhooks")
def send() -> str:
    """Send a webhook, and show the app's response.

    With `ago`, in seconds, it reports something that happened in the past, late or once more, so
    nothing changes here.
    """
    form = request.form
    person_id, what = form.get("person", type=int), form.get("what")
    ago = form.get("ago", 0, type=int)
    scopes = frozenset(form.getlist("scope"))
    if person_id not in store.people or what not in REASONS + EVENTS:
        abort(page("KOE001"))
    if not ago:
        apply_change(person_id, what.rsplit("/")[-1], scopes)
    if what in REASONS:
        return deliver(person_id, what, unlink_request(person_id, what))
    return deliver(person_id, what, event_request(person_id, what, ago, scopes))


@bp.post("/webhooks/again")
def send_again() -> str:
    """Repeat the last webhook, as Kakao does without a response."""
    if not current_app.config.get("LAST_WEBHOOK"):
        abort(page("KOE001"))
    return deliver(*current_app.config["LAST_WEBHOOK"])


def apply_change(person_id: int, what: str, scopes: frozenset[str]) -> None:
    """Make the change in the sandbox that the webhook reports."""
    if what in REASONS + UNLINKING_EVENTS:
        store.unlink(person_id)
    elif what == "user-scope-withdraw":
        store.withdraw_scopes(person_id, scopes)


def deliver(person_id: int, what: str, post: dict[str, Any]) -> str:
    """Post the webhook, and return a page with the app's response.

    :param post: arguments of `requests.post`.
    """
    current_app.config["LAST_WEBHOOK"] = (person_id, what, post)
    try:
        response = requests.post(**post, timeout=TIMEOUT, allow_redirects=False)
        status, body = response.status_code, response.text[:1000]
    except requests.RequestException as error:
        status, body = None, type(error).__name__
    person = store.people[person_id]
    return render_template("webhook.html", person=person, what=what, status=status, body=body)


def unlink_request(person_id: int, reason: str) -> dict[str, Any]:
    """Return an unlink webhook. It has no timestamp, so a late one looks like any other."""
    return {
        "url": f"{current_app.config['SITE']}/webhooks/kakao/unlink",
        "data": {"app_id": APP_ID, "user_id": person_id, "referrer_type": reason},
        "headers": {"Authorization": f"KakaoAK {store.admin_key}"},
    }


def event_request(person_id: int, event: str, ago: int, scopes: frozenset[str]) -> dict[str, Any]:
    """Return an account event: a Security Event Token (RFC 8417), pushed by HTTP (RFC 8935)."""
    issued_at = int(now().timestamp())
    subject = {"subject_type": "iss-sub", "iss": issuer(), "sub": str(person_id)}
    withdrawn = {"scope": " ".join(sorted(scopes))} if scopes else {}
    claims = {
        "iss": issuer(),
        "aud": store.client_id,
        "sub": str(person_id),
        "iat": issued_at,
        "toe": issued_at - ago,
        "jti": secrets.token_urlsafe(16),
        "txn": secrets.token_urlsafe(16),
        "events": {event: {"subject": subject} | withdrawn},
    }
    return {
        "url": f"{current_app.config['SITE']}/webhooks/kakao/events",
        "data": sign(claims, typ="secevent+jwt"),
        "headers": {"Content-Type": "application/secevent+jwt"},
    }
