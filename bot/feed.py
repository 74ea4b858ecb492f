"""From a usage file into the database: in chunks, each in its own transaction, reading in a thread."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from customers import weeks
from customers.names import NameIndex
from customers.scope import All
from customers.usage import BadRow, Chunk, read
from storage.database import Database

SCOPE = All("usage import")
SHOWN = 1_000  # wrong rows kept for the report


@dataclass(slots=True)
class FeedReport:
    """What a usage import did; weeks by their number.

    `bad` holds the first thousand rows that were left out, `left_out` counts all.
    """

    stored: int = 0
    left_out: int = 0
    last_week: int | None = None  # the newest of which there was a row
    finished: int | None = None  # the newest that was over
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
    feed = Feed(database, today, progress)
    chunks = read(lines, today, await feed.names())
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        await feed.store(chunk)
    return await feed.end(now)


class Feed:
    """One import: chunk after chunk into the database, and what came of it. `today` is the team's date.

    A week that still runs is stored, because it proves a use, but the feed is not believed to have brought it: the rest
    of its days may come late or never.
    """

    def __init__(self, database: Database, today: date, progress: Callable[[int], None] | None = None) -> None:
        self._database = database
        self._running = weeks.number(today)
        self._progress = progress
        self._report = FeedReport()

    async def names(self) -> Callable[[str], int | None]:
        """Finds customers by their exact names."""
        version, named = await self._database.records.names(SCOPE)
        return (await asyncio.to_thread(NameIndex, named, version)).exact

    async def store(self, chunk: Chunk) -> None:
        """What can be stored is stored; the rest is reported."""
        report = self._report
        await self._database.usage.put(SCOPE, chunk.rows, self._running)
        report.stored += len(chunk.rows)
        report.left_out += len(chunk.bad)
        report.bad += chunk.bad[: SHOWN - len(report.bad)]
        there = {row[1] for row in chunk.rows}
        report.last_week = _newest(there, report.last_week)
        report.finished = _newest({week for week in there if week < self._running}, report.finished)
        if self._progress:
            self._progress(report.stored + report.left_out)

    async def end(self, now: datetime) -> FeedReport:
        """Remembers how far the feed reaches."""
        if self._report.stored:
            await self._database.usage.finish(SCOPE, now, self._report.finished)
        return self._report


def _newest(there: Iterable[int], before: int | None) -> int | None:
    return max((*there, *(() if before is None else (before,))), default=None)
