"""`/health` shows the colours of the last weeks and what changed since the week before."""

from datetime import date, timedelta

import pytest

from commands.trend import past
from customers import health
from customers.facts import Colour
from customers.records import Card, Record
from customers.snapshots import LETTERS, Snapshot
from tests.commands.anybody import NOW
from tests.storage.harbour import profile

MONDAY = NOW.date() - timedelta(days=NOW.weekday())
GREEN = "ggggggggg"


def judged(back: int, marks: str, active: int | None = 64, rules: int = 2) -> Snapshot:
    """The week that ended `back` Mondays ago; a hundred seats."""
    order = [colour for colour in (Colour.RED, Colour.YELLOW) if colour in [LETTERS[one] for one in marks]]
    colour = order[0] if order else Colour.UNKNOWN if marks[0] == "u" else Colour.GREEN
    return Snapshot(MONDAY - timedelta(weeks=back), colour, marks, rules, active, active, 100)


def told(*snapshots: Snapshot) -> list[str]:
    """The paragraphs as people read them."""
    today: date = NOW.date()
    record = Record(1, profile(), (), None, NOW, NOW, None, None, None, None, (), 1)
    card = Card(record, health.of(profile(), (), None, today, health.Thresholds()), NOW, today, snapshots)
    return ["".join(part["text"] for part in one["elements"]) for one in past(card)]


def test_before_the_first_check_nothing_is_said() -> None:
    assert told() == []


def test_colours_are_drawn_oldest_first_with_the_weeks_that_were_missed() -> None:
    drawn = told(judged(1, "ryggggggg"), judged(4, "ygggggggg"), judged(5, GREEN), judged(6, "u" * 9))
    assert drawn == ["Colours  ⚪🟢🟡▫️▫️🔴  2026-W41 to 2026-W46"]


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (
            judged(1, "ryggggggg", 48),
            judged(2, "ygggggggg", 64),
            "At the last weekly check: yellow → red, adoption 64 % → 48 %. Worse: Adoption, Usage trend. Now unknown.",
        ),
        (
            judged(1, GREEN, 81),
            judged(2, GREEN, 81),
            "At the last weekly check: green → green, adoption 81 % as before. Now unknown.",
        ),
        (
            judged(1, GREEN, 81),
            judged(2, "gggyggggr", 80),
            "At the last weekly check: red → green, adoption 80 % → 81 %. Better: Feedback, Churn risk. Now unknown.",
        ),
        (
            judged(1, "uuugggggg", None),
            judged(2, "rgggggggg", 40),
            "At the last weekly check: red → unknown, adoption 40 % → unknown.",
        ),
        (
            judged(1, "ygggggggg", 60, rules=3),
            judged(2, "rgggggggg", 61),
            "At the last weekly check: the rules changed, so the colours do not compare, adoption 61 % → 60 %.",
        ),
        (
            judged(3, GREEN, None),
            judged(4, GREEN, None),
            "2026-W43 to 2026-W44: green → green. Now unknown.",
        ),
    ],
)
def test_what_changed_since_the_week_before_is_said(now: Snapshot, before: Snapshot, said: str) -> None:
    assert told(now, before)[1] == said


def test_a_change_of_the_rules_is_drawn_between_its_weeks() -> None:
    drawn = told(judged(1, GREEN, rules=3), judged(2, GREEN, rules=3), judged(3, GREEN, rules=2))[0]
    assert drawn == "Colours  🟢│🟢🟢  2026-W44 to 2026-W46"


def test_a_week_before_that_is_missing_is_compared_with_nothing() -> None:
    assert len(told(judged(1, GREEN), judged(3, "rgggggggg"))) == 1
