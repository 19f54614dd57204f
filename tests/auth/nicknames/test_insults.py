"""Disguised insults are found, and everyday words are not taken for insults."""

import itertools
from pathlib import Path

import pytest

from auth.nicknames import insults, suggestions
from auth.nicknames.insults import has_insult, is_insult

from . import reason
from .everyday import everyday_names, everyday_words

INSULTS = """
    시발 씨발 씨팔 시팔 쓰발 씨발놈 시발년 씨발새끼 씹새끼 씹년 씨방새 병신 병신새끼 빙신 븅신
    개새끼 개색끼 개새키 개자식 개같은놈 개년 개놈 지랄 지랄하네 염병 좆 좆같네 좆밥 존나 졸라
    썅 썅년 쌍놈 상년 미친놈 미친년 미친새끼 느금마 니애미 니애비 느그애미 니에미 애미없는 창녀
    창년 화냥년 찐따 한남충 김치녀 된장녀 맘충 틀딱 급식충 짱깨 쪽바리 깜둥이 호로새끼 닥쳐 꺼져
    뒤져라 뒈져 엿먹어 죽어라 섹스 새끼야 ㅅㅂ ㅆㅂ ㅂㅅ ㅄ ㅈㄹ ㄲㅈ ㄷㅊ ㅅㄲ ㅗㅗ fuck
    fucking motherfucker shit bullshit bitch asshole cunt nigger faggot whore slut bastard
    dickhead pussy sibal ssibal
"""


def disguised(insult: str) -> list[str]:
    """Return an insult with spaces, digits, signs, in single jamo, and with others around it."""
    return [
        insult,
        " ".join(insult),
        "1".join(insult),
        ".".join(insult),
        "~".join(insult),
        f"{insult}123",
        f"!!{insult}!!",
        in_jamo(insult),
    ]


def in_jamo(text: str) -> str:
    """Return the syllables of a text as the single jamo that a keyboard types."""
    jamo = []
    for letter in text:
        place = ord(letter) - 0xAC00
        if not 0 <= place < 11172:
            jamo.append(letter)
            continue
        jamo += insults.INITIALS[place // 588] + insults.VOWELS[place // 28 % 21]
        jamo += insults.FINALS[place % 28 - 1] if place % 28 else ""
    return "".join(jamo)


@pytest.mark.parametrize("insult", INSULTS.split())
def test_an_insult_is_found(insult):
    assert is_insult(insult)


def test_at_least_95_percent_of_disguised_insults_are_found():
    texts = [text for insult in INSULTS.split() for text in disguised(insult)]
    missed = [text for text in texts if not is_insult(text)]

    assert len(missed) < len(texts) * 0.05, missed


def test_no_everyday_word_is_an_insult():
    words = everyday_words()

    assert len(words) > 1200
    assert [word for word in words if is_insult(word)] == []


def test_no_everyday_name_is_an_insult():
    assert [name for name in everyday_names() if is_insult(name)] == []


def corpus(name: str) -> list[str]:
    """Return the lines of a list in corpus/, without its comments."""
    lines = (Path(__file__).parent / "corpus" / f"{name}.txt").read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def names(name: str) -> list[str]:
    """Return the words of a list in corpus/."""
    return " ".join(corpus(name)).split()


def test_no_harmless_name_is_an_insult():
    assert [name for name in names("harmless_names") if is_insult(name)] == []


def test_nine_of_ten_insulting_names_are_found():
    insulting = names("insulting_names")
    missed = [name for name in insulting if not is_insult(name)]

    assert len(insulting) > 350
    assert len(missed) < len(insulting) * 0.1, missed


def test_no_harmless_sentence_is_refused():
    harmless = corpus("harmless_sentences")

    assert len(harmless) > 250
    assert [sentence for sentence in harmless if has_insult(sentence)] == []


def test_nine_of_ten_insulting_sentences_are_found():
    insulting = corpus("insulting_sentences")
    missed = [sentence for sentence in insulting if not has_insult(sentence)]

    assert len(missed) < len(insulting) * 0.1, missed


@pytest.mark.parametrize("text", ["", "🐱", "가" * 500, "시발" * 250, "하네" * 250, "아 " * 250])
def test_a_harmless_text_is_not_an_insult_however_long(text):
    assert not has_insult(f"{text} 집")


def test_a_sentence_of_one_word_is_judged_like_a_nickname():
    assert has_insult("꺼져")
    assert has_insult("시 발")
    assert not has_insult("불이 꺼져")


def test_an_insult_is_not_a_nickname():
    assert "듣기 불편할 수 있는 말" in reason("씨발 지은")
    assert "듣기 불편할 수 있는 말" in reason("지은시 발")


def test_suggestions_are_never_insults():
    names = ("adjectives", "activities", "nouns", "places")
    before, activities, nouns, places = map(suggestions.word_list, names)
    pairs = itertools.chain(
        itertools.product(before, nouns),
        itertools.product([*before, *activities], ["지은", "민수", "개", "시", "니"]),
        itertools.product(["지은네", "시의", "개의", "씨네"], places),
    )

    assert [pair for pair in pairs if is_insult("".join(pair))] == []
    assert suggestions.stem_of("씨발") is None
