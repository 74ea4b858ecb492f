"""Feature requests: table `features` with its evidence. Array and evidence change in one transaction."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, func, insert, select, true, update

from customers.errors import CustomerGone, RequestGone, RequestMoved
from customers.intents import Intent
from customers.names import fold
from customers.requests import (
    Draft,
    Evidence,
    Filter,
    Logged,
    Move,
    Queued,
    Request,
    RequestPage,
    Status,
    Wish,
    because,
)
from customers.scope import All
from storage import captures
from storage.outbox import put
from storage.request_rows import found, load, wish
from storage.tables import customers, feature_evidence, features
from storage.writer import Writer

KIND = "request"
OPEN = tuple(status.value for status in Status if not status.is_over)
Speak = Callable[[Logged], list[Intent]]

# made once: making a statement takes longer than running it
_FORWARD = select(features.c.merged_into).where(features.c.id == bindparam("which"))
_LOCK = select(features).where(features.c.id == bindparam("which")).with_for_update()
_BORN = insert(features).returning(features.c.id)
_PROOF = insert(feature_evidence)
_CUSTOMERS = select(customers.c.id, customers.c.name, customers.c.status, customers.c.internal, customers.c.head).where(
    customers.c.id.in_(bindparam("ids", expanding=True))
)


class Requests:
    """What the backlog asks and tells."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._sought: list[tuple[int, asyncio.Future[Request | None]]] = []

    async def log(self, scope: All, draft: Draft, person: str, key: str, now: datetime, speak: Speak) -> Logged:
        """Captures a draft with everything that follows, once. Raises CustomerGone or RequestGone, storing nothing."""
        return await self._writer.run(lambda connection: _log(connection, draft, person, key, now, speak))

    async def find(self, scope: All, request_id: int) -> Request | None:
        """The request, or the one that it was merged into.

        Whoever asks in the same turn of the event loop is answered by the same statement, as the messages of a batch
        of the outbox do.
        """
        answer: asyncio.Future[Request | None] = asyncio.get_running_loop().create_future()
        self._sought.append((request_id, answer))
        if len(self._sought) == 1:
            self._finding = asyncio.ensure_future(self._find())
        return await answer

    async def _find(self) -> None:
        """Runs in the next turn, and answers everybody who asked until then."""
        sought, self._sought = self._sought, []
        problem: Exception | None = None
        try:
            stand = await self._writer.read(lambda connection: found(connection, [one for one, _ in sought]))
        except Exception as raised:
            problem = raised
        for request_id, answer in sought:
            if answer.done():  # whoever asked has gone
                continue
            if problem:
                answer.set_exception(problem)
            else:
                answer.set_result(stand.get(request_id))

    async def some(self, scope: All, ids: Sequence[int]) -> list[Request]:
        """These, or what they were merged into, in this order and without repeats."""

        def work(connection: Connection) -> list[Request]:
            return load(connection, [_forwarded(connection, one) for one in ids])

        return await self._writer.read(work)

    async def page(self, scope: All, wanted: Filter, offset: int, limit: int) -> RequestPage:
        """The most wanted first, then the oldest."""
        where = _where(wanted)
        order = (features.c.customers_count.desc(), features.c.id)

        def work(connection: Connection) -> RequestPage:
            total = connection.scalar(select(func.count()).select_from(features).where(*where)) or 0
            query = select(features.c.id).where(*where).order_by(*order).offset(offset).limit(limit)
            return RequestPage(tuple(load(connection, connection.scalars(query).all())), offset, total)

        return await self._writer.read(work)

    async def queued(self, scope: All, statuses: Sequence[Status], limit: int) -> Queued:
        """How many stand in each of these statuses, and the oldest of them."""
        where = _where(Filter(tuple(statuses)))
        counted = select(features.c.status, func.count()).where(*where)
        oldest = select(features.c.id).where(*where)
        oldest = oldest.order_by(features.c.created_at, features.c.id).limit(limit)

        def work(connection: Connection) -> Queued:
            counts = {Status(row[0]): row[1] for row in connection.execute(counted.group_by(features.c.status))}
            return Queued(counts, tuple(load(connection, connection.scalars(oldest).all())))

        return await self._writer.read(work)

    async def titles(self, scope: All, after: int) -> list[tuple[int, str]]:
        """(id, title) of the requests born after this one."""
        query = select(features.c.id, features.c.title).where(features.c.id > after).order_by(features.c.id)
        return await self._writer.read(lambda connection: [(row.id, row.title) for row in connection.execute(query)])

    async def set(
        self, scope: All, move: Move, now: datetime, speak: Callable[[Request], list[Intent]]
    ) -> Request | None:
        """Moves a request. None when this input was seen before; RequestMoved when somebody else moved it meanwhile."""
        return await self._writer.run(lambda connection: _set(connection, move, now, speak))

    async def merge(
        self, scope: All, request_id: int, into: int, key: str, now: datetime, speak: Callable[[Request], list[Intent]]
    ) -> Request | None:
        """All customers and evidence of the one go to the other; its id forwards from now on."""
        return await self._writer.run(lambda connection: _merge(connection, request_id, into, key, now, speak))

    async def ask(
        self, scope: All, request_id: int, key: str, now: datetime, speak: Callable[[Request], list[Intent]]
    ) -> Request | None:
        """Tells everybody on a request something, once, without changing it."""

        def work(connection: Connection) -> Request | None:
            request = _one(connection, request_id)
            if not captures.is_first(connection, key, now):
                return None
            put(connection, speak(request), now)
            return request

        return await self._writer.run(work)


def _log(connection: Connection, draft: Draft, person: str, key: str, now: datetime, speak: Speak) -> Logged:
    if not captures.is_first(connection, key, now):
        item = captures.item_of(connection, KIND, draft.source, key) or 0
        return Logged(_one(connection, item), False, True, (), False, heard=True)
    before = captures.taken(connection, KIND, draft.source, key, person, now)
    names = {row.id: row for row in _customers(connection, [customer_id for customer_id, _ in draft.wanted])}
    if not names or any(customer_id not in names for customer_id, _ in draft.wanted):
        raise CustomerGone()
    if before is None and draft.into is None:
        wishes = tuple(_wish(names[one]) for one in dict(draft.wanted))
        logged = _born(connection, draft, wishes, person, key, now.astimezone(UTC))
    else:
        logged = _joined(connection, draft, before, person, key, now)
    put(connection, speak(logged), now)
    return logged


def _born(
    connection: Connection, draft: Draft, wishes: tuple[Wish, ...], person: str, key: str, now: datetime
) -> Logged:
    """A new request. All of it is known here, so nothing is read back."""
    why = because(wishes)
    status, reason = (Status.PRIORITIZED, why) if why else (Status.BACKLOG, "")
    ids = tuple(one.customer_id for one in wishes)
    row = {
        "title": draft.title, "title_key": fold(draft.title), "status": status.value, "reason": reason,
        "requested_by_customers": ids, "customers_count": len(ids), "merged_into": None, "created_by": person,
        "created_at": now, "status_at": now,
    }  # fmt: skip
    request_id = int(connection.execute(_BORN, row).scalar_one())
    captures.became(connection, KIND, draft.source, key, request_id)
    proof = tuple(
        Evidence(one, importance, draft.quote, draft.source, person, now)
        for one, importance in dict(draft.wanted).items()
    )
    connection.execute(_PROOF, [_proof(request_id, one) for one in proof])
    request = Request(request_id, draft.title, status, reason, wishes, proof, person, now, now)
    return Logged(request, True, False, ids, why is not None)


def _joined(connection: Connection, draft: Draft, before: int | None, person: str, key: str, now: datetime) -> Logged:
    """More voices for a request that exists: the one that was chosen, or `before`, which this message became."""
    stands = _standing(connection, before or draft.into or 0)
    request_id = int(stands.id)
    if before is None:
        captures.became(connection, KIND, draft.source, key, request_id)
    _testify(connection, request_id, draft, person, now)
    array = list(stands.requested_by_customers)
    added = tuple(dict.fromkeys(one for one, _ in draft.wanted if one not in array))
    prioritised = _count(connection, stands, [*array, *added], now)
    return Logged(_one(connection, request_id), False, before is not None, added, prioritised)


def _testify(connection: Connection, request_id: int, draft: Draft, person: str, now: datetime) -> None:
    """Adds evidence; the same person on the same message for the same customer is the same evidence."""
    source = draft.source
    known: set[int] = set()
    if source.is_message:
        query = select(feature_evidence.c.customer_id).where(
            feature_evidence.c.feature_id == request_id,
            feature_evidence.c.channel == source.channel,
            feature_evidence.c.message_ts == source.ts,
            feature_evidence.c.logged_by == person,
        )
        known = set(connection.scalars(query))
    rows = [
        _proof(request_id, Evidence(customer_id, importance, draft.quote, source, person, now))
        for customer_id, importance in dict(draft.wanted).items()
        if customer_id not in known
    ]
    if rows:
        connection.execute(_PROOF, rows)


def _proof(request_id: int, one: Evidence) -> dict[str, Any]:
    source = one.source
    return {
        "feature_id": request_id, "customer_id": one.customer_id, "importance": one.importance.value,
        "quote": one.quote, "channel": source.channel, "message_ts": source.ts, "thread_ts": source.thread,
        "permalink": source.permalink, "logged_by": one.logged_by, "at": one.at,
    }  # fmt: skip


def _count(connection: Connection, stands: Any, ids: Sequence[int], now: datetime) -> bool:
    """Writes the array; True when it made the request a priority. A reason of ours counts the new ones as well."""
    values: dict[str, Any] = {"requested_by_customers": list(ids), "customers_count": len(ids)}
    why = because(_wishes(connection, ids))
    prioritised = why is not None and stands.status == Status.BACKLOG.value
    if prioritised:
        values |= {"status": Status.PRIORITIZED.value, "reason": why, "status_at": now}
    elif why and stands.reason == because(_wishes(connection, stands.requested_by_customers)):
        values |= {"reason": why}
    connection.execute(update(features).where(features.c.id == stands.id).values(values))
    return prioritised


def _set(connection: Connection, move: Move, now: datetime, speak: Callable[[Request], list[Intent]]) -> Request | None:
    stands = _standing(connection, move.request_id)
    request_id = int(stands.id)
    if not captures.is_first(connection, move.key, now):
        return None
    if request_id != move.request_id:  # merged since: whoever moved it was looking at another one
        raise RequestMoved(request_id, Status(stands.status).words)
    if move.seen is not None and stands.status != move.seen.value:
        raise RequestMoved(request_id, Status(stands.status).words)
    values = {"status": move.status.value, "reason": move.reason, "status_at": now}
    connection.execute(update(features).where(features.c.id == request_id).values(values))
    request = _one(connection, request_id)
    if stands.status != move.status.value:
        put(connection, speak(request), now)
    return request


def _merge(
    connection: Connection, from_id: int, into: int, key: str, now: datetime, speak: Callable[[Request], list[Intent]]
) -> Request | None:
    for one in sorted({_forwarded(connection, from_id), _forwarded(connection, into)}):
        _locked(connection, one)  # in one order, or two merges wait for each other
    gone, kept = _standing(connection, from_id), _standing(connection, into)
    from_id, into = int(gone.id), int(kept.id)
    if not captures.is_first(connection, key, now):
        return None
    if from_id == into:
        return _one(connection, into)
    moved = update(feature_evidence).where(feature_evidence.c.feature_id == from_id)
    connection.execute(moved.values(feature_id=into))
    ids = list(dict.fromkeys([*kept.requested_by_customers, *gone.requested_by_customers]))
    prioritised = _count(connection, kept, ids, now)
    connection.execute(
        update(features)
        .where(features.c.id == from_id)
        .values(merged_into=into, requested_by_customers=[], customers_count=0)
    )
    connection.execute(update(features).where(features.c.merged_into == from_id).values(merged_into=into))
    request = _one(connection, into)
    if prioritised:
        put(connection, speak(request), now)
    return request


def _forwarded(connection: Connection, request_id: int) -> int:
    """Merging keeps forwarding ids one step long."""
    row = connection.execute(_FORWARD, {"which": request_id}).first()
    return request_id if row is None or row.merged_into is None else int(row.merged_into)


def _standing(connection: Connection, request_id: int) -> Any:
    """The row that stands for this number, locked; somebody may have merged it while we waited for the lock."""
    row = _locked(connection, request_id)
    while row.merged_into is not None:
        row = _locked(connection, row.merged_into)
    return row


def _locked(connection: Connection, request_id: int) -> Any:
    row = connection.execute(_LOCK, {"which": request_id}).first()
    if row is None:
        raise RequestGone()
    return row


def _one(connection: Connection, request_id: int) -> Request:
    found = load(connection, [request_id])
    if not found:
        raise RequestGone()
    return found[0]


def _customers(connection: Connection, ids: Iterable[int]) -> Sequence[Any]:
    return connection.execute(_CUSTOMERS, {"ids": list(ids)}).all()


def _wishes(connection: Connection, ids: Sequence[int]) -> list[Wish]:
    found = {row.id: row for row in _customers(connection, ids)}
    return [_wish(found[one]) for one in ids if one in found]


def _wish(row: Any) -> Wish:
    return wish(row.id, row.name, row.internal, row.status, orjson.loads(row.head).get("csm"))


def _where(wanted: Filter) -> list[Any]:
    statuses = [one.value for one in wanted.statuses] or OPEN
    where: list[Any] = [features.c.status.in_(statuses), features.c.merged_into.is_(None)]
    if wanted.customer_id is not None:
        mine: Select[Any] = select(feature_evidence.c.feature_id).where(
            feature_evidence.c.customer_id == wanted.customer_id
        )
        where.append(features.c.id.in_(mine))
    where += [features.c.title_key.contains(word, autoescape=True) for word in fold(wanted.words).split()]
    return where or [true()]
