"""Five free names, whatever was wished and however many names are taken."""

import random
from types import SimpleNamespace

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from auth import nicknames, suggestions

# Always the first there is, so that what comes out can be read off the word lists.
FIRST = SimpleNamespace(choice=lambda some: some[0], sample=lambda some, size: list(some)[:size])
FAMILY = "👨‍👩‍👧‍👦"


class Register:
    """The names in use, which remembers what it was asked. Each round may find it fuller."""

    def __init__(self, is_taken=lambda key: False):
        self.is_taken = is_taken
        self.questions = []

    def __call__(self, keys):
        self.questions.append(list(keys))
        return {key for key in keys if self.is_taken(key)}


def five(wish, seed=1, taken=None):
    return suggestions.suggest(wish, taken or Register(), random.Random(seed))


def many(wish, times=300):
    return [name for seed in range(times) for name in five(wish, seed)]


# What is made of a wish


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        pytest.param(
            "지은", ["지은네집", "아늑한지은", "지은의부엌", "지은353", "꽃가꾸는지은"], id="지은"
        ),
        pytest.param(
            "민수", ["민수네집", "아늑한민수", "민수의부엌", "민수353", "꽃가꾸는민수"], id="민수"
        ),
        pytest.param(
            "jieun",
            ["cozyjieun", "jieunhouse", "jieun_room", "jieun353", "gentle_jieun"],
            id="Latin",
        ),
        pytest.param(
            "Jieun",
            ["CozyJieun", "JieunHouse", "Jieun_Room", "Jieun353", "Gentle_Jieun"],
            id="Latin with a capital",
        ),
        pytest.param("🐱", ["🐱네집", "아늑한🐱", "🐱의부엌", "🐱353", "꽃가꾸는🐱"], id="emoji"),
        pytest.param(
            None,
            ["포근한소파", "아늑한의자", "따뜻한흔들의자", "다정한안락의자", "느긋한벤치"],
            id="nobody",
        ),
    ],
)
def test_the_five(wish, names):
    assert suggestions.suggest(wish, Register(), FIRST) == names


def test_chance_decides():
    assert five("지은", seed=1) == five("지은", seed=1)
    assert five("지은", seed=1) != five("지은", seed=2)


@pytest.mark.parametrize(
    ("wish", "about"),
    [
        ("지은", "지은"),
        (" 홍 \u200b길동 ", "홍길동"),
        ("Ji Eun", "JiEun"),
        ("지은/민수", "지은민수"),
        ("지은네집", "지은"),
        ("지은이네다락방", "지은"),
        ("지은의거실", "지은"),
        ("콩이네집", "콩이"),
        ("순이네", "순이"),
        ("아늑한콩이네거실", "콩이"),
        ("별1994", "별1994"),
        ("_jisu_", "jisu"),
        ("~ 지은 ~!", "지은"),
        ("햇살드는지은357", "지은"),
        ("지은1994", "지은"),
        ("jieun_house", "jieun"),
        ("Aiden", "Aiden"),
        ("안네", "안네"),
        ("지은❤️", "지은❤️"),
        (None, None),
        ("", None),
        ("\u3164", None),
        ("...", None),
        ("1994", None),
        ("a" + "\u0301" * 70, None),
        ("운영자", None),
        ("аdmin", None),
        ("운영자네집", None),
        ("오늘의집", None),
        ("닉네임을 등록해주세요", None),
    ],
)
def test_what_a_wish_is_about(wish, about):
    assert suggestions.subject(wish) == about


def test_the_particle_follows_the_final_consonant():
    assert {name for name in many("지은") if name.endswith("네")} == {"지은이네"}
    assert {name for name in many("민수") if name.endswith("네")} == {"민수네"}
    assert not [name for name in many("민수") if "민수이네" in name]


@pytest.mark.parametrize("wish", ["지은", "jieun", "🐱", "さくら"])
def test_the_wish_stays_readable_in_every_suggestion(wish):
    assert all(wish in name for name in many(wish, times=50))


@pytest.mark.parametrize("wish", ["가" * 20, "a" * 20, FAMILY * 8, "가" * 500])
def test_a_long_wish_is_cut_so_that_the_addition_fits(wish):
    for name in five(wish):
        assert name.count(wish[0]) >= 3
        assert nicknames.check(name) == name


def test_what_only_becomes_reserved_together_is_left_out():
    names = [
        name
        for seed in range(100)
        for name in suggestions.proposals("오늘", random.Random(seed)).values()
    ]

    assert "오늘의마당" in names
    assert "오늘의집" not in names


def test_a_latin_wish_gets_no_hangul():
    assert not [name for name in many("jieun") if regex.search(r"\p{Hangul}", name)]


@pytest.mark.parametrize("wish", ["지은", "jieun"])
def test_the_five_are_of_different_kinds(wish):
    for seed in range(50):
        names = five(wish, seed)
        assert sum(name.endswith(wish) for name in names) == 2
        assert sum(name[-1].isdigit() for name in names) == 1


# Always five, all free


@given(st.one_of(st.none(), st.text(), st.characters(codec=None)), st.integers())
@example("오늘", 1)
@example("오늘은너", 1)
@example("\ud800", 1)
@example("{wish}{0}%s", 1)
def test_any_wish_gets_five_different_valid_names(wish, seed):
    names = five(wish, seed)

    assert len({nicknames.key(name) for name in names}) == len(names) == 5
    assert [nicknames.check(name) for name in names] == names
    assert wish not in names


@pytest.mark.parametrize("wish", ["지은", "jieun", None])
def test_all_candidates_are_one_question(wish):
    register = Register()

    five(wish, taken=register)

    assert len(register.questions) == 1
    assert 20 <= len(register.questions[0]) <= 24


def test_what_is_taken_is_not_suggested():
    register = Register(lambda key: "네" in key or key[-1].isdigit())

    names = [name for seed in range(50) for name in five("지은", seed, register)]

    assert len(names) == 250
    assert not [name for name in names if register.is_taken(nicknames.key(name))]


def test_one_question_is_enough_while_five_are_free():
    free = set()

    def register(keys):
        free.update(list(keys)[-5:])
        return set(keys) - free

    names = five("지은", taken=register)

    assert {nicknames.key(name) for name in names} == free


def test_the_last_free_one_that_reads_best_comes_first():
    register = Register(lambda key: key != nicknames.key("지은네집"))

    names = suggestions.suggest("지은", register, FIRST)

    assert names[0] == "지은네집"
    assert len(names) == 5


@pytest.mark.parametrize(
    ("wish", "number"), [("지은", "[0-9]{6}$"), ("jieun", "[0-9]{6}$"), (None, "[0-9]{4,6}$")]
)
def test_one_question_is_enough_when_a_crowd_has_taken_what_reads_best(wish, number):
    register = Register(lambda key: not regex.search(number, key))

    for seed in range(50):
        names = five(wish, seed, register)
        assert all((wish or "") in name for name in names)
        assert not {nicknames.key(name) for name in names} - set(register.questions[-1])

    assert len(register.questions) == 50


@pytest.mark.parametrize("wish", ["지은", "jieun", FAMILY * 8, None])
def test_it_ends_with_five_even_when_everything_is_taken(wish):
    register = Register(lambda key: True)

    names = five(wish, taken=register)

    assert len(register.questions) == 1
    assert all(regex.search(r"[0-9]{6}$", name) for name in names)
    assert not {nicknames.key(name) for name in names} & set(register.questions[0])
    assert [nicknames.check(name) for name in names] == names


def test_the_wish_itself_is_never_asked_about():
    register = Register()

    five("지은네집", taken=register)
    suggestions.suggest("지은네집", register, FIRST)

    assert not [keys for keys in register.questions if nicknames.key("지은네집") in keys]


# Words and digits


@pytest.mark.parametrize("width", [3, 4, 5, 7, 8])
def test_digits_carry_no_meaning(width):
    chance = random.Random(width)
    numbers = {suggestions.number(chance, width) for _ in range(20_000)}

    assert {len(number) for number in numbers} == {width}
    assert len(numbers) > 50
    meaningful = r"4|18|69|666|1004|79|38|58|365|19..|20..|(.)\1|[01]"
    assert not [number for number in numbers if regex.search(meaningful, number)]
    # Neither a day of the year: 625, 314.
    assert not [number for number in numbers if len(number) == 3 and int(number[1:]) <= 31]


def test_digits_stand_behind_nothing_that_is_a_digit():
    added = [regex.search(r"\d+$", name) for name in many("지은1") if name[-1].isdigit()]

    assert added
    assert {len(digits[0]) for digits in added} == {3}


@pytest.mark.parametrize("name", suggestions.WORDLISTS)
def test_a_word_list_has_enough_words_none_of_them_twice(name):
    words = suggestions.words(name)

    assert len(set(words)) == len(words) >= suggestions.CANDIDATES


def test_the_longest_words_and_numbers_still_fit():
    longest = "가" * suggestions.LONGEST_WORD
    kinds = [*suggestions.HANGUL_WIDER, *suggestions.LATIN_WIDER, *suggestions.NAMELESS_WIDER]

    for pattern in " ".join([*suggestions.HANGUL, *suggestions.LATIN, *kinds]).split():
        gaps = dict.fromkeys(suggestions.WORDLISTS, longest) | {"number": "9" * 6}
        added = pattern.format(wish="", household="이네", **gaps)
        room = nicknames.LONGEST if "{wish}" not in pattern else suggestions.LONGEST_ADDITION
        assert len(added) <= room, pattern


def test_there_are_tens_of_thousands_of_combinations():
    count = {name: len(suggestions.words(name)) for name in suggestions.WORDLISTS}

    assert count["adjectives"] * count["nouns"] > 20_000
    assert (count["adjectives"] + count["doings"]) * count["places"] > 15_000


@pytest.mark.parametrize("name", ["adjectives", "doings"])
def test_what_stands_before_a_name_is_an_adnominal(name):
    """It ends in ㄴ, as 포근한 and 햇살드는 do, or in 빛, which may stand before any noun."""
    odd = [word for word in suggestions.words(name) if not ends_in_nieun(word[-1])]

    assert [word for word in odd if not word.endswith("빛")] == []


def ends_in_nieun(syllable):
    return (ord(syllable) - ord("가")) % 28 == 4


@pytest.mark.parametrize("word", ["정자", "난자", "간통", "화병", "은밀", "한심", "해먹"])
def test_no_combination_sounds_like_something_else(word):
    before, behind = suggestions.words("adjectives"), suggestions.words("nouns")
    places = [f"지은네{place}" for place in suggestions.words("places")]

    names = places + [adjective + noun for adjective in before for noun in behind]

    assert not [name for name in names if word in name]


@pytest.mark.parametrize(("name", "word"), [("hana", "anal"), ("lucas", "ass"), ("yoshi", "shit")])
def test_no_latin_word_makes_a_rude_one_with_the_end_of_a_name(name, word):
    assert not [after for after in suggestions.words("latin_after") if word in name + after]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["포근한/"] + [f"단어{n}" for n in range(30)], id="sign of a path"),
        pytest.param(["너무너무너무포근한"] + [f"단어{n}" for n in range(30)], id="too long"),
        pytest.param(["두 낱말"] * 30, id="twice"),
        pytest.param(["포근한", "아늑한"], id="too few"),
    ],
)
def test_a_bad_word_list_is_refused_when_it_is_read(monkeypatch, lines):
    monkeypatch.setattr(nicknames, "read_words", lambda name: lines)

    with pytest.raises(ValueError, match=r"list\.txt"):
        suggestions.words.__wrapped__("list")
