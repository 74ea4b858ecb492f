"""Which change is told where, and how the rows of a digest are laid out over its messages."""

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.digest import (
    ATTACHED,
    BUTTONS,
    IN_FIRST,
    MESSAGES,
    MOST,
    ROOM,
    Compared,
    Lines,
    Material,
    Plan,
    Point,
    Section,
    Tally,
    Window,
    Worst,
    changed,
    plan,
)
from customers.digest_kept import kept, plan_of
from customers.facts import Colour
from customers.told import Change, packed, unpacked

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WINDOW = Window(2967, 2966, None, NOW, False)
G, Y, R, U = Colour.GREEN, Colour.YELLOW, Colour.RED, Colour.UNKNOWN


@pytest.mark.parametrize(
    ("before", "now", "section"),
    [
        (G, R, Section.RED),
        (Y, R, Section.RED),
        (U, R, Section.RED),
        (None, R, Section.RED),  # new here, or nothing to compare with
        (G, Y, Section.YELLOW),
        (U, Y, Section.YELLOW),
        (None, Y, Section.YELLOW),
        (R, Y, Section.RECOVERED),  # better, not newly yellow
        (R, G, Section.RECOVERED),
        (Y, G, Section.RECOVERED),
        (R, U, Section.UNKNOWN),
        (G, U, Section.UNKNOWN),
        (U, G, None),
        (None, G, None),
        (None, U, None),
        (R, R, None),
        (Y, Y, None),
        (G, G, None),
        (U, U, None),
    ],
)
def test_where_a_change_is_told(before: Colour | None, now: Colour, section: Section | None) -> None:
    """Customer document, "Customer Health & Status": green, yellow, red."""
    assert changed(before, now) is section


def test_the_larger_tier_comes_first_then_the_more_seats_then_the_name() -> None:
    worst = Worst()
    for customer, seats, rank, name in (
        (1, 9, 1, "a"),
        (2, 5, 0, "b"),
        (3, 7, 0, "c"),
        (4, None, 0, "d"),
        (5, 7, 0, "a"),
    ):
        worst.add(customer, seats, "red", "green", True, rank, name)
    assert worst.lines()[0] == Lines(Section.RED, (5, 3, 2, 4, 1), 5)
    worst.add(6, 5, "green", "red", True, 0, "f")
    assert worst.at_risk == {1, 2, 3, 4, 5}


def test_who_was_judged_by_other_rules_is_counted_and_never_called_changed() -> None:
    worst = Worst()
    worst.add(1, 9, "red", "green", False, 0, "a")
    worst.add(2, 9, "red", "red", False, 0, "b")
    worst.add(3, 9, "yellow", "red", True, 0, "c")
    assert [one.total for one in worst.lines()] == [0, 0, 1, 0, 0]
    assert worst.tally({R: 5, Y: 4, G: 3, U: 2}) == Tally(5, 4, 3, 2, still_red=3, still_yellow=3, rules_changed=2)


def test_when_usage_is_missing_only_who_was_at_risk_is_listed_as_unknown() -> None:
    for settled in (True, False):
        worst = Worst(settled=settled)
        worst.add(1, 9, "unknown", "red", True, 0, "a", "uuugggggg", "rgggggggg")
        worst.add(2, 9, "unknown", "green", True, 0, "b", "uuugggggg", "ggggggggg")
        worst.add(3, 9, "yellow", "red", True, 0, "c", "uuuyggggg", "rggyggggg")
        assert worst.lines()[3].ids == ((1, 2, 3) if settled else (1, 3))
        assert worst.lines()[2].total == 0


@pytest.mark.parametrize(
    ("now", "marks", "then", "section"),
    [
        (Y, "uuuyggggg", "rggyggggg", Section.UNKNOWN),  # red only as long as adoption was known
        (Y, "yggyggggg", "rggyggggg", Section.RECOVERED),
        (Y, "gugyggggg", "rggyggggg", Section.RECOVERED),  # what is lost was green
        (G, "ggggguggg", "gggggyggg", Section.UNKNOWN),
        (U, "uuugggggg", "rgggggggg", Section.UNKNOWN),
    ],
)
def test_who_only_looks_better_because_data_is_missing_is_not_better(
    now: Colour, marks: str, then: str, section: Section
) -> None:
    worst = Worst()
    worst.add(1, 9, now.value, "red" if "r" in then else "yellow", True, 0, "a", marks, then)
    assert [one.section for one in worst.lines() if one.ids] == [section]


def test_what_was_corrected_since_is_told_apart_unless_it_became_worse() -> None:
    worst = Worst()
    for one, now, told in ((1, "yellow", "red"), (2, "red", "green"), (3, "unknown", "red")):
        worst.add(one, 9, now, told, True, 0, "a", "ggggggggg", "ggggggggg", corrected=True)
    assert {one.section: one.ids for one in worst.lines() if one.ids} == {
        Section.RED: (2,),
        Section.CORRECTED: (1, 3),
    }
    assert worst.changes()[1] == Change(Y, R, "ggggggggg", "ggggggggg", True)


def test_a_colour_set_by_hand_is_counted_and_what_is_computed_told_only_when_it_is_worse() -> None:
    worst = Worst(by_hand={1: G, 2: R})
    worst.add(1, 9, "red", "green", True, 0, "a")
    worst.add(2, 9, "green", "yellow", True, 0, "b")
    worst.add(3, 9, "red", "green", True, 0, "c")
    assert {one.section: one.ids for one in worst.lines() if one.ids} == {Section.RED: (1, 3)}
    assert worst.tally({R: 2, Y: 0, G: 1, U: 0}) == Tally(2, 0, 1, 0, 1, 0, 0, new_red=1, by_hand=2)


@given(st.dictionaries(st.integers(1, 2**53), st.sampled_from(Colour), max_size=60))
@settings(max_examples=50, deadline=None)
def test_what_everybody_was_told_survives_being_packed(told: dict[int, Colour]) -> None:
    assert unpacked(packed(told)) == told


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=400))
@settings(max_examples=50, deadline=None)
def test_of_any_number_the_same_are_kept_as_if_all_were_sorted(found: list[tuple[int, int]]) -> None:
    worst = Worst()
    for customer, (rank, seats) in enumerate(found):
        worst.add(customer, seats, "yellow", "green", True, rank, f"{customer:03d}")
    ordered = sorted(range(len(found)), key=lambda one: (found[one][0], -found[one][1], one))
    assert worst.lines()[1] == Lines(Section.YELLOW, tuple(ordered[: MOST[Section.YELLOW]]), len(found))


def _lines(section: Section, total: int, first: int = 0) -> Lines:
    return Lines(section, tuple(range(first, first + min(total, MOST[section]))), total)


def _plan(*lines: Lines, attached: Mapping[int, int] | None = None) -> Plan:
    return plan(Material(WINDOW, Tally(), lines, (), attached or {}))


def _told(made: Plan) -> list[tuple[Section, int]]:
    return [(stretch.section, one) for page in made.pages for stretch in page for one in stretch.ids]


def test_nothing_changed_is_quiet() -> None:
    made = _plan(_lines(Section.RED, 0))
    assert made.is_quiet
    assert made.pages == ((),)


def test_what_fits_stands_in_one_message_in_order() -> None:
    made = _plan(_lines(Section.ALERTS, 2), _lines(Section.RED, 3), _lines(Section.BUGS, 4))
    assert len(made.pages) == 1
    assert [one.section for one in made.pages[0]] == [Section.RED, Section.BUGS, Section.ALERTS]
    assert (made.later, made.left_out()) == (0, {})


def test_a_long_one_begins_with_the_worst_of_everything() -> None:
    made = _plan(
        _lines(Section.RED, 200), _lines(Section.YELLOW, 100), _lines(Section.BUGS, 30), _lines(Section.ALERTS, 9)
    )
    assert [(one.section, one.ids) for one in made.pages[0]] == [
        (Section.RED, (0, 1, 2, 3, 4)),
        (Section.YELLOW, (0, 1, 2)),
        (Section.BUGS, (0, 1)),
        (Section.ALERTS, (0,)),
    ]
    assert made.pages[1][0].start == 5
    assert made.left_out() == {Section.RED: 160, Section.YELLOW: 80, Section.BUGS: 18, Section.ALERTS: 1}
    assert made.later + 11 == len(_told(made)) == 40 + 20 + 12 + 8


def test_only_so_many_rows_carry_their_alert() -> None:
    made = _plan(_lines(Section.RED, 40), attached={n: 100 + n for n in range(40)})
    assert list(made.attached) == list(range(ATTACHED))


@given(st.fixed_dictionaries({one: st.integers(0, 300) for one in Section}), st.sets(st.integers(0, 60)))
@settings(max_examples=80, deadline=None)
def test_no_row_is_lost_told_twice_or_crowded(totals: dict[Section, int], alerted: set[int]) -> None:
    lines = [_lines(section, total) for section, total in totals.items()]
    made = _plan(*lines, attached={one: 1_000 + one for one in alerted})
    told = _told(made)
    assert sorted(told) == sorted((one.section, which) for one in lines for which in one.ids)
    assert len(made.pages) <= MESSAGES
    assert [
        len([1 for kind, _ in told if kind is one.section]) + made.left_out().get(one.section, 0) for one in lines
    ] == [one.total for one in lines]
    for number, page in enumerate(made.pages):
        assert _weight(made, page) <= (max(ROOM, IN_FIRST) if number else IN_FIRST)


def _weight(made: Plan, page: tuple[object, ...]) -> float:
    weight = 0.0
    for stretch in made.pages[made.pages.index(page)]:  # type: ignore[arg-type]
        for one in stretch.ids:
            with_alert = stretch.section in (Section.RED, Section.YELLOW) and one in made.attached
            only_alert = stretch.section in (Section.DROPS, Section.ALERTS)
            weight += BUTTONS if only_alert else 1 + BUTTONS * with_alert
    return weight


def test_a_plan_survives_being_kept() -> None:
    material = Material(
        Window(2967, None, 2968, NOW, True, 2969),
        Tally(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
        (_lines(Section.RED, 60), _lines(Section.REQUESTS, 2)),
        (Point(2967, 5, 10), Point(2968, 6, 0)),
        {3: 9},
        {3: Change(R, G, "r", "g", True), 4: Change(Y, None)},
        {3: R, 4: Y, 9: G},
        Compared(5, 4, 10, 3),
    )
    made = plan(material)
    assert plan_of(orjson.loads(orjson.dumps(kept(made)))) == made
    assert [one.share for one in made.adoption] == [0.5, None]
