"""/metrics for Prometheus, only while METRICS_TOKEN is set.

Everything is counted from signals, so no other module of the site imports this one.
docs/operations.md lists the numbers.
"""

import hmac
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    request,
    request_finished,
    request_started,
)
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select

import database
from auth import signals
from auth.kakao import SIGN_UP_EXPIRED, KakaoError
from auth.kakao import signals as kakao_signals
from auth.kakao.messages import KOREAN
from config import VERSION
from database import db, utc_now
from houses.signals import photo_added, photo_removed, store_failed
from models import KakaoTask, Member, OpenUnlink, UnlinkCheck
from moderation import cases
from operations import chores
from web import disks

bp = Blueprint("metrics", __name__)
registry = CollectorRegistry()
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)  # Kakao's deadline is 5

requests = Counter(
    "neonejip_requests", "Requests.", ["endpoint", "method", "status"], registry=registry
)
server_errors = Counter(
    "neonejip_server_errors", "Responses with a status from 500 on.", ["status"], registry=registry
)
request_seconds = Histogram(
    "neonejip_request_seconds", "Time to respond.", ["endpoint"], buckets=SECONDS, registry=registry
)
sign_ins = Counter("neonejip_sign_ins", "Sign-ins by outcome.", ["outcome"], registry=registry)
new_members = Counter("neonejip_new_members", "New members.", registry=registry)
nickname_questions = Counter(
    "neonejip_nickname_questions",
    "Visitors who were asked for a nickname, and how the question ended.",
    ["event"],
    registry=registry,
)
deleted_accounts = Counter("neonejip_deleted_accounts", "Deleted accounts.", registry=registry)
webhooks = Counter("neonejip_webhooks", "Kakao's webhooks.", ["kind", "result"], registry=registry)
photos = Counter("neonejip_photos", "Photos added and removed.", ["event"], registry=registry)
store_failures = Counter(
    "neonejip_store_failures", "Calls to the photo storage that failed.", registry=registry
)
kakao_call_seconds = Histogram(
    "neonejip_kakao_call_seconds",
    "Time of each call to Kakao.",
    ["path", "status"],
    buckets=SECONDS,
    registry=registry,
)
kakao_calls_in_flight = Gauge(
    "neonejip_kakao_calls_in_flight",
    "Visitors and webhooks that wait for Kakao.",
    multiprocess_mode="livesum",
    registry=registry,
)
kakao_calls_refused = Counter(
    "neonejip_kakao_calls_refused", "Calls that found no free call slot.", registry=registry
)

# To Prometheus, a counter that appears with 1 has not increased, and an alert would miss the first
# event. So what the alerts are about begins at 0.
for status in (500, 502, 503, 504):
    server_errors.labels(status)
for outcome in ("signed in", "suspended", *KOREAN):
    sign_ins.labels(outcome)
for result in ("handled", "continues", "failed", "ignored", "wrong key"):
    webhooks.labels("unlink", result)
for result in ("handled", "rejected", "failed"):
    webhooks.labels("account event", result)


# What each of these signals adds to, whatever its sender is. Functions below count the others.
COUNTED = {
    signals.signed_in: sign_ins.labels("signed in").inc,
    signals.signed_up: new_members.inc,
    photo_added: photos.labels("hung").inc,
    photo_removed: photos.labels("taken down").inc,
    store_failed: store_failures.inc,
    kakao_signals.slot_taken: kakao_calls_in_flight.inc,
    kakao_signals.slot_freed: kakao_calls_in_flight.dec,
    kakao_signals.slot_refused: kakao_calls_refused.inc,
}
for signal, count in COUNTED.items():
    signal.connect(lambda _sender, count=count: count(), weak=False)


def init_app(app: Flask) -> None:
    """Register the page, and count every request."""
    app.register_blueprint(bp)
    request_started.connect(start_clock, app)
    request_finished.connect(count_request, app)


@bp.get("/metrics")
def show() -> ResponseReturnValue:
    """Return all numbers as text to someone with the token; 404 to everyone else."""
    expected = f"Bearer {current_app.config['METRICS_TOKEN']}".encode()
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
        abort(404)
    counted: CollectorRegistry | MultiProcessCollector = registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # set in deploy/gunicorn.conf.py
        counted = MultiProcessCollector(None)
    text = b"".join(map(generate_latest, (counted, Gauges())))
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


class Gauges:
    """Numbers read for each scrape: not in the registry, which adds up those of all processes."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the numbers; prometheus_client calls this."""
        yield gauge("neonejip_build_info", "The version of the site.", "version", {VERSION: 1})
        shares = disks.free_shares(current_app.config)
        yield gauge("neonejip_disk_free_ratio", "Free share of a folder's disk.", "folder", shares)
        stored = stored_numbers()
        yield GaugeMetricFamily(
            "neonejip_database_up",
            "1 while the database responds, otherwise 0.",
            value=bool(stored),
        )
        yield from stored


def stored_numbers() -> list[GaugeMetricFamily]:
    """Return what waits in the database and since when; nothing while it is unavailable."""
    with database.optional():  # while it is unavailable, the other numbers matter most
        unlinks, checks = count_rows(OpenUnlink), count_rows(UnlinkCheck)
        times = chores.last_successes().items()
        return [
            gauge(
                "neonejip_unlinks_outstanding",
                "Accounts not yet unlinked at Kakao, and unlink webhooks not yet confirmed with"
                " Kakao.",
                "kind",
                {"unlink": unlinks[0], "check": checks[0]},
            ),
            gauge(
                "neonejip_unlinks_oldest_seconds",
                "Age of the oldest of them.",
                "kind",
                {"unlink": unlinks[1], "check": checks[1]},
            ),
            GaugeMetricFamily(
                "neonejip_reports_open",
                "Photos that an operator has to decide about.",
                value=cases.count(),
            ),
            GaugeMetricFamily(
                "neonejip_reports_oldest_seconds",
                "Age of the oldest of them.",
                value=age_of(cases.oldest()),
            ),
            gauge(
                "neonejip_chore_last_success_timestamp_seconds",
                "When each chore last succeeded, in seconds since 1970; 0: never.",
                "chore",
                {name: when.timestamp() if when else 0 for name, when in times},
            ),
        ]
    return []


def gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """Return a number for each value of a label."""
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def count_rows(table: type[KakaoTask]) -> tuple[int, float]:
    """Return the number of rows, and the age of the oldest in seconds."""
    query = select(func.count(), func.min(table.created_at)).select_from(table)
    number, oldest = db.session.execute(query).one()
    return number, age_of(oldest)


def age_of(oldest: datetime | None) -> float:
    """Return how long ago a time was, in seconds; 0 without one."""
    return (utc_now() - oldest).total_seconds() if oldest else 0


def start_clock(app: Flask) -> None:
    g.started_at = time.perf_counter()


def count_request(app: Flask, response: Response) -> None:
    """Count a request under "-" if it matches no route: its method can be any word."""
    endpoint, method = (request.endpoint, request.method) if request.endpoint else ("-", "-")
    requests.labels(endpoint, method, response.status_code).inc()
    if response.status_code >= 500:
        server_errors.labels(response.status_code).inc()
    request_seconds.labels(endpoint).observe(time.perf_counter() - g.started_at)


@signals.sign_in_failed.connect
def count_failure(error: Exception) -> None:
    """Count a failed sign-in, and a question for a nickname that it ends."""
    if not isinstance(error, KakaoError):
        sign_ins.labels("suspended").inc()
        return
    sign_ins.labels(error.failure.name).inc()
    if error.failure is SIGN_UP_EXPIRED:
        nickname_questions.labels("expired").inc()


@signals.nickname_asked.connect
def count_question(error: Exception, is_repeat: bool) -> None:
    nickname_questions.labels("asked again" if is_repeat else "asked").inc()


@signals.nickname_chosen.connect
def count_choice(member: Member, is_suggestion: bool) -> None:
    nickname_questions.labels("suggestion chosen" if is_suggestion else "typed").inc()


@signals.account_deleted.connect
def count_deletion(member: Member) -> Callable[[], None]:
    """Return the function that counts the account once its rows are gone."""
    return deleted_accounts.inc


@signals.webhook_received.connect
def count_webhook(kind: str, result: str) -> None:
    webhooks.labels(kind, result).inc()


@kakao_signals.call_finished.connect
def count_call(adapter: object, path: str, seconds: float, status: int | None) -> None:
    """Record the time of a call; the status is "none" without a response."""
    kakao_call_seconds.labels(path, status or "none").observe(seconds)
