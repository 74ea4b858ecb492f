"""When somebody last looked at a customer: remembered at once, written every few seconds, harmless when lost."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from customers.scope import All, One
from storage.engine import transaction
from storage.tables import customers, looks
from storage.upsert import upsert

SITTING = timedelta(minutes=15)  # looks within one sitting are one look, or "since you last looked" empties itself
MOST_PENDING = 10_000


class Looks:
    """Writing at every brief would cost a disk flush each; so looks are collected and flushed by the heartbeat."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._pending: dict[tuple[str, int], datetime] = {}

    def note(self, scope: One, person: str, before: datetime | None, now: datetime) -> None:
        """Remembers a look unless it belongs to the sitting that began with the look `before`."""
        if (before is None or now - before >= SITTING) and len(self._pending) < MOST_PENDING:
            self._pending.setdefault((person, scope.customer_id), now)

    async def flush(self, scope: All) -> int:
        """Writes what was collected; returns how many."""
        pending, self._pending = self._pending, {}
        if not pending:
            return 0
        async with transaction(self._engine) as connection:
            wanted = {customer_id for _, customer_id in pending}
            there = set((await connection.scalars(select(customers.c.id).where(customers.c.id.in_(wanted)))).all())
            looked = sorted(pending.items())  # in one order, or two replicas would wait for each other
            rows = [{"person": p, "customer_id": c, "at": at} for (p, c), at in looked if c in there]
            if rows:
                await connection.execute(upsert(connection.dialect, looks, [looks.c.person, looks.c.customer_id]), rows)
        return len(rows)
