"""From a usage file into the database: in chunks, each in its own transaction, reading in a thread."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from customers.names import NameIndex
from customers.scope import All
from customers.usage import BadRow, Chunk, read
from storage.database import Database

SCOPE = All("usage import")
SHOWN = 1_000  # wrong rows kept for the report


@dataclass(slots=True)
class FeedReport:
    """What a usage import did. `bad` holds the first thousand rows that were left out, `left_out` counts all."""

    stored: int = 0
    left_out: int = 0
    last_week: int | None = None
    bad: list[BadRow] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {"stored": self.stored, "left_out": self.left_out, "problems": [str(row) for row in self.bad]}


async def import_usage(
    database: Database,
    lines: Iterable[str],
    now: datetime,
    today: date,
    progress: Callable[[int], None] | None = None,
) -> FeedReport:
    """Stores what can be stored; `today` is the team's date. Raises NoUsageFile when the heading is wrong."""
    feed = Feed(database, progress)
    chunks = read(lines, today, await feed.names())
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        await feed.store(chunk)
    return await feed.end(now)


class Feed:
    """One import: chunk after chunk into the database, and what came of it."""

    def __init__(self, database: Database, progress: Callable[[int], None] | None = None) -> None:
        self._database = database
        self._progress = progress
        self._report = FeedReport()

    async def names(self) -> Callable[[str], int | None]:
        """Finds customers by their exact names."""
        version, named = await self._database.records.names(SCOPE)
        return (await asyncio.to_thread(NameIndex, named, version)).exact

    async def store(self, chunk: Chunk) -> None:
        """What can be stored is stored; the rest is reported."""
        report = self._report
        await self._database.usage.put(SCOPE, chunk.rows)
        report.stored += len(chunk.rows)
        report.left_out += len(chunk.bad)
        report.bad += chunk.bad[: SHOWN - len(report.bad)]
        newest = max((row[1] for row in chunk.rows), default=None)
        report.last_week = max((w for w in (newest, report.last_week) if w is not None), default=None)
        if self._progress:
            self._progress(report.stored + report.left_out)

    async def end(self, now: datetime) -> FeedReport:
        """Remembers how far the feed reaches."""
        if self._report.stored:
            await self._database.usage.finish(SCOPE, now, self._report.last_week)
        return self._report
