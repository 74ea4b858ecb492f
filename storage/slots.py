"""What is done once for each occasion: whoever inserts the slot goes first, whatever process asks."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial

from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select
from sqlalchemy.sql.dml import Insert

from customers.intents import Intent
from customers.scope import All
from customers.timetable import Slot, SlotState
from storage.outbox import put
from storage.upsert import add_all_once, add_or_replace
from storage.watch_tables import slots
from storage.writer import Writer

TOGETHER = 100  # slots in one transaction

# what was skipped by a clock that stood ahead of now was skipped by mistake
_USED = select(slots.c.key).where(
    slots.c.kind == bindparam("of_kind"),
    slots.c.key.in_(bindparam("keys", expanding=True)),
    or_(slots.c.state == SlotState.TAKEN.value, slots.c.at <= bindparam("now", type_=slots.c.at.type)),
)


def take(connection: Connection, kind: str, key: str, due: datetime, now: datetime, state: str = "taken") -> bool:
    """True for whoever goes first. For the transaction of the fact that happens then: both are kept, or neither."""
    row = {"kind": kind, "key": key, "due": due, "at": now, "state": str(state)}
    if state == SlotState.SKIPPED:
        return bool(add_all_once(connection, slots, [row]))
    return connection.execute(_taken(connection.dialect.name), row).rowcount > 0


@cache
def _taken(dialect: str) -> Insert:
    return add_or_replace(
        dialect, slots, lambda new: and_(slots.c.state == SlotState.SKIPPED.value, slots.c.at > new.at)
    )


class Slots:
    """Slots with what leaves because of them."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def take(
        self, scope: All, kind: str, key: str, due: datetime, now: datetime, intents: Sequence[Intent] = ()
    ) -> bool:
        """One slot; False, and nothing leaves, when somebody took it before."""
        return await self.take_all(scope, [Slot(kind, key, due, intents)], now) == 1

    async def take_all(self, scope: All, wanted: Sequence[Slot], now: datetime) -> int:
        """As many as are free, each together with its intents; how many they were.

        A hundred at a time, always in the same order, so that two processes wait for each other and never in a circle.
        """
        ordered = sorted(wanted, key=lambda slot: (slot.kind, slot.key))
        taken = 0
        for at in range(0, len(ordered), TOGETHER):
            taken += await self._writer.run(partial(_take_all, wanted=ordered[at : at + TOGETHER], now=now))
        return taken

    async def skip_all(self, scope: All, late: Sequence[Slot], now: datetime, told: Sequence[Intent]) -> int:
        """Marks occasions that nothing is made of; whoever marks one of them also says so. How many they were."""
        ordered = sorted(late, key=lambda slot: (slot.kind, slot.key))

        def work(connection: Connection) -> int:
            skipped = sum(
                take(connection, slot.kind, slot.key, slot.due, now, SlotState.SKIPPED.value) for slot in ordered
            )
            if skipped:
                put(connection, told, now)
            return skipped

        return await self._writer.run(work)

    async def skipped(self, scope: All, at: datetime, limit: int) -> list[Slot]:
        """What was skipped at that very moment, by kind and time."""
        query = select(slots).where(slots.c.at == at, slots.c.state == SlotState.SKIPPED.value)
        query = query.order_by(slots.c.kind, slots.c.due, slots.c.key).limit(limit)

        def work(connection: Connection) -> list[Slot]:
            return [Slot(row.kind, row.key, row.due) for row in connection.execute(query)]

        return await self._writer.read(work)

    async def used(self, scope: All, kind: str, keys: Sequence[str], now: datetime) -> set[str]:
        """Those of the keys that are taken or skipped."""
        asked = {"of_kind": kind, "keys": list(keys), "now": now}
        return await self._writer.read(lambda connection: set(connection.execute(_USED, asked).scalars()))

    async def latest(self, scope: All, kind: str) -> datetime | None:
        """When the latest occasion of this kind that was taken was due."""
        query = select(func.max(slots.c.due)).where(slots.c.kind == kind, slots.c.state == SlotState.TAKEN.value)
        return await self._writer.read(lambda connection: connection.scalar(query))

    async def forget(self, scope: All, before: datetime) -> int:
        """Drops slots of occasions that nobody asks for any more; how many they were."""
        query = delete(slots).where(slots.c.at < before, slots.c.due < before)
        return await self._writer.run(lambda connection: connection.execute(query).rowcount)


def _take_all(connection: Connection, wanted: Sequence[Slot], now: datetime) -> int:
    taken = [slot for slot in wanted if take(connection, slot.kind, slot.key, slot.due, now)]
    put(connection, (intent for slot in taken for intent in slot.intents), now)
    return len(taken)
