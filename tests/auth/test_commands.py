"""flask kakao …: the calls to Kakao that are still to be made."""

from datetime import UTC, datetime

from sqlalchemy import null

from database import db
from models import OpenUnlink, UnlinkCheck


def test_unlinks_are_listed_with_their_tries(app):
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    with app.app_context():
        db.session.add(OpenUnlink(kakao_id=4711, tries=3, try_after=moment, created_at=moment))
        # Written like a row of the previous release.
        db.session.add(UnlinkCheck(kakao_id=4712, try_after=moment, created_at=null()))
        db.session.commit()

    assert app.test_cli_runner().invoke(args=["kakao", "unlinks"]).output.splitlines() == [
        "unlink 4711: since 2026-11-01 12:00 UTC, 3 tries, next after 2026-11-01 12:00 UTC",
        "ask about 4712: since ?, 0 tries, next after 2026-11-01 12:00 UTC",
        "KAKAO_ADMIN_KEY is not set, so none of these is retried",
    ]
