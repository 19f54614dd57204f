"""Which names people may bear, how they are shown, and which of them are one name."""

import unicodedata
from urllib.parse import quote, unquote, urlsplit

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from auth import nicknames
from auth.nicknames import NicknameProblem

FAMILY = "👨‍👩‍👧‍👦"

# Mostly the characters that make trouble, beside all others and lone surrogates.
ODD_CHARACTERS = st.sampled_from(
    "가각ㄱㅏㅋ각ᄏ지은 aA1ſßİΆ️‍❤👨🏽🇰⃣#.́̈\u2028\t"
    "\u115f\u1160\u3164\uffa0\u200b\u200c\u202e\u2066\ufeff\u00ad\u034f\U000e0067\ue000\ud800"
    "\u0378\u2800Ａ①㈎ﷺ↔\u0338\u0345ﾡￂ"
)
ANY_TEXT = st.text(st.one_of(ODD_CHARACTERS, st.characters(codec=None)), max_size=40)


def reason(text, judge=nicknames.check):
    with pytest.raises(NicknameProblem) as refused:
        judge(text)
    return str(refused.value)


# How a name is shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("  지은  ", "지은", id="outer spaces"),
        pytest.param("홍 \t\u3000 길동", "홍 길동", id="inner spaces"),
        pytest.param("지\n은", "지 은", id="line break"),
        pytest.param("\u1100\u1161\u11a8", "각", id="decomposed"),
        pytest.param("지\u200b은", "지은", id="zero-width space"),
        pytest.param("지\u200d은", "지은", id="joiner between letters"),
        pytest.param("지은\ufe0f", "지은", id="selector on a letter"),
        pytest.param("\u202e은지\u2066", "은지", id="bidi"),
        pytest.param("지\u3164은\u115f\u1160\uffa0", "지은", id="Hangul fillers"),
        pytest.param("지\x00은\x7f", "지은", id="control"),
        pytest.param("지\ue000은", "지은", id="private use"),
        pytest.param("지\u0378은", "지은", id="unassigned"),
        pytest.param("지\ud800은", "지은", id="lone surrogate"),
        pytest.param("\ufeff지\u00ad은", "지은", id="byte order mark, soft hyphen"),
        pytest.param("지은\u2800", "지은", id="blank Braille pattern"),
        pytest.param("🏴\U000e0067\U000e0062\U000e007f", "🏴", id="tags"),
        pytest.param("\ufff9지은\u0600", "지은", id="other format characters"),
        pytest.param("e\u200d\u0301", "é", id="composed after a joiner"),
        pytest.param("\u0301지은", "지은", id="mark on nothing"),
        pytest.param(FAMILY, FAMILY, id="family stays one"),
        pytest.param("👩🏽‍🌾", "👩🏽‍🌾", id="skin tone before a joiner"),
        pytest.param("🏳️‍🌈", "🏳️‍🌈", id="selector before a joiner"),
        pytest.param(FAMILY + "\u200d", FAMILY, id="joiner at the end"),
        pytest.param("❤\u200d\u200d🔥", "❤🔥", id="two joiners"),
        pytest.param("1️⃣", "1️⃣", id="keycap"),
        pytest.param("1\ufe0f2", "12", id="selector on a digit"),
        pytest.param("🫨", "🫨", id="emoji of Unicode 15"),
        pytest.param("\u200b \u3164", "", id="nothing to see"),
    ],
)
def test_tidy_keeps_what_can_be_seen(text, shown):
    assert nicknames.tidy(text) == shown


@given(ANY_TEXT)
@example("↔\u034f\u0338\ufe0f")
@example("1\ufe0f\ufe0f\u20e3")
def test_tidying_twice_changes_nothing(text):
    once = nicknames.tidy(text)

    assert nicknames.tidy(once) == once


@given(ANY_TEXT)
def test_a_tidied_name_is_composed_and_has_nothing_hidden(text):
    shown = nicknames.tidy(text)

    assert shown == unicodedata.normalize("NFC", shown)
    assert shown == " ".join(shown.split())
    assert not regex.search(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}\u115F\u1160\u3164]", shown)
    shown.encode()


# By what it is unique


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("홍길동", "홍 길동", id="space"),
        pytest.param("홍길동", unicodedata.normalize("NFD", "홍길동"), id="decomposed"),
        pytest.param("ABC", "abc", id="case"),
        pytest.param("abc", "ＡＢＣ", id="full width"),
        pytest.param("abc", "𝐀𝐁𝐂", id="bold capitals"),
        pytest.param("지은❤️", "지은❤", id="variation selector"),
        pytest.param("지\u200d은", "지은", id="joiner"),
        pytest.param("👩‍🌾", "👩🌾", id="joiner in an emoji"),
        pytest.param("straße", "STRASSE", id="sharp s"),
        pytest.param("지은①", "지은1", id="circled digit"),
        pytest.param("㉮나", "가나", id="circled syllable"),
        pytest.param("ㅋㅋ", "\u110f\u110f", id="lone conjoining jamo"),
        pytest.param("ㅋㅋ", "ﾻﾻ", id="half-width jamo"),
    ],
)
def test_one_name(one, other):
    assert nicknames.key(one) == nicknames.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("ㅋㅋ", "ㅎㅎ", id="laughter"),
        pytest.param("ㅋㅋ", "ㅋㅋㅋ", id="more laughter"),
        pytest.param("ㄱㅏ", "가", id="jamo and a syllable"),
        pytest.param("지은", "지은❤️", id="heart"),
        pytest.param("지은", "지은1", id="digit"),
        pytest.param("지은", "지온", id="vowel"),
        pytest.param("👍🏻", "👍🏿", id="skin tone"),
    ],
)
def test_two_names(one, other):
    assert nicknames.key(one) != nicknames.key(other)


@given(ANY_TEXT)
def test_the_key_is_the_key_of_the_shown_form(text):
    assert nicknames.key(nicknames.tidy(text)) == nicknames.key(text)


@given(ANY_TEXT)
@example("ǰǰ")
@example("a´")
def test_a_key_is_composed_has_no_spaces_and_can_be_stored(text):
    key = nicknames.key(text)

    assert key == unicodedata.normalize("NFC", key)
    assert not regex.search(r"\s", key)
    key.encode()


# Who may bear it

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
RESERVED = """
    운영자 관리자 공지 고객센터 오늘의집 너네집 오늘은너네집 카카오
    admin administrator root support official system null me api auth static
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
def test_nobody_may_be_called(name, why):
    assert why in reason(name)


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
        pytest.param("운 영 자", id="spaces"),
        pytest.param("운.영.자", id="dots between"),
        pytest.param("운ㆍ영ㆍ자", id="the dot of Korean keyboards between"),
        pytest.param("[운영자]", id="brackets"),
        pytest.param("✨운영자✨", id="sparkles"),
        pytest.param("운\u200b영자", id="zero-width space"),
        pytest.param("닉네임을 등록해주세요", id="Kakao's placeholder"),
    ],
)
def test_reserved(name):
    assert "쓸 수 없는 닉네임이에요" in reason(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("paypal", "раураІ", id="Cyrillic"),
        pytest.param("modern", "modem", id="one letter like two"),
        pytest.param("Ӄ", "𐒼", id="two letters like no other"),
    ],
)
def test_what_looks_alike_has_one_skeleton(one, other):
    assert nicknames.skeleton(one) == nicknames.skeleton(other)


def test_twenty_families_fit_no_column_but_five_do():
    assert nicknames.check(FAMILY * 5) == FAMILY * 5
    assert "겹쳐 쓴 글자" in reason(FAMILY * 20)


@given(ANY_TEXT)
@example("..")
@example("ﷺ" * 9)
def test_a_name_that_passed_keeps_every_rule(text):
    try:
        name = nicknames.check(text)
    except NicknameProblem:
        return

    assert nicknames.check(name) == name == nicknames.tidy(text)
    assert 2 <= len(regex.findall(r"\X", name)) <= 20
    assert len(name) <= 60
    assert 0 < len(nicknames.key(name)) <= nicknames.KEY_LONGEST
    assert set(name) - set(". ")


@given(ANY_TEXT)
def test_a_name_that_passed_works_in_an_address(text):
    try:
        name = nicknames.check(text)
    except NicknameProblem:
        return

    address = urlsplit(f"https://home.example/@{quote(name)}")
    assert unquote(address.path) == f"/@{name}"
    assert not regex.search(r"[/\\?#%]", name)


# What Kakao gives


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        pytest.param("지은", "지은", id="as it is"),
        pytest.param(" 지은\u200b ", "지은", id="tidied"),
        pytest.param("지은/민수?", "지은민수", id="signs of a path dropped"),
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
def test_a_name_from_kakao_that_cannot_be_had(given_name, why):
    assert why in reason(given_name, nicknames.from_kakao)


@given(ANY_TEXT)
def test_a_name_from_kakao_keeps_every_rule(text):
    try:
        name = nicknames.from_kakao(text)
    except NicknameProblem:
        return

    assert nicknames.check(name) == name


# What a person reads


@pytest.mark.parametrize(
    ("word", "particle"),
    [
        ("지은", "은"),
        ("민수", "는"),
        ("지은!", "은"),
        ("민수❤️", "는"),
        ("ㅋㅋ", "은"),
        ("ㅠㅠ", "는"),
        ("지은1", "은"),
        ("지은2", "는"),
        ("지은6", "은"),
        ("지은10", "은"),
        ("jieun", "은"),
        ("minsu", "는"),
        ("home", "은"),
        ("apple", "은"),
        ("me", "는"),
        ("book", "은"),
        ("Ｊｉｎ", "은"),
        ("❤️❤️", "은(는)"),
        ("さくら", "은(는)"),
    ],
)
def test_the_particle_follows_the_last_sound(word, particle):
    assert nicknames.topic(word) == particle


def test_a_problem_is_a_sentence_that_can_be_translated():
    problem = nicknames.taken("지은")

    assert str(problem) == "'지은'은 이미 누군가 쓰고 있어요."
    assert problem.sentence == "'%(nickname)s'%(topic)s 이미 누군가 쓰고 있어요."
    assert problem.values == {"nickname": "지은", "topic": "은"}


def test_a_problem_repeats_any_name_as_it_is():
    assert str(nicknames.taken("%(민수)s%")) == "'%(민수)s%'는 이미 누군가 쓰고 있어요."


def test_the_comment_in_a_word_list_is_not_a_word():
    assert not [word for word in nicknames.read_words("reserved") if "#" in word or not word]
