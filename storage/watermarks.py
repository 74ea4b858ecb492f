"""How far a feed from outside was read, so that a restart goes on where it was."""

from datetime import datetime

from sqlalchemy import Connection, select

from customers.scope import All
from storage.tables import feeds
from storage.upsert import upsert
from storage.writer import Writer


class Watermarks:
    """One moment for each feed, of that feed's own clock."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def of(self, scope: All, kind: str) -> datetime | None:
        """None when it was never read."""
        query = select(feeds.c.at).where(feeds.c.kind == kind)

        def work(connection: Connection) -> datetime | None:
            found: datetime | None = connection.scalar(query)
            return found

        return await self._writer.run(work)

    async def move(self, scope: All, kind: str, at: datetime) -> None:
        """Remembers."""
        row = {"kind": kind, "version": 0, "at": at, "last_week": None, "report": None}

        def work(connection: Connection) -> None:
            connection.execute(upsert(connection.dialect, feeds, [feeds.c.kind]), [row])

        await self._writer.run(work)
