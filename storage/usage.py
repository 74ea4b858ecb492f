"""Weekly usage rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from customers.scope import All
from customers.usage import Reach, Row
from storage.engine import snapshot, take_turns, transaction
from storage.tables import feeds, usage
from storage.upsert import upsert

_SQLITE = """
INSERT INTO usage (customer_id, week, active, seats) VALUES (?, ?, ?, ?)
ON CONFLICT (customer_id, week) DO UPDATE SET active = excluded.active, seats = excluded.seats
"""
_STAGE = "CREATE TEMPORARY TABLE usage_in (customer_id bigint, week int, active int, seats int) ON COMMIT DROP"
_MERGE = """
INSERT INTO usage (customer_id, week, active, seats) SELECT customer_id, week, active, seats FROM usage_in
ON CONFLICT (customer_id, week) DO UPDATE SET active = excluded.active, seats = excluded.seats
"""


class Usage:
    """Facts from the usage feed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, scope: All, rows: Sequence[Row]) -> None:
        """Adds rows or overwrites those of the same customer and week; the same file twice changes nothing.

        `rows` hold each (customer, week) once. SQLite: the driver's executemany; PostgreSQL: COPY, then one merge.
        """
        if not rows:
            return
        async with transaction(self._engine) as connection:
            await take_turns(connection)
            if connection.dialect.name == "sqlite":
                await connection.exec_driver_sql(_SQLITE, list(rows))
            else:
                await self._copy(connection, rows)

    async def _copy(self, connection: AsyncConnection, rows: Sequence[Row]) -> None:
        await connection.exec_driver_sql(_STAGE)
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.copy_records_to_table("usage_in", records=rows, columns=["customer_id", "week", "active", "seats"])
        await connection.exec_driver_sql(_MERGE)

    async def finish(self, scope: All, now: datetime, last_week: int | None) -> None:
        """Remembers how far the feed reaches, which is what "late" is measured against."""
        async with transaction(self._engine) as connection:
            await take_turns(connection)
            before = (
                await connection.execute(select(feeds.c.version, feeds.c.last_week).where(feeds.c.kind == "usage"))
            ).first()
            newest = max((w for w in (last_week, before.last_week if before else None) if w is not None), default=None)
            row = {"kind": "usage", "version": (before.version if before else 0) + 1, "at": now, "last_week": newest}
            await connection.execute(upsert(connection.dialect, feeds, [feeds.c.kind]), [row | {"report": None}])

    async def reach(self, scope: All) -> Reach:
        """How far the feed reaches, and how often it changed."""
        query = select(feeds.c.version, feeds.c.last_week, feeds.c.at).where(feeds.c.kind == "usage")
        async with snapshot(self._engine) as connection:
            found = (await connection.execute(query)).first()
        return Reach(found.version, found.last_week, found.at) if found else Reach()

    async def count(self, scope: All) -> int:
        """How many rows there are; for `dossier check`."""
        async with snapshot(self._engine) as connection:
            return int(await connection.scalar(select(func.count()).select_from(usage)) or 0)
