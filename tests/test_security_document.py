"""docs/security.md says what the code does: its limits, its lifetimes and its log lines."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

import config
from auth import account, account_events, pending_signup, renaming, sessions
from auth.kakao import authorization_request, tokens
from database import postgresql
from houses import decoder, decoder_process, footprints, photos, renditions, views
from moderation import reports
from web import limits

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs/security.md").read_text("utf-8")
TEXT = " ".join(DOCUMENT.split())


def per_minute(limit):
    assert limit.endswith(" per minute")
    return limit.split()[0]


@pytest.mark.parametrize(
    "sentence",
    [
        f"sign-ins started | {per_minute(limits.SIGN_IN_LIMIT)} |",
        f"callbacks | {per_minute(limits.CALLBACK_LIMIT)} |",
        f"nickname form | {per_minute(limits.NICKNAME_LIMIT)} |",
        f"nickname checks, of visitors | {per_minute(limits.NICKNAME_CHECK_LIMIT)} |",
        f"nickname checks | {per_minute(limits.NICKNAME_CHECK_LIMIT)} |",
        f"profiles | {per_minute(limits.PROFILE_LIMIT)} |",
        f"webhooks | {per_minute(limits.WEBHOOK_LIMIT)} |",
        f"renames | {per_minute(limits.RENAME_LIMIT)} |",
        f"sessions, picture, deletion | {per_minute(limits.ACCOUNT_LIMIT)} |",
        f"data shown or exported | {per_minute(limits.EXPORT_LIMIT)} |",
        f"uploads | {per_minute(limits.UPLOAD_LIMIT)} |",
        f"footprints | {per_minute(limits.FOOTPRINT_LIMIT)} |",
        f"{limits.PHOTOS_PER_DAY} attempts in 24 hours, refused pictures included; "
        f"a file up to {renditions.MAX_BYTES >> 20} MB and "
        f"{renditions.MAX_PIXELS['jpeg'] // 10**6} megapixels, "
        f"an AVIF {renditions.MAX_PIXELS['heif'] // 10**6}",
        f"{decoder_process.MAX_CPU_SECONDS} seconds of CPU, {decoder.MAX_SECONDS} seconds in all, "
        f"{decoder_process.MAX_MEMORY >> 20} MB; a picture that exceeds these counts as "
        f"{photos.COSTLY_ATTEMPTS} attempts",
        f"{limits.REPORTS_PER_DAY} in 24 hours, one for each photo; "
        f"{reports.REPORTS_TO_HIDE} different reporters",
        f"of an upload {views.MAX_UPLOAD >> 20} MB",
        f"a statement {postgresql.STATEMENT_TIMEOUT} seconds, a lock {postgresql.LOCK_TIMEOUT}",
        f"{authorization_request.MAX_PENDING} at once, "
        f"and {authorization_request.MAX_PREPARED} prepared",
        f"{sessions.MAX_ACTIVE} active; then the oldest ends. {sessions.MAX_ENDED} ended ones are "
        f"stored, {sessions.PAGE_SIZE} are on a page",
        f"once in {renaming.MIN_INTERVAL // timedelta(hours=1)} hours",
        f"{authorization_request.LIFETIME // 60} minutes; its cookie "
        f"{authorization_request.COOKIE_MAX_AGE // 60},",
        f"pending sign-up | {pending_signup.LIFETIME // timedelta(minutes=1)} minutes",
        f"footprint of a visitor | {footprints.LIFETIME // 60} minutes",
        f"is deleted | {account.REAUTHENTICATION_MAX_AGE // 60} minutes",
        f"reserved for {renaming.RESERVATION_LIFETIME.days} days",
        f"event does nothing | {account_events.DEDUPLICATION_WINDOW.days} days",
        f"between clocks | {tokens.LEEWAY} seconds",
        f"session in the list | {sessions.HISTORY_RETENTION.days} days",
    ],
)
def test_the_limits_are_those_of_the_code(sentence):
    assert sentence in TEXT


def test_the_settings_are_those_of_the_code():
    settings = config.load({}, Path("instance"))
    longest = settings["PERMANENT_SESSION_LIFETIME"].days

    assert f"{settings['SESSION_IDLE_DAYS']} days without a visit, {longest} days in all" in TEXT
    assert f"body of a request | {settings['MAX_CONTENT_LENGTH'] >> 10} KB" in TEXT


def source_files():
    yield from ROOT.glob("*.py")
    for folder in ("auth", "config", "houses", "moderation", "operations", "web"):
        yield from (ROOT / folder).rglob("*.py")


def logged_texts():
    """Yield the constant text of every log line in the code, up to its first value."""
    for file in source_files():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and is_logging(node.func):
                text = node.args[0]
                if isinstance(text, ast.JoinedStr):
                    text = text.values[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value.partition(":")[0].partition("%")[0].strip()


def is_logging(function):
    if isinstance(function, ast.Attribute):
        is_logger = "log" in ast.unparse(function.value)
        return (is_logger and function.attr in ("info", "warning", "error")) or (
            function.attr == "log_failure"
        )
    return isinstance(function, ast.Name) and function.id in ("log_event", "log_failure")


def test_no_cache_of_what_visitors_send_grows_without_end():
    # Their arguments are names of our own files, and the languages of the site.
    finite = {"read_words", "word_list", "skeletons_of", "hash_of"}
    endless = [
        node.name
        for file in source_files()
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.args.args
        for decorator in map(ast.unparse, node.decorator_list)
        if re.search(r"\bcache$|lru_cache(?!\(maxsize=\d)", decorator)
    ]

    assert set(endless) == finite


# The chapters that docs/security.md goes through in full: how many requirements each section has.
CHAPTERS = {
    **{"4.1": 5, "4.2": 5, "4.3": 2, "4.4": 4},
    **{"5.1": 1, "5.2": 6, "5.3": 3, "5.4": 3},
    **{"8.1": 4, "8.2": 4, "8.3": 3, "8.4": 2},
    **{"15.1": 5, "15.2": 5, "15.3": 7, "15.4": 4},
}


@pytest.mark.parametrize("section", CHAPTERS)
def test_each_requirement_of_a_whole_chapter_has_a_row(section):
    asvs = DOCUMENT.partition("## ASVS 5.0")[2].partition("## RFC 9700")[0]
    rows = [line.split("|") for line in asvs.splitlines() if re.match(r"\| \d+\.\d", line)]
    numbers = [number.strip() for row in rows for number in row[1].split(",")]

    for number in range(1, CHAPTERS[section] + 1):
        assert numbers.count(f"{section}.{number}") == 1, f"{section}.{number}"
    assert all(row[-2].strip() for row in rows)


def test_each_test_that_the_document_names_exists():
    names = re.findall(r"\btests/[a-z_/]+\.py|\bhouses/[a-z_]+\.py|\bweb/[a-z_]+\.py", DOCUMENT)

    assert len(set(names)) > 40
    assert not [name for name in set(names) if not (ROOT / name).is_file()]


def test_every_event_of_the_log_is_listed():
    texts = set(logged_texts()) - {""}

    assert {"signed in", "unlink failed", "moderation", "database unavailable"} <= texts
    assert not [text for text in texts if text not in TEXT]
