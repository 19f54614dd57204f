"""Whole sign-ins over real HTTP: the site in two processes, and the Kakao sandbox."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests
from sqlalchemy import text

from sandbox.people import PEOPLE
from tests import databases

ids = itertools.count(700_000_000)


@pytest.fixture
def newcomer(sandbox_url):
    """Make a new person at the Kakao sandbox; their id."""

    def make(nickname, **fields):
        kakao_id = next(ids)
        consent = {
            "client_id": "sandbox-rest-api-key",
            "redirect_uri": "http://localhost/nowhere",
            "response_type": "code",
        }
        response = requests.post(
            f"{sandbox_url}/oauth/authorize",
            params=consent,
            data={"new": "1", "id": kakao_id, "nickname": nickname, **fields},
            allow_redirects=False,
            timeout=10,
        )
        assert response.status_code == 302
        return kakao_id

    return make


def test_a_new_person_is_in_with_one_click_and_lands_where_they_were_going(person, newcomer):
    page = person.sign_in_as(newcomer("첫걸음"), "/me")

    assert page.url.endswith("/me")
    assert person.nickname() == "첫걸음"


def test_a_conflict_is_settled_with_one_suggestion(person, newcomer):
    person.sign_in_as(newcomer("같은이름"))
    person.http = requests.Session()

    page = person.sign_in_as(newcomer("같은이름"), "/me")
    assert page.url.endswith("/auth/nickname")
    chosen = person.suggestions()[0]

    assert person.choose(suggestion=chosen).url.endswith("/me")
    assert person.nickname() == chosen


@pytest.mark.parametrize("name", PEOPLE)
def test_every_person_of_the_sandbox_can_sign_in(person, name):
    page = person.sign_in_as(PEOPLE[name].id, "/me")
    if page.url.endswith("/auth/nickname"):
        page = person.choose(suggestion=person.suggestions()[0])

    assert page.url.endswith("/me")
    assert person.nickname()


def together(people, act):
    """Let all of them do the same thing at the same time."""
    barrier = Barrier(len(people))

    def go(someone):
        barrier.wait()
        return act(*someone)

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(go, people))


def new_people(site, number):
    from tests.end_to_end.conftest import Person

    return [Person(site) for _ in range(number)]


@pytest.fixture
def members(database):
    """The number of members with a nickname; checks that each session has a member."""

    def called(nickname):
        with databases.engine(database).connect() as connection:
            orphans = "SELECT * FROM login_session WHERE member_id NOT IN (SELECT id FROM member)"
            assert connection.execute(text(orphans)).all() == []
            count = text("SELECT count(*) FROM member WHERE nickname = :nickname")
            return connection.execute(count, {"nickname": nickname}).scalar()

    return called


def test_of_many_who_sign_up_with_one_name_one_gets_it_and_the_others_are_asked(
    site, newcomer, members
):
    crowd = [(someone, newcomer("인기이름")) for someone in new_people(site, 24)]

    pages = together(crowd, lambda someone, kakao_id: someone.sign_in_as(kakao_id, "/me"))

    assert {page.status_code for page in pages} == {200}
    assert sum(page.url.endswith("/me") for page in pages) == 1
    assert sum(page.url.endswith("/auth/nickname") for page in pages) == 23
    assert members("인기이름") == 1


def test_of_many_who_choose_one_name_one_gets_it_and_the_others_choose_again(
    site, newcomer, members
):
    crowd = new_people(site, 24)
    for someone in crowd:
        someone.sign_in_as(newcomer(""), "/me")
        assert someone.page.url.endswith("/auth/nickname")

    pages = together([(someone,) for someone in crowd], lambda one: one.choose(nickname="모두의꿈"))

    assert sum(page.url.endswith("/me") for page in pages) == 1
    losers = [page for page in pages if page.url.endswith("/auth/nickname")]
    assert len(losers) == 23
    assert all("이미 누군가 쓰고 있어요" in page.text for page in losers)
    assert members("모두의꿈") == 1


def test_one_person_on_many_devices_at_once_becomes_one_member(site, newcomer, members):
    kakao_id = newcomer("여러기기")
    crowd = [(someone, kakao_id) for someone in new_people(site, 16)]

    pages = together(crowd, lambda someone, kakao_id: someone.sign_in_as(kakao_id, "/me"))

    assert [page.url.endswith("/me") for page in pages] == [True] * 16
    assert {someone.nickname() for someone, _ in crowd} == {"여러기기"}
    assert members("여러기기") == 1


def test_of_many_changes_that_one_member_makes_at_once_one_counts(person, newcomer):
    person.sign_in_as(newcomer("한사람"), "/me/nickname")
    names = [f"바꾼이름{letter}" for letter in "가나다라마바사아"]
    crowd = [(person.on_another_tab(), name) for name in names]

    pages = together(crowd, lambda tab, name: tab.choose(nickname=name))

    assert sum(page.url.endswith("/me") for page in pages) == 1
    assert sum("하루에 한 번" in page.text for page in pages) == 7
    assert person.nickname() in names
