"""What a press of a button makes of the weeks since the seed."""

from datetime import date

import pytest

from bot.demo_usage import STORIES, Figures, Story, falls, recovers, steady

SEED = """customer,week,active_users,seats
brightwater-logistics,2026-W45,213,240
brightwater-logistics,2026-W46,214,240
oakline,2026-W45,30,40
oakline,2026-W46,0,40
demo,2026-W46,4,
"""
TUESDAY = date(2026, 12, 1)  # in week 49: 47 and 48 are complete


def figures() -> Figures:
    found = Figures()
    found.learn(SEED)
    return found


@pytest.mark.parametrize(
    ("today", "labels"),
    [(date(2026, 11, 22), set()), (date(2026, 11, 23), {"2026-W47"}), (TUESDAY, {"2026-W47", "2026-W48"})],
)
def test_only_weeks_that_are_over_are_missing(today: date, labels: set[str]) -> None:
    rows = figures().told(steady, today).splitlines()[1:]
    assert {row.split(",")[1] for row in rows} == labels
    assert figures().is_complete(today) == (not labels)


@pytest.mark.parametrize(
    ("story", "newest"),
    [
        (steady, ["214", "0", "4"]),
        (falls("brightwater-logistics", 0.35), ["138", "0", "4"]),
        (recovers, ["214", "34", "4"]),
    ],
)
def test_the_newest_week_goes_as_the_story_does(story: Story, newest: list[str]) -> None:
    rows = [line.split(",") for line in figures().told(story, TUESDAY).splitlines()[1:]]
    assert [row[2] for row in rows if row[1] == "2026-W48"] == newest
    assert [row[2] for row in rows if row[1] == "2026-W47"] == ["213", "0", "4"]
    assert [row[3] for row in rows if row[1] == "2026-W48"] == ["240", "40", ""]


def test_what_was_pasted_counts_and_what_is_wrong_does_not() -> None:
    found = figures()
    found.learn("customer,week,active_users,seats\noakline,2026-W47,20,40\noakline,soon,1,\ndemo,2026-W47,x,\n")
    told = found.told(steady, TUESDAY).splitlines()
    assert [row for row in told if row.startswith("oakline")] == ["oakline,2026-W48,19,40"]
    assert len([row for row in told if row.startswith("demo")]) == 2


def test_there_is_a_button_for_each_story() -> None:
    assert len(STORIES) == 3
