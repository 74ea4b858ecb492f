"""The clock of a bug over pauses, closing, reopening and another severity."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import bugs, sla
from customers.bugs import Bug, Filing, Pause, Seen, Stop
from customers.calendars import Calendar
from customers.intents import Source
from customers.sla import Severity
from customers.tracker import _changed, still

TEAM = Calendar()  # Monday to Friday, 9 to 17, UTC
MONDAY = datetime(2026, 11, 16, 10, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def bug(severity: Severity, at: datetime = MONDAY, *stops: Stop, **more: Any) -> Bug:
    due = bugs.due_after(severity, at, stops, TEAM)
    return Bug(1, 1, "Acme", "t", "s", severity, "U1", at, due, Source(), Filing.FILED, stops=stops, **more)


def seen(at: datetime, *, open: bool = True, severity: Severity | None = None) -> Seen:
    return Seen(7, "https://x/7", open, "completed", (f"severity:{severity}",) if severity else (), at)


def test_while_it_is_closed_the_clock_stands_still() -> None:
    closed = _changed(bug(Severity.CRITICAL), seen(MONDAY + HOUR, open=False), TEAM)
    assert closed.stops == (Stop(MONDAY + HOUR),)
    again = _changed(closed, seen(MONDAY + 10 * HOUR), TEAM)
    assert again.due_at == MONDAY + 13 * HOUR
    assert bugs.stood(Severity.CRITICAL, again.stops, TEAM) == 9 * HOUR
    used = sla.used(again.severity, MONDAY, again.due_at, MONDAY + 10 * HOUR, TEAM, 9 * HOUR)
    assert used == pytest.approx(0.25)


def test_closed_while_it_waits_and_reopened_it_has_what_it_had() -> None:
    waiting = bug(Severity.CRITICAL, MONDAY, Stop(MONDAY + HOUR), pause=Pause(MONDAY + HOUR, "logs"))
    closed = _changed(waiting, seen(MONDAY + 6 * HOUR, open=False), TEAM)
    assert closed.pause is None
    again = _changed(closed, seen(MONDAY + 7 * HOUR), TEAM)
    assert still(again, MONDAY + 7 * HOUR, TEAM) == 3 * HOUR


def test_another_severity_counts_pauses_in_its_own_time() -> None:
    weekend = Stop(FRIDAY + HOUR, FRIDAY + 71 * HOUR)  # Friday 11:00 to Monday 9:00
    high = _changed(bug(Severity.CRITICAL, FRIDAY, weekend), seen(FRIDAY + 72 * HOUR, severity=Severity.HIGH), TEAM)
    assert high.due_at == datetime(2026, 11, 23, 16, tzinfo=UTC)  # six working hours later than Monday 10:00
    critical = _changed(high, seen(FRIDAY + 73 * HOUR, severity=Severity.CRITICAL), TEAM)
    assert critical.due_at == FRIDAY + 4 * HOUR + 70 * HOUR


def test_whoever_made_it_more_urgent_is_warned_anew() -> None:
    low = replace(bug(Severity.LOW), warned=50)
    critical = _changed(low, seen(MONDAY + 5 * HOUR, severity=Severity.CRITICAL), TEAM)
    assert (critical.warned, critical.is_overdue(MONDAY + 5 * HOUR)) == (0, True)


def test_another_severity_while_it_waits_moves_what_is_left() -> None:
    waiting = bug(Severity.HIGH, MONDAY, Stop(MONDAY + HOUR), pause=Pause(MONDAY + HOUR, "logs"))
    assert still(waiting, MONDAY + 90 * HOUR, TEAM) == 7 * HOUR
    critical = _changed(waiting, seen(MONDAY + 90 * HOUR, severity=Severity.CRITICAL), TEAM)
    assert still(critical, MONDAY + 90 * HOUR, TEAM) == 3 * HOUR


@given(
    st.sampled_from(Severity),
    st.integers(0, 60 * 24 * 14).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    st.lists(st.integers(1, 60 * 24 * 4), min_size=2, max_size=8),
)
def test_what_is_left_never_changes_while_it_stands_still(
    severity: Severity, reported: datetime, steps: list[int]
) -> None:
    """Closed and reopened at any moments: what was left at closing is left at reopening."""
    one, at, kept = bug(severity, reported), reported, timedelta()
    for index, minutes in enumerate(steps):
        at += timedelta(minutes=minutes)
        before = still(one, at, TEAM)
        one = _changed(one, seen(at, open=bool(index % 2)), TEAM)
        if index % 2 and kept > timedelta():
            assert still(one, at, TEAM) == kept
        kept = before
