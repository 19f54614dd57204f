"""Kakao's answer to "who is it?" becomes a KakaoProfile (pure)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

HIGHEST_ID = 2**63 - 1
# Longer than anything Kakao gives; what waits in the cookie must stay small.
LONGEST_NICKNAME, LONGEST_EMAIL, LONGEST_IMAGE_URL = 100, 254, 255
MOST_TERMS, LONGEST_TAG, LONGEST_MOMENT = 10, 50, 40
PLACEHOLDER = "닉네임을등록해주세요"  # Kakao's text for who never chose a nickname, without spaces


@dataclass(frozen=True)
class KakaoProfile:
    """Who came back from Kakao. What Kakao did not say, or not reliably, is None."""

    kakao_id: int
    nickname: str | None = None
    email: str | None = None
    image_url: str | None = None
    agreed: Sequence[Sequence[str]] = ()  # (tag, moment) of each term agreed to in Kakao Sync


def read(answer: object) -> KakaoProfile | None:
    """Take what this site keeps from the answer of `/v2/user/me`.

    A wrong type counts as not said: missing flags are False, missing blocks are empty.

    :param answer: the parsed JSON, of whatever shape.
    :returns: None when the answer has no usable id, because then nobody came.

    https://developers.kakao.com/docs/latest/ko/kakaologin/rest-api#req-user-info
    """
    kakao_id = read_id(block({"answer": answer}, "answer").get("id"))
    if kakao_id is None:
        return None
    account = block(answer, "kakao_account")
    profile = block(account, "profile")
    properties = block(answer, "properties")  # the older place, used when the newer is silent
    return KakaoProfile(
        kakao_id,
        nickname=read_nickname(profile, properties),
        email=read_email(account),
        image_url=read_image_url(profile, properties),
    )


def read_id(value: object) -> int | None:
    """A positive 64-bit number, also as a text of digits; above 2**53 it must stay exact."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        value = int(value)
    # type() and not isinstance(): True is an int too.
    return value if type(value) is int and 0 < value <= HIGHEST_ID else None


def read_nickname(profile: dict, properties: dict) -> str | None:
    """The nickname that the person chose; the older place repeats the placeholder as well."""
    if profile.get("is_default_nickname") is True:
        return None
    nickname = text(profile, "nickname") or text(properties, "nickname") or ""
    is_chosen = "".join(nickname.split()) not in ("", PLACEHOLDER)
    return nickname[:LONGEST_NICKNAME] if is_chosen else None


def read_email(account: dict) -> str | None:
    """An address that Kakao calls both valid and verified; any other may be somebody else's."""
    email = text(account, "email")
    trusted = account.get("is_email_valid") is True and account.get("is_email_verified") is True
    plausible = email and "@" in email and "*" not in email and len(email) <= LONGEST_EMAIL
    return email if trusted and plausible and email.isprintable() else None


def read_image_url(profile: dict, properties: dict) -> str | None:
    """The https address of a picture that the person chose; Kakao still writes http."""
    if profile.get("is_default_image") is True:
        return None
    url = (
        text(profile, "thumbnail_image_url")
        or text(profile, "profile_image_url")
        or text(properties, "thumbnail_image")
        or text(properties, "profile_image")
        or ""
    )
    url = re.sub(r"^http://", "https://", url)
    usable = re.fullmatch(r"https://[A-Za-z0-9.-]+(/[^\s\"'<>\\]*)?", url)
    return url if usable and len(url) <= LONGEST_IMAGE_URL else None


def read_terms(answer: object) -> tuple[tuple[str, str], ...]:
    """The tags of the service terms that were agreed to, each with its moment as Kakao wrote it.

    :param answer: the parsed JSON of `/v2/user/service_terms`, of whatever shape.

    https://developers.kakao.com/docs/latest/ko/kakaosync/rest-api#get-service-terms
    """
    terms = answer.get("service_terms") if isinstance(answer, dict) else None
    return tuple(
        (tag, (text(term, "agreed_at") or "")[:LONGEST_MOMENT])
        for term in (terms if isinstance(terms, list) else [])[:MOST_TERMS]
        if isinstance(term, dict)
        and term.get("agreed") is True
        and (tag := text(term, "tag"))
        and len(tag) <= LONGEST_TAG
    )


def block(outer: object, name: str) -> dict:
    inner = outer.get(name) if isinstance(outer, dict) else None
    return inner if isinstance(inner, dict) else {}


def text(outer: dict, name: str) -> str | None:
    value = outer.get(name)
    # Both are legal in JSON; a lone surrogate fits no page, and NUL not into PostgreSQL.
    if not isinstance(value, str) or re.search(r"[\0\ud800-\udfff]", value):
        return None
    return value
