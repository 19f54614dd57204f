"""Names reserved for the site, and names that look like them."""

import pytest

from auth import nicknames
from auth.nicknames import reserved
from auth.nicknames.words import read_words

from . import reason

RESERVED = """
    운영자 관리자 공지 고객센터 오늘의집 너네집 오늘은너네집 카카오
    admin administrator root support official system null me api auth static
"""


@pytest.mark.parametrize(
    "name",
    [
        *RESERVED.split(),
        pytest.param("аdmin", id="Cyrillic a"),
        pytest.param("ＡＤＭＩＮ", id="full width"),
        pytest.param("𝐚𝐝𝐦𝐢𝐧", id="mathematical bold"),
        pytest.param("ádmin", id="accent"),
        pytest.param("⍺dmin", id="APL alpha"),
        pytest.param("⍺dmin1", id="APL alpha and a digit"),
        pytest.param("|admin|", id="bars, which look like l"),
        pytest.param("rססt", id="Hebrew samekh"),
        pytest.param("ㅋㅏㅋㅏㅇㅗ", id="in single jamo"),
        pytest.param("officiaI", id="capital I for l"),
        pytest.param("ADMlN", id="small l for I"),
        pytest.param("r00t", id="digits for letters"),
        pytest.param("adm1n", id="1 for i"),
        pytest.param("r00t1", id="digits for letters and a digit"),
        pytest.param("adm1n1", id="1 for i and a digit"),
        pytest.param("Мanager", id="Cyrillic capital before small letters"),
        pytest.param("adΜin", id="Greek capital among small letters"),
        pytest.param("admin 1", id="digit added"),
        pytest.param("1admin2", id="digits around"),
        pytest.param("관리자123", id="Hangul and digits"),
        pytest.param("관리자①", id="circled digit"),
        pytest.param("4dm1n", id="digits that stand for letters"),
        pytest.param("$upp0rt", id="signs that stand for letters"),
        pytest.param("ᴀᴅᴍɪɴ", id="small capitals"),
        pytest.param("🅰🅳🅼🅸🅽", id="letters in squares"),
        pytest.param("🅐🅓🅜🅘🅝", id="letters in black circles"),
        pytest.param("운영자🇰🇷", id="a flag behind"),
        pytest.param("운 영 자", id="spaces"),
        pytest.param("운.영.자", id="dots between"),
        pytest.param("운ㆍ영ㆍ자", id="the dot of Korean keyboards between"),
        pytest.param("[운영자]", id="brackets"),
        pytest.param("✨운영자✨", id="sparkles"),
        pytest.param("운\u200b영자", id="zero-width space"),
        pytest.param("닉네임을 등록해주세요", id="Kakao's placeholder"),
        pytest.param("관리자A", id="a letter behind"),
        pytest.param("VIP운영자", id="letters before"),
        pytest.param("운영ㅈr", id="r for the vowel"),
        pytest.param("오퍼레이터", id="operator in Hangul"),
        pytest.param("오늘은너네집지기", id="keeper of the site"),
        pytest.param("운영쟈", id="operator as children say it"),
        pytest.param("너네집보안팀", id="a team of the site"),
        pytest.param("카카오팀", id="a team of Kakao"),
        pytest.param("Neonejip", id="the site's name in Latin letters"),
        pytest.param("동네지기", id="keeper of the neighbourhood"),
        pytest.param("우리 동네 지기님", id="the same with spaces and a courtesy"),
        pytest.param("이장", id="village head"),
        pytest.param("마을 이장님", id="head of this village"),
        pytest.param("너네집 매니저", id="manager of the site"),
        pytest.param("관리자입니다", id="says who it is"),
    ],
)
def test_reserved(name):
    assert "쓸 수 없는 닉네임이에요" in reason(name)


@pytest.mark.parametrize(
    "name",
    [
        "이장우",
        "김이장",
        "파도지기",
        "등대지기",
        "운영이",
        "관리비",
        "장관리",
        "집사A",
        "대표이사집",
        "이장희",
    ],
)
def test_a_name_that_only_contains_a_title_is_free(name):
    assert nicknames.check(name) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("paypal", "раураІ", id="Cyrillic"),
        pytest.param("modern", "modem", id="one letter like two"),
        pytest.param("Ӄ", "𐒼", id="two letters like no other"),
    ],
)
def test_lookalikes_have_one_skeleton(one, other):
    assert reserved.letter_skeleton(one) == reserved.letter_skeleton(other)


def test_the_comment_in_a_word_list_is_not_a_word():
    assert not [word for word in read_words("reserved") if "#" in word or not word]
