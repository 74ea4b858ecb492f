"""Alerts as values, and whom their messages go to."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.alerts import NOTE, Alert, Alerts, told_in_history
from customers.facts import Thresholds
from customers.history import TEXT
from customers.intents import TEAM
from customers.model import Week
from customers.outreach import MESSAGES, ROWS, Fallen, changed, outreach, overslept, reminders, returned, told_of
from customers.weeks import start

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
WEEK = date(2026, 11, 9)
ALERT = Alert(7, 1, "Acme", None, WEEK, 120, 79, NOW)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("before", "active", "words"),
    [
        (120, 79, "34.2 %"),
        (100, 79, "21 %"),
        (10_000, 7_999, "20.1 %"),
        (5, 0, "100 %"),
        (3, 2, "33.3 %"),
        (214, 139, "35 %"),
        (0, 0, "0 %"),
    ],
)
def test_a_fall_is_never_shown_smaller_than_it_is(before: int, active: int, words: str) -> None:
    assert replace(ALERT, before=before, active=active).drop_words == words


def test_the_numbers_in_words() -> None:
    assert ALERT.numbers == "120 → 79 weekly users in 2026-W46"


@pytest.mark.parametrize(
    ("changes", "is_open", "is_snoozed", "waits"),
    [
        ({}, True, False, True),
        ({"claimed_by": "U1", "claimed_at": NOW}, True, False, False),
        ({"snoozed_by": "U1", "snoozed_until": NOW + timedelta(seconds=1)}, True, True, False),
        ({"snoozed_by": "U1", "snoozed_until": NOW}, True, False, True),
        ({"done_by": "U1", "done_at": NOW}, False, False, False),
        ({"done_at": NOW, "snoozed_until": NOW + timedelta(days=1)}, False, False, False),
    ],
)
def test_where_an_alert_stands(changes: dict[str, object], is_open: bool, is_snoozed: bool, waits: bool) -> None:
    alert = replace(ALERT, **changes)  # type: ignore[arg-type]
    assert (alert.is_open, alert.is_snoozed(NOW), alert.waits(NOW)) == (is_open, is_snoozed, waits)


def test_an_alert_grows_older_and_never_younger_than_new() -> None:
    assert ALERT.age(NOW + timedelta(days=9)) == timedelta(days=9)
    assert ALERT.age(NOW - timedelta(hours=1)) == timedelta()


@pytest.mark.parametrize(
    ("before", "active", "still"),
    [
        (120, 79, True),
        (100, 80, False),
        (100, 79, True),
        (4, 0, False),
        (5, 0, True),
        (None, 50, True),
        (100, None, True),
    ],
)
def test_corrected_usage_may_contradict_an_alert(before: int | None, active: int | None, still: bool) -> None:
    known = {WEEK - timedelta(weeks=1): before, WEEK: active, WEEK + timedelta(weeks=1): 500}
    recent = [Week(day, number) for day, number in known.items() if number is not None]
    assert Alerts(None, Thresholds(), BERLIN).still_so(ALERT, recent) is still  # type: ignore[arg-type]


def test_a_note_of_any_length_fits_into_the_history() -> None:
    huge = replace(ALERT, before=10**9, active=1)
    assert len(told_in_history(huge, "x" * NOTE)) <= TEXT


# snoozing


@pytest.mark.parametrize(("choice", "later"), [("1d", timedelta(days=1)), ("1w", timedelta(weeks=1))])
def test_a_snooze_counts_from_now(choice: str, later: timedelta) -> None:
    assert Alerts(None, Thresholds(), BERLIN).until(choice, NOW) == NOW + later  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2026, 11, 17), datetime(2026, 11, 17, 8, tzinfo=UTC)),
        (date(2027, 2, 14), datetime(2027, 2, 14, 8, tzinfo=UTC)),
        (date(2027, 2, 15), None),
        (date(2026, 11, 16), None),
        (date(2026, 11, 15), None),
    ],
)
def test_a_snooze_until_a_day_ends_that_morning_of_the_team(day: date, until: datetime | None) -> None:
    assert Alerts(None, Thresholds(), BERLIN).until_day(day, NOW) == until  # type: ignore[arg-type]


# who is told

fallen = st.lists(
    st.builds(Fallen, st.integers(1, 10**6), st.sampled_from(["", "iris", "maya"]), st.floats(0.2, 1)),
    max_size=40,
    unique_by=lambda one: one.id,
)


@settings(max_examples=60)
@given(fallen, st.dictionaries(st.sampled_from(["", "iris", "maya"]), st.integers(0, 9)))
def test_nobody_gets_more_than_a_few_messages_of_a_week(found: list[Fallen], told: dict[str, int]) -> None:
    intents = outreach(WEEK, found, told)
    assert len({intent.key for intent in intents}) == len(intents)
    drops = {one.id: one.drop for one in found}
    for csm in {one.to for one in found}:
        theirs = [intent for intent in intents if intent.lane == f"csm:{csm}"]
        alone = [intent.number("alert") for intent in theirs if intent.kind == "usage_alert"]
        rest = [intent for intent in theirs if intent.kind == "usage_alerts"]
        count = sum(one.to == csm for one in found)
        assert len(alone) == min(count, max(0, MESSAGES - told.get(csm, 0)))
        assert sum(intent.number("count") for intent in rest) == count - len(alone)
        assert len(rest) <= 1
        listed = [int(one) for intent in rest for one in intent.word("alerts").split(",")]
        assert len(listed) <= ROWS
        worst_first = [drops[one] for one in alone + listed]
        assert worst_first == sorted(worst_first, reverse=True)


def test_too_late_is_one_message_and_nothing_is_none() -> None:
    (told,) = overslept(WEEK, [Fallen(1, "iris", 0.5), Fallen(2, "maya", 0.4)])
    assert (told.lane, told.number("count"), told.word("week")) == (TEAM, 2, "2026-W46")
    assert overslept(WEEK, []) == []


def test_what_comes_back_goes_to_whoever_snoozed_it() -> None:
    many = [Fallen(at, "U1", at / 10) for at in range(1, 8)] + [Fallen(8, "U2", 0.3)]
    intents = returned(many, NOW)
    assert [intent.word("channel") for intent in intents] == ["U1"] * 6 + ["U2"]
    assert [intent.number("alert") for intent in intents] == [7, 6, 5, 4, 3, 0, 8]
    assert intents[5].word("alerts") == "2,1"
    assert all(intent.number("back") for intent in intents)
    assert {one.key for one in intents}.isdisjoint(one.key for one in returned(many, NOW + timedelta(days=1)))


def test_a_message_is_drawn_anew_once_an_event() -> None:
    told = changed(9, "usage_alert:7", "csm:iris", "press:1", "D1/1.5")
    assert (told.lane, told.number("row"), told.word("pressed")) == ("csm:iris", 9, "D1/1.5")
    assert told.key == changed(9, "usage_alert:7", "csm:iris", "press:1", "").key
    assert told.key != changed(9, "usage_alert:7", "csm:iris", "press:2", "").key


def test_what_was_taken_back_is_told_under_another_key() -> None:
    first, again = (outreach(WEEK, [Fallen(7, "iris", 0.5, times)], {})[0] for times in (0, 2))
    assert first.key != again.key
    assert [told_of(one) for one in (first, again)] == [[7], [7]]


def test_one_reminder_for_each_csm_and_week() -> None:
    found = [Fallen(at, "iris" if at % 2 else "maya", at / 100) for at in range(1, 21)]
    intents = reminders(WEEK, found)
    assert sorted((one.lane, one.number("count"), len(told_of(one))) for one in intents) == [
        ("csm:iris", 10, ROWS), ("csm:maya", 10, ROWS)
    ]  # fmt: skip
    assert {one.key for one in intents}.isdisjoint(one.key for one in reminders(WEEK + timedelta(weeks=1), found))


def test_numbers_that_rose_are_never_called_a_fall() -> None:
    back = replace(ALERT, active=130, done_at=NOW)
    assert back.fall == "usage did not fall so far: 120 → 130 weekly users in 2026-W46"
    assert replace(back, done_by="U1", active=79).fall.startswith("usage fell 34.2 %: ")


def test_weeks_are_those_of_the_domain() -> None:
    assert start(2966) == WEEK
