"""Who is meant by what somebody typed. The ladder: exact → alias → unique prefix → similar with a margin → ask."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from customers.names import CHOICES, SIMILAR, Choices, Found, Named, NameIndex, fold

Catalogue = Sequence[tuple[str, ...]]  # one customer each: the name, then its aliases
HARBOUR: Catalogue = (
    ("Brightwater Logistics", "brightwater-logistics", "BWL"),
    ("Oakline Retail", "oakline-retail"),
    ("Oakfield Energy", "oakfield-energy"),
    ("Müller & Söhne GmbH", "muller-sohne-gmbh"),
    ("Acme", "acme"),
    ("Acme Robotics", "acme-robotics"),
    ("Palace Hotels", "palace-hotels", "Acme"),  # somebody else's name as an alias
    ("株式会社みなと", "minato"),
    ("Ёлка Софт", "yolka"),
)


def index(catalogue: Catalogue = HARBOUR) -> NameIndex:
    return NameIndex(Named(at, names[0], names[1:]) for at, names in enumerate(catalogue))


def who(query: str, catalogue: Catalogue = HARBOUR) -> str | list[str]:
    """The name that was found, or the names that are offered."""
    answer = index(catalogue).resolve(query)
    return catalogue[answer.customer_id][0] if isinstance(answer, Found) else [name for _, name in answer.names]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Brightwater Logistics", "Brightwater Logistics"),
        ("  BRIGHTWATER   logistics ", "Brightwater Logistics"),
        ("brightwater-logistics", "Brightwater Logistics"),  # the slug
        ("bwl", "Brightwater Logistics"),  # an alias
        ("acme", "Acme"),  # its own name goes before somebody's alias and before a longer name
        ("bri", "Brightwater Logistics"),  # a unique prefix
        ("oakf", "Oakfield Energy"),
        ("acme r", "Acme Robotics"),
        ("energy", "Oakfield Energy"),  # of a later word
        ("muller & sohne", "Müller & Söhne GmbH"),  # without its accents
        ("MÜLLER", "Müller & Söhne GmbH"),
        ("brightwatre logistcs", "Brightwater Logistics"),  # typing mistakes
        ("brightwater logisticss", "Brightwater Logistics"),
        ("okline retail", "Oakline Retail"),
        ("logistics brightwater", "Brightwater Logistics"),
        ("株式会社みなと", "株式会社みなと"),
        ("елка софт", "Ёлка Софт"),
        ("ac\u200bme", "Acme"),  # an invisible space
        ("\u202eacme\0", "Acme"),  # direction characters and NUL are no letters
        ("ａｃｍｅ", "Acme"),  # full width
    ],
)
def test_one_customer_is_meant(query: str, name: str) -> None:
    assert who(query) == name


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("oak", ["Oakfield Energy", "Oakline Retail"]),  # two have this prefix
        ("re", ["Oakline Retail"]),  # two letters of a later word are too few to decide
        ("acme widgets", ["Acme", "Palace Hotels"]),  # a word too many is no slip
        ("oakline energy", ["Oakfield Energy", "Oakline Retail"]),
    ],
)
def test_otherwise_it_is_asked(query: str, offered: list[str]) -> None:
    assert sorted(who(query)) == offered


@pytest.mark.parametrize("query", ["", "   ", "🎉🎉", "❤️", "\0", "\u202e", "&", "zzzzzz", "\ufe0f", "?" * 10_000])
def test_nobody_is_like_it(query: str) -> None:
    assert who(query) == []


@pytest.mark.parametrize(
    ("query", "catalogue"),
    [
        ("ace", [("Palace",)]),
        ("palace", [("Ace",)]),
        ("new acme tower", [("Acme",)]),
        ("acme widgets eu", [("Acme Widgets",)]),
        ("acme eu widgets", [("Acme Widgets",)]),
    ],
)
def test_a_part_of_a_name_is_no_typing_mistake(query: str, catalogue: Catalogue) -> None:
    """WRatio gives 90 to any part, so these are offered, never chosen."""
    assert fuzz.WRatio(fold(query), fold(catalogue[0][0])) >= SIMILAR
    assert who(query, catalogue) == [catalogue[0][0]]


@pytest.mark.parametrize(
    ("query", "catalogue"),
    [
        ("Nordlicht GmbX", [("Nordlicht GmbH",), ("Nordlicht GmbA",)]),
        ("ab", [("abc one",), ("abd two",)]),
        ("Same", [("Same",), ("same!",)]),
        ("both", [("One", "both"), ("Two", "both")]),
    ],
)
def test_two_that_fit_as_well_are_never_guessed_between(query: str, catalogue: Catalogue) -> None:
    assert sorted(who(query, catalogue)) == sorted(names[0] for names in catalogue)


def test_many_aliases_of_one_customer_do_not_hide_its_rival() -> None:
    many = ("Nordlicht GmbH", *(f"Nordlicht Gmb{letter}" for letter in "abcdefghijklmnopqrstuvw"))
    assert who("Nordlicht Gmbz", [many, ("Nordlicht Gmby",)]) == ["Nordlicht GmbH", "Nordlicht Gmby"]


def test_a_prefix_of_very_many_names_is_not_unique_because_few_were_looked_at() -> None:
    crowd = [(f"x sa{number:03}",) for number in range(300)]
    assert isinstance(who("s", [("s0 first",), ("sz last",), *crowd]), list)


def test_an_alias_finds_its_customer_past_a_worse_name() -> None:
    assert who("pallace hotels", [("Ace", "Palace Hotels")]) == "Ace"


@pytest.mark.parametrize(
    ("one", "other"),
    [("がいど", "かいど"), ("राम", "रोम"), ("กิน", "กัน"), ("가", "각")],
    ids=["kana", "devanagari", "thai", "hangul"],
)
def test_marks_that_make_another_word_are_kept(one: str, other: str) -> None:
    assert fold(one) != fold(other)
    assert who(one, [(other,)]) != other


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ünïcode & Söhne", "unicode sohne"),
        ("Straße", "strasse"),
        ("ﬁnance", "finance"),
        ("A.B.C.", "a b c"),
        ("tab\there\nand there", "tab here and there"),
        ("İstanbul", "istanbul"),
        ("שָׁלוֹם", "שלום"),
        ("a" * 10_000, "a" * 400),
    ],
)
def test_fold(text: str, key: str) -> None:
    assert fold(text) == key


@pytest.mark.parametrize(
    ("text", "customer"),
    [("Acme", 4), ("bwl", 0), ("brightwater-logistics", 0), ("brightwater", None), ("", None), ("🎉", None)],
)
def test_exact_knows_whole_names_only(text: str, customer: int | None) -> None:
    assert index().exact(text) == customer


def test_exact_never_decides_between_two() -> None:
    assert index([("One", "both"), ("Two", "both")]).exact("both") is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("oak", ["Oakfield Energy", "Oakline Retail"]),
        ("energy", ["Oakfield Energy"]),
        ("brihgtwater", ["Brightwater Logistics"]),
        ("🎉", ["Brightwater Logistics", "Oakline Retail"]),  # nothing typed yet: from the beginning
        ("qqqq", []),
    ],
)
def test_typeahead_offers_prefixes_then_typing_mistakes(typed: str, first: list[str]) -> None:
    assert [name for _, name in index().typeahead(typed, 2)] == first


def test_typeahead_keeps_to_its_limit_and_names_nobody_twice() -> None:
    offered = index([(f"Acme {number}", f"acme-{number}", "Acme") for number in range(60)]).typeahead("acme", 20)
    assert len(offered) == len(set(offered)) == 20


# Against rapidfuzz over everything, which is what "finds it" means


def invented(count: int) -> list[str]:
    draw = random.Random(11)
    parts = (
        ["North", "Bright", "Oak", "Blue", "Stone", "River", "Silver", "Iron", "Red", "Swift", "Pine"],
        ["water", "line", "field", "bridge", "wood", "gate", "port", "view", "hill", "crest"],
        ["Logistics", "Retail", "Health", "Energy", "Foods", "Media", "Labs", "Studios"],
        ["", "EU", "Inc", "GmbH", "Asia", "One", "Two"],
    )
    names = (f"{a}{b} {c} {d}".strip() for a, b, c, d in zip(*(draw.choices(p, k=9_000) for p in parts), strict=True))
    return list(dict.fromkeys(names))[:count]


def mistyped(name: str, draw: random.Random) -> str:
    at, letter = draw.randrange(len(name) - 1), draw.choice("abcdefghijklmnopqrstuvwxyz")
    swapped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    kinds = (name[:at] + name[at + 1 :], name[:at] + letter + name[at:], name[:at] + letter + name[at + 1 :], swapped)
    return draw.choice(kinds)


def test_typeahead_finds_typing_mistakes_as_often_as_ranking_every_name() -> None:
    names, draw = invented(3_000), random.Random(12)
    keys, offers = [fold(name) for name in names], index([(name,) for name in names])
    missed = []
    for _ in range(120):
        meant = draw.randrange(len(names))
        typed = mistyped(keys[meant], draw)
        ranked = process.extract(typed, keys, scorer=fuzz.WRatio, limit=20)
        if meant in {at for _, _, at in ranked} and meant not in {at for at, _ in offers.typeahead(typed)}:
            missed.append((typed, names[meant]))
    assert missed == []


def test_a_typing_mistake_is_never_taken_for_somebody_else() -> None:
    names, draw = invented(2_000), random.Random(13)
    catalogue = index([(name,) for name in names])
    found = 0
    for _ in range(200):
        meant = draw.randrange(len(names))
        answer = catalogue.resolve(mistyped(names[meant], draw))
        if isinstance(answer, Found):
            found += 1
            assert answer.customer_id == meant
    assert found > 100


# Whatever is typed, whoever there is

LETTERS = st.text(st.sampled_from("abc oé-ß.\0\u202e🎉か"), max_size=12)
NAMES = st.lists(st.lists(LETTERS | st.text(max_size=8), min_size=1, max_size=3).map(tuple), max_size=8)


@settings(max_examples=120, deadline=None)
@given(NAMES, LETTERS | st.text(max_size=30))
def test_a_found_customer_has_that_name_that_beginning_or_a_similar_name(catalogue: Catalogue, query: str) -> None:
    answer = index(catalogue).resolve(query)
    if isinstance(answer, Choices):
        assert len(answer.names) == len(set(answer.names)) <= CHOICES
        return
    key, keys = fold(query), [fold(name) for name in catalogue[answer.customer_id]]
    begins = any(other.startswith(key) or f" {key}" in other for other in keys)
    assert key
    assert begins or max(fuzz.WRatio(key, other) for other in keys) >= SIMILAR


@settings(max_examples=100, deadline=None)
@given(NAMES, LETTERS, st.randoms())
def test_the_order_of_customers_decides_nothing(catalogue: Catalogue, query: str, draw: random.Random) -> None:
    named = [Named(at, names[0], names[1:]) for at, names in enumerate(catalogue)]
    one = NameIndex(named).resolve(query)
    draw.shuffle(named)
    other = NameIndex(named).resolve(query)
    assert isinstance(one, Found) is isinstance(other, Found)
    assert not isinstance(one, Found) or one == other


@settings(max_examples=100, deadline=None)
@given(NAMES, LETTERS | st.text(), st.integers(1, 5))
def test_typeahead_never_raises_and_knows_only_customers(catalogue: Catalogue, typed: str, limit: int) -> None:
    offered = index(catalogue).typeahead(typed, limit)
    assert len(offered) <= limit
    assert all(catalogue[at][0] == name for at, name in offered)


@given(st.text(max_size=20))
def test_a_key_is_its_own_key(text: str) -> None:
    assert fold(fold(text)) == fold(text)
