"""Quiet hours by a person's own clock, over midnight and over changes of the clock; sittings at the Home tab."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.preferences import LONGEST, Preferences, Quiet, known_zone, zone_of
from customers.records import SITTING
from customers.schedule import instant

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")
NIGHT = Quiet(time(22), time(7))
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
HOURS = st.builds(Quiet, TIMES, TIMES).filter(lambda one: timedelta() < one.length <= LONGEST)
MOMENTS = st.datetimes(datetime(2012, 1, 1), datetime(2037, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, "2026-11-23 20:59", None),  # 21:59 in Berlin
        (NIGHT, "2026-11-23 21:00", "2026-11-24 06:00"),
        (NIGHT, "2026-11-24 05:59", "2026-11-24 06:00"),
        (NIGHT, "2026-11-24 06:00", None),
        (Quiet(time(12), time(13)), "2026-11-23 11:30", "2026-11-23 12:00"),
        (Quiet(time(12), time(13)), "2026-11-23 12:00", None),
        (Quiet(time(22), time(2, 30)), "2026-03-28 23:00", "2026-03-29 01:00"),  # 02:30 is skipped: at 03:00
        (Quiet(time(22), time(2, 30)), "2026-10-25 00:15", "2026-10-25 00:30"),  # 02:30 comes twice: the first
        (Quiet(time(22), time(2, 30)), "2026-10-25 01:15", None),
        (Quiet(time(2, 30), time(4)), "2026-03-29 01:00", "2026-03-29 02:00"),
    ],
)
def test_quiet_hours_in_berlin(quiet: Quiet, now: str, until: str | None) -> None:
    assert quiet.until(at(now), BERLIN) == (at(until) if until else None)


@given(quiet=HOURS, zone=ZONES, now=MOMENTS)
def test_quiet_hours_end_by_the_local_clock_and_then_are_over(quiet: Quiet, zone: ZoneInfo, now: datetime) -> None:
    until = quiet.until(now, zone)
    if until is None:
        return
    assert now < until <= now + quiet.length + timedelta(hours=2)  # no zone moved its clock by more in these years
    assert until == instant(until.astimezone(zone).date(), quiet.ends, zone)
    assert quiet.until(until, zone) is None


@given(quiet=HOURS, zone=ZONES, day=st.dates(date(2012, 1, 2), date(2037, 12, 30)))
def test_every_night_is_quiet_from_its_first_to_its_last_instant(quiet: Quiet, zone: ZoneInfo, day: date) -> None:
    begins = instant(day, quiet.starts, zone)
    until = quiet.until(begins, zone)
    over = instant(day + timedelta(days=quiet.over_midnight), quiet.ends, zone)
    assert until == (over if over > begins else None)  # an hour that the clock skips is no time at all
    assert quiet.until(begins - timedelta(seconds=1), zone) is None or over <= begins


def test_nobody_is_quiet_who_did_not_say_so() -> None:
    assert Preferences().quiet_until(at("2026-11-23 23:00"), BERLIN) is None
    assert Preferences(NIGHT).quiet_until(at("2026-11-23 21:30"), BERLIN) == at("2026-11-24 06:00")
    assert Preferences(NIGHT, "UTC").quiet_until(at("2026-11-23 21:30"), BERLIN) is None


@pytest.mark.parametrize("name", ["Atlantis/Capital", "", "..", "Europe", "a\0b", "x" * 300, "/etc/localtime"])
def test_a_zone_that_is_none_is_the_teams(name: str) -> None:
    assert known_zone(name) is None
    assert zone_of(name, BERLIN) is BERLIN


def test_the_home_tab_remembers_the_sitting_before() -> None:
    first = Preferences().opened(at("2026-11-23 09:00"))
    assert (first.home_at, first.home_before) == (at("2026-11-23 09:00"), None)
    assert first.opened(at("2026-11-23 09:00") + SITTING - timedelta(seconds=1)) == first
    second = first.opened(at("2026-11-23 09:00") + SITTING)
    assert (second.home_at, second.home_before) == (at("2026-11-23 09:15"), at("2026-11-23 09:00"))


def test_a_clock_that_was_set_back_begins_a_new_sitting() -> None:
    ahead = Preferences().opened(at("2099-01-01 09:00"))
    assert ahead.opened(at("2026-11-23 09:00")).home_at == at("2026-11-23 09:00")
