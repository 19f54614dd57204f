"""The token endpoint, OpenID Connect, and kapi."""

from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from sandbox.people import PEOPLE, PLACEHOLDER


def test_a_code_is_exchanged_for_tokens_that_fetch_the_profile(app):
    response = app.exchange(app.code("jieun"))

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json["token_type"] == "bearer"
    assert response.json["expires_in"] == 21599
    assert response.json["refresh_token_expires_in"] == 5183999
    assert response.json["scope"] == "account_email profile_image profile_nickname"
    assert "id_token" not in response.json
    me = app.me(response.json["access_token"]).json
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


def test_a_code_expires_after_ten_minutes(app, kakao):
    code = app.code("haneul")
    store = kakao.extensions["store"]
    grant = store.codes[code]
    store.codes[code] = replace(grant, expires_at=grant.expires_at - timedelta(minutes=10))

    assert app.exchange(code).json["error_code"] == "KOE320"


@pytest.mark.parametrize(
    ("changes", "status", "error_code"),
    [
        ({"client_id": "other"}, 401, "KOE101"),
        ({"client_secret": "other"}, 401, "KOE010"),
        ({"client_secret": None}, 401, "KOE010"),
        ({"client_secret": "비밀"}, 401, "KOE010"),
        ({"headers": {"Authorization": "Basic eDp5"}}, 401, "KOE010"),
        ({"grant_type": None}, 400, "KOE310"),
        ({"redirect_uri": "http://localhost:5000/other"}, 400, "KOE303"),
        ({"redirect_uri": None}, 400, "KOE303"),
        ({"code": None}, 400, "KOE320"),
        ({"code_verifier": "not-requested"}, 400, "KOE320"),
    ],
)
def test_the_token_endpoint_rejects_wrong_parameters(app, changes, status, error_code):
    error = app.exchange(**({"code": app.code("haneul")} | changes))

    assert error.status_code == status
    assert error.json["error_code"] == error_code


def test_parameters_in_the_url_are_ignored(app):
    response = app.client.post("/oauth/token?client_id=sandbox-rest-api-key")

    assert response.json["error_code"] == "KOE101"


@pytest.mark.parametrize(
    ("verifier", "status"), [(None, 400), ("wrong", 400), ("the right one", 200)]
)
def test_a_code_with_a_challenge_needs_its_verifier(app, verifier, status):
    code = app.code("haneul", **app.pkce)
    verifier = app.verifier if verifier == "the right one" else verifier

    assert app.exchange(code, code_verifier=verifier).status_code == status


def test_a_refresh_token_yields_a_new_access_token(app):
    first = app.exchange(app.code("haneul")).json

    refreshed = app.exchange(
        None, grant_type="refresh_token", refresh_token=first["refresh_token"]
    ).json

    assert app.me(refreshed["access_token"]).status_code == 200
    assert "refresh_token" not in refreshed
    unknown = app.exchange(None, grant_type="refresh_token", refresh_token="x")
    assert unknown.json["error_code"] == "KOE322"


def test_a_refreshed_id_token_has_no_nonce(app, kakao):
    first = app.exchange(app.code("haneul", scope="openid", nonce="n1")).json

    refreshed = app.exchange(
        None, grant_type="refresh_token", refresh_token=first["refresh_token"]
    ).json

    keys = KeySet(kakao.extensions["store"].keys)
    assert "nonce" not in jwt.decode(refreshed["id_token"], keys, algorithms=["RS256"]).claims


def test_the_id_token_verifies_against_the_published_keys(app):
    code = app.code("jieun", scope="openid profile_nickname account_email", nonce="n1")
    id_token = app.exchange(code).json["id_token"]
    discovery = app.client.get("/.well-known/openid-configuration").json
    keys = KeySet.import_key_set(app.client.get("/.well-known/jwks.json").json)

    token = jwt.decode(id_token, keys, algorithms=["RS256"])

    assert token.header["kid"] == keys.keys[0].kid
    assert token.claims["iss"] == discovery["issuer"] == "http://localhost"
    assert token.claims["aud"] == "sandbox-rest-api-key"
    assert token.claims["sub"] == "9007199254740993"
    assert token.claims["nonce"] == "n1"
    assert token.claims["nickname"] == "지은"
    assert token.claims["email"] == "jieun@example.com"
    assert "picture" not in token.claims


def test_an_unverified_email_is_not_in_the_id_token(app, kakao):
    code = app.code("unverified", scope="openid account_email")

    id_token = app.exchange(code).json["id_token"]

    keys = KeySet(kakao.extensions["store"].keys)
    assert "email" not in jwt.decode(id_token, keys, algorithms=["RS256"]).claims


def test_keys_rotate_and_the_previous_one_remains_published(app):
    before = app.client.get("/.well-known/jwks.json").json["keys"]
    app.client.post("/keys/rotate")

    after = app.client.get("/.well-known/jwks.json").json["keys"]

    assert after[0]["kid"] != before[0]["kid"]
    assert after[1:] == before
    assert "d" not in after[0]


def test_the_profile_has_only_what_was_consented_to(app):
    account = app.me(app.token("nameless")).json["kakao_account"]
    assert account["profile_nickname_needs_agreement"] is True
    assert "nickname" not in account["profile"]

    account = app.me(app.token("keeps_email")).json["kakao_account"]
    assert account["has_email"] is account["email_needs_agreement"] is True
    assert "email" not in account


def test_flags_mark_what_cannot_be_trusted(app):
    def account(name):
        return app.me(app.token(name)).json["kakao_account"]

    assert account("placeholder")["profile"]["nickname"] == PLACEHOLDER
    assert account("placeholder")["profile"]["is_default_nickname"] is True
    assert account("no_picture")["profile"]["is_default_image"] is True
    assert account("unverified")["is_email_verified"] is False
    assert account("old_email")["is_email_valid"] is False
    assert account("old_email")["email"] == "ka***@example.com"
    assert account("no_email")["has_email"] is False


def test_image_urls_are_https_on_request(app):
    token = {"Authorization": f"Bearer {app.token('haneul')}"}

    plain = app.client.get("/v2/user/me", headers=token).json
    secure = app.client.get("/v2/user/me?secure_resource=true", headers=token).json

    for payload, scheme in (plain, "http:"), (secure, "https:"):
        profile = payload["kakao_account"]["profile"]
        assert profile["profile_image_url"].startswith(scheme)
        assert profile["profile_image_url"] == payload["properties"]["profile_image"]


def test_a_wrong_token_gets_minus_401(app):
    error = app.me("wrong")

    assert error.status_code == 401
    assert error.json["code"] == -401


def test_unlinking_revokes_everything_but_the_user_id_stays_the_same(app):
    token = app.token("haneul")
    bearer = {"Authorization": f"Bearer {token}"}

    response = app.client.post("/v1/user/unlink", headers=bearer)

    assert response.json == {"id": PEOPLE["haneul"].id}
    assert app.me(token).json["code"] == -401
    assert app.callback(app.open(prompt="none"))["error"] == "consent_required"
    assert app.me(app.token("haneul")).json["id"] == PEOPLE["haneul"].id


def test_only_the_admin_key_can_list_the_user_ids(app):
    app.token("haneul")
    app.token("jieun")

    def ids(authorization, **query):
        headers = {"Authorization": authorization}
        return app.client.get("/v1/user/ids", query_string=query, headers=headers)

    user_ids = sorted(PEOPLE[name].id for name in ("haneul", "jieun"))
    assert ids("KakaoAK sandbox-admin-key").json == {"elements": user_ids, "total_count": 2}
    assert ids("KakaoAK sandbox-admin-key", limit=1).json["elements"] == user_ids[:1]
    assert ids("KakaoAK sandbox-admin-key", limit=101).json["code"] == -2
    assert ids("KakaoAK x").json["code"] == -401
    assert ids("Bearer sandbox-admin-key").json["code"] == -401


def test_a_second_unlink_by_the_admin_key_gets_minus_101(app):
    app.token("haneul")
    target = {"target_id_type": "user_id", "target_id": PEOPLE["haneul"].id}
    admin = {"Authorization": "KakaoAK sandbox-admin-key"}

    first = app.client.post("/v1/user/unlink", data=target, headers=admin)
    second = app.client.post("/v1/user/unlink", data=target, headers=admin)
    wrong = app.client.post("/v1/user/unlink", data=target, headers={"Authorization": "KakaoAK x"})

    assert first.json == {"id": PEOPLE["haneul"].id}
    assert (second.status_code, second.json["code"]) == (400, -101)
    assert (wrong.status_code, wrong.json["code"]) == (401, -401)


def test_logout_revokes_the_token_but_not_the_consent(app):
    token = app.token("haneul")
    bearer = {"Authorization": f"Bearer {token}"}
    info = app.client.get("/v1/user/access_token_info", headers=bearer).json
    assert info["id"] == PEOPLE["haneul"].id

    assert app.client.post("/v1/user/logout", headers=bearer).status_code == 200

    assert app.client.get("/v1/user/access_token_info", headers=bearer).status_code == 401
    assert "code" in app.callback(app.open(prompt="none"))
