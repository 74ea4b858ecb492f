"""How far a feed from outside was read, so that a restart goes on where it was, and why it last failed."""

from datetime import UTC, datetime

import orjson
from sqlalchemy import Connection, select, update

from customers.scope import All
from customers.usage import Failed
from storage.tables import feeds
from storage.upsert import add_once, upsert
from storage.writer import Writer

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # of a feed that was only ever tried


class Watermarks:
    """One moment for each feed, of that feed's own clock."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def of(self, scope: All, kind: str) -> datetime | None:
        """None when it was never read."""
        query = select(feeds.c.at).where(feeds.c.kind == kind)

        def work(connection: Connection) -> datetime | None:
            found: datetime | None = connection.scalar(query)
            return success_of(found)

        return await self._writer.run(work)

    async def move(self, scope: All, kind: str, at: datetime) -> None:
        """Remembers; a failure before it is forgotten."""
        row = {"kind": kind, "version": 0, "at": at, "last_week": None, "report": None}

        def work(connection: Connection) -> None:
            connection.execute(upsert(connection.dialect, feeds, [feeds.c.kind]), [row])

        await self._writer.run(work)

    async def fail(self, scope: All, kind: str, failed: Failed) -> None:
        """Remembers that it could not be read; how far it was read stays."""
        row = {"kind": kind, "version": 0, "at": _NEVER}
        report = orjson.dumps({"at": failed.at.isoformat(), "why": failed.why}).decode()

        def work(connection: Connection) -> None:
            connection.execute(add_once(connection.dialect, feeds, row))
            connection.execute(update(feeds).where(feeds.c.kind == kind).values(report=report))

        await self._writer.run(work)


def success_of(at: datetime | None) -> datetime | None:
    """When it was last read."""
    return None if at == _NEVER else at


def failure_of(report: str | None) -> Failed | None:
    """What `fail` remembered."""
    if report is None:
        return None
    told = orjson.loads(report)
    return Failed(datetime.fromisoformat(told["at"]), told["why"])
