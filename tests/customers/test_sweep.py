"""When a week is checked: at its time, with its usage, once for each state of the feed. The check is Monday 06:00."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers import health, indicators
from customers.facts import Colour, Facts, Thresholds
from customers.schedule import Weekly
from customers.scope import All, One
from customers.snapshots import NAMES, Snapshot
from customers.sweep import Day, Feed, Judged, Sweep

BERLIN = ZoneInfo("Europe/Berlin")
W46, W47, W48 = date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)
DUE = datetime(2026, 11, 23, 5, tzinfo=UTC)  # Monday 06:00 in Berlin, in 2026-W48
HOUR = timedelta(hours=1)


class Memory:
    """The store and the teller: they remember what was done."""

    def __init__(self, feed: Feed) -> None:
        self.is_fed = feed
        self.judgings: list[date] = []
        self.fed: list[date | None] = []
        self.slots: dict[str, datetime] = {}
        self.told: list[tuple[date, bool]] = []
        self.fails = False

    async def feed(self, scope: All) -> Feed:
        return self.is_fed

    async def is_checked(self, scope: All, key: str) -> bool:
        return key in self.slots

    async def judge(self, scope: All, day: Day, now: datetime) -> None:
        self.judgings.append(day.week)
        self.fed.append(day.fed)

    async def checked(self, scope: All, key: str, due: datetime, now: datetime) -> bool:
        self.slots[key] = due
        return True

    async def judged(self, scope: All, day: Day, after: int, now: datetime) -> tuple[list[Judged], int | None]:
        if after:
            return [], None
        colour = Colour.GREEN if day.limits.adoption_green < 0.8 else Colour.YELLOW
        return [Judged(1, "Acme", colour, "y"), Judged(2, "Beta", Colour.RED, "r")], 2

    async def history(self, scope: One, limit: int) -> tuple[Snapshot, ...]:
        return ()

    async def forget(self, scope: All, before: date) -> int:
        self.forgotten = before
        return 0

    async def tell(self, week: date, now: datetime, late: bool) -> None:
        if self.fails:
            raise RuntimeError("cut off")
        self.told.append((week, late))


def sweep(memory: Memory) -> Sweep:
    return Sweep(memory, memory, Weekly(0, time(6), BERLIN), Thresholds(), BERLIN)


@pytest.mark.parametrize(
    ("feed", "hours", "told"),
    [
        (Feed(3, DUE - HOUR, W47), -1, None),  # not yet time
        (Feed(3, DUE - HOUR, W47), 0, False),
        (Feed(3, DUE - HOUR, W48), 24, False),  # the clock went back
        (Feed(3, DUE - HOUR, W47), 25, True),  # nobody was there to check in time
        (Feed(3, DUE - 50 * HOUR, W47 - timedelta(weeks=1)), 23, None),  # waits for usage
        (Feed(3, DUE - 50 * HOUR, W47 - timedelta(weeks=1)), 24, False),  # not longer than a day
        (Feed(3, DUE + 30 * HOUR, W47), 40, False),  # late usage is judged when it comes
        (Feed(3, DUE + 30 * HOUR, W47), 55, True),
        (Feed(0), -1, None),
        (Feed(0), 0, False),  # without any feed there is nothing to wait for
    ],
)
async def test_a_week_is_checked_at_its_time_with_its_usage(feed: Feed, hours: int, told: bool | None) -> None:
    memory = Memory(feed)
    assert await sweep(memory).check(DUE + hours * HOUR) is (told is not None)
    assert memory.told == ([] if told is None else [(W47, told)])
    assert memory.judgings == ([] if told is None else [W47])


@pytest.mark.parametrize(("reaches", "goes_by"), [(W47, W47), (W48, W48), (W46, None), (None, None)])
async def test_a_week_is_not_judged_by_the_usage_of_another(reaches: date | None, goes_by: date | None) -> None:
    """In its snapshot usage is unknown; the week before would be told as this one."""
    memory = Memory(Feed(3, DUE, reaches))
    assert await sweep(memory).check(DUE + 24 * HOUR)
    assert memory.fed == [goes_by]


async def test_it_is_done_once_for_each_state_of_the_feed() -> None:
    memory = Memory(Feed(3, DUE - HOUR, W47))
    one, other = sweep(memory), sweep(memory)
    assert [await each.check(DUE + HOUR) for each in (one, one, other)] == [True, False, False]
    memory.is_fed = Feed(4, DUE + 30 * HOUR, W47)
    assert [await each.check(DUE + 31 * HOUR) for each in (one, other)] == [True, False]
    assert memory.slots == {"2026-W47:3": DUE, "2026-W47:4": DUE + 30 * HOUR}


async def test_a_check_that_was_cut_off_begins_anew() -> None:
    memory = Memory(Feed(3, DUE, W47))
    memory.fails = True
    with pytest.raises(RuntimeError):
        await sweep(memory).check(DUE)
    memory.fails = False
    assert await sweep(memory).check(DUE + HOUR)
    assert memory.told == [(W47, False)]


async def test_the_next_week_waits_for_its_own_time() -> None:
    """The occasion of last week says nothing about the week that is over now."""
    memory = Memory(Feed(9, DUE + 150 * HOUR, W48))
    one = Sweep(memory, memory, Weekly(2, time(6), BERLIN), Thresholds(), BERLIN)
    monday = DUE + timedelta(weeks=1)
    assert [await one.check(monday + hours * HOUR) for hours in (0, 47, 48)] == [False, False, True]
    assert memory.told == [(W48, False)]


async def test_a_dry_run_holds_everybody_under_both_limits() -> None:
    memory = Memory(Feed(1, DUE, W47))
    chunks = [chunk async for chunk in sweep(memory).dry_run(Thresholds(adoption_green=0.7), DUE)]
    told = [(one.now.name, one.now.colour, one.then.colour, one.changes) for chunk in chunks for one in chunk]
    assert told == [("Acme", Colour.YELLOW, Colour.GREEN, True), ("Beta", Colour.RED, Colour.RED, False)]
    assert memory.judgings == []


async def test_two_years_are_kept() -> None:
    memory = Memory(Feed(0))
    await sweep(memory).forget(DUE)
    assert memory.forgotten == W48 - timedelta(weeks=104)


def test_marks_are_in_the_order_of_the_rules() -> None:
    facts = Facts(date(2026, 11, 23), None, "", (), None)
    assert tuple(rule(facts, health.Thresholds()).name for rule in indicators.RULES) == NAMES
    snapshot = Snapshot(W47, Colour.RED, "yguugrggg", 2, 3, 5, 12)
    assert (snapshot.coloured(Colour.RED), snapshot.adoption) == (("Reported bugs",), 0.25)
