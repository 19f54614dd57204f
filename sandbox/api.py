"""kapi: who it is, unlink, log-out, and what a token is good for."""

from flask import Blueprint, abort, jsonify, request

from sandbox.errors import kapi_error
from sandbox.memory import Grant, memory, now
from sandbox.oauth import about, same
from sandbox.people import Person

APP_ID = 100001

bp = Blueprint("api", __name__)


def init_app(app):
    app.register_blueprint(bp)


@bp.route("/v2/user/me", methods=["GET", "POST"])
def me():
    """Everything the person agreed to tell; https image links with secure_resource=true."""
    person_id = caller()
    person, link = memory.people[person_id], memory.links[person_id]
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
def userinfo():
    return about(bearer())


@bp.get("/v1/user/access_token_info")
def access_token_info():
    grant = bearer()
    left = int((grant.expires_at - now()).total_seconds())
    return {"id": grant.person_id, "expires_in": left, "app_id": APP_ID}


@bp.get("/v1/user/ids")
def user_ids():
    """The member numbers of the app, for the admin key only."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    check_admin_key(key if kind == "KakaoAK" else "")
    limit = request.args.get("limit", "100")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit) <= 100):
        abort(kapi_error(-2, "limit must be between 1 and 100"))
    ids = sorted(memory.links)
    return {"elements": ids[: int(limit)], "total_count": len(ids)}


@bp.get("/v2/user/scopes")
def scopes():
    person_id = caller()
    agreed = memory.links[person_id].scopes
    return {"id": person_id, "scopes": [{"id": name, "agreed": True} for name in sorted(agreed)]}


@bp.get("/v2/user/service_terms")
def service_terms():
    """Kakao Sync: the terms that were shown, by tag; here all are agreed to."""
    person_id = caller()
    link = memory.links[person_id]
    agreed_at = link.connected_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": person_id,
        "service_terms": [
            {"tag": tag, "required": True, "agreed": True, "agreed_at": agreed_at}
            for tag in sorted(link.terms)
        ],
    }


@bp.post("/v1/user/logout")
def log_out():
    """End this app's tokens; the consent stays."""
    person_id = caller()
    memory.end_tokens(person_id)
    return {"id": person_id}


@bp.post("/v1/user/unlink")
def unlink():
    """End tokens and consents; the same member number comes back if the person does."""
    person_id = caller()
    if not memory.unlink(person_id):  # somebody else was faster
        abort(kapi_error(-101))
    return {"id": person_id}


def caller() -> int:
    """The member number this call is about: the token's owner, or the admin key's target."""
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind != "KakaoAK":
        return bearer().person_id
    check_admin_key(key)
    target = request.values.get("target_id", "")
    if request.values.get("target_id_type") != "user_id" or not target.isdecimal():
        abort(kapi_error(-2, "target_id_type and target_id are required"))
    if int(target) not in memory.links:
        abort(kapi_error(-101))
    return int(target)


def check_admin_key(key: str) -> None:
    if not same(key, memory.admin_key):
        abort(kapi_error(-401, f"wrong appKey({key}) format"))  # Kakao echoes the key, too


def bearer() -> Grant:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = memory.access_tokens.get(token) if kind == "Bearer" else None
    if grant is None or grant.is_expired or grant.person_id not in memory.links:
        abort(kapi_error(-401))
    return grant


def kakao_account(person: Person, agreed: frozenset[str]) -> dict:
    nickname, image = "profile_nickname" in agreed, "profile_image" in agreed
    account = {
        "profile_needs_agreement": not (nickname and image),
        "profile_nickname_needs_agreement": not nickname,
        "profile_image_needs_agreement": not image,
    }
    profile = {}
    if nickname:
        profile |= {
            "nickname": person.nickname,
            "is_default_nickname": person.is_default_nickname,
        }
    if image:
        profile |= {
            "thumbnail_image_url": secured(person.thumbnail_url),
            "profile_image_url": secured(person.image_url),
            "is_default_image": person.is_default_image,
        }
    if profile:
        account["profile"] = profile
    return account | email_part(person, "account_email" in agreed)


def email_part(person: Person, agreed: bool) -> dict:
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


def secured(address: str) -> str:
    if request.values.get("secure_resource") == "true":
        return address.replace("http://", "https://", 1)
    return address
