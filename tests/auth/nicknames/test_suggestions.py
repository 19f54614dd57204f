"""Five free names, whatever was wanted and however many names are taken."""

import random
from types import SimpleNamespace

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from auth import nicknames
from auth.nicknames import suggestions

# Always picks the first, so that the results can be read off the word lists.
FIRST = SimpleNamespace(choice=lambda some: some[0], sample=lambda some, size: list(some)[:size])
FAMILY = "👨‍👩‍👧‍👦"


class TakenNames:
    """The names in use; records the queries. More names may be in use at each."""

    def __init__(self, is_taken=lambda key: False):
        self.is_taken = is_taken
        self.queries = []

    def __call__(self, names):
        self.queries.append(list(names))
        return {name for name in names if self.is_taken(nicknames.key(name))}


def suggest_five(wanted, seed=1, taken=None):
    return suggestions.suggest(wanted, taken or TakenNames(), random.Random(seed))


def suggest_many(wanted, times=300):
    return [name for seed in range(times) for name in suggest_five(wanted, seed)]


# What is made of the wanted name


@pytest.mark.parametrize(
    ("wanted", "names"),
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
            id="no name",
        ),
    ],
)
def test_the_suggest_five(wanted, names):
    assert suggestions.suggest(wanted, TakenNames(), FIRST) == names


def test_suggestions_are_random():
    assert suggest_five("지은", seed=1) == suggest_five("지은", seed=1)
    assert suggest_five("지은", seed=1) != suggest_five("지은", seed=2)


@pytest.mark.parametrize(
    ("wanted", "stem"),
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
        ("별", None),
        ("b", None),
        ("열두글자까지는이름이돼요", "열두글자까지는이름이돼요"),
        ("열세글자부터는이름이아니에요", None),
        ("a" + "\u0301" * 70, None),
        ("운영자", None),
        ("аdmin", None),
        ("운영자네집", None),
        ("오늘의집", None),
        ("닉네임을 등록해주세요", None),
    ],
)
def test_the_stem_of_a_wanted_name(wanted, stem):
    assert suggestions.stem_of(wanted) == stem


def test_only_the_beginning_of_a_wanted_name_is_read():
    """On 20,000 syllables the patterns of addresses would take minutes."""
    assert suggestions.stem_of("지은" + " " * 200 + "010-1234-5678") == "지은"


def test_the_particle_follows_the_final_consonant():
    assert {name for name in suggest_many("지은") if name.endswith("네")} == {"지은이네"}
    assert {name for name in suggest_many("민수") if name.endswith("네")} == {"민수네"}
    assert not [name for name in suggest_many("민수") if "민수이네" in name]


@pytest.mark.parametrize("wanted", ["지은", "jieun", "🐱", "さくら"])
def test_the_wanted_name_stays_readable_in_every_suggestion(wanted):
    assert all(wanted in name for name in suggest_many(wanted, times=50))


@pytest.mark.parametrize("wanted", ["가" * 12, "a" * 12, FAMILY * 8])
def test_a_long_name_is_cut_so_that_the_addition_fits(wanted):
    for name in suggest_five(wanted):
        assert name.count(wanted[0]) >= 3
        assert nicknames.check(name) == name


def test_combinations_that_are_reserved_are_left_out():
    names = [
        name
        for seed in range(100)
        for name in suggestions.suggest(
            "오늘", lambda _: set(), random.Random(seed), suggestions.CANDIDATE_COUNT
        )
    ]

    assert "오늘의마당" in names
    assert "오늘의집" not in names


def test_a_latin_name_gets_no_hangul():
    assert not [name for name in suggest_many("jieun") if regex.search(r"\p{Hangul}", name)]


@pytest.mark.parametrize("wanted", ["지은", "jieun"])
def test_the_five_are_of_different_kinds(wanted):
    for seed in range(50):
        names = suggest_five(wanted, seed)
        assert sum(name.endswith(wanted) for name in names) == 2
        assert sum(name[-1].isdigit() for name in names) == 1


# Always five, all free


@given(st.one_of(st.none(), st.text(), st.characters(codec=None)), st.integers())
@example("오늘", 1)
@example("오늘은너", 1)
@example("\ud800", 1)
@example("{wanted}{0}%s", 1)
def test_any_wanted_name_gets_five_different_valid_names(wanted, seed):
    names = suggest_five(wanted, seed)

    assert len({nicknames.key(name) for name in names}) == len(names) == 5
    assert [nicknames.check(name) for name in names] == names
    assert wanted not in names


@pytest.mark.parametrize("wanted", ["지은", "jieun", "Ian", "modern", None])
def test_suggestions_do_not_look_alike(wanted):
    names = suggest_five(wanted)

    assert len({nicknames.skeleton(name) for name in names}) == 5


@pytest.mark.parametrize("wanted", ["지은", "jieun", None])
def test_all_candidates_are_looked_up_in_one_query(wanted):
    taken_names = TakenNames()

    suggest_five(wanted, taken=taken_names)

    assert len(taken_names.queries) == 1
    assert 20 <= len(taken_names.queries[0]) <= 24


def test_taken_names_are_not_suggested():
    taken_names = TakenNames(lambda key: "네" in key or key[-1].isdigit())

    names = [name for seed in range(50) for name in suggest_five("지은", seed, taken_names)]

    assert len(names) == 250
    assert not [name for name in names if taken_names.is_taken(nicknames.key(name))]


def test_one_lookup_is_enough_while_five_are_free():
    free = set()

    def taken_names(names):
        free.update(list(names)[-5:])
        return set(names) - free

    names = suggest_five("지은", taken=taken_names)

    assert set(names) == free


def test_the_last_free_one_that_reads_best_comes_first():
    taken_names = TakenNames(lambda key: key != nicknames.key("지은네집"))

    names = suggestions.suggest("지은", taken_names, FIRST)

    assert names[0] == "지은네집"
    assert len(names) == 5


@pytest.mark.parametrize(
    ("wanted", "number"), [("지은", "[0-9]{6}$"), ("jieun", "[0-9]{6}$"), (None, "[0-9]{4,6}$")]
)
def test_one_query_is_enough_when_many_have_taken_the_best_names(wanted, number):
    taken_names = TakenNames(lambda key: not regex.search(number, key))

    for seed in range(50):
        names = suggest_five(wanted, seed, taken_names)
        assert all((wanted or "") in name for name in names)
        assert not set(names) - set(taken_names.queries[-1])

    assert len(taken_names.queries) == 50


@pytest.mark.parametrize("wanted", ["지은", "jieun", FAMILY * 8, None])
def test_five_are_found_even_when_everything_is_taken(wanted):
    taken_names = TakenNames(lambda key: True)

    names = suggest_five(wanted, taken=taken_names)

    assert len(taken_names.queries) == 1
    assert all(regex.search(r"[0-9]{6}$", name) for name in names)
    assert not set(names) & set(taken_names.queries[0])
    assert [nicknames.check(name) for name in names] == names


def test_the_wanted_name_itself_is_never_looked_up():
    taken_names = TakenNames()

    suggest_five("지은네집", taken=taken_names)
    suggestions.suggest("지은네집", taken_names, FIRST)

    assert not [names for names in taken_names.queries if "지은네집" in names]


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


def test_digits_never_follow_a_digit():
    added = [regex.search(r"\d+$", name) for name in suggest_many("지은1") if name[-1].isdigit()]

    assert added
    assert {len(digits[0]) for digits in added} == {3}


@pytest.mark.parametrize("name", suggestions.WORDLISTS)
def test_a_word_list_has_enough_words_and_no_duplicates(name):
    words = suggestions.word_list(name)

    assert len(set(words)) == len(words) >= suggestions.CANDIDATE_COUNT


def test_the_longest_words_and_numbers_still_fit():
    longest = "가" * suggestions.MAX_WORD_LENGTH
    tiers = [*suggestions.HANGUL_TIERS, *suggestions.LATIN_TIERS, *suggestions.NAMELESS_TIERS[:2]]

    for pattern in " ".join(kind for kinds in tiers for kind in kinds).split():
        gaps = dict.fromkeys(suggestions.WORDLISTS, longest) | {"number": "9" * 6}
        added = pattern.format(stem="", possessive="이네", **gaps)
        room = nicknames.MAX_LENGTH if "{stem}" not in pattern else suggestions.MAX_ADDITION_LENGTH
        assert len(added) <= room, pattern


def test_there_are_tens_of_thousands_of_combinations():
    count = {name: len(suggestions.word_list(name)) for name in suggestions.WORDLISTS}

    assert count["adjectives"] * count["nouns"] > 20_000
    assert (count["adjectives"] + count["activities"]) * count["places"] > 15_000


@pytest.mark.parametrize("name", ["adjectives", "activities"])
def test_words_before_a_name_are_adnominals(name):
    """It ends in ㄴ, as 포근한 and 햇살드는 do, or in 빛, which may stand before any noun."""
    odd = [word for word in suggestions.word_list(name) if not ends_in_nieun(word[-1])]

    assert [word for word in odd if not word.endswith("빛")] == []


def ends_in_nieun(syllable):
    return (ord(syllable) - ord("가")) % 28 == 4


@pytest.mark.parametrize("word", ["정자", "난자", "간통", "화병", "은밀", "한심", "해먹"])
def test_no_combination_sounds_like_something_else(word):
    before, behind = suggestions.word_list("adjectives"), suggestions.word_list("nouns")
    places = [f"지은네{place}" for place in suggestions.word_list("places")]

    names = places + [adjective + noun for adjective in before for noun in behind]

    assert not [name for name in names if word in name]


@pytest.mark.parametrize("name", ["places", "nouns", "latin_suffixes"])
def test_no_suggestion_reads_as_a_shop(name):
    shops = r"식당|카페|찻집|[빵꽃술밥국]집|가게|[책찻공]방|상점|집밥|밥상|놀이방|kitchen|cafe|shop"

    assert [word for word in suggestions.word_list(name) if regex.search(shops, word)] == []


@pytest.mark.parametrize(("name", "word"), [("hana", "anal"), ("lucas", "ass"), ("yoshi", "shit")])
def test_no_latin_word_makes_a_rude_one_with_the_end_of_a_name(name, word):
    assert not [after for after in suggestions.word_list("latin_suffixes") if word in name + after]


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
    monkeypatch.setattr(suggestions, "read_words", lambda name: lines)

    with pytest.raises(ValueError, match=r"list\.txt"):
        suggestions.word_list.__wrapped__("list")
