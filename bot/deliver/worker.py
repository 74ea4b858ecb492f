"""The worker: claims due rows, has them sent or looked up, and writes down what came of it.

A row's lease and attempt are committed before its call, so a worker that dies leaves an UNKNOWN behind and never a
second try in the dark.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.deliver.delays import Delays
from bot.deliver.results import Absent, Dropped, Given, Later, Parked, Result, Sent, Uncertain
from customers.errors import StorageProblem
from customers.intents import Queued, State, undelivered
from customers.scope import All
from storage.outbox import Outbox, Outcome

IN_FLIGHT = 64
FEW = 24  # free places that are hardly worth a transaction: then a moment is waited for more of them
MOMENT = 0.01  # seconds
_SCOPE = All("deliver")
log = structlog.get_logger()


class Carrier(Protocol):
    """Does the work of some kinds of intents."""

    async def send(self, row: Queued, now: datetime) -> Result: ...

    async def look(self, row: Queued, now: datetime) -> Result: ...


class Worker:
    """Start it with `start`, wake it after a commit with `wake`, end it with `stop`."""

    def __init__(
        self,
        outbox: Outbox,
        carrier: Callable[[str], Carrier | None],
        clock: Callable[[], datetime],
        delays: Delays,
        doubted: Callable[[datetime], datetime | None] = lambda now: None,
    ) -> None:
        self._outbox = outbox
        self._carrier = carrier
        self._clock = clock
        self._delays = delays
        # the time believed last, while nobody believes the clock: then only what is not due by that clock is sent, and
        # nothing is given up
        self._doubted = doubted
        self._woken = asyncio.Event()
        self._quiet = asyncio.Event()
        self._flying: set[asyncio.Task[None]] = set()
        self._ended: list[Outcome] = []
        self._has_ended = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._writing = asyncio.Lock()
        self._stopping = False
        self._asked = 0  # how often somebody woke the worker; a pass that saw the last of them speaks for all

    def start(self) -> None:
        """Begins to deliver."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._write())]

    def wake(self) -> None:
        """Something may be due."""
        self._asked += 1
        self._quiet.clear()
        self._woken.set()

    async def quiet(self) -> None:
        """Returns when nothing is due and nothing is being sent."""
        self.wake()
        await self._quiet.wait()

    async def stop(self, patience: float) -> None:
        """No new claims; what is being sent may end within `patience` seconds, the rest is looked up later."""
        self._stopping = True
        self._woken.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await asyncio.gather(
                    *self._tasks[:1], return_exceptions=True
                )  # a claim that is under way is carried out
                if self._flying:
                    await asyncio.wait(self._flying)
        for task in self._flying:
            task.cancel()
        with contextlib.suppress(StorageProblem):
            await self._flush()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._flying, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping:
            asked = self._asked
            self._woken.clear()
            try:
                claimed = await self._claim()
            except StorageProblem as problem:
                log.warning("outbox_unread", why=type(problem).__name__)
                claimed = 0
            except Exception:
                log.exception("outbox_failed")
                claimed = 0
            if claimed:
                continue
            if not (self._flying or self._ended or self._writing.locked()) and asked == self._asked:
                self._quiet.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._delays.poll):
                    await self._woken.wait()

    async def _claim(self) -> int:
        if IN_FLIGHT - len(self._flying) < FEW:
            await asyncio.wait(self._flying, timeout=MOMENT)
        room, now = IN_FLIGHT - len(self._flying), self._clock()
        if room <= 0:
            await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
            return 1
        due = await self._outbox.next_due(_SCOPE)
        if due is None or due > now:
            return 0
        flying = [int(task.get_name()) for task in self._flying]
        before, lease, pace = self._doubted(now), self._delays.lease, self._delays.pace
        rows = await self._outbox.claim(_SCOPE, now, lease, pace, room, flying, before)
        for row in rows:
            task = asyncio.create_task(self._carry(row), name=str(row.id))
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)
        return len(rows)

    async def _carry(self, row: Queued) -> None:
        try:
            async with asyncio.timeout(self._delays.attempt):
                result = await self._attempt(row)
        except TimeoutError:  # whoever takes the row over when its lease ends must find nobody at it
            log.warning("attempt_too_long", kind=row.intent.kind, row=row.id)
            result = Uncertain("it took too long")
        except StorageProblem as problem:  # it happens before anything is sent, or the look-up settles it
            result = Uncertain(problem.sentence)
        except Exception as problem:
            log.exception("delivery_failed", kind=row.intent.kind, row=row.id)
            result = Uncertain(f"a defect of Dossier ({type(problem).__name__})")
        if isinstance(result, Later) and result.brake and result.after:
            with contextlib.suppress(StorageProblem):
                await self._outbox.brake(_SCOPE, result.brake, self._clock() + timedelta(seconds=result.after))
        now = self._clock()
        self._ended.append(outcome_of(row, result, now, self._delays, patient=self._doubted(now) is not None))
        self._has_ended.set()

    async def _attempt(self, row: Queued) -> Result:
        carrier, now = self._carrier(row.intent.kind), self._clock()
        if carrier is None:
            return Later("this version of Dossier does not know what to do with it", 60.0, endless=True)
        return await (carrier.look(row, now) if row.state is State.UNKNOWN else carrier.send(row, now))

    async def _write(self) -> None:
        """Writes what ended while the last writing ran: under load many rows in one transaction."""
        while True:
            await self._has_ended.wait()
            self._has_ended.clear()
            try:
                await self._flush()
            except StorageProblem as problem:  # kept and written next time; after a crash it is looked up
                log.warning("outbox_unwritten", why=type(problem).__name__)
                await asyncio.sleep(self._delays.poll / 2)
                self._has_ended.set()
            self.wake()

    async def _flush(self) -> None:
        """Writes what ended. One that cannot be written stands alone, so that the others are."""
        async with self._writing:
            ended, self._ended = self._ended, []
            try:
                if ended:
                    await self._outbox.settle(_SCOPE, ended, self._clock())
            except StorageProblem:
                self._ended = ended + self._ended
                raise
            except Exception:
                for one in ended:
                    await self._settle_alone(one)

    async def _settle_alone(self, ended: Outcome) -> None:
        """What follows from it could not be written, for example because the customer is gone: it goes without."""
        try:
            await self._outbox.settle(_SCOPE, [ended], self._clock())
        except StorageProblem:
            self._ended.append(ended)
            self._has_ended.set()
        except Exception:
            log.exception("outcome_unwritten", row=ended.id)
            with contextlib.suppress(StorageProblem):
                await self._outbox.settle(_SCOPE, [replace(ended, follow=())], self._clock())


def outcome_of(row: Queued, result: Result, now: datetime, delays: Delays, *, patient: bool = False) -> Outcome:
    """The row's next state; `patient`: nothing is given up for being old.

    Pure, so that docs/reliability.md and a table of tests can hold it.
    """

    def goes(state: State, due: datetime | None = None, reason: str = "") -> Outcome:
        return Outcome(row.id, row.attempts, state, due, reason, unsure=state is State.UNKNOWN)

    match result:
        case Sent(where, follow):
            return Outcome(row.id, row.attempts, State.DONE, None, "", where, follow)
        case Given(reason, follow, unsure):
            return Outcome(row.id, row.attempts, State.DEAD, None, reason, "", follow or undelivered(row), unsure)
        case Dropped(reason):
            return goes(State.CANCELLED, None, reason)
        case Parked(reason):
            return goes(State.PARKED, None, reason)
        case Later(reason, endless=False) | Uncertain(reason) if not patient and delays.is_over(row, now):
            unsure = isinstance(result, Uncertain) or row.state is State.UNKNOWN
            said = f"{'uncertain whether it was done' if unsure else 'given up'}: {reason}"
            return Outcome(row.id, row.attempts, State.DEAD, None, said, "", undelivered(row), unsure)
        case Absent():
            return goes(State.NEW, now)
        case Later(reason, after):
            wait = timedelta(seconds=after) if after is not None else delays.backoff(row.attempts)
            return goes(row.state if row.state is State.UNKNOWN else State.NEW, now + wait, reason)
        case Uncertain(reason):
            wait = delays.backoff(row.attempts) if row.state is State.UNKNOWN else delays.look(row)
            return goes(State.UNKNOWN, now + wait, reason)
