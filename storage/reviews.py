"""What was decided in the monthly and the quarterly review, and what there is to decide about."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, and_, func, insert, select, update

from customers.errors import CustomerGone
from customers.history import Draft
from customers.intents import Intent
from customers.model import Status
from customers.reviews import ITEM, Action, Csm, Decision, Kind, Piece, Verdict, mark_of
from customers.scope import All, One
from customers.snapshots import Snapshot
from storage import captures, csms
from storage.outbox import put
from storage.sweep import snapshot_of
from storage.tables import customers, history_entries
from storage.upsert import add_all_once
from storage.watch_tables import reviews, snapshots
from storage.writer import Writer

_CURRENT = and_(customers.c.status != Status.CHURNED.value, customers.c.internal.is_(False))
_WELL = (Verdict.AGREE, Verdict.KEEP)
CHUNK = 500  # ids in one statement


class Reviews:
    """Decisions are made once per period, customer and item; whoever is second changes nothing."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def decide(
        self,
        scope: One,
        decision: Decision,
        person: str,
        key: str,
        now: datetime,
        entry: Draft | None,
    ) -> bool:
        """True for whoever decided; an entry of the history goes with it. Raises CustomerGone."""

        def work(connection: Connection) -> bool:
            if not captures.is_first(connection, key, now):
                return False
            there = select(customers.c.id).where(customers.c.id == decision.customer_id)
            if connection.scalar(there) is None:
                raise CustomerGone()
            if not (
                add_all_once(connection, reviews, [_row(decision, person, now)])
                or _more(connection, decision, person, now)
            ):
                return False
            if entry is not None:
                connection.execute(insert(history_entries), [_entry(entry, person, now)])
            return True

        return await self._writer.run(work)

    async def finish(
        self,
        scope: One,
        period: str,
        person: str,
        key: str,
        now: datetime,
        entry: Draft,
        speak: Callable[[int], list[Intent]],
    ) -> bool:
        """True for whoever finished what was planned; the entry of the history goes with it."""
        its = (reviews.c.kind == Kind.HEALTH.value, reviews.c.period == period, reviews.c.item == "")
        planned = (reviews.c.customer_id == scope.customer_id, reviews.c.verdict == Verdict.PLAN.value)
        query = update(reviews).where(*its, *planned).values(verdict=Verdict.DONE.value).returning(reviews.c.id)

        def work(connection: Connection) -> bool:
            if not captures.is_first(connection, key, now):
                return False
            action = connection.scalar(query)
            if action is None:
                return False
            connection.execute(insert(history_entries), [_entry(entry, person, now)])
            put(connection, speak(action), now)
            return True

        return await self._writer.run(work)

    async def tell(self, scope: All, intents: Sequence[Intent], now: datetime) -> None:
        """What leaves because of what was decided; each key once."""
        if intents:
            await self._writer.run(lambda connection: put(connection, intents, now))

    async def decided(self, scope: All, kind: Kind, period: str) -> dict[tuple[int, str], Verdict]:
        """By customer and item."""
        query = select(reviews.c.customer_id, reviews.c.item, reviews.c.verdict)
        of = query.where(reviews.c.kind == kind.value, reviews.c.period == period)
        return await self._writer.read(
            lambda connection: {(row[0], row[1]): Verdict(row[2]) for row in connection.execute(of)}
        )

    async def of(self, scope: All, kind: Kind, period: str, customer_id: int, item: str) -> Decision | None:
        """One decision."""
        mine = (reviews.c.kind == kind.value, reviews.c.period == period, reviews.c.customer_id == customer_id)
        query = select(reviews).where(*mine, reviews.c.item == item)

        def work(connection: Connection) -> Decision | None:
            row = connection.execute(query).first()
            if row is None:
                return None
            return Decision(kind, period, customer_id, item, Verdict(row.verdict), row.note, row.due)

        return await self._writer.read(work)

    async def month(self, scope: All, ids: Sequence[int], back: int) -> list[tuple[int, Snapshot, Snapshot]]:
        """Each customer's oldest snapshot of the last `back` weeks, and the newest; who has only one is left out."""

        def work(connection: Connection) -> list[tuple[int, Snapshot, Snapshot]]:
            newest = connection.scalar(select(func.max(snapshots.c.week)))
            if newest is None:
                return []
            found: dict[int, dict[int, Snapshot]] = {}
            for at in range(0, len(ids), CHUNK):
                some = snapshots.c.customer_id.in_(ids[at : at + CHUNK])
                query = select(snapshots).where(snapshots.c.week.in_(range(newest - back, newest + 1)), some)
                for row in connection.execute(query):
                    found.setdefault(row.customer_id, {})[row.week] = snapshot_of(row)
            pairs = ((one, told[min(told)], told.get(newest)) for one, told in found.items() if len(told) > 1)
            return [(one, then, now) for one, then, now in pairs if now]

        return await self._writer.read(work)

    async def code(self, scope: All) -> list[Piece]:
        """All custom code of customers who are none of ours and have not churned, as their documents have it."""
        query = select(customers.c.id, customers.c.name, customers.c.head).where(_CURRENT).order_by(customers.c.id)
        with_code = query.where(customers.c.head.not_like('%"code":[]%'))
        rows = await self._writer.read(lambda connection: list(connection.execute(with_code)))
        return await asyncio.to_thread(lambda: [piece for row in rows for piece in _pieces(row)])

    async def read_here(self, scope: All) -> dict[tuple[int, str], datetime]:
        """When code was decided about here the last time, by customer and item."""
        query = select(reviews.c.customer_id, reviews.c.item, func.max(reviews.c.at).label("at"))
        query = query.where(reviews.c.kind == Kind.CODE.value).group_by(reviews.c.customer_id, reviews.c.item)
        return await self._writer.read(
            lambda connection: {(row.customer_id, row.item): row.at for row in connection.execute(query)}
        )

    async def actions(self, scope: All, since: date, until: date) -> list[Action]:
        """What was planned for these days, both included, of customers who have not churned."""
        query = select(reviews).join(customers, customers.c.id == reviews.c.customer_id)
        mine = query.where(_CURRENT, reviews.c.verdict == Verdict.PLAN.value, reviews.c.due.between(since, until))

        def work(connection: Connection) -> list[Action]:
            rows = connection.execute(mine.order_by(reviews.c.id))
            return [Action(row.id, row.customer_id, row.period, row.due, row.by, row.note) for row in rows]

        return await self._writer.read(work)

    async def planned_by(self, scope: All, person: str, limit: int) -> list[Action]:
        """What one person planned and nobody finished, of customers who have not churned, the earliest day first."""
        query = select(reviews, customers.c.name).join(customers, customers.c.id == reviews.c.customer_id)
        mine = query.where(_CURRENT, reviews.c.verdict == Verdict.PLAN.value, reviews.c.by == person)
        ordered = mine.order_by(reviews.c.due, reviews.c.id).limit(limit)

        def work(connection: Connection) -> list[Action]:
            rows = connection.execute(ordered)
            return [Action(row.id, row.customer_id, row.period, row.due, row.by, row.note, row.name) for row in rows]

        return await self._writer.read(work)

    async def csms(self, scope: All) -> list[Csm]:
        """Everybody whom a customer names as CSM, with one of their customers."""
        named = csms.IDENTITY
        query = select(
            named.label("csm"), csms.FOUND_BY.label("one"), func.min(customers.c.changed_at).label("since")
        ).select_from(csms.joined(customers))  # fmt: skip
        query = query.where(_CURRENT, named.is_not(None)).group_by(named).order_by("one")
        return await self._writer.read(
            lambda connection: [Csm(mark_of(row.csm), row.one, row.since) for row in connection.execute(query)]
        )


def _more(connection: Connection, decision: Decision, person: str, now: datetime) -> bool:
    """Whoever decides more than that all is well goes before whoever said so."""
    if decision.verdict in _WELL:
        return False
    its = (reviews.c.kind == decision.kind.value, reviews.c.period == decision.period)
    own = (reviews.c.customer_id == decision.customer_id, reviews.c.item == decision.item[:ITEM])
    query = update(reviews).where(*its, *own, reviews.c.verdict.in_([one.value for one in _WELL]))
    return bool(connection.execute(query.values(_row(decision, person, now))).rowcount)


def _row(decision: Decision, person: str, now: datetime) -> dict[str, Any]:
    return {
        "kind": decision.kind.value,
        "period": decision.period,
        "customer_id": decision.customer_id,
        "item": decision.item[:ITEM],
        "verdict": decision.verdict.value,
        "note": decision.note,
        "due": decision.due,
        "by": person,
        "at": now,
    }


def _entry(draft: Draft, person: str, now: datetime) -> dict[str, Any]:
    nowhere = dict.fromkeys(("channel", "message_ts", "thread_ts", "permalink"), "")
    return nowhere | {
        "customer_id": draft.customer_id, "on": draft.on, "text": draft.text, "added_by": person, "at": now
    }  # fmt: skip


def _pieces(row: Any) -> list[Piece]:
    found = []
    for code in orjson.loads(row.head).get("code") or ():
        words = {name: " ".join(str(code.get(name) or "").split()) for name in ("location", "description", "owner")}
        said = date.fromisoformat(code["reviewed"]) if code.get("reviewed") else None
        piece = Piece(row.id, row.name, words["location"], words["description"], words["owner"], said)
        if piece.item:
            found.append(piece)
    return found
