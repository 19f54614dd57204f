"""Names that look alike share a skeleton; everyday names each have their own."""

import unicodedata

import pytest
from hypothesis import example, given

from auth import nicknames

from . import ANY_TEXT, FAMILY
from .everyday import everyday_names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("anna", "аnna", id="Cyrillic"),
        pytest.param("ANNA", "АΝΝА", id="Cyrillic and Greek capitals"),
        pytest.param("mina", "МINA", id="Cyrillic capital in capitals"),
        pytest.param("anna", "ᴀɴɴᴀ", id="small capitals"),
        pytest.param("katan", "ĸатаn", id="small Cyrillic that looks like small capitals"),
        pytest.param("anna", "🅰🅽🅽🅰", id="letters in squares"),
        pytest.param("anna", "🅐🅝🅝🅐", id="letters in black circles"),
        pytest.param("anna", "𝖆𝖓𝖓𝖆", id="Fraktur"),
        pytest.param("anna", "ａｎｎａ", id="full width"),
        pytest.param("lily", "ⅼily", id="Roman numeral fifty"),
        pytest.param("lily", "Iily", id="capital I"),
        pytest.param("JIEUN", "jleun", id="l for the I of the capitals"),
        pytest.param("lily", "1ily", id="digit one"),
        pytest.param("lily", "|ily", id="bar"),
        pytest.param("지은1", "지은l", id="behind Hangul"),
        pytest.param("지은1", "지은➊", id="digit in a circle"),
        pytest.param("지은0", "지은o", id="zero"),
        pytest.param("modern", "modem", id="r and n"),
        pytest.param("지은ㅡ", "지은一", id="Hangul and Chinese"),
        pytest.param("지은-", "지은–", id="dashes"),
        pytest.param("지은", "지 은", id="space"),
        pytest.param("e\u0301a", "e\u0301\u0301a", id="a mark on itself"),
        pytest.param("지은❤️", "지은❤", id="selector"),
    ],
)
def test_look_alikes_have_one_skeleton(one, other):
    assert nicknames.skeleton(one) == nicknames.skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("각가", "가까", id="the same jamo in other syllables"),
        pytest.param("ㄱㅏ", "가", id="jamo and a syllable"),
        pytest.param("jisu5", "jisus", id="digit for a letter"),
        pytest.param("anna3", "annae", id="another one"),
        pytest.param("hana", "haná", id="accent"),
        pytest.param("❤❤", "♥♥", id="hearts"),
        pytest.param("👍🏻", "👍🏿", id="skin tone"),
    ],
)
def test_distinguishable_names_have_different_skeletons(one, other):
    assert nicknames.skeleton(one) != nicknames.skeleton(other)


def test_everyday_names_never_look_alike():
    names = {nicknames.key(name): name for name in everyday_names()}
    by_skeleton = {}
    for name in names.values():
        by_skeleton.setdefault(nicknames.skeleton(name), []).append(name)

    assert len(names) > 8000
    assert [same for same in by_skeleton.values() if len(same) > 1] == []


def test_every_syllable_has_a_skeleton_of_its_own():
    syllables = [chr(code) for code in range(0xAC00, 0xD7A4)]

    assert [nicknames.skeleton(syllable) for syllable in syllables] == syllables


@given(ANY_TEXT)
@example("ﷺ" * 20)
@example(FAMILY * 8)
def test_a_skeleton_can_be_stored_and_belongs_to_the_shown_form(text):
    skeleton = nicknames.skeleton(text)

    assert skeleton == nicknames.skeleton(nicknames.normalize(text))
    assert len(skeleton) <= nicknames.MAX_KEY_LENGTH
    assert skeleton == skeleton.casefold()
    skeleton.encode()


def test_a_name_and_its_decomposition_have_one_skeleton():
    for name in everyday_names()[:500]:
        decomposed = unicodedata.normalize("NFD", name)
        assert nicknames.skeleton(decomposed) == nicknames.skeleton(name)
