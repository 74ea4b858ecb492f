"""The outbox: what must still happen outside, and who is at it. Its states are told in docs/reliability.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)

from customers.bugs import Filing
from customers.clock import LEAP
from customers.intents import GITHUB, Intent, Queued, State
from customers.runs import CARD
from customers.scope import All
from storage.captures import is_first
from storage.readers import Reader, utc
from storage.tables import Utc, brakes, bugs, outbox
from storage.upsert import add_all_once, held_until
from storage.watch_tables import playbook_runs
from storage.writer import Writer

SLACK = "slack"
SETTLING = timedelta(minutes=2)  # after a try, before somebody's "send again" looks: the other side may still be at it

# made once: making a statement takes longer than running it
_NOW = bindparam("at", type_=outbox.c.due.type)
_HELD = select(brakes.c.lane).where(brakes.c.until > _NOW)
_SERVICE_HELD = or_(
    and_(outbox.c.lane == GITHUB, literal(GITHUB).in_(_HELD)),
    and_(outbox.c.lane != GITHUB, literal(SLACK).in_(_HELD)),
)
_ROW = select(*(column for column in outbox.c if column.name not in ("last_try", "changed_at")))
_DUE = (
    _ROW.where(
        outbox.c.due <= _NOW,
        outbox.c.lane.not_in(_HELD),
        ~_SERVICE_HELD,
        outbox.c.id.not_in(bindparam("flying", expanding=True)),
    )
    .order_by(outbox.c.due, outbox.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=outbox)
)
# while the clock is doubted, as if it did not stand there: what was due by the last time that was believed or from the
# moment it was made, and what somebody touched since, because they did so now
_DUE_BEFORE = _DUE.where(
    or_(
        outbox.c.due <= bindparam("before", type_=outbox.c.due.type),
        outbox.c.due <= outbox.c.created_at,
        outbox.c.changed_at > bindparam("ahead", type_=outbox.c.due.type),
    )
)
_TAKEN = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(due=bindparam("leased"), attempts=outbox.c.attempts + 1, changed_at=_NOW)
)
_TRIED = _TAKEN.values(state=State.SENDING.value, last_try=_NOW, first_try=func.coalesce(outbox.c.first_try, _NOW))
_TRIED = _TRIED.values(counted_from=func.coalesce(outbox.c.counted_from, _NOW))
_LOOKED_UP = _TAKEN.values(state=State.UNKNOWN.value, unsure=True)
# the message of a playbook that runs for months is changed as long as it is open
_CARD_OF_RUN = literal(f"{CARD}:") + cast(playbook_runs.c.id, String)
_OF_OPEN_RUN = and_(
    outbox.c.kind == CARD, exists().where(playbook_runs.c.open_key.is_not(None), outbox.c.key == _CARD_OF_RUN)
)
# what was put off by a clock that stood ahead, and not by whoever asked it to wait
_ASTRAY = select(outbox.c.id, outbox.c.due, outbox.c.created_at, outbox.c.attempts).where(
    outbox.c.due > bindparam("far", type_=outbox.c.due.type),
    outbox.c.changed_at > bindparam("far", type_=outbox.c.due.type),
)
_BACK = update(outbox).where(outbox.c.id == bindparam("which")).values(due=bindparam("back"), changed_at=_NOW)
_SETTLED = (
    update(outbox)
    .where(outbox.c.id == bindparam("which"), outbox.c.attempts == bindparam("attempt"))
    .values({name: bindparam(f"to_{name}") for name in ("state", "due", "reason", "result", "unsure", "changed_at")})
)


def put(connection: Connection, intents: Iterable[Intent], now: datetime) -> int:
    """Adds rows in the transaction of the fact they belong to; those whose fact spoke already are left out."""
    rows = [
        {
            "kind": one.kind, "key": one.key[:255], "lane": one.lane[:64], "customer_id": one.customer_id,
            "about": dict(one.about), "state": State.NEW.value, "attempts": 0, "due": now + one.wait, "first_try": None,
            "last_try": None, "counted_from": None, "unsure": False, "reason": "", "result": "", "created_at": now,
            "changed_at": now,
        }
        for one in intents
    ]  # fmt: skip
    return add_all_once(connection, outbox, rows) if rows else 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt or look-up came to: the row's next state, and when something is done about it next."""

    id: int
    attempt: int  # the attempt it speaks of; one that was taken over meanwhile is not overwritten
    state: State
    due: datetime | None = None
    reason: str = ""
    result: str = ""
    follow: tuple[Intent, ...] = ()
    unsure: bool = False  # it may have been done


class Outbox:
    """Claims, outcomes and what people ask about them."""

    def __init__(self, writer: Writer, reading: Reader) -> None:
        self._writer = writer
        self._reading = reading

    async def claim(
        self,
        scope: All,
        now: datetime,
        lease: timedelta,
        pace: timedelta,
        limit: int,
        flying: Sequence[int] = (),
        before: datetime | None = None,
    ) -> list[Queued]:
        """Takes due rows, at most one of a lane when there is a pace; the lease is committed before anybody sends.

        A row whose lease has run out is answered as UNKNOWN: it may have been sent. `flying` are rows that this process
        is sending now: a clock that jumps ends their lease and not their call.
        `before`: nobody believes that it is `now`, and this is the last time that was believed. What only `now` makes
        due waits then; what people do meanwhile goes.
        """
        asked = {"at": now, "most": limit, "flying": list(flying)}
        if before is not None:
            asked |= {"before": before, "ahead": before + LEAP}
        query = _DUE if before is None else _DUE_BEFORE
        return await self._writer.run(lambda connection: _claim(connection, query, asked, lease, pace))

    async def settle(self, scope: All, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Writes what came of attempts, and what follows from them."""
        await self._writer.run(lambda connection: _settle(connection, outcomes, now))

    async def add(self, scope: All, intents: Sequence[Intent], now: datetime) -> None:
        """What belongs to no fact; said once."""
        await self._writer.run(lambda connection: put(connection, intents, now))

    async def come_back(self, scope: All, now: datetime, beyond: timedelta) -> int:
        """After a clock that stood far ahead: what it put off goes on now; how many rows.

        What was meant to wait for long was written by a clock that was right, and goes on waiting; what a fact of that
        time wanted to wait for waits as long from now.
        """
        far = now + beyond
        counted = update(outbox).where(outbox.c.counted_from > far).values(counted_from=None)
        held = delete(brakes).where(brakes.c.until > far)

        def work(connection: Connection) -> int:
            connection.execute(held)
            connection.execute(counted)
            rows = connection.execute(_ASTRAY, {"far": far}).all()
            back = [{"which": row.id, "back": now + _asked(row), "at": now} for row in rows]
            if back:
                connection.execute(_BACK, back)
            return len(back)

        return await self._writer.run(work)

    async def brake(self, scope: All, lane: str, until: datetime) -> None:
        """Nothing more in `lane` (or `slack`, or `github`) until then, by any process."""
        rows = [{"lane": lane[:64], "until": until}]

        def work(connection: Connection) -> None:
            connection.execute(held_until(connection.dialect, brakes, rows))

        await self._writer.run(work)

    async def is_held(self, scope: All, lane: str, now: datetime) -> bool:
        """Whether somebody was asked to wait there."""
        query = select(brakes.c.lane).where(brakes.c.lane == lane, brakes.c.until > now)
        return await self._writer.read(lambda connection: connection.scalar(query) is not None)

    async def next_due(self, scope: All) -> datetime | None:
        """When the next row is due; None when nothing waits. Reads only, so that waiting costs nobody a lock."""
        rows = await self._reading.rows("SELECT min(due) FROM outbox", ())
        due = rows[0][0]
        return utc(due) if due else None

    async def find(self, scope: All, row_id: int) -> Queued | None:
        """One row."""
        query = select(outbox).where(outbox.c.id == row_id)

        def work(connection: Connection) -> Queued | None:
            row = connection.execute(query).first()
            return queued(row) if row else None

        return await self._writer.read(work)

    async def find_key(self, scope: All, key: str) -> Queued | None:
        """The row of one fact."""
        query = select(outbox).where(outbox.c.key == key[:255])

        def work(connection: Connection) -> Queued | None:
            row = connection.execute(query).first()
            return queued(row) if row else None

        return await self._writer.read(work)

    async def page(self, scope: All, states: Sequence[State], limit: int) -> list[Queued]:
        """The newest rows in these states (none: all that are not done)."""
        query = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        if states:
            query = query.where(outbox.c.state.in_([state.value for state in states]))
        else:
            query = query.where(outbox.c.state != State.DONE.value)
        return await self._writer.read(lambda connection: [queued(row) for row in connection.execute(query)])

    async def counts(self, scope: All) -> dict[str, int]:
        """How many rows stand in each state."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)

        def work(connection: Connection) -> dict[str, int]:
            return {row.state: row[1] for row in connection.execute(query)}

        return await self._writer.read(work)

    async def oldest_due(self, scope: All, now: datetime) -> timedelta:
        """How long the oldest due row has been waiting."""
        due = await self.next_due(scope)
        return max(timedelta(), now - due) if due else timedelta()

    async def retry(self, scope: All, row_id: int, now: datetime) -> bool:
        """Sends a row again that was given up, parked or cancelled; one that may have been done is looked up first.

        False when there is no such row to send.
        """
        return await self._writer.run(lambda connection: _retry(connection, outbox.c.id == row_id, now))

    async def retry_key(self, scope: All, key: str, now: datetime, heard: str = "", bug: int | None = None) -> bool:
        """The same for the row of one fact; `heard` names the input that asks for it, which asks once.

        `bug` is one whose issue it is: from this moment on it is being filed, unless it has an issue.
        """
        filing = update(bugs).where(bugs.c.id == bug, bugs.c.issue_number.is_(None))

        def work(connection: Connection) -> bool:
            if heard and not is_first(connection, heard, now):
                return False
            if not _retry(connection, outbox.c.key == key, now):
                return False
            if bug is not None:
                connection.execute(filing.values(filing=Filing.FILING.value, filing_why=""))
            return True

        return await self._writer.run(work)

    async def cancel(self, scope: All, row_id: int, now: datetime) -> bool:
        """Takes a row back that is not being sent; False when there is none."""
        query = update(outbox).where(outbox.c.id == row_id, outbox.c.state.not_in(("sending", "done", "cancelled")))
        values: dict[str, Any] = {"state": State.CANCELLED.value, "due": None, "reason": "cancelled by hand"}
        values |= {"changed_at": now, "attempts": outbox.c.attempts + 1}  # whoever looks it up now comes too late
        return await self._writer.run(lambda connection: bool(connection.execute(query.values(values)).rowcount))

    async def wake_parked(self, scope: All, kind: str, now: datetime) -> int:
        """What waited for a setting goes on."""
        query = update(outbox).where(outbox.c.state == State.PARKED.value, outbox.c.kind == kind)
        values = {"state": State.NEW.value, "due": now, "reason": "", "changed_at": now}
        return await self._writer.run(lambda connection: connection.execute(query.values(values)).rowcount)

    async def adopt(self, scope: All, slack: datetime, github: datetime, now: datetime) -> int:
        """What a process that has died was sending is looked up at these times; for when no other can be alive."""
        query = update(outbox).where(outbox.c.state == State.SENDING.value)
        due = case((outbox.c.lane == GITHUB, bindparam(None, github, Utc)), else_=bindparam(None, slack, Utc))
        values = {"state": State.UNKNOWN.value, "unsure": True, "due": due, "changed_at": now}
        return await self._writer.run(lambda connection: connection.execute(query.values(values)).rowcount)

    async def forget(self, scope: All, before: datetime) -> int:
        """Drops rows that are over since before then, and words that were said: facts have tables of their own."""
        over = (State.DONE.value, State.CANCELLED.value)
        old = delete(outbox).where(outbox.c.state.in_(over), outbox.c.changed_at < before, ~_OF_OPEN_RUN)
        asked = update(outbox).where(outbox.c.kind == "request_question", outbox.c.state.in_(over)).values(about={})

        def work(connection: Connection) -> int:
            connection.execute(asked)
            return connection.execute(old).rowcount

        return await self._writer.run(work)


def _retry(connection: Connection, which: ColumnElement[bool], now: datetime) -> bool:
    """What may have been done is looked up, with the memory of its first try; the rest begins anew."""
    row = connection.execute(select(outbox).where(which).with_for_update()).first()
    if row is None or row.state in (State.NEW.value, State.SENDING.value, State.DONE.value):
        return False
    if row.state == State.UNKNOWN.value:  # it is being looked up by itself, and not before its time
        return True
    values: dict[str, Any] = {"attempts": row.attempts + 1, "counted_from": None, "reason": "", "changed_at": now}
    if row.unsure:
        values |= {"state": State.UNKNOWN.value, "due": max(now, (row.last_try or now) + SETTLING)}
    else:
        values |= {"state": State.NEW.value, "due": now, "first_try": None}
    connection.execute(update(outbox).where(outbox.c.id == row.id).values(values))
    return True


def _asked(row: Any) -> timedelta:
    """How long its fact wanted it to wait; once it was tried it waits for nothing but the next try."""
    wait: timedelta = row.due - row.created_at
    return timedelta() if row.attempts else wait


def _claim(
    connection: Connection, query: Select[Any], asked: Mapping[str, Any], lease: timedelta, pace: timedelta
) -> list[Queued]:
    now = asked["at"]
    rows = connection.execute(query, asked).all()
    taken = _first_of_free_lanes(connection, rows, now, pace) if pace else rows
    if not taken:
        return []
    # an attempt that nobody ended may have been done, so it is looked up and not sent again
    states = {row.id: State.NEW if row.state == State.NEW.value else State.UNKNOWN for row in taken}
    for state, statement in ((State.NEW, _TRIED), (State.UNKNOWN, _LOOKED_UP)):
        ids = [row_id for row_id, was in states.items() if was is state]
        if ids:
            connection.execute(statement, {"ids": ids, "leased": now + lease, "at": now})
    return [queued(row, states[row.id], row.attempts + 1, now) for row in taken]


def _first_of_free_lanes(connection: Connection, rows: Sequence[Any], now: datetime, pace: timedelta) -> list[Any]:
    first: dict[str, Any] = {}
    for row in rows:
        if row.lane != GITHUB:
            first.setdefault(row.lane, row)
    free: set[str] = set()
    if first:
        wanted = [{"lane": lane, "until": now + pace} for lane in sorted(first)]
        free = set(connection.execute(held_until(connection.dialect, brakes, wanted, now)).scalars())
    return [row for row in rows if row.lane == GITHUB or (row.lane in free and first[row.lane] is row)]


def _settle(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    rows = [
        {
            "which": one.id, "attempt": one.attempt, "to_state": one.state.value, "to_due": one.due,
            "to_reason": one.reason[:500], "to_unsure": one.unsure, "to_result": one.result[:500], "to_changed_at": now,
        }
        for one in outcomes
    ]  # fmt: skip
    if rows:
        connection.execute(_SETTLED, rows)
    put(connection, (intent for one in outcomes for intent in one.follow), now)


def queued(row: Any, state: State | None = None, attempts: int | None = None, now: datetime | None = None) -> Queued:
    """A row as a value; `now` is the first try of one that is tried for the first time."""
    intent = Intent(row.kind, row.key, row.lane, row.about, row.customer_id)
    return Queued(
        row.id,
        intent,
        state or State(row.state),
        row.attempts if attempts is None else attempts,
        row.created_at,
        row.due,
        row.first_try or now,
        row.reason,
        row.result,
        row.counted_from or now,
        row.unsure,
    )
