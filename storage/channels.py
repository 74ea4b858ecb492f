"""Which Slack channel is about which customer."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from customers.records import Linked
from customers.scope import All, One
from storage.engine import transaction
from storage.readers import Reader as Reading
from storage.tables import channel_links, customers
from storage.upsert import upsert

_LINKED = "SELECT c.id, c.name FROM channel_links l JOIN customers c ON c.id = l.customer_id WHERE l.channel = ?"


class Channels:
    """Links between channels and customers."""

    def __init__(self, engine: AsyncEngine, reading: Reading) -> None:
        self._engine = engine
        self._reading = reading
        self._linked_sql = _LINKED if engine.dialect.name == "sqlite" else _LINKED.replace("?", "$1")

    async def linked(self, scope: All, channel: str) -> Linked | None:
        """The customer this channel is linked to."""
        rows = await self._reading.rows(self._linked_sql, (channel,))
        return Linked(rows[0][0], rows[0][1]) if rows else None

    async def link(self, scope: One, channel: str, person: str, now: datetime) -> bool:
        """Links, replacing an earlier link; False when the customer is no longer there."""
        async with transaction(self._engine) as connection:
            there = await connection.scalar(select(customers.c.id).where(customers.c.id == scope.customer_id))
            if there is None:
                return False
            row = {"channel": channel, "customer_id": scope.customer_id, "linked_by": person, "at": now}
            await connection.execute(upsert(connection.dialect, channel_links, [channel_links.c.channel]), [row])
        return True

    async def unlink(self, scope: All, channel: str) -> bool:
        """True when there was a link."""
        async with transaction(self._engine) as connection:
            done = await connection.execute(delete(channel_links).where(channel_links.c.channel == channel))
        return bool(done.rowcount)
