"""Parts of the schedule that fail do not stop the others, and what could not be stored is done next time."""

from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.schedule import SKIPPED, Calls, Schedule
from customers.clock import KIND, SETTLED, Clock
from customers.errors import StorageBusy
from customers.intents import Intent
from customers.schedule import Occasion, Weekly
from customers.timetable import Plan, Slot
from storage.database import Database, open_database
from tests.storage.harbour import ALL

DUE = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = await open_database(f"sqlite:///{tmp_path}/dossier.sqlite3")
    yield made
    await made.close()


@dataclass
class Weeklies:
    """Some weekly plans of one kind; `broken` ones cannot be read."""

    kind: str
    count: int = 1
    broken: bool = False

    async def version(self) -> Hashable:
        if self.broken:
            raise RuntimeError("cannot be read")
        return self.count

    async def plans(self) -> Sequence[Plan]:
        return [Plan(f"C{at}", Weekly(0, time(9), ZoneInfo("UTC")), self._intents) for at in range(self.count)]

    def _intents(self, occasion: Occasion) -> Sequence[Intent]:
        return [Intent(self.kind, f"{self.kind}:{occasion.key}:{at}", "C1") for at in range(1)]


async def _kinds(database: Database) -> list[str]:
    return sorted(row.intent.kind for row in await database.outbox.page(ALL, (), 100))


async def test_one_that_fails_stops_no_other(database: Database) -> None:
    ran: list[str] = []

    async def fails(_now: datetime) -> None:
        ran.append("fails")
        raise RuntimeError("a defect")

    async def works(_now: datetime) -> None:
        ran.append("works")

    schedule = Schedule(
        Clock(database.watermarks),
        database.slots,
        database.outbox,
        [Weeklies("bad", broken=True), Weeklies("good")],
        [Calls("fails", fails), Calls("works", works)],
    )
    await schedule.run(DUE - DAY)
    await schedule.run(DUE)
    assert ran == ["fails", "works"] * 2
    assert await _kinds(database) == ["good"]


class Busy:
    """Slots of a database that is busy for a while."""

    def __init__(self, database: Database, times: int) -> None:
        self._slots, self._left = database.slots, times

    def __getattr__(self, name: str) -> object:
        return getattr(self._slots, name)

    def _try(self) -> None:
        if self._left:
            self._left -= 1
            raise StorageBusy

    async def take_all(self, *asked: object) -> int:
        self._try()
        return await self._slots.take_all(*asked)  # type: ignore[arg-type]

    async def skip_all(self, *asked: object) -> int:
        self._try()
        return await self._slots.skip_all(*asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(("late", "kinds"), [(MINUTE, ["x"] * 3), (2 * DAY, ["skipped"])])
async def test_what_could_not_be_stored_is_stored_next_time_and_once(
    database: Database, late: timedelta, kinds: list[str]
) -> None:
    plans = Weeklies("x", 1)
    plans._intents = lambda it: [Intent("x", f"x:{it.key}:{at}", "C1") for at in range(3)]  # type: ignore[method-assign]
    clock = Clock(database.watermarks)
    await Schedule(clock, database.slots, database.outbox, []).run(DUE - DAY)  # since then it is there
    schedule = Schedule(clock, Busy(database, 2), database.outbox, [plans])  # type: ignore[arg-type]
    for minute in range(4):
        await schedule.run(DUE + late + minute * MINUTE)
        assert await _kinds(database) == (kinds if minute >= 2 else [])


async def test_what_is_due_goes_although_what_was_missed_cannot_be_stored(database: Database) -> None:
    ran: list[datetime] = []

    async def works(now: datetime) -> None:
        ran.append(now)

    class Other(Weeklies):
        async def plans(self) -> Sequence[Plan]:
            return [Plan("", Weekly(2, time(9), ZoneInfo("UTC")), self._intents)]

    clock = Clock(database.watermarks)
    await Schedule(clock, database.slots, database.outbox, []).run(DUE - DAY)
    busy, jobs = Busy(database, 1), [Calls("works", works)]
    schedule = Schedule(clock, busy, database.outbox, [Weeklies("late"), Other("due")], jobs)  # type: ignore[arg-type]
    now = DUE + 2 * DAY
    await schedule.run(now)
    assert (await _kinds(database), ran) == (["due"], [now])
    await schedule.run(now + MINUTE)
    assert await _kinds(database) == ["due", SKIPPED]


class Moody:
    """An outbox whose database is busy for a while."""

    def __init__(self, database: Database, times: int) -> None:
        self._outbox, self._left = database.outbox, times

    def _try(self) -> None:
        if self._left:
            self._left -= 1
            raise StorageBusy

    async def add(self, *asked: object) -> None:
        self._try()
        await self._outbox.add(*asked)  # type: ignore[arg-type]

    async def come_back(self, *asked: object) -> int:
        self._try()
        return await self._outbox.come_back(*asked)  # type: ignore[arg-type]


async def test_a_question_about_the_clock_that_cannot_be_stored_is_asked_by_a_later_look(database: Database) -> None:
    clock, far = Clock(database.watermarks), DUE + 40 * DAY
    await clock.believes(DUE)
    schedule = Schedule(clock, database.slots, Moody(database, 2), [])  # type: ignore[arg-type]
    for look in range(5):
        assert not await schedule.believes(far + look * MINUTE)
        assert await _kinds(database) == ([KIND] if look >= 2 else [])


async def test_a_new_process_settles_the_question_of_the_one_before_once(database: Database) -> None:
    for at, kinds in (
        (DUE, []),
        (DUE + 40 * DAY, [KIND]),
        (DUE + MINUTE, [KIND, SETTLED]),
        (DUE + 2 * MINUTE, [KIND, SETTLED]),
    ):
        await Schedule(Clock(database.watermarks), database.slots, database.outbox, []).believes(at)
        assert sorted(await _kinds(database)) == kinds


async def test_a_date_that_was_confirmed_settles_nothing(database: Database) -> None:
    clock, far = Clock(database.watermarks), DUE + 40 * DAY
    schedule = Schedule(clock, database.slots, database.outbox, [])
    assert [await schedule.believes(DUE), await schedule.believes(far)] == [True, False]
    assert await clock.confirm(far)
    assert await schedule.believes(far + MINUTE)
    assert await _kinds(database) == [KIND]


async def test_what_a_wrong_clock_put_off_comes_back_although_the_database_was_busy(database: Database) -> None:
    await database.outbox.add(ALL, [Intent("x", "x:1", "C1")], DUE + 9_999 * DAY)
    schedule = Schedule(Clock(database.watermarks), database.slots, Moody(database, 1), [])  # type: ignore[arg-type]
    with pytest.raises(StorageBusy):
        await schedule.believes(DUE)
    assert await schedule.believes(DUE + MINUTE)
    assert await database.outbox.next_due(ALL) == DUE + MINUTE


async def test_a_new_process_brings_nothing_forward_that_was_meant_to_wait(database: Database) -> None:
    await database.outbox.add(ALL, [Intent("x", "x:1", "C1", wait=90 * DAY)], DUE)
    for days in (0, 1, 30):
        schedule = Schedule(Clock(database.watermarks), database.slots, database.outbox, [])
        assert await schedule.believes(DUE + days * DAY)
        assert await database.outbox.next_due(ALL) == DUE + 90 * DAY


async def test_everything_that_was_missed_is_told_in_one_message(database: Database) -> None:
    kinds = [Weeklies("one", 3), Weeklies("two", 4)]
    schedule = Schedule(Clock(database.watermarks), database.slots, database.outbox, kinds)
    await schedule.run(DUE - 20 * DAY)
    now = DUE + 3 * DAY
    await schedule.run(now)
    await schedule.run(now + MINUTE)
    assert await _kinds(database) == ["skipped"]
    named = await database.slots.skipped(ALL, now, 100)
    assert [slot.kind for slot in named] == ["one"] * 3 + ["two"] * 4
    assert {slot.due for slot in named} == {DUE}


async def test_what_comes_next_is_listed_by_time(database: Database) -> None:
    schedule = Schedule(Clock(database.watermarks), database.slots, database.outbox, [Weeklies("x", 2)])
    coming = await schedule.coming(DUE)
    assert [(one.prefix, one.due) for one in coming] == [("C0", DUE + 7 * DAY), ("C1", DUE + 7 * DAY)]
    assert isinstance(Slot("x", "C0:2026-W48", DUE).intents, tuple)
