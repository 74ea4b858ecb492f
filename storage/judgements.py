"""What people say about customers' health. Every change rewrites the customer's own row in the same transaction."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from customers.errors import CustomerGone, JudgedMeanwhile
from customers.facts import Colour
from customers.intents import Intent
from customers.judgements import Draft, Judgement, Kept, Kind, history_of, ran_out
from customers.scope import All, One
from storage.captures import is_first
from storage.history import append
from storage.judged import judged_of
from storage.outbox import put
from storage.tables import customers
from storage.watch_tables import judgements
from storage.writer import Writer

Speak = Callable[[Kept], list[Intent]]

_ALL = select(judgements, customers.c.name.label("customer")).join(
    customers, customers.c.id == judgements.c.customer_id
)
_ONE = _ALL.where(judgements.c.id == bindparam("which"))
_OPEN = _ALL.where(judgements.c.open_key.is_not(None))
_OF_CUSTOMER = _OPEN.where(judgements.c.customer_id == bindparam("of")).order_by(judgements.c.id)


class Judgements:
    """What the judging asks and tells."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def open(
        self, scope: One, draft: Draft, person: str, key: str, now: datetime, today: date, speak: Speak
    ) -> Kept:
        """Stores a judgement with what it says to whom, once.

        Raises CustomerGone, or JudgedMeanwhile when another one of its kind is open than the form has shown.
        """
        return await self._writer.run(lambda connection: _open(connection, draft, person, key, now, today, speak))

    async def end(
        self, scope: One, which: int, why: str, person: str, key: str, now: datetime, today: date, speak: Speak
    ) -> Kept:
        """Ends one, once. Raises JudgedMeanwhile when somebody else did."""
        return await self._writer.run(lambda connection: _end(connection, which, why, person, key, now, today, speak))

    async def run_out(self, scope: One, which: int, now: datetime, speak: Speak) -> bool:
        """An override whose last day is over ends by itself; False when it has ended already."""
        return await self._writer.run(lambda connection: _run_out(connection, which, now, speak))

    async def told(self, scope: One, which: int, colour: Colour, now: datetime, speak: Speak) -> bool:
        """Remembers a contradiction with what it says; False when it was told, or the override has ended."""
        return await self._writer.run(lambda connection: _told(connection, which, colour, now, speak))

    async def find(self, scope: All, which: int) -> Kept | None:
        """One judgement, open or over."""
        return await self._writer.read(lambda connection: _find(connection, which))

    async def overrides(self, scope: All, limit: int, after: int = 0) -> list[Kept]:
        """Open overrides by id: all that a look at them costs when nobody overrides anything."""
        query = _OPEN.where(judgements.c.kind == Kind.OVERRIDE.value, judgements.c.id > after)
        ordered = query.order_by(judgements.c.id).limit(limit)
        return await self._writer.read(lambda connection: [_kept(row) for row in connection.execute(ordered)])


def _open(
    connection: Connection, draft: Draft, person: str, key: str, now: datetime, today: date, speak: Speak
) -> Kept:
    _lock(connection, draft.customer_id)
    if not is_first(connection, key, now):
        return _heard(connection, draft, person)
    before = _of_kind(connection, draft)
    if before is not None and not before.judgement.holds(today):
        _over(connection, before.judgement.id, now, None, "")
        put(connection, ran_out(before.judgement), now)
        before = None
    if before is not None and before.judgement.id != draft.instead:
        raise JudgedMeanwhile(f"Somebody else made an entry of this kind meanwhile ({draft.kind.words})")
    if before is not None:
        _over(connection, before.judgement.id, now, person, "replaced")
    made = connection.execute(insert(judgements).values(_row(draft, person, now)).returning(judgements.c.id))
    kept = _one(connection, int(made.scalar_one()))
    _settle(connection, kept, person, now, today, speak)
    return kept


def _end(
    connection: Connection, which: int, why: str, person: str, key: str, now: datetime, today: date, speak: Speak
) -> Kept:
    _lock(connection, _one(connection, which).judgement.customer_id)
    before = _one(connection, which)
    if not is_first(connection, key, now):
        return before
    if not before.is_open:
        kind = before.judgement.kind
        raise JudgedMeanwhile(f"This {kind.words} was {kind.over} already")
    _over(connection, which, now, person, why)
    kept = _one(connection, which)
    _settle(connection, kept, person, now, today, speak)
    return kept


def _run_out(connection: Connection, which: int, now: datetime, speak: Speak) -> bool:
    before = _find(connection, which)
    if before is None:
        return False
    _lock(connection, before.judgement.customer_id)
    if not _over(connection, which, now, None, ""):
        return False
    _rewrite(connection, before.judgement.customer_id)
    put(connection, speak(_one(connection, which)), now)
    return True


def _told(connection: Connection, which: int, colour: Colour, now: datetime, speak: Speak) -> bool:
    before = _find(connection, which)
    if before is None:
        return False
    _lock(connection, before.judgement.customer_id)
    kept = _one(connection, which)
    if not kept.is_open or colour in kept.told:
        return False
    told = ",".join(sorted({*kept.told, colour}))
    connection.execute(update(judgements).where(judgements.c.id == which).values(told=told))
    put(connection, speak(kept), now)
    return True


def _lock(connection: Connection, customer_id: int) -> None:
    """Changes of one customer come one after the other, so that its row says what the table says."""
    query = select(customers.c.id).where(customers.c.id == customer_id).with_for_update()
    if connection.scalar(query) is None:
        raise CustomerGone()


def _heard(connection: Connection, draft: Draft, person: str) -> Kept:
    """What this form made when it was delivered first."""
    mine = (judgements.c.customer_id == draft.customer_id, judgements.c.kind == draft.kind.value)
    query = _ALL.where(*mine, judgements.c.by == person).order_by(judgements.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None:
        raise CustomerGone()
    return _kept(row)


def _of_kind(connection: Connection, draft: Draft) -> Kept | None:
    row = connection.execute(_ALL.where(judgements.c.open_key == _key(draft))).first()
    return _kept(row) if row else None


def _key(draft: Draft) -> str:
    return f"{draft.kind.value}:{draft.customer_id}"


def _row(draft: Draft, person: str, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": draft.customer_id, "kind": draft.kind.value, "colour": draft.colour, "against": draft.against,
        "reason": draft.reason, "until": draft.until, "by": person, "at": now.astimezone(UTC), "ended_why": "",
        "open_key": _key(draft),
    }  # fmt: skip


def _over(connection: Connection, which: int, now: datetime, person: str | None, why: str) -> bool:
    query = update(judgements).where(judgements.c.id == which, judgements.c.open_key.is_not(None))
    values = {"ended_at": now, "ended_by": person, "ended_why": why, "open_key": None}
    return bool(connection.execute(query.values(values)).rowcount)


def _settle(connection: Connection, kept: Kept, person: str, now: datetime, today: date, speak: Speak) -> None:
    """The customer's row, its history, and whoever has to hear of it."""
    customer_id = kept.judgement.customer_id
    _rewrite(connection, customer_id)
    if words := history_of(kept):
        append(connection, customer_id, today, words, person, now)
    put(connection, speak(kept), now)


def _rewrite(connection: Connection, customer_id: int) -> None:
    found = [_kept(row).judgement for row in connection.execute(_OF_CUSTOMER, {"of": customer_id})]
    row = update(customers).where(customers.c.id == customer_id)
    connection.execute(row.values(judged=judged_of(found)))


def _find(connection: Connection, which: int) -> Kept | None:
    row = connection.execute(_ONE, {"which": which}).first()
    return _kept(row) if row else None


def _one(connection: Connection, which: int) -> Kept:
    kept = _find(connection, which)
    if kept is None:
        raise CustomerGone()
    return kept


def _kept(row: Any) -> Kept:
    judgement = Judgement(
        row.id,
        row.customer_id,
        Kind(row.kind),
        row.reason,
        row.by,
        row.at,
        Colour(row.colour) if row.colour else None,
        Colour(row.against) if row.against else None,
        row.until,
    )
    told = frozenset(map(Colour, row.told.split(","))) if row.told else frozenset()
    return Kept(judgement, row.customer, row.ended_at, row.ended_by or "", row.ended_why, told)
