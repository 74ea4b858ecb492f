"""Support history that was added from Slack."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from customers.errors import CustomerGone
from customers.history import TEXT, Draft, Entry
from customers.intents import Intent, Source
from customers.scope import All, One
from storage import captures
from storage.outbox import put
from storage.tables import customers, history_entries
from storage.writer import Writer

KIND = "history"


class History:
    """What the logbook asks and tells."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def add(
        self, scope: One, draft: Draft, person: str, key: str, now: datetime, speak: Callable[[Entry], list[Intent]]
    ) -> Entry:
        """Stores an entry with its confirmation, once. Raises CustomerGone, storing nothing."""
        return await self._writer.run(lambda connection: _add(connection, draft, person, key, now, speak))

    async def find(self, scope: All, entry_id: int) -> Entry | None:
        """One entry with its customer's name."""
        return await self._writer.read(lambda connection: _find(connection, entry_id))

    async def of(self, scope: One) -> list[Entry]:
        """All entries of a customer, newest first; for export."""
        query = _all().where(history_entries.c.customer_id == scope.customer_id)
        ordered = query.order_by(history_entries.c.on.desc(), history_entries.c.id.desc())
        return await self._writer.read(lambda connection: [_entry(row) for row in connection.execute(ordered)])

    async def every(self, scope: All) -> dict[str, list[Entry]]:
        """All entries by the customer's slug, newest first; for export."""
        query = _all().add_columns(customers.c.slug)
        ordered = query.order_by(history_entries.c.on.desc(), history_entries.c.id.desc())

        def work(connection: Connection) -> dict[str, list[Entry]]:
            found: dict[str, list[Entry]] = {}
            for row in connection.execute(ordered):
                found.setdefault(row.slug, []).append(_entry(row))
            return found

        return await self._writer.read(work)


def append(connection: Connection, customer_id: int, on: date, text: str, person: str, now: datetime) -> int:
    """An entry that follows from something else, in that thing's transaction; it is confirmed by nothing."""
    row = {
        "customer_id": customer_id, "on": on, "text": text[:TEXT], "channel": "", "message_ts": "", "thread_ts": "",
        "permalink": "", "added_by": person, "at": now,
    }  # fmt: skip
    return int(connection.execute(insert(history_entries).values(row).returning(history_entries.c.id)).scalar_one())


def _add(
    connection: Connection,
    draft: Draft,
    person: str,
    key: str,
    now: datetime,
    speak: Callable[[Entry], list[Intent]],
) -> Entry:
    if not captures.is_first(connection, key, now):
        item = captures.item_of(connection, KIND, draft.source, key) or 0
        return replace(_one(connection, item, again=True), heard=True)
    before = captures.taken(connection, KIND, draft.source, key, person, now)
    if before is None:
        if connection.scalar(select(customers.c.id).where(customers.c.id == draft.customer_id)) is None:
            raise CustomerGone()
        source = draft.source
        row = {
            "customer_id": draft.customer_id, "on": draft.on, "text": draft.text, "channel": source.channel,
            "message_ts": source.ts, "thread_ts": source.thread, "permalink": source.permalink, "added_by": person,
            "at": now,
        }  # fmt: skip
        made = connection.execute(insert(history_entries).values(row).returning(history_entries.c.id)).scalar_one()
        captures.became(connection, KIND, source, key, made)
    entry = _one(connection, before or made, again=before is not None)
    put(connection, speak(entry), now)
    return entry


def _find(connection: Connection, entry_id: int) -> Entry | None:
    row = connection.execute(_all().where(history_entries.c.id == entry_id)).first()
    return _entry(row) if row else None


def _one(connection: Connection, entry_id: int, *, again: bool) -> Entry:
    row = connection.execute(_all().where(history_entries.c.id == entry_id)).first()
    if row is None:
        raise CustomerGone()
    return _entry(row, again=again)


def _all() -> Any:
    of = customers.c.id == history_entries.c.customer_id
    return select(history_entries, customers.c.name.label("customer")).join(customers, of)


def _entry(row: Any, *, again: bool = False) -> Entry:
    source = Source(row.channel, row.message_ts, row.permalink, row.thread_ts)
    return Entry(row.id, row.customer_id, row.customer, row.on, row.text, row.added_by, row.at, source, again)
