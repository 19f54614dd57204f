"""What docs/operations.md says of another domain and of the day Kakao's keys change."""

import sys

import pytest
import requests

from sandbox.people import PEOPLE
from tests import databases
from tests.end_to_end.conftest import Person, free_port, gunicorn, running, settings_for


@pytest.fixture
def serve(sandbox_url, tmp_path):
    """Start the site on one port under the name of a host: serve("localhost")."""
    port = free_port()
    with databases.create(tmp_path) as database:
        databases.make_tables(database)
        settings = settings_for(database, sandbox_url)

        def serve(host):
            url = f"http://{host}:{port}"
            server = gunicorn(settings | {"SITE_URL": url}, "--threads=4", port=port)
            server.address = url
            return server

        yield serve


def test_members_find_their_home_at_the_new_name_and_old_links_lead_there(serve):
    with serve("127.0.0.1") as old:
        member = Person(old.address)
        member.sign_in_as(PEOPLE["no_email"].id)
        nickname = member.nickname()
        waiting = requests.Session()
        consent = waiting.get(
            f"{old.address}/auth/kakao", allow_redirects=False, timeout=30
        ).headers["Location"]

    with serve("localhost") as new:
        link = requests.get(
            f"{old.address}/@{nickname}?from=talk", allow_redirects=False, timeout=30
        )
        assert link.status_code == 308
        assert link.headers["Location"].startswith(f"{new.address}/@")
        assert link.headers["Location"].endswith("?from=talk")

        member.site = new.address
        page = member.http.get(f"{new.address}/me", allow_redirects=False, timeout=30)
        assert page.status_code == 302, "a cookie belongs to its host"
        member.sign_in_as(PEOPLE["no_email"].id)
        assert member.nickname() == nickname

        # Kakao redirects to the old name, which was in the authorization request.
        late = waiting.post(consent, data={"person": PEOPLE["no_email"].id}, timeout=30)
        assert late.url.startswith(f"{new.address}/auth/kakao/callback")
        assert late.status_code == 400
        assert "카카오로 시작하기" in late.text, "one more tap"

        event = f"{old.address}/webhooks/kakao/events"
        webhook = requests.post(event, data="no token", allow_redirects=False, timeout=30)
        assert webhook.status_code == 400, "handled under the old name, and not redirected"


def test_the_day_kakaos_keys_change_members_stay_and_the_next_sign_in_works(tmp_path):
    kakao_port, site_port = free_port(), free_port()
    kakao_url = f"http://localhost:{kakao_port}"
    sandbox = [sys.executable, "-m", "sandbox", "--port", str(kakao_port)]
    keys = {"KAKAO_CLIENT_ID": "new key", "KAKAO_CLIENT_SECRET": "new secret"}
    with databases.create(tmp_path) as database:
        databases.make_tables(database)
        settings = settings_for(database, kakao_url)
        site = [settings, "--threads=4"]
        with running(sandbox, kakao_url), gunicorn(*site, port=site_port) as before:
            member = Person(before.address)
            member.sign_in_as(PEOPLE["no_email"].id)
            nickname = member.nickname()

        # The console has the new keys, and this site does not.
        with running(sandbox, kakao_url, keys):
            with gunicorn(*site, port=site_port) as late:
                assert member.nickname() == nickname, "members notice nothing"
                newcomer = Person(late.address)
                refused = newcomer.sign_in_as(PEOPLE["no_email"].id)
                assert "KOE101" in refused.text, "on Kakao's own page"
            site[0] = settings | keys
            with gunicorn(*site, port=site_port) as after:
                assert member.nickname() == nickname
                again = Person(after.address)
                again.sign_in_as(PEOPLE["no_email"].id)
                assert again.nickname() == nickname, "Kakao's ids are those of the app"
