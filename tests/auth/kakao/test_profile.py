"""Profiles parsed from the user info, in every shape it may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.kakao.profile import parse_profile


def account(**fields):
    return {"id": 1, "kakao_account": fields}


@pytest.mark.parametrize(
    ("kakao_id", "expected"),
    [
        pytest.param(1, 1, id="small"),
        pytest.param(2**53 + 1, 2**53 + 1, id="beyond a float's reach"),
        pytest.param(2**63 - 1, 2**63 - 1, id="the largest"),
        pytest.param("9007199254740993", 9007199254740993, id="a text of digits"),
    ],
)
def test_an_id_is_parsed_exactly(kakao_id, expected):
    assert parse_profile({"id": kakao_id}).kakao_id == expected


@pytest.mark.parametrize(
    "kakao_id",
    [
        0,
        -1,
        2**63,
        True,
        False,
        None,
        1.0,
        1.5,
        "",
        "0",
        "-1",
        "1.0",
        pytest.param("１", id="a full-width digit"),
        "1e3",
        "a",
        [],
        {},
        [1],
    ],
    ids=repr,
)
def test_a_response_without_a_valid_id_is_not_a_profile(kakao_id):
    assert parse_profile({"id": kakao_id}) is None


@pytest.mark.parametrize("response", [None, [], [1], "text", 7, True, {}, {"msg": "no"}], ids=repr)
def test_a_malformed_response_is_not_a_profile(response):
    assert parse_profile(response) is None


@pytest.mark.parametrize(
    ("response", "nickname"),
    [
        pytest.param(account(profile={"nickname": "지은"}), "지은", id="in the profile"),
        pytest.param({"id": 1, "properties": {"nickname": "지은"}}, "지은", id="in the properties"),
        pytest.param(
            account(profile={"nickname": "지은"}) | {"properties": {"nickname": "민수"}},
            "지은",
            id="the profile wins",
        ),
        pytest.param(account(profile={"nickname": 7}), None, id="a number"),
        pytest.param(account(profile={"nickname": ""}), None, id="empty"),
        pytest.param(account(profile=["지은"]), None, id="profile is a list"),
        pytest.param({"id": 1, "kakao_account": None}, None, id="no account"),
        pytest.param(
            account(profile={"nickname": "지은", "is_default_nickname": True}),
            None,
            id="default nickname",
        ),
        pytest.param(
            account(profile={"nickname": "지은", "is_default_nickname": True})
            | {"properties": {"nickname": "지은"}},
            None,
            id="default nickname in both places",
        ),
        pytest.param(
            account(profile={"nickname": " 닉네임을 등록해주세요 "}), None, id="placeholder"
        ),
        pytest.param(
            account(profile={"nickname": "닉네임을  등록해 주세요"}), None, id="placeholder, spaced"
        ),
        pytest.param(account(profile={"nickname": "\ud83d"}), None, id="half an emoji"),
        pytest.param(account(profile={"nickname": "가" * 500}), "가" * 100, id="endless"),
    ],
)
def test_nickname(response, nickname):
    assert parse_profile(response).nickname == nickname


TRUSTED = {"is_email_valid": True, "is_email_verified": True}


@pytest.mark.parametrize(
    ("fields", "email"),
    [
        pytest.param({"email": "a@b.kr", **TRUSTED}, "a@b.kr", id="valid and verified"),
        pytest.param({"email": "a@b.kr"}, None, id="flags missing"),
        pytest.param({"email": "a@b.kr", **TRUSTED, "is_email_valid": False}, None, id="invalid"),
        pytest.param(
            {"email": "a@b.kr", **TRUSTED, "is_email_verified": False}, None, id="unverified"
        ),
        pytest.param(
            {"email": "a@b.kr", **TRUSTED, "is_email_valid": "true"}, None, id="flag as text"
        ),
        pytest.param({"email": "ka***@b.kr", **TRUSTED}, None, id="masked"),
        pytest.param({"email": ["a@b.kr"], **TRUSTED}, None, id="a list"),
        pytest.param({"email": "a" * 250 + "@b.kr", **TRUSTED}, None, id="too long"),
    ],
)
def test_an_email_counts_only_if_kakao_vouches_for_it(fields, email):
    assert parse_profile(account(**fields)).email == email


@pytest.mark.parametrize(
    ("profile", "image_url"),
    [
        pytest.param(
            {"thumbnail_image_url": "http://k.kakaocdn.net/a.jpg"},
            "https://k.kakaocdn.net/a.jpg",
            id="http becomes https",
        ),
        pytest.param(
            {"thumbnail_image_url": "https://k.kakaocdn.net/a.jpg", "is_default_image": True},
            None,
            id="the grey person",
        ),
        pytest.param({"thumbnail_image_url": "javascript:alert(1)"}, None, id="not an address"),
        pytest.param({"thumbnail_image_url": 'https://a.b/"><script>'}, None, id="markup"),
        pytest.param({"thumbnail_image_url": "https://a.b/\0"}, None, id="NUL"),
        pytest.param({"thumbnail_image_url": 7}, None, id="a number"),
        pytest.param({"thumbnail_image_url": "https://a.b/" + "a" * 300}, None, id="too long"),
        pytest.param({}, None, id="none"),
    ],
)
def test_image(profile, image_url):
    assert parse_profile(account(profile=profile)).image_url == image_url


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
shapes = st.fixed_dictionaries(
    {},
    optional={
        "id": json_values | st.integers(1, 2**63 - 1),
        "properties": json_values | st.dictionaries(st.just("nickname"), json_values),
        "kakao_account": json_values
        | st.fixed_dictionaries(
            {},
            optional={
                "email": json_values,
                "is_email_valid": json_values,
                "is_email_verified": json_values,
                "profile": json_values
                | st.dictionaries(
                    st.sampled_from(["nickname", "thumbnail_image_url", "is_default_image"]),
                    json_values,
                ),
            },
        ),
    },
)


@given(json_values | shapes)
def test_any_response_is_either_no_profile_or_one_with_a_valid_id(response):
    profile = parse_profile(response)

    assert profile is None or (type(profile.kakao_id) is int and 0 < profile.kakao_id < 2**63)


IMAGE = {"thumbnail_image_url": "https://k.kakaocdn.net/1.jpg"}
EMAIL = {"email": "a@b.example", "is_email_valid": True, "is_email_verified": True}
INVALID, UNVERIFIED = {"is_email_valid": False}, {"is_email_verified": False}
CLEAR_OR_NOT = {
    "the id alone": ({"id": 1}, {"email", "image_url"}),
    "an empty account": (account(), {"email", "image_url"}),
    "an account that is a list": ({"id": 1, "kakao_account": []}, {"email", "image_url"}),
    "everything": (account(profile=IMAGE, **EMAIL), set()),
    "no e-mail agreed to": (account(profile=IMAGE, email_needs_agreement=True), set()),
    "no e-mail at Kakao": (account(profile=IMAGE, has_email=False), set()),
    "nothing about the e-mail": (account(profile=IMAGE, has_email=True), {"email"}),
    "someone else's e-mail": (
        account(profile=IMAGE, **EMAIL | INVALID),
        set(),
    ),
    "an unverified e-mail": (
        account(profile=IMAGE, **EMAIL | UNVERIFIED),
        set(),
    ),
    "an e-mail without flags": (account(profile=IMAGE, email="a@b.example"), {"email"}),
    "a flag as text": (account(email_needs_agreement="true", **IMAGE), {"email", "image_url"}),
    "a profile without image": (account(profile={"nickname": "지은"}, **EMAIL), set()),
    "the default image": (account(profile=IMAGE | {"is_default_image": True}, **EMAIL), set()),
    "no profile": (account(**EMAIL), {"image_url"}),
    "a profile that is text": (account(profile="지은", **EMAIL), {"image_url"}),
    "no profile agreed to": (account(profile_needs_agreement=True, **EMAIL), set()),
    "no image agreed to": (account(profile_image_needs_agreement=True, **EMAIL), set()),
    "an image but no nickname agreed to": (
        account(profile_needs_agreement=True, profile_image_needs_agreement=False, **EMAIL),
        {"image_url"},
    ),
    "an image in the older place": (
        account(**EMAIL) | {"properties": {"profile_image": "https://k.kakaocdn.net/1.jpg"}},
        set(),
    ),
}


@pytest.mark.parametrize(("payload", "unknown"), CLEAR_OR_NOT.values(), ids=CLEAR_OR_NOT)
def test_only_a_clear_statement_says_that_something_is_gone(payload, unknown):
    assert set(parse_profile(payload).unknown_fields) == unknown
