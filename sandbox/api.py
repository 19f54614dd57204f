"""kapi: user info, consents, token info, logout, unlink."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from .errors import kapi_error
from .oauth import constant_time_equal, userinfo_claims
from .people import Person
from .store import Grant, now, store

APP_ID = 100001

bp = Blueprint("api", __name__)


@bp.route("/v2/user/me", methods=["GET", "POST"])
def me() -> Response:
    """Return the user info that the person shares; https image URLs if secure_resource=true."""
    person_id = caller()
    person, link = store.people[person_id], store.links[person_id]
    account = kakao_account(person, link.scopes)
    profile = account.get("profile", {})
    properties = {
        "nickname": profile.get("nickname"),
        "profile_image": profile.get("profile_image_url"),
        "thumbnail_image": profile.get("thumbnail_image_url"),
    }
    return jsonify(
        id=person.id,
        connected_at=link.connected_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        properties={name: value for name, value in properties.items() if value is not None},
        kakao_account=account,
    )


@bp.get("/v1/oidc/userinfo")
def userinfo() -> ResponseReturnValue:
    """Return OpenID Connect's claims."""
    return userinfo_claims(bearer())


@bp.get("/v1/user/access_token_info")
def access_token_info() -> ResponseReturnValue:
    """Return the owner of an access token, and the seconds until it expires."""
    grant = bearer()
    remaining_seconds = int((grant.expires_at - now()).total_seconds())
    return {"id": grant.person_id, "expires_in": remaining_seconds, "app_id": APP_ID}


@bp.get("/v1/user/ids")
def user_ids() -> ResponseReturnValue:
    """Return the user ids of the app, for the admin key only."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    check_admin_key(key if scheme == "KakaoAK" else "")
    limit = request.args.get("limit", "100")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= 100):
        abort(kapi_error(-2, "limit must be between 1 and 100"))
    ids = sorted(store.links)
    return {"elements": ids[: int(limit)], "total_count": len(ids)}


@bp.get("/v2/user/scopes")
def scopes() -> ResponseReturnValue:
    """Return the consent items that the person agreed to."""
    person_id = caller()
    agreed = store.links[person_id].scopes
    return {"id": person_id, "scopes": [{"id": name, "agreed": True} for name in sorted(agreed)]}


@bp.get("/v2/user/service_terms")
def service_terms() -> ResponseReturnValue:
    """Return the shown terms of Kakao Sync, by tag; the sandbox counts all as agreed to."""
    person_id = caller()
    link = store.links[person_id]
    agreed_at = link.connected_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": person_id,
        "service_terms": [
            {"tag": tag, "required": True, "agreed": True, "agreed_at": agreed_at}
            for tag in sorted(link.terms)
        ],
    }


@bp.post("/v1/user/logout")
def log_out() -> ResponseReturnValue:
    """Revoke this app's tokens; the consent remains."""
    person_id = caller()
    store.revoke_tokens(person_id)
    return {"id": person_id}


@bp.post("/admin-keys")
def add_admin_key() -> ResponseReturnValue:
    """Add an admin key with its allowed paths, both in JSON. Kakao has no such endpoint."""
    payload = request.get_json()
    store.limited_admin_keys[payload["key"]] = frozenset(payload["apis"])
    return {}


@bp.post("/v1/user/unlink")
def unlink() -> ResponseReturnValue:
    """Delete tokens and consents; someone who comes back has the same user id."""
    person_id = caller()
    if not store.unlink(person_id):  # a concurrent call was faster
        abort(kapi_error(-101))
    return {"id": person_id}


def caller() -> int:
    """Return the user id of the token's owner, or of the target of a call with the admin key."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "KakaoAK":
        return bearer().person_id
    check_admin_key(key)
    target = request.values.get("target_id", "")
    if request.values.get("target_id_type") != "user_id" or not target.isdecimal():
        abort(kapi_error(-2, "target_id_type and target_id are required"))
    if int(target) not in store.links:
        abort(kapi_error(-101))
    return int(target)


def check_admin_key(key: str) -> None:
    """Abort unless the key may call this path."""
    if constant_time_equal(key, store.admin_key):
        return
    allowed = store.limited_admin_keys.get(key)
    if allowed is None:
        abort(kapi_error(-401, f"wrong appKey({key}) format"))  # Kakao echoes the key, too
    if request.path not in allowed:
        abort(kapi_error(-3, f"appKey({key}) is not allowed to call this api"))


def bearer() -> Grant:
    """Return the grant of the access token, or abort."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = store.access_tokens.get(token) if scheme == "Bearer" else None
    if grant is None or grant.is_expired or grant.person_id not in store.links:
        abort(kapi_error(-401))
    return grant


def kakao_account(person: Person, agreed: frozenset[str]) -> dict[str, Any]:
    """Return the kakao_account of user info, limited to the agreed items."""
    nickname, image = "profile_nickname" in agreed, "profile_image" in agreed
    account: dict[str, object] = {
        "profile_needs_agreement": not (nickname and image),
        "profile_nickname_needs_agreement": not nickname,
        "profile_image_needs_agreement": not image,
    }
    profile: dict[str, object] = {}
    if nickname:
        profile |= {
            "nickname": person.nickname,
            "is_default_nickname": person.is_default_nickname,
        }
    if image:
        profile |= {
            "thumbnail_image_url": with_https(person.thumbnail_url),
            "profile_image_url": with_https(person.image_url),
            "is_default_image": person.is_default_image,
        }
    if profile:
        account["profile"] = profile
    return account | email_part(person, "account_email" in agreed)


def email_part(person: Person, agreed: bool) -> dict[str, Any]:
    """Return the fields about the e-mail address."""
    if person.email is None:
        return {"has_email": False, "email_needs_agreement": False}
    if not agreed:
        return {"has_email": True, "email_needs_agreement": True}
    return {
        "has_email": True,
        "email_needs_agreement": False,
        "is_email_valid": person.is_email_valid,
        "is_email_verified": person.is_email_verified,
        "email": person.shown_email,
    }


def with_https(url: str) -> str:
    """Return the URL, with https if the call asks for secure_resource."""
    if request.values.get("secure_resource") == "true":
        return url.replace("http://", "https://", 1)
    return url
