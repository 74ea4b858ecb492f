"""Due times of the customer document, how much of them is used, and pauses."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import sla
from customers.calendars import Calendar
from customers.sla import Severity

TEAM = Calendar(zone=ZoneInfo("Europe/Stockholm"), country="SE", sprint_anchor=date(2026, 11, 2))
HOUR = timedelta(hours=1)

moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
severities = st.sampled_from(Severity)
short = st.timedeltas(timedelta(0), timedelta(days=9))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TEAM.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("severity", "meaning", "promise"),
    [
        ("critical", "system down", "4 hours"),
        ("high", "feature broken", "1 business day"),
        ("medium", "inconvenience", "3 business days"),
        ("low", "cosmetic", "end of the next sprint"),
    ],
)
def test_severities_in_words(severity: str, meaning: str, promise: str) -> None:
    assert (Severity(severity).meaning, Severity(severity).promise) == (meaning, promise)


@pytest.mark.parametrize(
    ("severity", "reported", "due"),
    [
        ("critical", "2026-11-20 18:00", "2026-11-20 22:00"),
        ("critical", "2026-12-24 23:00", "2026-12-25 03:00"),
        ("critical", "2026-10-25 00:30", "2026-10-25 03:30"),  # an hour is repeated that night
        ("high", "2026-11-20 18:00", "2026-11-23 17:00"),
        ("high", "2026-11-20 10:00", "2026-11-23 10:00"),
        ("high", "2026-11-18 09:00", "2026-11-18 17:00"),
        ("high", "2026-12-24 10:00", "2026-12-28 10:00"),
        ("medium", "2026-11-20 18:00", "2026-11-25 17:00"),
        ("medium", "2026-11-18 11:15", "2026-11-23 11:15"),
        ("low", "2026-11-02 00:00", "2026-11-27 17:00"),  # the first moment of a sprint
        ("low", "2026-11-15 23:59", "2026-11-27 17:00"),  # and its last
        ("low", "2026-11-16 00:00", "2026-12-11 17:00"),
        ("low", "2026-12-01 12:00", "2026-12-24 17:00"),  # its last Friday is Christmas Day
    ],
)
def test_due_times(severity: str, reported: str, due: str) -> None:
    told = sla.due(Severity(severity), at(reported), TEAM)
    assert told == at(due)
    assert told.tzinfo is UTC


def test_a_sprint_without_a_working_day_is_due_after_it() -> None:
    weekend = Calendar(sprint_days=2, sprint_anchor=date(2026, 11, 19))
    assert sla.due(Severity.LOW, datetime(2026, 11, 20, tzinfo=UTC), weekend) == datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_hours_are_the_customers() -> None:
    tokyo = Calendar(opens=time(10), closes=time(16), zone=ZoneInfo("Asia/Tokyo"), country="JP")
    reported = datetime(2026, 11, 20, 7, tzinfo=UTC)  # Friday 16:00 there; Monday is Labour Thanksgiving Day
    assert sla.due(Severity.HIGH, reported, tokyo) == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert sla.words(sla.due(Severity.HIGH, reported, tokyo), tokyo) == "Tue 2026-11-24 16:00 (Asia/Tokyo)"


@given(severities, moments, short)
def test_a_later_report_is_never_due_earlier(severity: Severity, reported: datetime, later: timedelta) -> None:
    assert reported < sla.due(severity, reported, TEAM) <= sla.due(severity, reported + later, TEAM)


@pytest.mark.parametrize(
    ("severity", "due", "now", "left"),
    [
        ("critical", "2026-11-20 22:00", "2026-11-20 20:30", 1.5),
        ("critical", "2026-11-20 22:00", "2026-11-21 22:00", -24),
        ("high", "2026-11-23 17:00", "2026-11-20 16:00", 9),
        ("high", "2026-11-23 17:00", "2026-11-23 17:00", 0),
        ("high", "2026-11-23 17:00", "2026-11-24 08:00", 0),  # nobody has worked since
        ("high", "2026-11-23 17:00", "2026-11-24 10:00", -1),
        ("medium", "2026-11-25 12:00", "2026-11-23 00:00", 19),
        ("low", "2026-11-27 17:00", "2026-11-26 17:00", 24),
    ],
)
def test_time_to_go(severity: str, due: str, now: str, left: float) -> None:
    assert sla.left(Severity(severity), at(due), at(now), TEAM) == left * HOUR


@pytest.mark.parametrize(
    ("severity", "left", "resumed", "due"),
    [
        ("critical", 1, "2026-11-21 03:00", "2026-11-21 04:00"),
        ("critical", -1, "2026-11-21 03:00", "2026-11-21 02:00"),
        ("high", 2, "2026-11-20 16:00", "2026-11-23 10:00"),
        ("high", 2, "2026-11-21 16:00", "2026-11-23 11:00"),
        ("high", 0, "2026-11-21 16:00", "2026-11-20 17:00"),  # stays overdue, and is not due on Monday
        ("medium", -2, "2026-11-23 10:00", "2026-11-20 16:00"),
        ("low", 48, "2026-11-20 10:00", "2026-11-22 10:00"),
    ],
)
def test_after_a_pause(severity: str, left: int, resumed: str, due: str) -> None:
    assert sla.resumed(Severity(severity), left * HOUR, at(resumed), TEAM) == at(due)


@given(severities, moments, short, short)
def test_a_pause_changes_neither_what_is_left_nor_what_is_used(
    severity: Severity, reported: datetime, until: timedelta, pause: timedelta
) -> None:
    first_due = sla.due(severity, reported, TEAM)
    stopped, again = reported + until, reported + until + pause
    left = sla.left(severity, first_due, stopped, TEAM)
    new_due = sla.resumed(severity, left, again, TEAM)
    assert sla.left(severity, new_due, again, TEAM) == left
    assert (new_due <= again) == (left <= timedelta(0))
    paused = sla.span(severity, stopped, again, TEAM)
    before = sla.used(severity, reported, first_due, stopped, TEAM)
    assert sla.used(severity, reported, new_due, again, TEAM, paused) == pytest.approx(before)


@pytest.mark.parametrize(
    ("severity", "reported", "now", "paused", "used", "level"),
    [
        ("critical", "2026-11-20 18:00", "2026-11-20 18:00", 0, 0.0, 0),
        ("critical", "2026-11-20 18:00", "2026-11-20 17:00", 0, 0.0, 0),  # a clock that is behind
        ("critical", "2026-11-20 18:00", "2026-11-20 20:00", 0, 0.5, 50),
        ("critical", "2026-11-20 18:00", "2026-11-20 22:00", 0, 1.0, 100),
        ("critical", "2026-11-20 18:00", "2026-11-21 00:00", 0, 1.5, 100),
        ("critical", "2026-11-20 18:00", "2026-11-21 00:00", 4, 0.5, 50),  # it stood still for four of six hours
        ("high", "2026-11-20 18:00", "2026-11-23 08:00", 0, 0.0, 0),
        ("high", "2026-11-20 18:00", "2026-11-23 12:59", 0, 239 / 480, 0),
        ("high", "2026-11-20 18:00", "2026-11-23 13:00", 0, 0.5, 50),
        ("high", "2026-11-20 18:00", "2026-11-23 15:24", 0, 0.8, 80),
        ("high", "2026-11-20 18:00", "2026-11-23 23:00", 0, 1.0, 100),
        ("medium", "2026-11-20 18:00", "2026-11-24 13:00", 0, 0.5, 50),
    ],
)
def test_share_used(severity: str, reported: str, now: str, paused: int, used: float, level: int) -> None:
    kind = Severity(severity)
    due = sla.due(kind, at(reported), TEAM) + paused * HOUR
    share = sla.used(kind, at(reported), due, at(now), TEAM, paused * HOUR)
    assert share == used
    assert sla.level(share) == level


def test_low_is_used_by_the_wall_clock() -> None:
    due = sla.due(Severity.LOW, at("2026-11-15 17:00"), TEAM)
    assert sla.used(Severity.LOW, at("2026-11-15 17:00"), due, at("2026-11-21 17:00"), TEAM) == 0.5


@given(severities, moments, short)
def test_used_up_is_due(severity: Severity, reported: datetime, later: timedelta) -> None:
    due, now = sla.due(severity, reported, TEAM), reported + later
    assert (sla.used(severity, reported, due, now, TEAM) >= 1.0) == (now >= due)


@pytest.mark.parametrize(("now", "used"), [("2026-11-20 18:00", 1.0), ("2026-11-20 17:59", 0.0)])
def test_an_allowance_of_nothing_is_used_up_when_due(now: str, used: float) -> None:
    due = at("2026-11-20 18:00")
    assert sla.used(Severity.CRITICAL, due, due, at(now), TEAM) == used


@pytest.mark.parametrize(
    ("used", "level"),
    [(0.0, 0), (0.49999, 0), (0.5, 50), (0.79999, 50), (0.8, 80), (0.99999, 80), (1.0, 100), (9, 100)],
)
def test_warnings(used: float, level: int) -> None:
    assert sla.level(used) == level


def test_a_due_time_in_words() -> None:
    assert sla.words(at("2026-11-23 17:00"), TEAM) == "Mon 2026-11-23 17:00 (Europe/Stockholm)"
    assert sla.words(datetime(2026, 7, 5, 22, 30, 59, tzinfo=UTC), TEAM) == "Mon 2026-07-06 00:30 (Europe/Stockholm)"


@pytest.mark.parametrize(
    ("hours", "day", "words"),
    [
        (3 + 1 / 3, 24, "3 h 20 min"),
        (52, 24, "2 days 4 h"),
        (52.9, 24, "2 days 4 h"),
        (24, 24, "1 day"),
        (24.5, 24, "1 day"),
        (24, 8, "3 days"),
        (9, 8, "1 day 1 h"),
        (8, 7.5, "1 day"),
        (-3, 24, "3 h"),
        (0.75, 24, "45 min"),
        (1 / 120, 24, "less than a minute"),
        (0, 24, "less than a minute"),
    ],
)
def test_lengths_in_words(hours: float, day: float, words: str) -> None:
    assert sla.in_words(hours * HOUR, day * HOUR) == words
