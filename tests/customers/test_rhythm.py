"""Renewals are told 90, 60, 30 and 7 days before, once, by the team's mornings; product's queue on Mondays."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers import weeks
from customers.intents import TEAM, Intent
from customers.rhythm import BEFORE, FeedWatch, QueuePlans, Renewals, Renewing
from customers.schedule import Weekly
from customers.scope import All
from customers.timetable import Slot
from customers.usage import Failed, Reach

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2026, 11, 23, 8, tzinfo=UTC)  # nine o'clock there
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = date(2026, 11, 23)


class Customers:
    """Renewals by customer."""

    def __init__(self, *renewals: date) -> None:
        self.renewals = list(renewals)
        self.asked = 0

    async def renewing(self, scope: All, days: Sequence[date]) -> list[Renewing]:
        self.asked += 1
        return [Renewing(at, day) for at, day in enumerate(self.renewals) if day in days]


class Slots:
    """Slots in memory; what is skipped is used as well."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], datetime] = {}

    async def take(
        self, scope: All, kind: str, key: str, due: datetime, now: datetime, intents: Sequence[Intent] = ()
    ) -> bool:
        return await self.take_all(scope, [Slot(kind, key, due, intents)], now) == 1

    async def take_all(self, scope: All, slots: Sequence[Slot], now: datetime) -> int:
        fresh = [slot for slot in slots if (slot.kind, slot.key) not in self.kept]
        self.kept |= {(slot.kind, slot.key): slot.due for slot in fresh}
        return len(fresh)

    async def skip_all(self, scope: All, slots: Sequence[Slot], now: datetime, told: Sequence[Intent]) -> int:
        return await self.take_all(scope, slots, now)

    async def skipped(self, scope: All, at: datetime, limit: int) -> list[Slot]:
        return []

    async def used(self, scope: All, kind: str, keys: Sequence[str], now: datetime) -> set[str]:
        return {key for key in keys if (kind, key) in self.kept}

    async def latest(self, scope: All, kind: str) -> datetime | None:
        return max((due for (one, _), due in self.kept.items() if one == kind), default=None)


class Desk:
    """Renewals with their stores, as one bot has them; answers (told, skipped)."""

    def __init__(self, customers: Customers, slots: Slots | None = None) -> None:
        self.slots = slots or Slots()
        self.renewals = Renewals(customers, self.slots, BERLIN)

    async def look(self, now: datetime) -> tuple[list[str], list[str]]:
        found = await self.renewals.look(now, now)
        await self.slots.take_all(All("test"), [*found.late, *found.due], now)
        self.renewals.done([*found.late, *found.due])
        told = [intent.key for slot in found.due for intent in slot.intents]
        return told, [slot.key for slot in found.late]


@pytest.mark.parametrize("days", BEFORE)
async def test_a_renewal_is_told_on_its_mornings_and_not_before_nine(days: int) -> None:
    desk = Desk(Customers(TODAY + days * DAY))
    key = f"renewal:0:{TODAY + days * DAY}:{days}"
    assert await desk.look(MORNING - HOUR / 2) == ([], [])
    assert await desk.look(MORNING) == ([key], [])
    assert await desk.look(MORNING + HOUR) == ([], [])
    assert await desk.look(MORNING + DAY) == ([], [])


async def test_days_between_are_silent_and_another_bot_says_nothing_again() -> None:
    customers = Customers(TODAY + 59 * DAY, TODAY + 60 * DAY)
    desk = Desk(customers)
    assert (await desk.look(MORNING))[0] == [f"renewal:1:{TODAY + 60 * DAY}:60"]
    assert await Desk(customers, desk.slots).look(MORNING + HOUR) == ([], [])


async def test_a_document_that_comes_or_changes_during_the_day_counts_within_the_hour() -> None:
    customers = Customers()
    desk = Desk(customers)
    assert await desk.look(MORNING) == ([], [])
    customers.renewals.append(TODAY + 30 * DAY)
    assert await desk.look(MORNING + HOUR / 2) == ([], [])
    assert (await desk.look(MORNING + HOUR))[0] == [f"renewal:0:{TODAY + 30 * DAY}:30"]
    customers.renewals[0] = TODAY + 7 * DAY  # moved
    assert (await desk.look(MORNING + 2 * HOUR))[0] == [f"renewal:0:{TODAY + 7 * DAY}:7"]


async def test_mornings_without_a_bot_are_told_as_skipped_and_the_first_day_skips_nothing() -> None:
    customers = Customers(TODAY + 7 * DAY, TODAY + 31 * DAY, TODAY + 91 * DAY, TODAY + 100 * DAY)
    desk = Desk(customers)
    assert await desk.look(MORNING) == ([f"renewal:0:{TODAY + 7 * DAY}:7"], [])
    told, skipped = await Desk(customers, desk.slots).look(MORNING + 10 * DAY)
    assert told == [f"renewal:3:{TODAY + 100 * DAY}:90"]
    assert skipped == [f"1:{TODAY + 31 * DAY}:30", f"2:{TODAY + 91 * DAY}:90"]


async def test_a_clock_that_goes_back_tells_nobody_again() -> None:
    desk = Desk(Customers(*(TODAY + days * DAY for days in range(7, 11))))
    told = [await desk.look(MORNING + at * DAY) for at in range(4)]
    assert [len(keys) for keys, _ in told] == [1, 1, 1, 1]
    for at in (2, 0, 1, 3):
        assert await desk.look(MORNING + at * DAY) == ([], [])


async def test_nothing_is_asked_of_the_database_in_between() -> None:
    customers = Customers()
    desk = Desk(customers)
    for minute in range(240):
        await desk.look(MORNING + timedelta(minutes=minute))
    assert customers.asked == 4


async def test_products_queue_goes_to_its_channel_every_monday_at_ten() -> None:
    for channel in ("C0PRODUCT", TEAM):
        (plan,) = await QueuePlans(channel, BERLIN).plans()
        assert isinstance(plan.rule, Weekly)
        occasion = plan.rule.latest(MORNING + HOUR)
        assert (occasion.key, occasion.due) == ("2026-W48", MORNING + HOUR)
        (intent,) = plan.intents(occasion)
        assert (intent.lane, intent.word("channel")) == (channel, channel)


class Fed:
    """How far the feed reaches."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def reach(self, scope: All) -> Reach:
        return self._reach


FAILED = Failed(MORNING, "the query failed (UndefinedTableError, 42P01)")
W46 = weeks.number(date(2026, 11, 9))


@pytest.mark.parametrize(
    ("reach", "asked", "told"),
    [
        (Reach(3, W46 + 1), True, False),
        (Reach(3, W46), True, True),
        (Reach(3, W46), False, True),
        (Reach(), False, False),  # nobody set up a feed
        (Reach(), True, False),  # the query is new and was not asked yet
        (Reach(failed=FAILED), True, True),
        (Reach(failed=FAILED), False, False),  # it was taken out of the settings
        (Reach(pulled=MORNING), True, True),  # it works and answers nothing that could be stored
    ],
)
async def test_late_usage_is_told_where_somebody_expects_it(reach: Reach, asked: bool, told: bool) -> None:
    slots = Slots()
    watch = FeedWatch(Fed(reach), slots, Weekly(0, time(6), BERLIN), asked)
    await watch.run(MORNING + 9 * HOUR)
    assert [key for kind, key in slots.kept] == (["2026-W47"] if told else [])
