"""What a press of a button makes of the weeks since those that are stored."""

from datetime import date

import pytest

from bot.demo_usage import STORIES, Figure, Figures, Story, falls, recovers, steady

W45, W46, W47, W48 = (date(2026, 11, day) for day in (2, 9, 16, 23))
STORED = {
    "brightwater-logistics": {W46: Figure(214, 240), W45: Figure(213, 240)},
    "oakline": {W46: Figure(0, 40), W45: Figure(30, 40)},
    "demo": {W46: Figure(4, None)},
}
TUESDAY = date(2026, 12, 1)  # in week 49: 47 and 48 are complete


@pytest.mark.parametrize(
    ("today", "labels"),
    [(date(2026, 11, 22), set()), (date(2026, 11, 23), {"2026-W47"}), (TUESDAY, {"2026-W47", "2026-W48"})],
)
def test_only_weeks_that_are_over_are_missing(today: date, labels: set[str]) -> None:
    rows = Figures(STORED).told(steady, today).splitlines()[1:]
    assert {row.split(",")[1] for row in rows} == labels
    assert Figures(STORED).is_complete(today) == (not labels)


@pytest.mark.parametrize(
    ("story", "newest"),
    [
        (steady, ["214", "0", "4"]),
        (falls("brightwater-logistics", 0.35), ["138", "0", "4"]),
        (recovers, ["214", "34", "4"]),
    ],
)
def test_the_newest_week_goes_as_the_story_does(story: Story, newest: list[str]) -> None:
    rows = [line.split(",") for line in Figures(STORED).told(story, TUESDAY).splitlines()[1:]]
    assert [row[2] for row in rows if row[1] == "2026-W48"] == newest
    assert [row[2] for row in rows if row[1] == "2026-W47"] == ["213", "0", "4"]
    assert [row[3] for row in rows if row[1] == "2026-W48"] == ["240", "40", ""]


def test_a_story_goes_on_from_what_is_stored_and_leaves_it_alone() -> None:
    found = Figures(STORED | {"oakline": {W47: Figure(20, 40)}, "demo": {W48: Figure(9, None)}})
    told = found.told(falls("oakline", 0.5), TUESDAY).splitlines()[1:]
    assert [row for row in told if row.startswith("oakline")] == ["oakline,2026-W48,10,40"]
    assert not [row for row in told if row.startswith("demo")]


def test_there_is_a_button_for_each_story() -> None:
    assert len(STORIES) == 3
