"""flask recover: what a log says about deletions and suspensions is repeated after a restore."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from auth import pseudonyms
from database import db, utc_now
from houses import photos
from models import Ban, FormerNickname, Member, ModerationAct, Photo
from moderation import decisions
from tests.houses.conftest import Neighbour


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
def test_a_member_deleted_after_the_backup_is_deleted_again(app, backup, recover, rows, written):
    line = written(logged(app, DELETED, hours=1))

    assert "is deleted again" in recover(line).output
    assert rows(Member) == []
    assert "is deleted again" not in recover(line).output


@pytest.mark.parametrize(
    "sent",
    [
        "account deleted member=1 person={person}",
        "2026-11-29T21:02:36+0000 INFO [-] moderation: operator origin=command member=1",
        '2026-11-29T21:02:36+0000", "level": "INFO", "message": "suspended member=1',
    ],
)
@pytest.mark.parametrize("written", [str, json.dumps])
def test_what_a_stranger_sent_is_not_an_event(app, backup, recover, sent, written):
    """gunicorn quotes a malformed request in its log."""
    known = logged(app, SUSPENDED, days=8)  # which person has the number 1
    when, _, more = logged(app, sent, hours=1).partition(" INFO [0123abcd] ")
    message = f"Invalid request from ip=203.0.113.0: Invalid HTTP Header: '{more}'"
    line = f"{when} WARNING [-] {message}"
    if written is json.dumps:
        line = json.dumps({"time": when, "level": "WARNING", "message": message})

    assert "again" not in recover(known, line).output


def test_a_member_who_signed_up_again_before_the_backup_stays(app, backup, recover, rows):
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


@pytest.mark.parametrize("cut", ["photo removed member=1", "moderation: hide origin=page member=1"])
def test_a_line_that_was_cut_off_does_not_stop_the_others(app, backup, recover, rows, cut):
    """As a machine that loses its power may leave it."""
    line = logged(app, cut, hours=2).removesuffix(" ip=203.0.113.0")

    assert recover(line, logged(app, DELETED, hours=1)).exit_code == 0
    assert rows(Member) == []


def test_the_lines_of_two_servers_are_read_by_their_times(app, backup, recover, rows):
    recover(logged(app, RESTORED, days=1), logged(app, SUSPENDED, days=2))

    assert rows(Member)[0].suspended_until is None


def test_a_person_suspended_and_deleted_cannot_sign_up_again(app, backup, recover, rows):
    recover(logged(app, SUSPENDED, hours=2), logged(app, DELETED, hours=1))

    assert rows(Member) == []
    assert backup.sign_in().status_code == 403


def test_a_suspended_person_who_is_not_in_the_backup_cannot_sign_up(
    app, browser, recover, rows, kakao
):
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


def log_of(app, caplog, act):
    """What the site logs when an operator decides this, as lines of its log, and their number."""
    caplog.clear()
    with app.app_context():
        act()
    # Each line has the time of its event: with that of a later second, it would be a later event.
    times = [datetime.fromtimestamp(record.created, UTC) for record in caplog.records]
    return [
        f"{when:%Y-%m-%dT%H:%M:%S%z} INFO [-] {record.getMessage()}"
        for when, record in zip(times, caplog.records, strict=True)
    ]


def jieun_row():
    return db.session.get(Member, 1)


def photo_row():
    return db.session.scalars(db.select(Photo)).one()


def undo(app, *rows_of):
    """The database as it was before the acts: without their record."""
    with app.app_context():
        for statement in rows_of:
            db.session.execute(statement)
        db.session.execute(db.delete(ModerationAct))
        db.session.commit()


@pytest.mark.parametrize("days", [7, None], ids=["for a week", "for good"])
def test_a_suspension_is_repeated_as_the_site_logs_it(app, backup, recover, rows, caplog, days):
    lines = log_of(app, caplog, lambda: decisions.suspend(jieun_row(), "why", days))
    with app.app_context():  # the number may be someone else's in the restored database
        assert f"suspended member=1 person={pseudonyms.of(1)} " in "".join(lines)
    (until,) = [member.suspended_until for member in rows(Member)]
    undo(app, db.update(Member).values(suspended_until=None, suspended_why=None))

    recover(*lines)

    assert abs(rows(Member)[0].suspended_until - until) < timedelta(minutes=1)


def test_a_deletion_is_repeated_as_the_site_logs_it(app, backup, recover, rows, caplog):
    lines = log_of(app, caplog, lambda: decisions.delete(jieun_row(), "why"))
    backup.sign_in()
    undo(app, db.update(Member).values(created_at=utc_now() - timedelta(days=2)))

    assert "is deleted again" in recover(*lines).output
    assert rows(Member) == []


def test_a_suspension_that_was_lifted_after_the_backup_is_lifted_again(
    app, backup, recover, rows, caplog
):
    with app.app_context():
        decisions.suspend(jieun_row(), "why", days=30)
    lines = log_of(app, caplog, lambda: decisions.restore(jieun_row()))
    with app.app_context():  # as it is in the backup
        jieun_row().suspended_until = utc_now() + timedelta(days=30)
        jieun_row().suspended_why = "why"
        db.session.commit()

    assert "is no longer suspended" in recover(*lines).output
    assert rows(Member)[0].suspended_until is None
    assert "is no longer suspended" not in recover(*lines).output


def test_a_ban_that_was_lifted_after_the_backup_is_lifted_again(app, recover, rows, caplog):
    def add_ban():
        until = utc_now() + timedelta(days=9)
        ban = Ban(pseudonym=pseudonyms.of(1), suspended_until=until, suspended_why="why")
        db.session.add(ban)
        db.session.commit()

    with app.app_context():
        add_ban()
    lines = log_of(app, caplog, lambda: decisions.lift_ban(1))
    with app.app_context():
        add_ban()

    recover(*lines)

    assert rows(Ban) == []


@pytest.mark.parametrize("is_operator", [True, False])
def test_operators_are_appointed_and_dismissed_again(
    app, backup, recover, rows, caplog, is_operator
):
    lines = log_of(app, caplog, lambda: decisions.set_operator(jieun_row(), is_operator))
    undo(app, db.update(Member).values(is_operator=not is_operator))

    recover(*lines)

    assert rows(Member)[0].is_operator is is_operator
    assert "again" not in recover(*lines).output


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_refused_profile_picture_is_refused_again(app, backup, recover, rows, caplog, is_refused):
    act = decisions.refuse_image if is_refused else decisions.accept_image
    lines = log_of(app, caplog, lambda: act(jieun_row()))
    undo(app, db.update(Member).values(is_image_refused=not is_refused))

    recover(*lines)

    assert rows(Member)[0].is_image_refused is is_refused
    assert "again" not in recover(*lines).output


def test_a_nickname_that_was_taken_away_is_taken_away_again(app, backup, recover, rows, caplog):
    lines = log_of(app, caplog, lambda: decisions.rename(jieun_row()))
    name = {"nickname": "지은", "nickname_key": "지은", "nickname_skeleton": None}
    undo(app, db.update(Member).values(**name, rename_why=None), db.delete(FormerNickname))

    assert "has to choose another nickname" in recover(*lines).output

    renamed = rows(Member)[0].nickname
    assert renamed != "지은"
    assert "again" not in recover(*lines).output
    assert rows(Member)[0].nickname == renamed


def test_a_nickname_that_was_taken_away_before_the_backup_is_not_taken_again(
    app, backup, recover, caplog
):
    lines = log_of(app, caplog, lambda: decisions.rename(jieun_row()))

    assert "again" not in recover(*lines).output


@pytest.fixture
def photo(app, kakao):
    kakao.knows(1, "지은")
    jieun = Neighbour(app, kakao)
    jieun.sign_in()
    return jieun.hang_photo(words="창가")


ACTS_ON_PHOTOS = {
    "hide": (lambda: decisions.hide(photo_row(), "why"), {"is_hidden": True}),
    "keep": (lambda: decisions.show(photo_row()), {"is_hidden": False}),
    "remove words": (lambda: decisions.remove_words(photo_row()), {"words": ""}),
}


@pytest.mark.parametrize("act", ACTS_ON_PHOTOS)
def test_what_was_decided_about_a_photo_is_decided_again(app, photo, recover, rows, caplog, act):
    decide, then = ACTS_ON_PHOTOS[act]
    lines = log_of(app, caplog, decide)
    undo(app, db.update(Photo).values(is_hidden=act == "keep", hidden_why="", words="창가"))

    recover(*lines)

    (row,) = rows(Photo)
    assert {name: getattr(row, name) for name in then} == then
    assert "again" not in recover(*lines).output


def test_what_was_decided_before_the_backup_is_not_decided_again(app, photo, recover, rows, caplog):
    lines = log_of(app, caplog, lambda: decisions.remove_words(photo_row()))
    with app.app_context():
        photo_row().words = "새로 적은 이야기"
        db.session.commit()

    recover(*lines)

    assert rows(Photo)[0].words == "새로 적은 이야기"


def test_a_photo_that_reports_hid_waits_for_an_operator_again(app, photo, recover, rows):
    number = photo.rpartition("/")[2]
    hidden = f"moderation: hide origin=reports member=1 person=0123 photo={number}"

    recover(logged(app, hidden, hours=-1))

    assert rows(Photo)[0].is_undecided


@pytest.mark.parametrize(
    "event",
    [
        pytest.param("photo removed member=1 photo={}", id="by its owner"),
        pytest.param("moderation: delete photo origin=page member=1 photo={}", id="by an operator"),
    ],
)
def test_a_photo_that_was_removed_is_removed_again(app, photo, recover, rows, event):
    number = photo.rpartition("/")[2]

    recover(logged(app, event.format(number), hours=-1))

    assert rows(Photo) == []
    assert recover(logged(app, event.format(number), hours=-1)).exit_code == 0


@pytest.mark.parametrize(
    "act", [lambda: photos.remove(photo_row()), lambda: decisions.delete_photo(photo_row(), "why")]
)
def test_a_photo_is_removed_again_as_the_site_logs_it(app, photo, recover, rows, caplog, act):
    with app.app_context():
        columns = dict(db.session.execute(db.select(Photo.__table__)).mappings().one())
    lines = log_of(app, caplog, act)
    undo(app, db.insert(Photo).values(columns))

    recover(*lines)

    assert rows(Photo) == []


def test_a_newer_photo_with_the_number_of_a_removed_one_stays(app, photo, recover, rows):
    number = photo.rpartition("/")[2]

    recover(logged(app, f"photo removed member=1 photo={number}", hours=1))

    assert len(rows(Photo)) == 1
