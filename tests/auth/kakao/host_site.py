"""A site with Flask-Login and Flask-SQLAlchemy that has installed Flask-Kakao, and its tests.

test_wheel.py runs them against the wheel. By hand, in a fresh environment::

    python -m venv /tmp/fresh && /tmp/fresh/bin/pip install \\
        dist/flask_kakao-1.0.0-py3-none-any.whl Flask-Login Flask-SQLAlchemy pytest
    cp tests/auth/kakao/host_site.py /tmp/fresh/test_host_site.py
    cd /tmp/fresh && bin/python -m pytest test_host_site.py
"""

import flask_kakao
import pytest
import requests
from flask import Flask, redirect, render_template_string, request
from flask_kakao import AnotherPersonError, Authorization, Kakao, KakaoError
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger

db = SQLAlchemy()
kakao = Kakao()
login_manager = LoginManager()


class User(db.Model, UserMixin):
    id = db.Column(db.Integer, primary_key=True)
    kakao_id = db.Column(BigInteger, unique=True)
    name = db.Column(db.String(100))


@login_manager.user_loader
def load_user(user_id):
    return db.session.get(User, int(user_id))


def find_user(kakao_id):
    return db.session.scalar(db.select(User).filter_by(kakao_id=kakao_id))


def create_user(profile):
    user = User(kakao_id=profile.kakao_id, name=profile.nickname)
    db.session.add(user)
    db.session.commit()
    return user


def create_app(settings):
    app = Flask(__name__)
    app.config |= {"SECRET_KEY": "secret", "SQLALCHEMY_DATABASE_URI": "sqlite://"} | settings
    db.init_app(app)
    login_manager.init_app(app)
    kakao.init_app(app)
    app.add_url_rule("/login/kakao", "login", login)
    app.add_url_rule("/login/kakao/callback", "callback", callback)
    app.add_url_rule("/account", "account", account)
    app.add_url_rule("/account/kakao", "connect", connect, methods=["POST"])
    with app.app_context():
        db.create_all()
    return app


def login():
    return kakao.redirect_to_consent(request.args.get("next"))


def callback():
    authorization = kakao.handle_callback()
    if authorization.purpose == "connect" and current_user.is_authenticated:
        current_user.kakao_id = authorization.kakao_id
        db.session.commit()
        return redirect(authorization.next_url)
    user = find_user(authorization.kakao_id) or create_user(authorization.profile)
    login_user(user)
    return redirect(authorization.next_url)


@login_required
def account():
    return current_user.name or "?"


@login_required
def connect():
    return kakao.redirect_to_consent("/account", purpose="connect")


@pytest.fixture(params=[False, True], ids=["without OpenID Connect", "with OpenID Connect"])
def app(kakao_sandbox, request):
    return create_app(kakao_sandbox.settings | {"KAKAO_OIDC": request.param})


@pytest.fixture
def sandbox(kakao_sandbox):
    return kakao_sandbox


def sign_in(client, sandbox, next_url="/account", person="haneul"):
    consent_url = client.get("/login/kakao", query_string={"next": next_url}).location
    callback_url = sandbox.consent(consent_url, person)
    return callback_url, client.get(callback_url)


def calls(sandbox):
    counted = requests.get(f"{sandbox.url}/calls", timeout=10).json()
    return {name: counted[name]["requests"] for name in ("token", "me") if name in counted}


def break_down(sandbox, where, **fault):
    fault = {"where": where, "fault": "503"} | fault
    requests.post(f"{sandbox.url}/faults", json=fault, timeout=10).raise_for_status()


def test_the_same_person_signs_in_twice(app, sandbox):
    for times in (1, 2):
        client = app.test_client()
        assert sign_in(client, sandbox)[1].location == "/account"
        assert client.get("/account").text == "하늘"
        profiles = 1 if app.config["KAKAO_OIDC"] else times
        assert calls(sandbox) == {"token": times, "me": profiles}


def test_a_repeated_callback_leads_on_without_a_call(app, sandbox):
    client = app.test_client()
    callback_url, _ = sign_in(client, sandbox)
    before = calls(sandbox)

    assert client.get(callback_url).location == "/account"
    assert calls(sandbox) == before


def test_a_preview_uses_nothing_up(app, sandbox):
    client = app.test_client()
    callback_url = sandbox.consent(client.get("/login/kakao").location)

    assert client.head(callback_url).status_code == 200
    assert client.get(callback_url, headers={"Sec-Purpose": "prefetch"}).status_code == 200
    assert client.get(callback_url).location == "/"


@pytest.mark.parametrize("target", ["//evil.example", "/login/kakao", "https://evil.example", "x"])
def test_no_next_url_leads_elsewhere(app, sandbox, target):
    assert sign_in(app.test_client(), sandbox, target)[1].location == "/"


@pytest.mark.parametrize("where", ["token", "me"])
def test_an_outage_is_a_page_and_the_person_can_try_again(app, sandbox, where):
    client = app.test_client()
    break_down(sandbox, where)

    callback_url, response = sign_in(client, sandbox)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
    assert '<html lang="ko">' in response.text
    assert 'href="/login/kakao?next=/account"' in response.text
    requests.delete(f"{sandbox.url}/faults", timeout=10)
    assert client.get(callback_url).status_code in (302, 400)  # 400: the code is used
    assert sign_in(client, sandbox)[1].location == "/account"


def test_a_foreign_callback_signs_no_one_in(app, sandbox):
    stranger, victim = app.test_client(), app.test_client()
    callback_url = sandbox.consent(stranger.get("/login/kakao").location)
    victim.get("/login/kakao")

    assert victim.get(callback_url).status_code == 400
    assert victim.get("/account").status_code == 401


def test_a_user_connects_their_kakao_account(app, sandbox):
    with app.app_context():
        db.session.add(User(name="by password"))
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "1"
    consent_url = client.post("/account/kakao").location

    assert client.get(sandbox.consent(consent_url)).location == "/account"
    assert client.get("/account").text == "by password"
    another_browser = app.test_client()
    sign_in(another_browser, sandbox)
    assert another_browser.get("/account").text == "by password"


def test_the_button_and_its_files_are_served(app):
    app.add_url_rule("/", "home", lambda: render_template_string("{{ kakao_button('/account') }}"))
    client = app.test_client()

    assert 'href="/login/kakao?next=/account"' in client.get("/").text
    for name in ("style.css", "kakao.js"):
        assert client.get(f"/flask-kakao/static/{name}").status_code == 200


def test_the_doctor_is_content(app):
    result = app.test_cli_runner().invoke(args=["kakao", "doctor"])

    assert "http://localhost:5000/login/kakao/callback" in result.output
    assert "FAIL" not in result.output
    assert result.exit_code == 0


def test_missing_settings_are_named_at_once():
    app = Flask(__name__)

    with pytest.raises(ValueError, match=r"SECRET_KEY .+ KAKAO_CLIENT_ID .+ KAKAO_CLIENT_SECRET"):
        Kakao(app)
    with app.test_request_context(), pytest.raises(RuntimeError, match="init_app"):
        Kakao().handle_callback()


def test_the_access_token_is_gone_with_the_response(app, sandbox):
    kept = []

    def keep():
        kept.append(kakao.handle_callback())
        assert kept[0].access_token
        return redirect("/")

    app.view_functions["callback"] = keep
    sign_in(app.test_client(), sandbox)

    with pytest.raises(RuntimeError):
        kept[0].access_token  # noqa: B018


def test_the_public_names_are_these():
    assert isinstance(flask_kakao.__version__, str)
    assert issubclass(AnotherPersonError, KakaoError)
    assert Authorization
    assert not set(flask_kakao.__all__) - set(dir(flask_kakao))
