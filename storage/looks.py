"""When somebody last looked at a customer: remembered at once, written every few seconds, harmless when lost."""

from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from customers.records import SITTING
from customers.scope import All, One
from storage.engine import transaction
from storage.tables import Utc

MOST_PENDING = 10_000
STEP = 500
# nothing for a customer who has gone meanwhile
_LOOKED = text(
    "INSERT INTO looks (person, customer_id, at) "
    "SELECT CAST(:person AS VARCHAR(32)), id, :at FROM customers WHERE id = :customer "
    "ON CONFLICT (person, customer_id) DO UPDATE SET before = looks.at, at = excluded.at"
).bindparams(bindparam("at", type_=Utc))


class Looks:
    """Writing at every brief would cost a disk flush each; so looks are collected and flushed by the heartbeat."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._pending: dict[tuple[str, int], datetime] = {}

    def note(self, scope: One, person: str, before: datetime | None, now: datetime) -> None:
        """Remembers a look unless it belongs to the sitting that began with the look `before`."""
        if (before is None or now - before >= SITTING) and len(self._pending) < MOST_PENDING:
            self._pending.setdefault((person, scope.customer_id), now)

    async def flush(self, scope: All) -> None:
        """Writes what was collected, some hundred at a time."""
        pending, self._pending = sorted(self._pending.items()), {}  # in one order, or two replicas wait for each other
        for at in range(0, len(pending), STEP):
            rows = [{"person": who, "customer": whom, "at": when} for (who, whom), when in pending[at : at + STEP]]
            async with transaction(self._engine) as connection:
                await connection.execute(_LOOKED, rows)
