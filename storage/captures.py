"""One message becomes one thing of a kind: the unique key decides who goes first, whatever process asks."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from customers.intents import Source
from storage.tables import captures, inbox
from storage.upsert import add_all_once

_HERE = (
    captures.c.channel == bindparam("in_channel"),
    captures.c.message_ts == bindparam("at_ts"),
    captures.c.kind == bindparam("as_kind"),
)
_ITEM = select(captures.c.item).where(*_HERE)  # made once: making a statement takes longer than running it
_BECAME = update(captures).where(*_HERE).values(item=bindparam("what"))


def is_first(connection: Connection, key: str, now: datetime) -> bool:
    """True for the first delivery of this input only."""
    return bool(add_all_once(connection, inbox, [{"key": key[:255], "at": now}]))


def place_of(source: Source, key: str) -> tuple[str, str]:
    """The message, or the form itself when there is no message."""
    return (source.channel, source.ts) if source.is_message else ("form", key[-32:])


def taken(connection: Connection, kind: str, source: Source, key: str, person: str, now: datetime) -> int | None:
    """What this message became before, or None: then it is ours, and `became` must be told in this transaction.

    On PostgreSQL somebody who captures the same message at the same moment waits here for the other's commit.
    """
    channel, ts = place_of(source, key)
    row = {"channel": channel, "message_ts": ts, "kind": kind, "item": 0, "by": person, "at": now}
    if add_all_once(connection, captures, [row]):
        return None
    return item_of(connection, kind, source, key)


def item_of(connection: Connection, kind: str, source: Source, key: str) -> int | None:
    """What this message became."""
    return connection.scalar(_ITEM, _here(kind, source, key))


def became(connection: Connection, kind: str, source: Source, key: str, item: int) -> None:
    """What this message became, for whoever captures it next."""
    connection.execute(_BECAME, {**_here(kind, source, key), "what": item})


def _here(kind: str, source: Source, key: str) -> dict[str, str]:
    channel, ts = place_of(source, key)
    return {"in_channel": channel, "at_ts": ts, "as_kind": kind}
