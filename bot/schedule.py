"""What happens by itself and when: timetables of what recurs, jobs that know themselves, and a clock that is watched.

APScheduler is the heartbeat; `Bot.tick` calls `run`. Every replica does: slots decide who goes first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

import structlog

from customers import clock as clocks
from customers.clock import Clock
from customers.errors import StorageProblem
from customers.intents import TEAM, Intent
from customers.scope import All
from customers.timetable import NOTHING, Found, Plans, Slot, SlotStore, Table, Timetable
from storage.outbox import Outbox

SKIPPED = "skipped"
_SCOPE = All("schedule")
log = structlog.get_logger()


class Job(Protocol):
    """Something that finds out by itself whether it is due."""

    @property
    def name(self) -> str: ...

    async def run(self, now: datetime) -> None: ...


@runtime_checkable
class Ends(Protocol):
    """A job with work in the background, which ends with the bot."""

    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Calls:
    """A job out of a façade's method."""

    name: str
    call: Callable[[datetime], Awaitable[object]]

    async def run(self, now: datetime) -> None:
        await self.call(now)


@dataclass(frozen=True, slots=True)
class Coming:
    """One plan and when it is due next; `prefix` tells it from others of its kind."""

    kind: str
    prefix: str
    due: datetime


class Schedule:
    """Asks the clock first; one part that fails does not stop the others."""

    def __init__(
        self,
        clock: Clock,
        slots: SlotStore,
        outbox: Outbox,
        timetables: Sequence[Plans],
        jobs: Sequence[Job] = (),
        tables: Sequence[Table] = (),
        first: Job | None = None,
    ) -> None:
        self._clock = clock
        self._slots = slots
        self._outbox = outbox
        self._tables: list[Table] = [*(Timetable(source, slots) for source in timetables), *tables]
        self._jobs = jobs
        self._first = first  # what the others tell of, so it is done before them
        self._asked = False  # the team, about the leap that holds us
        self._settled = False  # what a clock far ahead put off, maybe that of the process before this one

    @property
    def is_held(self) -> bool:
        """Whether the clock leapt and nobody has said yet that it is right."""
        return self._clock.held is not None

    async def believes(self, now: datetime) -> bool:
        """Watches the clock. The team is asked once when it leaps; what waits is brought back when it does."""
        was_held = self.is_held
        if not await self._clock.believes(now):
            self._settled = False
            await self._ask(now, is_new=not was_held)
            return False
        self._asked = False
        if was_held:
            log.warning("clock_believed", now=now.isoformat())
        if not self._settled:  # not before it is stored: a database that is busy is asked again at the next look
            await self._outbox.come_back(_SCOPE, now, clocks.LEAP)
            await self._answer(now)
            self._settled = True
        return True

    async def _answer(self, now: datetime) -> None:
        """The clock is back, so the question about it is none any more, also when another process asked it."""
        mark = self._clock.before
        if mark and await self._outbox.find_key(_SCOPE, clocks.asking(mark).key):
            await self._outbox.add(_SCOPE, [clocks.settled(mark)], now)

    async def _ask(self, now: datetime, *, is_new: bool) -> None:
        """The question has a key of its own for each leap, so it may be stored by every look until one succeeds."""
        mark = None if self._asked else await self._clock.doubted(now)
        if mark is None:
            return
        if is_new:
            log.error("clock_leapt", now=now.isoformat(), before=mark.isoformat())
        try:
            await self._outbox.add(_SCOPE, [clocks.asking(mark)], now)
            self._asked = True
        except StorageProblem as problem:
            _tell(clocks.KIND, problem)

    async def run(self, now: datetime) -> None:
        """Everything that is due at `now`."""
        born = await self._clock.born(now)
        if self._first:
            await self._run(self._first, now)
        # questions that are asked in the same turn of the event loop cross over to SQLite's thread together
        found = await asyncio.gather(*(self._guarded(one, now, born) for one in self._tables))
        late = [slot for one in found for slot in one.late]
        told = not late or await self._skipped(late, now)
        for table, one in zip(self._tables, found, strict=True):
            if told:
                table.done(one.late)
            await self._take(table, one.due, now)
        await asyncio.gather(*(self._run(job, now) for job in self._jobs))

    async def coming(self, now: datetime) -> list[Coming]:
        """Every plan with its next instant, soonest first."""
        every = [Coming(one.kind, prefix, due) for one in self._tables for prefix, due in await one.coming(now)]
        return sorted(every, key=lambda one: (one.due, one.kind, one.prefix))

    async def stop(self) -> None:
        """Ends what runs in the background."""
        for job in self._jobs:
            if isinstance(job, Ends):
                await job.stop()

    def forget(self) -> None:
        """The database was emptied."""
        self._clock.forget()
        for one in self._tables:
            one.forget()

    async def _guarded(self, table: Table, now: datetime, born: datetime) -> Found:
        try:
            return await table.look(now, born)
        except Exception as problem:
            table.forget()
            _tell(table.kind, problem)
            return NOTHING

    async def _skipped(self, late: Sequence[Slot], now: datetime) -> bool:
        """One transaction and one message for everything that was missed; False when it could not be stored."""
        try:
            await self._slots.skip_all(_SCOPE, late, now, [told(now)])
        except Exception as problem:
            for table in self._tables:
                table.forget()
            _tell(SKIPPED, problem)
            return False
        return True

    async def _take(self, table: Table, due: Sequence[Slot], now: datetime) -> None:
        if not due:
            return
        try:
            await self._slots.take_all(_SCOPE, due, now)
            table.done(due)
        except Exception as problem:
            table.forget()
            _tell(table.kind, problem)

    async def _run(self, job: Job, now: datetime) -> None:
        try:
            await job.run(now)
        except Exception as problem:
            _tell(job.name, problem)


def told(now: datetime) -> Intent:
    """Names to the team what was skipped at that moment."""
    at = now.isoformat()
    return Intent(SKIPPED, f"skipped:{at}", TEAM, {"channel": TEAM, "at": at})


def _tell(name: str, problem: Exception) -> None:
    if isinstance(problem, StorageProblem):
        log.error("schedule_skipped", what=name, why=type(problem).__name__, reason=getattr(problem, "reason", ""))
    else:
        log.error("schedule_failed", what=name, exc_info=problem)
