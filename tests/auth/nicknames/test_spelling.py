"""How names are normalized, and which of them count as the same name."""

import unicodedata

import pytest
import regex
from hypothesis import example, given

from auth import nicknames
from auth.nicknames.words import blank_characters

from . import ANY_TEXT, FAMILY

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
def test_normalizing_keeps_visible_characters(text, shown):
    assert nicknames.normalize(text) == shown


@given(ANY_TEXT)
@example("↔\u034f\u0338\ufe0f")
@example("1\ufe0f\ufe0f\u20e3")
def test_normalizing_twice_changes_nothing(text):
    once = nicknames.normalize(text)

    assert nicknames.normalize(once) == once


@given(ANY_TEXT)
def test_a_normalized_name_is_composed_and_has_nothing_hidden(text):
    shown = nicknames.normalize(text)

    assert shown == unicodedata.normalize("NFC", shown)
    assert shown == " ".join(shown.split())
    assert not regex.search(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}\u115F\u1160\u3164]", shown)
    shown.encode()


def characters_without_ink():
    """All assigned characters that are invisible, by property or as drawn."""
    pattern = regex.compile(
        rf"[\p{{Cc}}\p{{Cf}}\p{{Zs}}\p{{Zl}}\p{{Zp}}\p{{Default_Ignorable_Code_Point}}"
        rf"{blank_characters()}]"
    )
    return [chr(code) for code in range(0x110000) if pattern.match(chr(code))]


def test_no_character_without_ink_makes_a_name_or_a_difference():
    blank = characters_without_ink()

    assert len(blank) > 4000
    for character in blank:
        assert nicknames.key("지" + character + "은") == "지은"
        assert nicknames.key(character * 3) == ""
        assert nicknames.skeleton("지은" + character) == "지은"


@pytest.mark.parametrize("code", [0x2800, 0xFFFC, 0x1D159, 0x13441, 0x13442, 0x16FE4])
def test_blank_characters_without_the_property_are_listed(code):
    assert chr(code) in blank_characters()


@pytest.mark.parametrize("function", [nicknames.normalize, nicknames.key, nicknames.skeleton])
@pytest.mark.parametrize("character", ["가", "🇰🇷", "ﷺ", "\u0301", "\u200b", "m", " "])
def test_only_the_beginning_of_a_long_text_is_read(function, character):
    beginning = (character * 100)[: nicknames.MAX_INPUT_LENGTH]

    assert function(character * 60_000) == function(beginning)


# The unique key


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
    assert nicknames.key(nicknames.normalize(text)) == nicknames.key(text)


@given(ANY_TEXT)
@example("ǰǰ")
@example("a´")
def test_a_key_is_composed_has_no_spaces_and_can_be_stored(text):
    key = nicknames.key(text)

    assert key == unicodedata.normalize("NFC", key)
    assert not regex.search(r"\s", key)
    key.encode()
