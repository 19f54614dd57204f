"""Turn Kakao's user info into a KakaoProfile (pure)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_USER_ID = 2**63 - 1
# Longer than anything Kakao sends.
MAX_NICKNAME_LENGTH, MAX_EMAIL_LENGTH, MAX_IMAGE_URL_LENGTH = 100, 254, 255
MAX_TERMS, MAX_TAG_LENGTH, MAX_TIMESTAMP_LENGTH = 10, 50, 40
PLACEHOLDER = "닉네임을등록해주세요"  # Kakao's text for someone without a nickname, without spaces


@dataclass(frozen=True)
class KakaoProfile:
    """A Kakao user. None: Kakao did not send the field, or not in a form we trust.

    :ivar unknown_fields: fields that Kakao neither sent nor declared to be gone: their stored
        values are kept. While Kakao has trouble, a response may hold nothing but the id.
    """

    kakao_id: int
    nickname: str | None = None
    email: str | None = None
    image_url: str | None = None
    agreed_terms: Sequence[Sequence[str]] = ()  # (tag, timestamp) of each term of Kakao Sync
    unknown_fields: Sequence[str] = ()


def parse_profile(payload: object) -> KakaoProfile | None:
    """Take what this site stores from the response of `/v2/user/me`.

    A wrong type counts as missing; missing flags are False, missing blocks are empty.

    :param payload: the parsed JSON, of whatever shape.
    :returns: None without a usable id, because then there is no one to sign in.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#req-user-info
    """
    if not isinstance(payload, dict):
        return None
    kakao_id = parse_user_id(payload.get("id"))
    if kakao_id is None:
        return None
    account = get_dict(payload, "kakao_account")
    profile = get_dict(account, "profile")
    properties = get_dict(payload, "properties")  # the older form, for what the newer lacks
    return KakaoProfile(
        kakao_id,
        nickname=parse_nickname(profile, properties),
        email=parse_email(account),
        image_url=parse_image_url(profile, properties),
        unknown_fields=find_unknown_fields(account, profile, properties),
    )


def parse_user_id(value: object) -> int | None:
    """Return a Kakao id: a positive 64-bit number, or its digits; None for anything else.

    Above 2**53 it must stay exact, so a float is none.
    """
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        value = int(value)
    # type() and not isinstance(): True is an int too.
    return value if type(value) is int and 0 < value <= MAX_USER_ID else None


def parse_nickname(profile: dict[str, Any], properties: dict[str, Any]) -> str | None:
    """Return the nickname that the person chose; None for none, or Kakao's placeholder."""
    if profile.get("is_default_nickname") is True:
        return None
    nickname = get_str(profile, "nickname") or get_str(properties, "nickname") or ""
    is_chosen = "".join(nickname.split()) not in ("", PLACEHOLDER)
    return nickname[:MAX_NICKNAME_LENGTH] if is_chosen else None


def parse_email(account: dict[str, Any]) -> str | None:
    """Return an e-mail address that Kakao calls valid and verified, or None.

    Any other may belong to someone else. Kakao masks some with asterisks.
    """
    email = get_str(account, "email") or ""
    is_trusted = account.get("is_email_valid") is True and account.get("is_email_verified") is True
    is_plausible = "@" in email and "*" not in email and email.isprintable()
    return email if is_trusted and is_plausible and len(email) <= MAX_EMAIL_LENGTH else None


def parse_image_url(profile: dict[str, Any], properties: dict[str, Any]) -> str | None:
    """Return the URL of a picture that the person chose, or None; https, as Kakao still uses http.

    A URL that could break out of an attribute is none.
    """
    if profile.get("is_default_image") is True:
        return None
    url = (
        get_str(profile, "thumbnail_image_url")
        or get_str(profile, "profile_image_url")
        or get_str(properties, "thumbnail_image")
        or get_str(properties, "profile_image")
        or ""
    )
    url = re.sub(r"^http://", "https://", url)
    usable = re.fullmatch(r"https://[A-Za-z0-9.-]+(/[^\s\"'<>\\]*)?", url)
    return url if usable and len(url) <= MAX_IMAGE_URL_LENGTH else None


def find_unknown_fields(
    account: dict[str, Any], profile: dict[str, Any], properties: dict[str, Any]
) -> tuple[str, ...]:
    """Return the names of the fields that the response neither gives nor declares to be gone."""
    unknown = []
    if not (
        account.get("email_needs_agreement") is True
        or account.get("has_email") is False
        or account.get("is_email_valid") is False
        or account.get("is_email_verified") is False
        or parse_email(account)
    ):
        unknown.append("email")
    if not (
        account.get("profile_image_needs_agreement", account.get("profile_needs_agreement")) is True
        or isinstance(account.get("profile"), dict)  # without the image: consent is gone
        or parse_image_url(profile, properties)
    ):
        unknown.append("image_url")
    return tuple(unknown)


def parse_terms(payload: object) -> tuple[tuple[str, str], ...]:
    """Return the tags of the agreed service terms, each with the timestamp that Kakao wrote.

    :param payload: the parsed JSON of `/v2/user/service_terms`, of whatever shape.

    https://developers.kakao.com/docs/latest/ko/kakaosync/rest-api#get-service-terms
    """
    terms = payload.get("service_terms") if isinstance(payload, dict) else None
    agreed = []
    for term in terms[:MAX_TERMS] if isinstance(terms, list) else []:
        if isinstance(term, dict) and term.get("agreed") is True:
            tag = get_str(term, "tag") or ""
            timestamp = get_str(term, "agreed_at") or ""
            if 0 < len(tag) <= MAX_TAG_LENGTH:
                agreed.append((tag, timestamp[:MAX_TIMESTAMP_LENGTH]))
    return tuple(agreed)


def get_dict(outer: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a JSON object within another; an empty one if it is missing or of another type."""
    inner = outer.get(name)
    return inner if isinstance(inner, dict) else {}


def get_str(outer: dict[str, Any], name: str) -> str | None:
    """Return a string within a JSON object; None if it is missing, not a string, or unusable."""
    value = outer.get(name)
    # Both are legal in JSON, but a lone surrogate cannot be encoded, and PostgreSQL stores no NUL.
    if not isinstance(value, str) or re.search(r"[\0\ud800-\udfff]", value):
        return None
    return value
