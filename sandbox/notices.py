"""What Kakao tells the app without being asked, sent by a button."""

import secrets

import requests
from flask import Blueprint, abort, current_app, render_template, request

from sandbox.api import APP_ID
from sandbox.errors import page
from sandbox.memory import memory, now
from sandbox.oauth import issuer, sign

PATIENCE = 3  # seconds; Kakao waits no longer either
REASONS = (
    *("UNLINK_FROM_APPS", "ACCOUNT_DELETE", "FORCED_ACCOUNT_DELETE"),
    *("UNLINK_FROM_ADMIN", "INCOMPLETE_SIGN_UP"),
)
KAKAO, SECEVENT = "https://schemas.kakao.com/events/oauth", "https://schemas.openid.net/secevent"
EVENTS = (
    f"{KAKAO}/user-linked",
    f"{KAKAO}/user-unlinked",
    f"{KAKAO}/user-scope-consent",
    f"{KAKAO}/user-scope-withdraw",
    f"{SECEVENT}/oauth/event-type/tokens-revoked",
    f"{SECEVENT}/risc/event-type/account-disabled",
    f"{SECEVENT}/risc/event-type/account-enabled",
    f"{SECEVENT}/risc/event-type/account-purged",
    f"{SECEVENT}/risc/event-type/credential-compromise",
    f"{SECEVENT}/caep/event-type/sessions-revoked",
)

bp = Blueprint("notices", __name__)


def init_app(app):
    app.register_blueprint(bp)
    app.context_processor(lambda: {"reasons": REASONS, "events": EVENTS})


@bp.post("/notices")
def send():
    """Send one, and show what the app answered."""
    person_id = request.form.get("person", type=int)
    what = request.form.get("what")
    if person_id not in memory.people or what not in REASONS + EVENTS:
        abort(page("KOE001"))
    try:
        answer = send_unlink(person_id, what) if what in REASONS else send_event(person_id, what)
        status, body = answer.status_code, answer.text[:1000]
    except requests.RequestException as failure:
        status, body = None, type(failure).__name__
    person = memory.people[person_id]
    return render_template("notice.html", person=person, what=what, status=status, body=body)


def send_unlink(person_id: int, reason: str) -> requests.Response:
    """The person has unlinked the app, so Kakao forgets what they consented to."""
    memory.unlink(person_id)
    return requests.post(
        f"{current_app.config['SITE']}/webhooks/kakao/unlink",
        data={"app_id": APP_ID, "user_id": person_id, "referrer_type": reason},
        headers={"Authorization": f"KakaoAK {memory.admin_key}"},
        timeout=PATIENCE,
        allow_redirects=False,
    )


def send_event(person_id: int, event: str) -> requests.Response:
    """A Security Event Token (RFC 8417), pushed as RFC 8935 says."""
    moment = int(now().timestamp())
    subject = {"subject_type": "iss-sub", "iss": issuer(), "sub": str(person_id)}
    claims = {
        "iss": issuer(),
        "aud": memory.client_id,
        "sub": str(person_id),
        "iat": moment,
        "toe": moment,
        "jti": secrets.token_urlsafe(16),
        "txn": secrets.token_urlsafe(16),
        "events": {event: {"subject": subject}},
    }
    return requests.post(
        f"{current_app.config['SITE']}/webhooks/kakao/events",
        data=sign(claims),
        headers={"Content-Type": "application/secevent+jwt"},
        timeout=PATIENCE,
        allow_redirects=False,
    )
