"""The weekly check: everybody judged and remembered in a few statements a chunk of customers, never one by one.

A chunk is a transaction of its own, so that a command waits for one chunk at most. Doing a week again overwrites its
snapshots, and an alert exists once per customer and week, so a check that was cut off simply begins anew.
"""

import asyncio
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, delete, func, select, text

from customers import weeks
from customers.facts import RULES_VERSION, Colour
from customers.records import WAITING
from customers.scope import All, One
from customers.snapshots import Snapshot
from customers.sweep import Day, Feed, Judged
from storage.marks import judged, real
from storage.readers import Reader as Reading
from storage.readers import utc
from storage.slots import take
from storage.tables import Utc, customers
from storage.watch_tables import slots, snapshots
from storage.writer import Writer

CHUNKS = {"sqlite": 4_000, "postgresql": 10_000}  # customers; 30 ms on SQLite, where whoever writes waits for it
AT_ONCE = {"sqlite": 1, "postgresql": 2}  # one writes on SQLite; the commands keep most of PostgreSQL's connections
KIND = "usage_check"

_KEEP = """
INSERT INTO snapshots (week, customer_id, colour, marks, rules, active, before, seats)
SELECT {week}, customer_id, colour, marks, {rules}, active, before, seats FROM ({judged}) judged
WHERE true ORDER BY customer_id
ON CONFLICT (week, customer_id) DO UPDATE SET colour = excluded.colour, marks = excluded.marks,
  rules = excluded.rules, active = excluded.active, before = excluded.before, seats = excluded.seats
"""
# "Alert if >20 % drop week-over-week" (customer document, "Weekly Check"): two complete weeks that are both known
_ALERT = """
INSERT INTO alerts (customer_id, kind, week, before, active, created_at, note)
SELECT s.customer_id, 'usage_drop', s.week, s.before, s.active, :now, ''
FROM snapshots s JOIN customers c ON c.id = s.customer_id
WHERE s.week = {week} AND s.customer_id > :after AND s.customer_id <= :until AND s.marks LIKE '_y%'
  AND s.before >= {base} AND CAST(s.before - s.active AS double precision) / s.before > {drop}
  AND c.internal = false AND c.status <> 'Churned'
ORDER BY s.customer_id
ON CONFLICT (customer_id, kind, week) DO UPDATE SET before = excluded.before, active = excluded.active,
  created_at = excluded.created_at, note = '', told_at = NULL, done_at = NULL, done_by = NULL, claimed_by = NULL,
  claimed_at = NULL, snoozed_by = NULL, snoozed_until = NULL
WHERE alerts.done_at IS NOT NULL AND alerts.done_by = ''
"""  # what corrected numbers took back begins anew when they are corrected again; who had it read that it was none
_NAMED = """
SELECT c.id, c.name, judged.colour, judged.marks FROM ({judged}) judged JOIN customers c ON c.id = judged.customer_id
WHERE c.internal = false
"""


class Sweeps:
    """The façade's store; see `customers.sweep.SweepStore`."""

    def __init__(self, writer: Writer, reading: Reading) -> None:
        self._writer = writer
        self._reading = reading

    async def feed(self, scope: All) -> Feed:
        """How far usage reaches; version 0 when none was ever imported."""
        rows = await self._reading.rows("SELECT version, at, last_week FROM feeds WHERE kind = 'usage'", ())
        return Feed(rows[0][0], utc(rows[0][1]), _monday(rows[0][2])) if rows else Feed(0)

    async def is_checked(self, scope: All, key: str) -> bool:
        """Whether that week was checked with that state of the feed."""
        query = select(func.count()).select_from(slots).where(slots.c.kind == KIND, slots.c.key == key)
        return bool(await self._writer.read(lambda connection: connection.scalar(query)))

    async def judge(self, scope: All, day: Day, now: datetime) -> None:
        """Snapshots and alerts of everybody, a chunk at a time; done again it corrects the one and adds no other."""
        at_once, chunks = await self._writer.read(_chunks)
        left = iter(chunks)

        async def work() -> None:
            for after, until in left:
                await self._writer.run(partial(_judge, day=day, after=after, until=until, now=now))

        for problem in await asyncio.gather(*(work() for _ in range(at_once)), return_exceptions=True):
            if problem is not None:
                raise problem

    async def checked(self, scope: All, key: str, due: datetime, now: datetime) -> bool:
        """Remembers that it is done; False when another process said so first."""
        return await self._writer.run(lambda connection: take(connection, KIND, key, due, now))

    async def judged(self, scope: All, day: Day, after: int, now: datetime) -> tuple[list[Judged], int | None]:
        """What snapshots would hold, without keeping it; internal accounts are left out."""

        def work(connection: Connection) -> tuple[list[Judged], int | None]:
            until = _until(connection, after)
            if until is None:
                return [], None
            query = moments(text(_NAMED.format(judged=judged(day, connection.dialect.name))))
            rows = connection.execute(query, _values(after, until, now))
            return [Judged(one, name, Colour(colour), marks) for one, name, colour, marks in rows], until

        return await self._writer.read(work)

    async def history(self, scope: One, limit: int) -> tuple[Snapshot, ...]:
        """A customer in the newest `limit` weeks that were judged, newest first."""

        def work(connection: Connection) -> tuple[Snapshot, ...]:
            newest = connection.scalar(select(func.max(snapshots.c.week)))
            # each week by its key: the table has a row for every customer in every week
            wanted = [newest - back for back in range(limit)] if newest is not None else []
            query = select(snapshots).where(snapshots.c.week.in_(wanted), snapshots.c.customer_id == scope.customer_id)
            return tuple(map(snapshot_of, connection.execute(query.order_by(snapshots.c.week.desc()))))

        return await self._writer.read(work)

    async def forget(self, scope: All, before: date) -> int:
        """Drops weeks that are older, a chunk at a time; how many rows they were."""
        oldest = select(func.min(snapshots.c.week))

        def work(connection: Connection) -> int:
            week = connection.scalar(oldest)
            if week is None or week >= weeks.number(before):
                return 0
            some = select(snapshots.c.customer_id).where(snapshots.c.week == week).order_by(snapshots.c.customer_id)
            chunk = some.limit(CHUNKS[connection.dialect.name])
            gone = delete(snapshots).where(snapshots.c.week == week, snapshots.c.customer_id.in_(chunk))
            return connection.execute(gone).rowcount

        dropped = 0
        while rows := await self._writer.run(work):
            dropped += rows
        return dropped


def snapshot_of(row: Row[Any]) -> Snapshot:
    """A row of the table as a value."""
    colour = Colour(row.colour)
    return Snapshot(weeks.start(row.week), colour, row.marks, row.rules, row.active, row.before, row.seats)


def _judge(connection: Connection, day: Day, after: int, until: int, now: datetime) -> None:
    week, values = weeks.number(day.week), _values(after, until, now)
    everybody = judged(day, connection.dialect.name)
    connection.execute(moments(text(_KEEP.format(week=week, rules=RULES_VERSION, judged=everybody))), values)
    del values["waiting"]
    drop = real(day.limits.usage_drop)
    connection.execute(moments(text(_ALERT.format(week=week, base=day.limits.drop_base, drop=drop))), values)


def _chunks(connection: Connection) -> tuple[int, list[tuple[int, int]]]:
    """How many transactions run beside each other, and the ids (after, until] of each."""
    found, after = [], 0
    while (until := _until(connection, after)) is not None:
        found.append((after, until))
        after = until
    return AT_ONCE[connection.dialect.name], found


def _until(connection: Connection, after: int) -> int | None:
    """The last id of the chunk behind `after`."""
    ids = select(customers.c.id).where(customers.c.id > after).order_by(customers.c.id)
    chunk = ids.limit(CHUNKS[connection.dialect.name]).subquery()
    found: int | None = connection.scalar(select(func.max(chunk.c.id)))
    return found


def _values(after: int, until: int, now: datetime) -> dict[str, Any]:
    return {"after": after, "until": until, "now": now, "waiting": now - WAITING}


def moments(statement: TextClause) -> TextClause:
    """The statement with `:now` and `:waiting` stored as each engine stores moments."""
    names = [name for name in ("now", "waiting") if f":{name}" in statement.text]
    return statement.bindparams(*(bindparam(name, type_=Utc()) for name in names))


def _monday(week: int | None) -> date | None:
    return None if week is None else weeks.start(week)
