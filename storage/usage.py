"""Weekly usage rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from customers.scope import All
from customers.usage import PULLED, Reach, Row
from storage.engine import snapshot, take_turns, transaction
from storage.tables import feeds, usage
from storage.upsert import upsert
from storage.watermarks import failure_of, success_of

_SQLITE = """
INSERT INTO usage (customer_id, week, active, seats) VALUES (?, ?, ?, ?)
ON CONFLICT (customer_id, week) DO UPDATE SET active = excluded.active, seats = excluded.seats
  WHERE active IS NOT excluded.active OR seats IS NOT excluded.seats
"""
_STAGE = "CREATE TEMPORARY TABLE usage_in (customer_id bigint, week int, active int, seats int) ON COMMIT DROP"
_MERGE = """
INSERT INTO usage (customer_id, week, active, seats) SELECT customer_id, week, active, seats FROM usage_in {where}
ON CONFLICT (customer_id, week) DO UPDATE SET active = excluded.active, seats = excluded.seats
  WHERE usage.active IS DISTINCT FROM excluded.active OR usage.seats IS DISTINCT FROM excluded.seats
"""
_CHANGED = "changed"  # the report of a feed of which rows changed since it was last finished


class Usage:
    """Facts from the usage feed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def put(self, scope: All, rows: Sequence[Row], running: int | None = None) -> None:
        """Adds rows or overwrites those of the same customer and week; the same file twice changes nothing.

        `rows` hold each (customer, week) once; of the `running` week on they change nothing that is judged.
        SQLite: the driver's executemany; PostgreSQL: COPY, then one merge.
        """
        if not rows:
            return
        async with transaction(self._engine) as connection:
            await take_turns(connection)
            put = _many if connection.dialect.name == "sqlite" else _copy
            if await put(connection, rows, running):
                # in the same transaction: when the import is cut off, the next one still knows
                changed = update(feeds).where(feeds.c.kind == "usage").values(report=_CHANGED)
                await connection.execute(changed)

    async def finish(self, scope: All, now: datetime, last_week: int | None) -> None:
        """Remembers the last week that came whole, which is what "late" is measured against.

        The version rises, and the time moves, when that or any row of a week that is over is another than before.
        """
        query = select(feeds.c.version, feeds.c.last_week, feeds.c.report).where(feeds.c.kind == "usage")
        async with transaction(self._engine) as connection:
            await take_turns(connection)
            version, before, report = (await connection.execute(query)).first() or (0, None, _CHANGED)
            newest = max((week for week in (last_week, before) if week is not None), default=None)
            if newest == before and report is None:
                return
            row = {"kind": "usage", "version": version + 1, "at": now, "last_week": newest, "report": None}
            await connection.execute(upsert(connection.dialect, feeds, [feeds.c.kind]), [row])

    async def reach(self, scope: All) -> Reach:
        """How far the feed reaches, how often it changed, and why the last pull failed if it did."""
        columns = (feeds.c.kind, feeds.c.version, feeds.c.last_week, feeds.c.at, feeds.c.report)
        query = select(*columns).where(feeds.c.kind.in_(("usage", PULLED)))
        async with snapshot(self._engine) as connection:
            found = {row.kind: row for row in await connection.execute(query)}
        fed, pulled = found.get("usage"), found.get(PULLED)
        told = (failure_of(pulled.report), success_of(pulled.at)) if pulled else (None, None)
        return Reach(fed.version, fed.last_week, fed.at, *told) if fed else Reach(0, None, None, *told)

    async def count(self, scope: All) -> int:
        """How many rows there are; for `dossier check`."""
        async with snapshot(self._engine) as connection:
            return int(await connection.scalar(select(func.count()).select_from(usage)) or 0)


async def _many(connection: AsyncConnection, rows: Sequence[Row], running: int | None) -> int:
    """How many rows of weeks that are over are others now."""
    later = [] if running is None else [row for row in rows if row[1] >= running]
    over = list(rows) if running is None or not later else [row for row in rows if row[1] < running]
    changed = (await connection.exec_driver_sql(_SQLITE, over)).rowcount if over else 0
    if later:
        await connection.exec_driver_sql(_SQLITE, later)
    return changed


async def _copy(connection: AsyncConnection, rows: Sequence[Row], running: int | None) -> int:
    """The same."""
    await connection.exec_driver_sql(_STAGE)
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.copy_records_to_table("usage_in", records=rows, columns=["customer_id", "week", "active", "seats"])
    if running is None or all(row[1] < running for row in rows):
        return (await connection.exec_driver_sql(_MERGE.format(where=""))).rowcount
    changed = (await connection.exec_driver_sql(_MERGE.format(where=f"WHERE week < {running}"))).rowcount
    await connection.exec_driver_sql(_MERGE.format(where=f"WHERE week >= {running}"))
    return changed
