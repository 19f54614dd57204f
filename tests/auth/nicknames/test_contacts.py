"""Telephone numbers, e-mail and street addresses are not made public as nicknames."""

import pytest

from auth import nicknames
from auth.nicknames import suggestions
from auth.nicknames.contacts import is_contact

from . import reason
from .everyday import everyday_names, everyday_words

CONTACTS = [
    "010-1234-5678",
    "01012345678",
    "010 1234 5678",
    "010.1234.5678",
    "０１０１２３４５６７８",
    "０１０－１２３４－５６７８",
    "(010)1234-5678",
    "+82 10-1234-5678",
    "+821012345678",
    "82-10-1234-5678",
    "공일공일이삼사오육칠팔",
    "O1O-1234-5678",
    "지은01012345678",
    "02-123-4567",
    "02)123-4567",
    "031-123-4567",
    "1588-1234",
    "+1 415 555 2671",
    "jieun@naver.com",
    "ｊｉｅｕｎ＠naver.com",
    "jieun @ gmail.com",
    "jieun골뱅이naver.com",
    "jieun at gmail.com",
    "서울시 강남구 테헤란로 12",
    "서울 마포구 연남동 239-1",
    "서울시 강남구 역삼동",
    "경기도 성남시 분당구 판교역로 235",
    "제주시 첨단로 242",
    "해운대구 우동 1408",
    "테헤란로 12",
    "강남대로 396",
    "테헤란로12길 3",
    "역삼동 123-4",
    "역삼동 12번지",
    "세종로1가 12-3",
    "○○아파트 101동 1203호",
    "101동1203호",
    "행복아파트 101동",
    "3층 302호",
    "12, Teheran-ro",
]
NOT_CONTACTS = [
    *("지은 1004", "지은94", "2024 2025", "19940101", "지은0102", "지은네집357", "010", "1234"),
    *("지은@집", "a@b", "302호", "강동 7", "이동 100", "1동 주민", "산 12번지", "동동 3"),
    *("맘대로 1", "마음대로 12", "그대로 2", "나대로 1", "홀로 7", "오늘도 홀로 2024", "새로 1"),
    *("바로 2", "사이로 3", "가로세로 3", "하늘길", "꽃길만 걷자", "도시 길 고양이"),
    *("역삼동 지은", "연남동토끼", "서울시민", "서울 사람 12", "서울시 구경", "제주도 푸른밤"),
    *("이공이삼", "일이삼사", "오이구이", "삼육구", "구구단 외우는 아이", "우리동네 1등"),
]


@pytest.mark.parametrize("text", CONTACTS)
def test_a_contact_from_kakao_is_not_made_public(text):
    assert "누구에게나 보여요" in reason(text, nicknames.from_kakao)


@pytest.mark.parametrize("text", CONTACTS)
def test_a_contact_is_refused_when_it_is_typed(text):
    assert "누구에게나 보여요" in reason(text)


@pytest.mark.parametrize("text", CONTACTS)
def test_no_suggestion_is_made_of_a_contact(text):
    assert suggestions.stem_of(text) is None


@pytest.mark.parametrize("text", NOT_CONTACTS)
def test_other_names_with_digits_or_places_are_not_contacts(text):
    assert not is_contact(text)


def test_everyday_names_are_not_contacts():
    assert [name for name in [*everyday_names(), *everyday_words()] if is_contact(name)] == []


def test_a_delimiter_beyond_the_limit_is_found():
    assert "누구에게나 보여요" in reason("가" * 25 + " 010-1234-5678", nicknames.from_kakao)


def test_the_reason_does_not_repeat_the_number():
    assert "1234" not in reason("010-1234-5678", nicknames.from_kakao)


@pytest.mark.parametrize(
    ("text", "is_adjusted"),
    [
        pytest.param("지은", False, id="as it is"),
        pytest.param(" 지은\u200b ", False, id="nothing that could be seen"),
        pytest.param("가" * 28, True, id="shortened"),
        pytest.param("a/b", True, id="without a slash"),
        pytest.param("지\u1100\u1161", False, id="composed"),
    ],
)
def test_a_visible_change_of_the_name_from_kakao_is_known(text, is_adjusted):
    assert nicknames.was_adjusted(text, nicknames.from_kakao(text)) is is_adjusted


def test_without_a_name_from_kakao_nothing_was_adjusted():
    assert not nicknames.was_adjusted(None, "지은네집")
