"""The token endpoint, OpenID Connect, and kapi."""

from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.people import PEOPLE, PLACEHOLDER


def test_a_code_becomes_tokens_and_the_token_tells_who_it_is(app):
    answer = app.exchange(app.code("jieun"))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["token_type"] == "bearer"
    assert answer.json["expires_in"] == 21599
    assert answer.json["refresh_token_expires_in"] == 5183999
    assert answer.json["scope"] == "account_email profile_image profile_nickname"
    assert "id_token" not in answer.json
    me = app.me(answer.json["access_token"]).json
    assert me["id"] == 9007199254740993
    assert me["kakao_account"]["profile"]["nickname"] == "지은"
    assert me["kakao_account"]["email"] == "jieun@example.com"


def test_a_code_works_once(app):
    code = app.code("haneul")
    app.exchange(code)

    again = app.exchange(code)

    assert again.status_code == 400
    assert again.json["error"] == "invalid_grant"
    assert again.json["error_code"] == "KOE320"
    assert code in again.json["error_description"]


def test_a_code_dies_after_ten_minutes(app, kakao):
    code = app.code("haneul")
    memory = kakao.extensions["memory"]
    old = memory.codes[code]
    memory.codes[code] = replace(old, expires_at=old.expires_at - timedelta(minutes=10))

    assert app.exchange(code).json["error_code"] == "KOE320"


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"client_id": "other"}, 401, "KOE101"),
        ({"client_secret": "other"}, 401, "KOE010"),
        ({"client_secret": None}, 401, "KOE010"),
        ({"client_secret": "비밀"}, 401, "KOE010"),
        ({"headers": {"Authorization": "Basic eDp5"}}, 401, "KOE010"),
        ({"grant_type": None}, 400, "KOE001"),
        ({"redirect_uri": "http://localhost:5000/other"}, 400, "KOE303"),
        ({"redirect_uri": None}, 400, "KOE303"),
        ({"code": None}, 400, "KOE320"),
        ({"code_verifier": "nobody-asked"}, 400, "KOE320"),
    ],
)
def test_the_token_endpoint_refuses(app, changes, status, number):
    refusal = app.exchange(**({"code": app.code("haneul")} | changes))

    assert refusal.status_code == status
    assert refusal.json["error_code"] == number


def test_fields_in_the_address_do_not_count(app):
    answer = app.client.post("/oauth/token?client_id=sandbox-rest-api-key")

    assert answer.json["error_code"] == "KOE101"


@pytest.mark.parametrize(
    ("verifier", "status"), [(None, 400), ("wrong", 400), ("the right one", 200)]
)
def test_a_challenge_is_answered_by_its_verifier_alone(app, verifier, status):
    code = app.code("haneul", **app.pkce)
    verifier = app.verifier if verifier == "the right one" else verifier

    assert app.exchange(code, code_verifier=verifier).status_code == status


def test_a_refresh_token_brings_a_new_access_token(app):
    first = app.exchange(app.code("haneul")).json

    fresh = app.exchange(
        None, grant_type="refresh_token", refresh_token=first["refresh_token"]
    ).json

    assert app.me(fresh["access_token"]).status_code == 200
    assert "refresh_token" not in fresh
    unknown = app.exchange(None, grant_type="refresh_token", refresh_token="x")
    assert unknown.json["error_code"] == "KOE322"


def test_the_id_token_verifies_against_the_published_keys(app):
    code = app.code("jieun", scope="openid profile_nickname account_email", nonce="n1")
    id_token = app.exchange(code).json["id_token"]
    about = app.client.get("/.well-known/openid-configuration").json
    keys = KeySet.import_key_set(app.client.get("/.well-known/jwks.json").json)

    token = jwt.decode(id_token, keys, algorithms=["RS256"])

    assert token.header["kid"] == keys.keys[0].kid
    assert token.claims["iss"] == about["issuer"] == "http://localhost"
    assert token.claims["aud"] == "sandbox-rest-api-key"
    assert token.claims["sub"] == "9007199254740993"
    assert token.claims["nonce"] == "n1"
    assert token.claims["nickname"] == "지은"
    assert token.claims["email"] == "jieun@example.com"
    assert "picture" not in token.claims


def test_an_unverified_address_is_not_in_the_id_token(app, kakao):
    code = app.code("unverified", scope="openid account_email")

    id_token = app.exchange(code).json["id_token"]

    keys = KeySet(kakao.extensions["memory"].keys)
    assert "email" not in jwt.decode(id_token, keys, algorithms=["RS256"]).claims


def test_keys_rotate_and_the_one_before_stays_for_a_while(app):
    before = app.client.get("/.well-known/jwks.json").json["keys"]
    app.client.post("/keys/rotate")

    after = app.client.get("/.well-known/jwks.json").json["keys"]

    assert after[0]["kid"] != before[0]["kid"]
    assert after[1:] == before
    assert "d" not in after[0]


def test_only_what_was_consented_to_is_told(app):
    account = app.me(app.token("nameless")).json["kakao_account"]
    assert account["profile_nickname_needs_agreement"] is True
    assert "nickname" not in account["profile"]

    account = app.me(app.token("keeps_email")).json["kakao_account"]
    assert account["has_email"] is account["email_needs_agreement"] is True
    assert "email" not in account


def test_the_flags_tell_what_is_not_to_be_trusted(app):
    def account(who):
        return app.me(app.token(who)).json["kakao_account"]

    assert account("placeholder")["profile"]["nickname"] == PLACEHOLDER
    assert account("placeholder")["profile"]["is_default_nickname"] is True
    assert account("no_picture")["profile"]["is_default_image"] is True
    assert account("unverified")["is_email_verified"] is False
    assert account("old_email")["is_email_valid"] is False
    assert account("old_email")["email"] == "ka***@example.com"
    assert account("no_email")["has_email"] is False


def test_image_links_are_https_when_asked_for(app):
    token = {"Authorization": f"Bearer {app.token('haneul')}"}

    plain = app.client.get("/v2/user/me", headers=token).json
    secure = app.client.get("/v2/user/me?secure_resource=true", headers=token).json

    for answer, scheme in (plain, "http:"), (secure, "https:"):
        profile = answer["kakao_account"]["profile"]
        assert profile["profile_image_url"].startswith(scheme)
        assert profile["profile_image_url"] == answer["properties"]["profile_image"]


def test_a_wrong_token_is_minus_401(app):
    refusal = app.me("wrong")

    assert refusal.status_code == 401
    assert refusal.json["code"] == -401


def test_unlinking_ends_everything_and_the_number_stays_the_same(app):
    token = app.token("haneul")
    bearer = {"Authorization": f"Bearer {token}"}

    answer = app.client.post("/v1/user/unlink", headers=bearer)

    assert answer.json == {"id": PEOPLE["haneul"].id}
    assert app.me(token).json["code"] == -401
    assert app.came_back(app.open(prompt="none"))["error"] == "consent_required"
    assert app.me(app.token("haneul")).json["id"] == PEOPLE["haneul"].id


def test_the_admin_key_lists_the_member_numbers_and_nothing_else_does(app):
    app.token("haneul")
    app.token("jieun")

    def ids(authorization, **query):
        headers = {"Authorization": authorization}
        return app.client.get("/v1/user/ids", query_string=query, headers=headers)

    numbers = sorted(PEOPLE[name].id for name in ("haneul", "jieun"))
    assert ids("KakaoAK sandbox-admin-key").json == {"elements": numbers, "total_count": 2}
    assert ids("KakaoAK sandbox-admin-key", limit=1).json["elements"] == numbers[:1]
    assert ids("KakaoAK sandbox-admin-key", limit=101).json["code"] == -2
    assert ids("KakaoAK x").json["code"] == -401
    assert ids("Bearer sandbox-admin-key").json["code"] == -401


def test_the_admin_key_unlinks_once_and_then_hears_minus_101(app):
    app.token("haneul")
    target = {"target_id_type": "user_id", "target_id": PEOPLE["haneul"].id}
    admin = {"Authorization": "KakaoAK sandbox-admin-key"}

    first = app.client.post("/v1/user/unlink", data=target, headers=admin)
    second = app.client.post("/v1/user/unlink", data=target, headers=admin)
    wrong = app.client.post("/v1/user/unlink", data=target, headers={"Authorization": "KakaoAK x"})

    assert first.json == {"id": PEOPLE["haneul"].id}
    assert (second.status_code, second.json["code"]) == (400, -101)
    assert (wrong.status_code, wrong.json["code"]) == (401, -401)


def test_log_out_ends_the_token_but_not_the_consent(app):
    token = app.token("haneul")
    bearer = {"Authorization": f"Bearer {token}"}
    info = app.client.get("/v1/user/access_token_info", headers=bearer).json
    assert info["id"] == PEOPLE["haneul"].id

    assert app.client.post("/v1/user/logout", headers=bearer).status_code == 200

    assert app.client.get("/v1/user/access_token_info", headers=bearer).status_code == 401
    assert "code" in app.came_back(app.open(prompt="none"))
