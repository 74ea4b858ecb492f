"""One message becomes one thing of a kind: the unique key decides who goes first, whatever process asks."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from customers.intents import Source
from storage.tables import captures, inbox
from storage.upsert import add_once


def is_first(connection: Connection, key: str, now: datetime) -> bool:
    """True for the first delivery of this input only."""
    return bool(connection.execute(add_once(connection.dialect, inbox, {"key": key[:255], "at": now})).rowcount)


def place_of(source: Source, key: str) -> tuple[str, str]:
    """The message, or the form itself when there is no message."""
    return (source.channel, source.ts) if source.is_message else ("form", key[-32:])


def taken(connection: Connection, kind: str, source: Source, key: str, person: str, now: datetime) -> int | None:
    """What this message became before, or None: then it is ours, and `became` must be told in this transaction.

    On PostgreSQL somebody who captures the same message at the same moment waits here for the other's commit.
    """
    channel, ts = place_of(source, key)
    row = {"channel": channel, "message_ts": ts, "kind": kind, "item": 0, "by": person, "at": now}
    if connection.execute(add_once(connection.dialect, captures, row)).rowcount:
        return None
    return item_of(connection, kind, source, key)


def item_of(connection: Connection, kind: str, source: Source, key: str) -> int | None:
    """What this message became."""
    channel, ts = place_of(source, key)
    here = (captures.c.channel == channel, captures.c.message_ts == ts, captures.c.kind == kind)
    return connection.scalar(select(captures.c.item).where(*here))


def became(connection: Connection, kind: str, source: Source, key: str, item: int) -> None:
    """What this message became, for whoever captures it next."""
    channel, ts = place_of(source, key)
    here = (captures.c.channel == channel, captures.c.message_ts == ts, captures.c.kind == kind)
    connection.execute(update(captures).where(*here).values(item=item))
