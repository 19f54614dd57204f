"""The Korean particle depends on the last sound of the name."""

import pytest

from auth.nicknames.particles import copula, object_particle, topic_particle


@pytest.mark.parametrize(
    ("word", "particle"),
    [
        ("지은", "은"),
        ("민수", "는"),
        ("지은!", "은"),
        ("민수❤️", "는"),
        ("수박", "은"),
        ("민가", "는"),
        ("히힣", "은"),
        ("ㄱㄱ", "은"),
        ("ㅋㅋ", "는"),
        ("ㅎㅎ", "는"),
        ("지은ㅋ", "는"),
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
        ("web", "은"),
        ("Ｊｉｎ", "은"),
        ("❤️❤️", "은(는)"),
        ("さくら", "은(는)"),
    ],
)
def test_the_particle_follows_the_last_sound(word, particle):
    assert topic_particle(word) == particle


@pytest.mark.parametrize(
    ("word", "particle"), [("너네집", "을"), ("동네", "를"), ("さくら", "을(를)")]
)
def test_so_does_the_particle_of_an_object(word, particle):
    assert object_particle(word) == particle


@pytest.mark.parametrize(
    ("word", "verb"), [("거실", "이에요"), ("서재", "예요"), ("마당", "이에요")]
)
def test_so_does_the_verb(word, verb):
    assert copula(word) == verb
