"""flask recover: what a log says about deletions and suspensions is repeated after a restore."""

from datetime import timedelta

import pytest

from auth import pseudonyms
from database import db, utc_now
from models import Ban, Member
from moderation import decisions


@pytest.fixture
def recover(app, tmp_path):
    """Run the command on a log with these lines; its result."""

    def recover(*lines):
        (tmp_path / "site.log").write_text("".join(f"{line}\n" for line in lines))
        return app.test_cli_runner().invoke(args=["recover", str(tmp_path / "site.log")])

    return recover


def logged(app, event, **passed):
    """A line of the log about 지은, that long ago."""
    with app.app_context():
        person = pseudonyms.of(1)
    when = (utc_now() - timedelta(**passed)).strftime("%Y-%m-%dT%H:%M:%S%z")
    return f"{when} INFO [0123abcd] {event.format(person=person)} ip=203.0.113.0"


def as_json(line):
    time, _, rest = line.partition(" INFO [0123abcd] ")
    return f'{{"member": 1, "time": "{time}", "level": "INFO", "message": "{rest}"}}'


DELETED = "account deleted member=1 person={person}"
SUSPENDED = "suspended member=1 person={person} days=7"
RESTORED = "moderation: restore origin=page member=1 photo=None"


@pytest.fixture
def backup(app, jieun):
    """지은 signed up two days ago, as the backup says."""
    with app.app_context():
        db.session.get(Member, 1).created_at = utc_now() - timedelta(days=2)
        db.session.commit()
    return jieun


@pytest.mark.parametrize("written", [str, as_json])
def test_who_was_deleted_after_the_backup_is_deleted_again(app, backup, recover, rows, written):
    line = written(logged(app, DELETED, hours=1))

    assert "is deleted again" in recover(line).output
    assert rows(Member) == []
    assert "is deleted again" not in recover(line).output


def test_who_signed_up_again_before_the_backup_stays(app, backup, recover, rows):
    assert recover(logged(app, DELETED, days=3)).exit_code == 0

    assert len(rows(Member)) == 1


@pytest.mark.parametrize("written", [str, as_json])
def test_a_suspension_goes_on_for_the_rest_of_its_time(app, backup, recover, rows, written):
    recover(written(logged(app, SUSPENDED, days=3)))

    remaining = rows(Member)[0].suspended_until - utc_now()
    assert timedelta(days=3) < remaining <= timedelta(days=4)


@pytest.mark.parametrize("lines", [[(SUSPENDED, 8)], [(SUSPENDED, 2), (RESTORED, 1)]])
def test_a_suspension_that_is_over_or_lifted_is_not_repeated(app, backup, recover, rows, lines):
    recover(*(logged(app, event, days=days) for event, days in lines))

    assert rows(Member)[0].suspended_until is None


def test_who_was_suspended_and_deleted_cannot_sign_up_again(app, backup, recover, rows):
    recover(logged(app, SUSPENDED, hours=2), logged(app, DELETED, hours=1))

    assert rows(Member) == []
    assert backup.sign_in().status_code == 403


def test_who_is_not_in_the_backup_cannot_come_back_either(app, browser, recover, rows, kakao):
    recover(logged(app, SUSPENDED, hours=2))

    kakao.knows(1, "지은")
    assert browser.sign_in().status_code == 403
    assert len(rows(Ban)) == 1


def test_everyone_is_signed_out(backup, recover):
    assert "1 sessions ended" in recover().output
    assert backup.nickname() is None


def test_a_suspension_in_the_backup_stays_as_it_is(app, backup, recover, rows):
    with app.app_context():
        decisions.suspend(db.session.get(Member, 1), "their own reason", days=30)

    recover(logged(app, SUSPENDED, hours=2))

    assert rows(Member)[0].suspended_why == "their own reason"
