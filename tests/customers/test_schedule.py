"""When something that recurs is due: by local date, once in every week, month and quarter, whatever clocks do."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.schedule import LATE, Daily, Monthly, Rule, Weekly, instant, nth_weekday
from customers.timetable import Plan, Slot, Timetable
from tests.faults.zones import FEW, Store, every_zone

BERLIN, APIA, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia"), ZoneInfo("UTC")
NOON = time(12)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def test_every_week_of_every_zone_comes_once_and_in_order() -> None:
    """All zones of the tz database; `python3 run.py faults` looks at five stretches of time with seven times each."""
    found = await every_zone(("Sun 02:30", "Fri 10:00"), FEW)
    assert found.wrong == []
    assert found.zones > 590
    assert found.slots > 22 * 2 * found.zones
    assert found.jumped > 50  # some local times did not exist, or nothing was shown


@pytest.mark.parametrize(
    ("zone", "day", "at", "due"),
    [
        (BERLIN, date(2026, 11, 23), time(9), "2026-11-23 08:00"),
        (BERLIN, date(2026, 3, 29), time(2, 30), "2026-03-29 01:00"),  # does not exist: when the jump is over
        (BERLIN, date(2026, 10, 25), time(2, 30), "2026-10-25 00:30"),  # comes twice: the first time
        (APIA, date(2011, 12, 30), time(10), "2011-12-30 10:00"),  # the whole day does not exist
        (APIA, date(2011, 12, 31), time(0), "2011-12-30 10:00"),
        (ZoneInfo("Pacific/Kwajalein"), date(1993, 8, 21), NOON, "1993-08-21 12:00"),
        (ZoneInfo("Africa/Cairo"), date(2026, 4, 24), time(0), "2026-04-23 22:00"),  # midnight does not exist
        (ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 4), time(2, 15), "2026-10-03 15:30"),  # half an hour
    ],
)
def test_a_local_time_becomes_the_right_instant(zone: ZoneInfo, day: date, at: time, due: str) -> None:
    assert instant(day, at, zone) == _utc(due)


@pytest.mark.parametrize(
    ("year", "month", "nth", "weekday", "day"),
    [(2026, 11, 1, 0, 2), (2026, 11, 1, 6, 1), (2026, 11, 4, 3, 26), (2026, 11, -1, 0, 30), (2026, 12, -1, 4, 25)],
)
def test_the_nth_weekday_of_a_month(year: int, month: int, nth: int, weekday: int, day: int) -> None:
    assert nth_weekday(year, month, nth, weekday) == date(year, month, day)


@pytest.mark.parametrize(
    ("rule", "latest", "next_"),
    [
        (Weekly(0, time(9), BERLIN), "2026-W47", "2026-W48"),
        (Weekly(0, time(8), BERLIN), "2026-W48", "2026-W49"),
        (Daily(time(9), BERLIN), "2026-11-22", "2026-11-23"),
        (Monthly(-1, 0, time(9), BERLIN), "2026-10", "2026-11"),
        (Monthly(1, 0, time(9), BERLIN, months=3), "2026-Q4", "2027-Q1"),
    ],
)
def test_keys_name_the_local_period(rule: Rule, latest: str, next_: str) -> None:
    now = _utc("2026-11-23 07:30")  # 08:30 in Berlin, a Monday
    assert (rule.latest(now).key, rule.next(now).key) == (latest, next_)


def test_a_week_that_begins_in_the_old_year_keeps_the_name_of_its_week() -> None:
    assert Weekly(4, NOON, UTC_ZONE).latest(_utc("2027-01-01 13:00")).key == "2026-W53"


RULES = st.one_of(
    st.builds(Weekly, st.integers(0, 6), st.times(), st.sampled_from([BERLIN, APIA, UTC_ZONE])),
    st.builds(Daily, st.times(), st.sampled_from([BERLIN, UTC_ZONE])),
    st.builds(
        Monthly,
        st.sampled_from([1, 2, 3, 4, -1]),
        st.integers(0, 6),
        st.times(),
        st.sampled_from([BERLIN, APIA]),
        st.sampled_from([1, 3]),
    ),
)


@settings(max_examples=150)
@given(rule=RULES, now=st.datetimes(datetime(2009, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_latest_is_due_the_next_is_not_and_nothing_lies_between(rule: Rule, now: datetime) -> None:
    latest, following = rule.latest(now), rule.next(now)
    assert latest.due <= now < following.due
    assert rule.latest(following.due) == following
    assert rule.next(latest.due) == following
    assert latest.key < following.key


@dataclass
class Changing:
    """Plans that are replaced; remembers how often they were read."""

    every: list[Plan]
    kind: str = "weekly"
    reads: int = 0
    stamp: int = 0

    async def version(self) -> Hashable:
        return self.stamp

    async def plans(self) -> Sequence[Plan]:
        self.reads += 1
        return self.every


@dataclass
class Kept:
    """A timetable with its store, as one bot has it."""

    plans: Changing
    store: Store = field(default_factory=Store)

    def __post_init__(self) -> None:
        self.table = Timetable(self.plans, self.store)  # type: ignore[arg-type]

    async def look(
        self, now: datetime, born: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    ) -> tuple[list[str], list[str]]:
        found = await self.table.look(now, born)
        for slots, late in ((found.late, True), (found.due, False)):
            self.store.keep(slots, late)
            self.table.done(slots)
        return [slot.key for slot in found.due], [slot.key for slot in found.late]


def _plan(prefix: str = "C1", since: datetime | None = None) -> Plan:
    return Plan(prefix, Weekly(0, time(9), UTC_ZONE), lambda _occasion: (), since)


DUE = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def test_plans_are_read_again_only_when_they_changed() -> None:
    kept = Kept(Changing([_plan()]))
    for at in range(50):
        await kept.look(DUE - timedelta(hours=1) + at * timedelta(minutes=1))
    assert kept.plans.reads == 1
    kept.plans.every, kept.plans.stamp = [_plan(), _plan("C2")], 1
    assert (await kept.look(DUE))[0] == ["C1:2026-W48", "C2:2026-W48"]
    assert kept.plans.reads == 2


@pytest.mark.parametrize(("late", "skipped"), [(timedelta(), False), (LATE, False), (LATE + SECOND, True)])
async def test_a_day_late_is_made_up_for_and_a_second_more_is_not(late: timedelta, skipped: bool) -> None:
    kept = Kept(Changing([_plan()]))
    await kept.look(DUE - SECOND)
    due, over = await kept.look(DUE + late)
    assert (due, over) == (([], ["C1:2026-W48"]) if skipped else (["C1:2026-W48"], []))


async def test_what_was_due_before_a_plan_was_made_is_none_of_its() -> None:
    kept = Kept(Changing([_plan("C1", DUE + SECOND), _plan("C2"), _plan("C3", DUE)]))
    assert await kept.look(DUE + timedelta(hours=2), DUE + SECOND) == (["C3:2026-W48"], [])


async def test_what_could_not_be_stored_is_found_again() -> None:
    kept = Kept(Changing([_plan()]))
    found = await kept.table.look(DUE, DUE - LATE)
    assert [slot.key for slot in found.due] == ["C1:2026-W48"]
    assert (await kept.look(DUE + SECOND)) == ([], [])  # somebody is storing it
    kept.table.forget()
    assert (await kept.look(DUE + SECOND))[0] == ["C1:2026-W48"]


async def test_what_another_bot_took_is_left_alone() -> None:
    kept = Kept(Changing([_plan(), _plan("C2")]))
    kept.store.keep([Slot("weekly", "C1:2026-W48", DUE)], False)
    assert await kept.look(DUE) == (["C2:2026-W48"], [])
