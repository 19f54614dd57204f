"""flask members …: what an operator does about a member on the command line."""

import pytest
from sqlalchemy import update

from auth import pseudonyms
from database import db
from models import MAX_WORDS_LENGTH, LoginSession, Member, ModerationAct, OpenUnlink
from tests.conftest import read_export
from tests.houses.test_street import add_photo

UNLINK = "https://kapi.kakao.com/v1/user/unlink"


@pytest.fixture
def run(app):
    """Run a command; its result."""

    def run(*args, answer=None):
        return app.test_cli_runner().invoke(args=args, input=answer)

    return run


@pytest.fixture
def with_admin_key(app):
    app.config["KAKAO_ADMIN_KEY"] = "admin-key"


def test_an_operator_sees_who_a_member_is_and_no_secret(jieun, another_browser, rows, run):
    another_browser.client.environ_base["HTTP_USER_AGENT"] = "Version/18 (iPhone) Safari"
    another_browser.sign_in()
    another_browser.log_out()

    result = run("members", "show", "지은")

    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert "nickname: 지은" in lines
    assert "kakao_id: 1" in lines
    assert "agreement: 2 rows" in lines
    active, over = (line for line in lines if line.startswith("session "))
    assert active.startswith("session 1 (active): ")
    assert over.startswith("session 2 (over): iPhone · Safari, 127.0.0.0, 20")
    assert not [row.token_hash for row in rows(LoginSession) if row.token_hash in result.output]


def test_a_member_is_found_as_the_log_names_them(jieun, run, app):
    with app.app_context():
        person = f"person={pseudonyms.of(1)}"
    names = ["지은", "member=1", "kakao=1", person]

    assert len({run("members", "show", name).output for name in names}) == 1
    assert run("members", "show", "person=").exit_code == 1


def test_a_member_is_found_by_a_former_nickname(jieun, run):
    jieun.get("/me/nickname")
    jieun.post("/me/nickname", {"nickname": "mina"})

    assert "nickname: mina" in run("members", "show", "지은").output


def test_the_log_of_a_deletion_names_no_one_who_signs_up_later(jieun, run, caplog, kakao):
    run("members", "delete", "지은", "--yes")
    (line,) = [message for message in caplog.messages if message.startswith("account deleted")]
    person = line.split()[-1]

    assert run("members", "delete", person, "--yes").exit_code == 1
    kakao.knows(2, "민수")
    jieun.copy().sign_in()
    assert run("members", "delete", person, "--yes").exit_code == 1
    kakao.knows(1, "지은")
    jieun.sign_in()
    assert run("members", "delete", person, "--yes").exit_code == 0


@pytest.mark.parametrize("command", ["show", "sign-out", "delete", "suspend", "restore"])
@pytest.mark.parametrize(
    "name", ["민수", "member=2", "member=99999999999999999999", "kakao=2", "kakao=0", "person=0"]
)
def test_the_operator_reads_that_no_one_has_a_name(jieun, run, command, name):
    result = run("members", command, name, *(["--why=x"] if command == "suspend" else []))

    assert result.exit_code == 1
    assert result.output == f"Error: no member is called {name}\n"


def test_the_operator_reads_that_there_is_no_photo(run):
    assert run("photos", "show", "9").output == "Error: there is no photo 9\n"


def test_a_member_is_signed_out_and_that_is_recorded(jieun, another_browser, kakao, rows, run):
    another_browser.sign_in()
    kakao.knows(2, "민수")
    minsu = another_browser.copy()
    minsu.sign_in()

    result = run("members", "sign-out", "지은", "--why", "lost  phone", answer="y\n")

    assert result.output.endswith("지은 is signed out of 1 sessions\n")
    assert jieun.nickname() is None
    assert minsu.nickname() == "민수"
    (act,) = rows(ModerationAct)
    assert (act.act, act.origin, act.member_id, act.why) == ("sign out", "command", 1, "lost phone")


@pytest.mark.parametrize("why", ["x" * (MAX_WORDS_LENGTH + 1), "two\nlines"])
def test_a_reason_is_one_line_that_its_column_holds(jieun, run, why):
    result = run("members", "sign-out", "지은", "--why", why, "--yes")

    assert result.exit_code == 2
    assert f"up to {MAX_WORDS_LENGTH} characters, on one line" in result.output
    assert jieun.nickname() == "지은"


def test_a_member_is_deleted_at_kakao_too_and_the_record_names_no_one(
    jieun, kakao, rows, run, with_admin_key
):
    unlink = kakao.mock.post(UNLINK, json={"id": 1})

    result = run("members", "delete", "지은", "--why=asked by letter", "--yes")

    assert result.exit_code == 0
    assert unlink.last_request.text == "target_id_type=user_id&target_id=1"
    assert rows(Member) == rows(OpenUnlink) == []
    (act,) = rows(ModerationAct)
    assert (act.act, act.member_id, act.why) == ("delete", None, "asked by letter")


def test_the_record_of_a_deletion_is_on_the_operators_page(jieun, another_browser, kakao, run, app):
    run("members", "delete", "지은", "--why=asked by letter", "--yes")
    kakao.knows(2, "민수")
    another_browser.sign_in()
    with app.app_context():
        db.session.execute(update(Member).values(is_operator=True))
        db.session.commit()

    assert "계정을 지움</strong>: asked by letter" in another_browser.get("/operator").text


def test_while_kakao_does_not_respond_a_deletion_is_listed_until_it_is_done(
    jieun, kakao, run, with_admin_key
):
    kakao.mock.post(UNLINK, status_code=500)
    assert run("kakao", "unlinks").output == ""

    run("members", "delete", "지은", "--yes")

    assert run("kakao", "unlinks").output.startswith("unlink 1: since 20")


def test_without_an_admin_key_only_this_site_deletes_and_says_so(jieun, kakao, rows, run):
    result = run("members", "delete", "지은", "--yes")

    assert "until KAKAO_ADMIN_KEY is set" in result.output
    assert rows(Member) == []
    assert not kakao.requests_to("/v1/user/unlink")


@pytest.mark.parametrize(
    ("command", "question"),
    [
        ("members sign-out 지은", "Sign 지은 out everywhere?"),
        ("members delete 지은", "Delete 지은, member 1, for good?"),
        ("sessions end --all", "Sign everyone out?"),
        ("photos delete 1", "Delete photo 1 (shown) of 지은: -, for good?"),
    ],
)
@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_a_command_that_is_not_confirmed_changes_nothing(
    app, jieun, rows, run, command, question, answer
):
    with app.app_context():
        add_photo(1)
        db.session.commit()

    result = run(*command.split(), answer=answer)

    assert result.exit_code == 1
    assert f"{question} [y/N]" in result.output
    assert jieun.nickname() == "지은"
    assert rows(ModerationAct) == []


def test_a_member_who_cannot_sign_in_gets_what_they_could_download(jieun, rows, run):
    run("members", "suspend", "지은", "--why", "광고")

    result = run("members", "export", "kakao=1")

    assert read_export(result.stdout_bytes)["member"]["nickname"] == "지은"
    assert rows(ModerationAct)[-1].act == "export"


def test_an_export_of_no_one_writes_nothing(jieun, run):
    result = run("members", "export", "member=9")

    assert (result.exit_code, result.stdout_bytes) == (1, b"")


def test_a_nickname_is_replaced_and_the_member_reads_why(jieun, run):
    result = run("members", "rename", "지은", "--to", "고운말", "--why", "불편한 말이에요")

    assert result.stdout == "지은 is now 고운말\n"
    assert "이유: 불편한 말이에요" in jieun.get("/").text
    assert jieun.nickname() == "고운말"


@pytest.mark.parametrize("nickname", ["관리자", "집", "민수"])
def test_a_nickname_that_cannot_be_used_replaces_none(jieun, kakao, another_browser, run, nickname):
    kakao.knows(2, "민수")
    another_browser.sign_in()

    result = run("members", "rename", "지은", "--to", nickname)

    assert result.exit_code == 1 and "Error: " in result.output
    assert jieun.nickname() == "지은"
