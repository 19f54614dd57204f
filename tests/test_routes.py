"""Every route: who may open it, what it changes, how often it may be opened.

A new route fails here until its line is in ROUTES; what the line claims is then tested.
"""

import re
from io import BytesIO
from types import SimpleNamespace
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from flask_limiter.util import get_qualified_name
from limits import parse
from sqlalchemy import update

from database import db
from models import LoginSession, Member, Photo
from moderation import outcomes
from tests import made_up_documents
from tests.conftest import API
from tests.houses import pictures
from tests.houses.conftest import Neighbour
from web import limits

# Who may open a route.
ANYONE = "anyone"
VISITOR = "someone who is not signed in"
NEWCOMER = "someone who still has to choose a nickname"
TYPIST = "someone who can choose a nickname: a newcomer or a member"
MEMBER = "a member"
OWNER = "the owner of the photo"
OPERATOR = "an operator"
KAKAO_KEY = "Kakao, which shows a key"
KAKAO_SIGNATURE = "Kakao, which signs the body"


class Route(NamedTuple):
    """What is true of a route.

    :ivar changes: what it changes in the database; None if nothing.
    """

    who: str
    changes: str | None = None
    limits: tuple[str, ...] = ()


PHOTO = "/photos/<int(max=9223372036854775807):photo_id>"
SESSION = "/me/sessions/<int(max=9223372036854775807):session_id>"
DOCUMENT = "/me/<any(terms, privacy):document>/<version>"

ROUTES = {
    # Pages for everyone
    "GET /": Route(ANYONE),
    "GET /@<nickname>": Route(ANYONE, None, (limits.PROFILE_LIMIT,)),
    "GET /terms": Route(ANYONE),
    "GET /terms/<version>": Route(ANYONE),
    "GET /privacy": Route(ANYONE),
    "GET /privacy/<version>": Route(ANYONE),
    "GET /language/<any(ko, en):code>": Route(ANYONE),  # a cookie
    "GET /healthz": Route(ANYONE),
    "GET /static/<path:filename>": Route(ANYONE),
    "GET /static/site.webmanifest": Route(ANYONE),
    "GET /favicon.ico": Route(ANYONE),
    "GET /robots.txt": Route(ANYONE),
    "GET /apple-touch-icon.png": Route(ANYONE),
    "GET /apple-touch-icon-precomposed.png": Route(ANYONE),
    # Signing in and out
    "GET /auth/kakao": Route(ANYONE, None, (limits.SIGN_IN_LIMIT,)),
    "GET /flask-kakao/app-request": Route(ANYONE, None, (limits.SIGN_IN_LIMIT,)),
    "GET /flask-kakao/static/<path:filename>": Route(ANYONE),
    "GET /auth/kakao/callback": Route(ANYONE, "signs in or up", (limits.CALLBACK_LIMIT,)),
    "GET /auth/nickname": Route(NEWCOMER, None, (limits.NICKNAME_LIMIT,)),
    "POST /auth/nickname": Route(NEWCOMER, "signs up", (limits.NICKNAME_LIMIT,)),
    "GET /auth/nickname/check": Route(TYPIST, None, (limits.NICKNAME_CHECK_LIMIT,)),
    "POST /auth/logout": Route(ANYONE, "ends the session"),
    # The account
    "GET /me": Route(MEMBER),
    "GET /me/nickname": Route(MEMBER),
    "POST /me/nickname": Route(MEMBER, "nickname", (limits.NICKNAME_LIMIT, limits.RENAME_LIMIT)),
    "POST /me/image": Route(MEMBER, "shows or hides the image", (limits.ACCOUNT_LIMIT,)),
    "GET /me/sessions": Route(MEMBER, None, (limits.ACCOUNT_LIMIT,)),
    f"POST {SESSION}/end": Route(MEMBER, "ends that session", (limits.ACCOUNT_LIMIT,)),
    "POST /me/sessions/end-others": Route(MEMBER, "ends the others", (limits.ACCOUNT_LIMIT,)),
    f"POST {SESSION}/not-me": Route(MEMBER, "ends that session", (limits.ACCOUNT_LIMIT,)),
    "POST /me/sessions/seen": Route(MEMBER, "reports no more", (limits.ACCOUNT_LIMIT,)),
    f"POST {DOCUMENT}": Route(MEMBER, "agrees, or has read of it", (limits.ACCOUNT_LIMIT,)),
    "GET /me/data": Route(MEMBER, None, (limits.EXPORT_LIMIT,)),
    "GET /me/export": Route(MEMBER, None, (limits.EXPORT_LIMIT,)),
    "GET /me/withdraw": Route(MEMBER),
    "POST /me/withdraw": Route(MEMBER, None, (limits.ACCOUNT_LIMIT,)),  # Kakao asks, then /callback
    "GET /me/goodbye": Route(VISITOR),
    # Photos
    f"GET {PHOTO}": Route(ANYONE),  # a hidden one: its owner and operators
    "GET /pictures/<key>/<name>": Route(ANYONE),  # the same
    "GET /neighbours": Route(MEMBER),
    "GET /me/liked": Route(MEMBER),
    "GET /me/visits": Route(MEMBER, "marks the visits as seen"),
    "GET /me/photos/new": Route(MEMBER),
    "POST /me/photos/new": Route(MEMBER, "hangs a photo", (limits.UPLOAD_LIMIT,)),
    f"POST {PHOTO}/footprint": Route(ANYONE, "footprint", (limits.FOOTPRINT_LIMIT,)),
    f"GET {PHOTO}/footprint": Route(MEMBER, "a footprint from before the sign-in"),
    f"GET {PHOTO}/report": Route(MEMBER),
    f"POST {PHOTO}/report": Route(MEMBER, "reports the photo"),  # REPORTS_PER_DAY
    f"GET {PHOTO}/edit": Route(OWNER),
    f"POST {PHOTO}/edit": Route(OWNER, "words and room"),
    f"GET {PHOTO}/remove": Route(OWNER),
    f"POST {PHOTO}/remove": Route(OWNER, "deletes the photo"),
    f"POST {PHOTO}/answer": Route(OWNER, "answers the operator"),
    "POST /me/outcomes": Route(MEMBER, "reads what was decided", (limits.ACCOUNT_LIMIT,)),
    # Operators
    "GET /operator": Route(OPERATOR),
    f"GET /operator{PHOTO}": Route(OPERATOR),
    f"POST /operator{PHOTO}": Route(OPERATOR, "decides about the photo"),
    "GET /operator/members": Route(OPERATOR),
    "GET /operator/members/<nickname>": Route(OPERATOR),
    "POST /operator/members/<nickname>": Route(OPERATOR, "decides about the member"),
    "GET /operator/record": Route(OPERATOR),
    # Kakao
    "GET /webhooks/kakao/unlink": Route(KAKAO_KEY, "deletes a member", (limits.WEBHOOK_LIMIT,)),
    "POST /webhooks/kakao/unlink": Route(KAKAO_KEY, "deletes a member", (limits.WEBHOOK_LIMIT,)),
    "POST /webhooks/kakao/events": Route(
        KAKAO_SIGNATURE, "what the event means", (limits.WEBHOOK_LIMIT,)
    ),
}
GETS = [route for route in ROUTES if route.startswith("GET ")]
POSTS = [route for route in ROUTES if route.startswith("POST ")]
FOR_KAKAO = (KAKAO_KEY, KAKAO_SIGNATURE)

# What everyone else gets: a status, or a redirect to this path.
SIGN_IN = "/auth/kakao"
REFUSALS = {
    ANYONE: {},
    VISITOR: {"neighbour": "/me", "owner": "/me", "operator": "/me"},
    NEWCOMER: {"visitor": "/", "neighbour": "/", "owner": "/", "operator": "/"},
    TYPIST: {"visitor": 403},
    MEMBER: {"visitor": SIGN_IN, "newcomer": SIGN_IN},
    OWNER: {"visitor": SIGN_IN, "newcomer": SIGN_IN, "neighbour": 404, "operator": 404},
    OPERATOR: {"visitor": 404, "newcomer": 404, "neighbour": 404, "owner": 404},
    KAKAO_KEY: dict.fromkeys(("visitor", "newcomer", "neighbour", "owner", "operator"), 401),
    KAKAO_SIGNATURE: dict.fromkeys(("visitor", "newcomer", "neighbour", "owner", "operator"), 400),
}

# Who sees each GET change something; the test below prepares it.
CHANGING_GETS = {
    "GET /auth/kakao/callback": "visitor",
    "GET /me/visits": "owner",
    f"GET {PHOTO}/footprint": "operator",
    "GET /webhooks/kakao/unlink": "visitor",
}

# Who does what each POST is for, and with which form.
EXAMPLES = {
    "POST /auth/nickname": ("newcomer", {"nickname": "새이웃"}),
    "POST /auth/logout": ("owner", {}),
    "POST /me/nickname": ("owner", {"nickname": "지은이네"}),
    "POST /me/image": ("owner", {"show": "0"}),
    f"POST {SESSION}/end": ("owner", {}),
    "POST /me/sessions/end-others": ("owner", {}),
    f"POST {SESSION}/not-me": ("owner", {}),
    "POST /me/sessions/seen": ("owner", {"until": "99"}),
    f"POST {DOCUMENT}": ("owner", {}),
    "POST /me/withdraw": ("owner", {}),
    "POST /me/photos/new": ("owner", {"room": "kitchen", "words": ""}),
    f"POST {PHOTO}/footprint": ("operator", {"left": "1"}),
    f"POST {PHOTO}/report": ("neighbour", {"reason": "other", "words": ""}),
    f"POST {PHOTO}/edit": ("owner", {"room": "study", "words": "바뀐 이야기"}),
    f"POST {PHOTO}/remove": ("owner", {}),
    f"POST {PHOTO}/answer": ("owner", {"words": "제 사진이에요"}),
    "POST /me/outcomes": ("owner", {"until": "99"}),
    f"POST /operator{PHOTO}": ("operator", {"act": "hide", "why": "집이 아니에요"}),
    "POST /operator/members/<nickname>": ("operator", {"act": "suspend", "why": "광고"}),
}


# What may take long: the body of every POST, and beyond that the photos and Kakao.
SLOW_STEPS = {route: {"body"} for route in POSTS} | {
    "GET /auth/kakao/callback": {"Kakao"},
    "GET /pictures/<key>/<name>": {"store"},
    "GET /me/export": {"store", "ZIP"},
    "GET /webhooks/kakao/unlink": {"Kakao", "store"},
    "POST /webhooks/kakao/unlink": {"body", "Kakao", "store"},
    "POST /me/photos/new": {"body", "store"},
    f"POST {PHOTO}/remove": {"body", "store"},
    f"POST {SESSION}/not-me": {"body", "Kakao"},
}


@pytest.fixture
def settings(settings, tmp_path):
    documents = made_up_documents.write_changing(tmp_path / "documents")
    return settings | {
        "KAKAO_JAVASCRIPT_KEY": "javascript-key",
        "KAKAO_ADMIN_KEY": "admin-key",
        "DOCUMENTS_FOLDER": str(documents),
    }


@pytest.fixture
def street(app, kakao):
    """A small street: browsers by role, a photo on which the neighbour left a footprint."""
    roles = ("visitor", "newcomer", "neighbour", "owner", "operator")
    people = {role: Neighbour(app, kakao) for role in roles}
    names = {"owner": "지은", "neighbour": "민수", "operator": "살피는이", "newcomer": None}
    for kakao_id, (role, nickname) in enumerate(names.items(), start=1):
        kakao.knows(kakao_id, nickname)
        people[role].sign_in()
    photo = people["owner"].hang_photo(content=pictures.jpeg(400, 300))
    people["neighbour"].press(photo)
    people["visitor"].get("/")  # the day's first visit stores the house of the day
    # The owner is signed in on another device too.
    kakao.knows(1, "지은")
    kakao.mock.post(f"{API}/v1/user/logout", json={"id": 1})
    other_device = Neighbour(app, kakao)
    other_device.client.environ_base["HTTP_USER_AGENT"] = "iPhone"
    other_device.sign_in()
    with app.app_context():
        operators = update(Member).filter_by(nickname="살피는이").values(is_operator=True)
        db.session.execute(operators)
        db.session.commit()
        row = db.session.get(Photo, photo.rpartition("/")[2])
        outcomes.add("keep", row.member_id, row.id)
        db.session.commit()
        values = {
            "nickname": "지은",
            "code": "ko",
            "document": "terms",
            "version": made_up_documents.SOON,
            "filename": "style.css",
            "photo_id": row.id,
            "key": row.key,
            "name": "400.jpg",
            "session_id": max(db.session.scalars(db.select(LoginSession.id))),
        }
    return SimpleNamespace(people=people, values=values)


@pytest.fixture
def database_content(app):
    """Return all rows of all tables."""

    def database_content():
        with app.app_context():
            return {
                name: sorted(map(repr, db.session.execute(table.select())))
                for name, table in db.metadata.tables.items()
            }

    return database_content


def path_of(route, street):
    """Return the path of a route in this street."""
    rule = route.partition(" ")[2]
    return re.sub(r"<[^>]*?(\w+)>", lambda match: str(street.values[match[1]]), rule)


def result_of(response):
    """Return the status, or the path to which a response redirects."""
    return urlsplit(response.location).path if response.location else response.status_code


def test_every_route_is_listed(app):
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert routes == set(ROUTES)
    assert {post for post in POSTS if ROUTES[post].who not in FOR_KAKAO} == set(EXAMPLES)
    assert {get for get in GETS if ROUTES[get].changes} == set(CHANGING_GETS)


def test_everyone_else_is_refused(app, street, database_content):
    app.config["WTF_CSRF_ENABLED"] = False
    before = database_content()

    results = {
        f"{route} by the {role}": result_of(street.people[role].client.open(path, method=method))
        for route in ROUTES
        for method, path in [(route.split()[0], path_of(route, street))]
        for role in REFUSALS[ROUTES[route].who]
    }

    assert results == {
        f"{route} by the {role}": refusal
        for route in ROUTES
        for role, refusal in REFUSALS[ROUTES[route].who].items()
    } | {
        f"{route} by the {role}": 401  # a page that leads to sign-in, as a form is not done later
        for route in POSTS
        for role, refusal in REFUSALS[ROUTES[route].who].items()
        if refusal == SIGN_IN
    }
    assert database_content() == before


def test_those_who_may_open_a_page_get_it_and_nothing_changes(street, database_content):
    for route in GETS:
        who, changes, _ = ROUTES[route]
        if changes:
            continue
        before = database_content()
        for role in street.people.keys() - REFUSALS[who].keys():
            response = street.people[role].client.get(path_of(route, street))
            response.get_data()  # an export is made while it is read
            assert response.status_code < 400, f"{route} by the {role}"
            assert result_of(response) != SIGN_IN, f"{route} by the {role}"
            street.people[role].client.head(path_of(route, street))
        assert database_content() == before, route


@pytest.mark.parametrize("route", ROUTES)
def test_no_connection_is_held_while_something_slow_goes_on(app, kakao, street, slow_steps, route):
    """A body that arrives slowly, a store or a Kakao that hangs: each takes a thread at most."""
    method, path = route.split()[0], path_of(route, street)
    role, form = EXAMPLES.get(route) or (CHANGING_GETS.get(route, "owner"), {})
    browser, options = street.people[role], {}
    if ROUTES[route].who == KAKAO_KEY:
        form = {"user_id": "1"}
        options["headers"] = {"Authorization": "KakaoAK admin-key"}
        kakao.mock.get(f"{API}/v2/user/me", status_code=400, json={"code": -101, "msg": ""})
    elif route == "GET /auth/kakao/callback":
        form = {"state": browser.start()["state"], "code": "code"}
    if method == "POST":
        browser.get("/auth/nickname" if role == "newcomer" else "/me/nickname")
        form = form | {"csrf_token": browser.csrf_token}
        if route == "POST /me/photos/new":
            form["photo"] = BytesIO(pictures.jpeg(400, 300)), "photo.jpg"
    slow_steps.clear()

    browser.client.open(
        path, method=method, **{"data" if method == "POST" else "query_string": form}, **options
    ).get_data()

    assert slow_steps.keys() == SLOW_STEPS.get(route, set())
    assert not any(connection for held in slow_steps.values() for connection in held), slow_steps


def test_no_connection_is_held_while_an_account_is_deleted(kakao, street, slow_steps):
    kakao.knows(1, "지은")
    kakao.mock.post(f"{API}/v1/user/unlink", json={"id": 1})
    owner = street.people["owner"]
    owner.get("/me/withdraw")
    state = parse_qs(urlsplit(owner.post("/me/withdraw").location).query)["state"][0]
    slow_steps.clear()

    assert owner.return_from_kakao(state).location.startswith("/me/goodbye")

    assert slow_steps.keys() == {"Kakao", "store"}
    assert not any(connection for held in slow_steps.values() for connection in held), slow_steps


@pytest.mark.parametrize("route", CHANGING_GETS)
def test_head_changes_nothing_where_get_does(street, kakao, database_content, route):
    browser, path = street.people[CHANGING_GETS[route]], path_of(route, street)
    options = {}
    if route == "GET /auth/kakao/callback":
        options["query_string"] = {"state": browser.start()["state"], "code": "code"}
    elif route == f"GET {PHOTO}/footprint":
        # Pressed as a visitor, whose cookie waits until they are signed in.
        street.people["visitor"].press(path.removesuffix("/footprint"))
        pressed = street.people["visitor"].client.get_cookie("footprint")
        browser.client.set_cookie("footprint", pressed.value)
    elif route == "GET /webhooks/kakao/unlink":
        options["query_string"] = {"user_id": "1"}
        options["headers"] = {"Authorization": "KakaoAK admin-key"}
    before = database_content()

    browser.client.head(path, **options)
    assert database_content() == before

    browser.client.get(path, **options)
    assert database_content() != before


@pytest.mark.parametrize("route", EXAMPLES)
def test_a_post_without_a_csrf_token_is_refused(app, street, database_content, route):
    role, form = EXAMPLES[route]
    browser, path = street.people[role], path_of(route, street)
    if route == f"POST {PHOTO}/answer":
        with app.app_context():
            db.session.execute(update(Photo).values(is_hidden=True))
            db.session.commit()
    browser.get("/auth/nickname" if role == "newcomer" else "/me/nickname")
    before = database_content()

    def send(**more):
        photo = BytesIO(pictures.jpeg(400, 300)), "photo.jpg"
        files = {"photo": photo} if route == "POST /me/photos/new" else {}
        return browser.client.post(path, data=form | more | files)

    response = send()
    assert response.status_code == 400
    assert database_content() == before

    response = send(csrf_token=browser.csrf_token)
    assert response.status_code == 302
    assert (database_content() != before) == bool(ROUTES[route].changes)


def test_each_route_has_the_limits_it_claims(app):
    """That a limit is enforced is tested in web/test_limits.py."""
    found = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        decorated = limits.limiter.limit_manager.decorated_limits(get_qualified_name(view))
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            found[f"{method} {rule.rule}"] = {
                limit.limit
                for limit in decorated
                if limit.methods is None or method.lower() in limit.methods
            }

    assert found == {
        route: {parse(limit) for limit in claim.limits} for route, claim in ROUTES.items()
    }
