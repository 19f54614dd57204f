"""Which nicknames are allowed, and the message for each that is not."""

import unicodedata
from urllib.parse import quote, unquote, urlsplit

import pytest
import regex
from hypothesis import example, given

from auth import nicknames
from auth.nicknames import InvalidNicknameError

from . import ANY_TEXT, FAMILY, reason

PEOPLE = """
    지은 민수 김민수 홍길동 남궁민 제갈공명 은하 다은 현우 서연 관우 영자 순자 공주 하늘 별이 나무
    지은네집 햇살드는지은 집순이 집꾸미는사람 살림하는여자 자취9년차 신혼부부 우리집고양이 곰돌이
    ㅋㅋ ㅎㅇ ㅠㅠ ㅋㅋㅋ지은 지은ㅎㅎ 뷁똠 ᄒᆞᆫ글 ❤️❤️ 🐱🐶 지은❤️ 🇰🇷🇰🇷 1234 2024 지은94 지은1004
    jieun Jieun kim.minsu min-su min_su O'Neil José Zoë Łukasz Иван さくら 小明 محمد नमस्ते สวัสดี
    제이미 메이 미미 meme mimi apl mega maple Anna mina Melli admiral adam rooty supporter homebody
    Ali ALI Mia MALI Emil LIAM me2you 하ㆍ늘
    카카오톡조아 운영자아님 관리자의딸 공지영 고객센터장 이벤트왕 안내견 신고은 시스템에어컨
    지은@집 지은+민수 지은&민수 a;b <지은> "지은" 지은! ~지은~ (지은) 지은. ..지은 --
"""


@pytest.mark.parametrize("name", PEOPLE.split())
def test_people_may_be_called(name):
    assert nicknames.check(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param(None, "카카오 닉네임을 받지 못했어요. 하나만 골라 주세요.", id="not given"),
        pytest.param("", "닉네임을 적어 주세요.", id="empty"),
        pytest.param(" \t ", "닉네임을 적어 주세요.", id="blank"),
        pytest.param("\u3164\u3164", "보이지 않는 글자만", id="fillers"),
        pytest.param("\u200b\u200b\u200b", "보이지 않는 글자만", id="zero-width"),
        pytest.param("은", "2자에서 20자까지", id="one syllable"),
        pytest.param("\u1100\u1161\u11a8", "2자에서 20자까지", id="one decomposed syllable"),
        pytest.param(FAMILY, "2자에서 20자까지", id="one family"),
        pytest.param("가" * 21, "2자에서 20자까지", id="21 syllables"),
        pytest.param("a" + "\u0301" * 70 + "b", "겹쳐 쓴 글자", id="pile of marks"),
        pytest.param("a" + "\u0301" * 8 + "b", "겹쳐 쓴 글자", id="small pile of marks"),
        pytest.param("ﷺ" * 9, "겹쳐 쓴 글자", id="key longer than its column"),
        pytest.param("지은/민수", "닉네임에 / 기호는", id="slash"),
        pytest.param("지은\\", "닉네임에 \\ 기호는", id="backslash"),
        pytest.param("누구?", "닉네임에 ? 기호는", id="question mark"),
        pytest.param("#지은", "닉네임에 # 기호는", id="hash"),
        pytest.param("100%%?", "닉네임에 % ? 기호는", id="percent, once"),
        pytest.param("..", "점만으로는", id="two dots"),
        pytest.param(". . .", "점만으로는", id="dots and spaces"),
        pytest.param("．．", "점만으로는", id="full-width dots"),
        pytest.param("……", "점만으로는", id="ellipses"),
    ],
)
def test_invalid_nicknames(name, why):
    assert why in reason(name)


def test_twenty_families_fit_no_column_but_five_do():
    assert nicknames.check(FAMILY * 5) == FAMILY * 5
    assert "겹쳐 쓴 글자" in reason(FAMILY * 20)


@given(ANY_TEXT)
@example("..")
@example("ﷺ" * 9)
def test_a_name_that_passed_keeps_every_rule(text):
    try:
        name = nicknames.check(text)
    except InvalidNicknameError:
        return

    assert nicknames.check(name) == name == nicknames.normalize(text)
    assert 2 <= len(regex.findall(r"\X", name)) <= 20
    assert len(name) <= 60
    assert 0 < len(nicknames.key(name)) <= nicknames.MAX_KEY_LENGTH
    assert set(name) - set(". ")


@given(ANY_TEXT)
def test_a_valid_nickname_works_in_a_url(text):
    try:
        name = nicknames.check(text)
    except InvalidNicknameError:
        return

    address = urlsplit(f"https://home.example/@{quote(name)}")
    assert unquote(address.path) == f"/@{name}"
    assert not regex.search(r"[/\\?#%]", name)


# What Kakao sends


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        pytest.param("지은", "지은", id="as it is"),
        pytest.param(" 지은\u200b ", "지은", id="tidied"),
        pytest.param("지은/민수?", "지은 민수", id="spaces for signs of a path"),
        pytest.param("가" * 30, "가" * 20, id="cut"),
        pytest.param("가" * 19 + " 나다", "가" * 19, id="no space left at the cut"),
        pytest.param("가" * 19 + FAMILY * 2, "가" * 19 + FAMILY, id="cut between families"),
        pytest.param(FAMILY * 20, FAMILY * 8, id="cut by code points"),
        pytest.param("ﷺ" * 20, "ﷺ" * 8, id="cut by the length of the key"),
    ],
)
def test_a_name_from_kakao_is_made_to_fit(given_name, name):
    assert nicknames.from_kakao(given_name) == name


@pytest.mark.parametrize(
    ("given_name", "why"),
    [
        pytest.param(None, "받지 못했어요", id="not given"),
        pytest.param("", "받지 못했어요", id="empty"),
        pytest.param("  ", "받지 못했어요", id="blank"),
        pytest.param("???", "그대로 쓸 수 없어요", id="only signs"),
        pytest.param("\u3164", "그대로 쓸 수 없어요", id="filler"),
        pytest.param("a" + "\u0301" * 80, "그대로 쓸 수 없어요", id="pile of marks"),
        pytest.param("은", "2자에서 20자까지", id="too short"),
        pytest.param("운영자", "쓸 수 없는 닉네임이에요", id="reserved"),
    ],
)
def test_a_name_from_kakao_that_is_rejected(given_name, why):
    assert why in reason(given_name, nicknames.from_kakao)


@given(ANY_TEXT)
def test_a_name_from_kakao_keeps_every_rule(text):
    try:
        name = nicknames.from_kakao(text)
    except InvalidNicknameError:
        return

    assert nicknames.check(name) == name


# What people read


def test_the_message_can_be_translated():
    error = nicknames.already_taken("지은")

    assert str(error) == "'지은'은 이미 누군가 쓰고 있어요."
    assert error.message == "'%(nickname)s'%(particle)s 이미 누군가 쓰고 있어요."
    assert error.params == {"nickname": "지은", "particle": "은"}


def test_the_message_repeats_any_name_as_it_is():
    assert str(nicknames.already_taken("%(민수)s%")) == "'%(민수)s%'는 이미 누군가 쓰고 있어요."
