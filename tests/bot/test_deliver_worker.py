"""The worker with a queue in memory: an attempt is over before somebody else may take its row."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bot.deliver.delays import Delays
from bot.deliver.results import Result, Sent
from bot.deliver.worker import Worker
from customers.intents import Intent, Queued, State
from customers.scope import All
from storage.outbox import Outcome

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
SHORT = Delays(lease=timedelta(milliseconds=30))


@dataclass
class FakeOutbox:
    """Rows that wait, and what became of them."""

    rows: list[Queued]
    settled: asyncio.Queue[Outcome] = field(default_factory=asyncio.Queue)

    async def next_due(self, scope: All) -> datetime | None:
        return NOW if self.rows else None

    async def claim(self, *_: object) -> list[Queued]:
        taken, self.rows = self.rows, []
        return taken

    async def settle(self, scope: All, outcomes: Sequence[Outcome], now: datetime) -> None:
        for one in outcomes:
            self.settled.put_nowait(one)


@dataclass
class Slow:
    """A carrier whose calls never end by themselves."""

    stopped: list[str] = field(default_factory=list)

    async def send(self, row: Queued, now: datetime) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.append("send")
        return Sent()

    look = send


@pytest.mark.parametrize("state", [State.NEW, State.UNKNOWN])
async def test_an_attempt_that_takes_too_long_is_ended_before_its_lease_and_looked_up(state: State) -> None:
    outbox, carrier = FakeOutbox([Queued(1, Intent("k", "k:1", "C1"), state, 1, NOW, NOW, NOW)]), Slow()
    worker = Worker(outbox, lambda kind: carrier, lambda: NOW, SHORT)  # type: ignore[arg-type]
    worker.start()
    async with asyncio.timeout(5):
        found = await outbox.settled.get()
    await worker.stop(0)
    assert (found.state, found.reason) == (State.UNKNOWN, "it took too long")
    assert carrier.stopped == ["send"]
    assert SHORT.attempt < SHORT.lease.total_seconds()
