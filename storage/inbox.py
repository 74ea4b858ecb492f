"""What Slack has delivered already: the unique key decides who goes first, whatever process asks."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from customers.scope import All
from storage.engine import transaction
from storage.tables import inbox
from storage.upsert import add_once


class Inbox:
    """Keys of inputs that had an effect."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def first(self, scope: All, key: str, now: datetime) -> bool:
        """True for the first delivery of `key` only; committed when it returns."""
        statement = add_once(self._engine.dialect, inbox, {"key": key[:255], "at": now})
        async with transaction(self._engine) as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def forget(self, scope: All, before: datetime) -> int:
        """Drops keys older than `before`: Slack's last retry comes within a day."""
        async with transaction(self._engine) as connection:
            return (await connection.execute(delete(inbox).where(inbox.c.at < before))).rowcount
