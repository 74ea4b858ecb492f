"""Playbooks that were started: their own copy of the steps, and what became of each."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, insert, or_, select, update

from customers.errors import CustomerGone, RunGone
from customers.intents import Intent
from customers.model import Status
from customers.people import Reader
from customers.playbooks import Anchor
from customers.runs import (
    AFTER_CHURN,
    Changed,
    Close,
    Draft,
    DueStep,
    Reminder,
    Run,
    RunStep,
    Started,
    Waiting,
    card_key,
    open_key,
)
from customers.scope import All, One
from storage.captures import is_first
from storage.history import append
from storage.outbox import put
from storage.slots import take
from storage.tables import customers, outbox
from storage.upsert import add_once
from storage.watch_tables import playbook_runs as runs
from storage.watch_tables import playbook_steps as steps
from storage.whose import csm_is
from storage.writer import Writer

AGAIN = timedelta(days=7)  # between two reminders of one step
SLOT = "playbook_due"
Speak = Callable[[Run], list[Intent]]

# made once: making a statement takes longer than running it
_RUNS = select(runs, customers.c.name.label("customer")).join(customers, customers.c.id == runs.c.customer_id)
_ONE = _RUNS.where(runs.c.id == bindparam("which"))
_STEPS = (
    select(steps).where(steps.c.run_id.in_(bindparam("ids", expanding=True))).order_by(steps.c.run_id, steps.c.number)
)
_PLACES = select(outbox.c.key, outbox.c.result).where(outbox.c.key.in_(bindparam("keys", expanding=True)))
_HAS_CHURNED = customers.c.status == Status.CHURNED.value
_GOES_ON = or_(customers.c.status != Status.CHURNED.value, runs.c.goes_on)
_IS_OVER = or_(runs.c.goes_on.is_(False), customers.c.churned <= bindparam("since", type_=customers.c.churned.type))
_CHURNED = (
    _RUNS.where(runs.c.open_key.is_not(None), _HAS_CHURNED, _IS_OVER).order_by(runs.c.id).limit(bindparam("most"))
)
_WAITING = (
    select(steps, runs.c.customer_id, runs.c.channel, runs.c.started_by, runs.c.started_at)
    .join(runs, runs.c.id == steps.c.run_id)
    .join(customers, customers.c.id == runs.c.customer_id)
    .where(
        _GOES_ON,
        runs.c.open_key.is_not(None),
        steps.c.done_at.is_(None),
        steps.c.due <= bindparam("day", type_=steps.c.due.type),
        or_(steps.c.reminded.is_(None), steps.c.reminded <= bindparam("before", type_=steps.c.due.type)),
        steps.c.run_id > bindparam("after"),
    )
    .order_by(steps.c.run_id, steps.c.number)
    .limit(bindparam("most"))
)


class Playbooks:
    """What the façade of playbooks asks and tells."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def start(self, scope: One, draft: Draft, person: str, key: str, now: datetime, speak: Speak) -> Started:
        """Starts one with its message, unless one of its kind is open for the customer. Raises CustomerGone."""
        return await self._writer.run(lambda connection: _start(connection, draft, person, key, now, speak))

    async def find(self, scope: All, run_id: int) -> Run | None:
        """One run, open or over."""
        return await self._writer.read(lambda connection: _find(connection, run_id))

    async def open_for(self, scope: One) -> list[Run]:
        """A customer's open runs, the oldest first."""
        query = _RUNS.where(runs.c.customer_id == scope.customer_id, runs.c.open_key.is_not(None)).order_by(runs.c.id)
        return await self._writer.read(lambda connection: _whole(connection, connection.execute(query)))

    async def mine(self, scope: All, person: str, customer_ids: Sequence[int], limit: int) -> list[Run]:
        """Open runs that the person started, has a step in, or whose customer is one of theirs; the oldest first."""
        has_step = exists().where(steps.c.run_id == runs.c.id, steps.c.owner == person, steps.c.done_at.is_(None))
        whose = or_(runs.c.started_by == person, runs.c.customer_id.in_(customer_ids), has_step)
        query = _RUNS.where(runs.c.open_key.is_not(None), whose).order_by(runs.c.id).limit(limit)
        return await self._writer.read(lambda connection: _whole(connection, connection.execute(query)))

    async def due(self, scope: All, person: str, customer_ids: Sequence[int], until: date, limit: int) -> list[DueStep]:
        """Open steps of the person up to that day: those given to them, and those of nobody at their customers."""
        whose = or_(steps.c.owner == person, and_(steps.c.owner.is_(None), runs.c.customer_id.in_(customer_ids)))
        query = (
            select(steps, runs.c.customer_id, runs.c.title.label("playbook"), customers.c.name.label("customer"))
            .join(runs, runs.c.id == steps.c.run_id)
            .join(customers, customers.c.id == runs.c.customer_id)
            .where(runs.c.open_key.is_not(None), steps.c.done_at.is_(None), steps.c.due <= until, whose)
            .where(_GOES_ON)
            .order_by(steps.c.due, steps.c.run_id, steps.c.number)
            .limit(limit)
        )

        def work(connection: Connection) -> list[DueStep]:
            found = connection.execute(query)
            return [DueStep(row.run_id, row.customer_id, row.customer, row.playbook, _step(row)) for row in found]

        return await self._writer.read(work)

    async def close(
        self, scope: One, run_id: int, number: int, close: Close, key: str, speak: Callable[[Run], list[Intent]]
    ) -> Changed:
        """A step is done or left out, once; the last one closes the run and is told in the history. Raises RunGone."""
        return await self._writer.run(lambda connection: _close(connection, run_id, number, close, key, speak))

    async def reopen(self, scope: One, run_id: int, number: int, now: datetime, speak: Speak) -> Changed:
        """A step of an open run was not done after all. Raises RunGone."""
        return await self._writer.run(lambda connection: _reopen(connection, run_id, number, now, speak))

    async def assign(
        self, scope: One, run_id: int, number: int, owner: str | None, key: str, now: datetime, speak: Speak
    ) -> Changed:
        """Gives an open step to somebody, or back to the CSM; they are reminded anew. Raises RunGone."""
        return await self._writer.run(lambda connection: _assign(connection, run_id, number, owner, key, now, speak))

    async def stop(self, scope: One, run_id: int, close: Close, key: str, speak: Speak) -> Changed:
        """Ends a run before its steps are done, with an entry in the history. Raises RunGone."""
        return await self._writer.run(lambda connection: _stop(connection, run_id, close, key, speak))

    async def waiting(self, scope: All, day: date, limit: int, after: int = 0) -> list[Waiting]:
        """Open steps that are due by then and were not reminded of within a week, of whole runs after `after`.

        Of customers who churned only what goes on.
        """
        asked = {"day": day, "before": day - AGAIN, "after": after, "most": limit}

        def work(connection: Connection) -> list[Waiting]:
            found = [_waits(row) for row in connection.execute(_WAITING, asked)]
            if len(found) == limit and found[0].run_id != found[-1].run_id:  # the last run may be cut in two
                found = [one for one in found if one.run_id != found[-1].run_id]
            return found

        return await self._writer.read(work)

    async def of_churned(self, scope: All, today: date, limit: int) -> list[Run]:
        """Open runs that end because their customer churned, the oldest first.

        Those that go on end `AFTER_CHURN` after the churn date, so without a date they do not.
        """
        asked = {"since": today - AFTER_CHURN, "most": limit}
        return await self._writer.read(lambda connection: _whole(connection, connection.execute(_CHURNED, asked)))

    async def left(self, scope: All, reader: Reader, limit: int) -> Sequence[int]:
        """Ids of customers who churned while a playbook goes on, and whose CSM was `reader`."""
        going = select(runs.c.customer_id).where(runs.c.open_key.is_not(None), runs.c.goes_on)
        query = select(customers.c.id).where(_HAS_CHURNED, customers.c.id.in_(going), csm_is(reader)).limit(limit)
        return await self._writer.read(lambda connection: connection.scalars(query).all())

    async def remind(
        self, scope: One, reminder: Reminder, day: date, due: datetime, now: datetime, intents: Sequence[Intent]
    ) -> bool:
        """Remembers a reminder with its message; False when the person had one of this run on that day."""
        key = f"{reminder.run_id}:{reminder.owner or 'csm'}:{day.isoformat()}"
        marked = update(steps).where(
            steps.c.run_id == reminder.run_id, steps.c.number.in_(reminder.numbers), steps.c.done_at.is_(None)
        )

        def work(connection: Connection) -> bool:
            if not take(connection, SLOT, key, due, now):
                return False
            connection.execute(marked.values(reminded=day))
            put(connection, intents, now)
            return True

        return await self._writer.run(work)


def _start(connection: Connection, draft: Draft, person: str, key: str, now: datetime, speak: Speak) -> Started:
    if connection.scalar(select(customers.c.id).where(customers.c.id == draft.customer_id)) is None:
        raise CustomerGone()
    if not is_first(connection, key, now):
        return Started(_running(connection, draft), new=False, heard=True)
    row = {
        "customer_id": draft.customer_id, "kind": draft.kind, "title": draft.title,
        "counts_from": draft.counts_from.value, "anchor": draft.anchor, "channel": draft.channel,
        "started_by": person, "started_at": now, "closed_why": "", "open_key": open_key(draft.customer_id, draft.kind),
        "goes_on": draft.goes_on,
    }  # fmt: skip
    made = connection.execute(add_once(connection.dialect, runs, row).returning(runs.c.id)).scalar()
    if made is None:
        return Started(_running(connection, draft), new=False)
    connection.execute(insert(steps), [_row(made, one) for one in draft.steps])
    run = _one(connection, made)
    put(connection, speak(run), now)
    return Started(run, new=True)


def _row(run_id: int, step: RunStep) -> dict[str, Any]:
    return {
        "run_id": run_id, "number": step.number, "title": step.title, "detail": step.detail, "role": step.role,
        "owner": step.owner, "days": step.days, "due": step.due, "skipped_why": "",
    }  # fmt: skip


def _running(connection: Connection, draft: Draft) -> Run:
    """The one that is open, or the latest that was."""
    same = (runs.c.customer_id == draft.customer_id, runs.c.kind == draft.kind)
    query = _RUNS.where(*same).order_by(runs.c.open_key.is_(None), runs.c.id.desc()).limit(1)
    found = _whole(connection, connection.execute(query))
    if not found:
        raise RunGone()
    return found[0]


def _close(connection: Connection, run_id: int, number: int, close: Close, key: str, speak: Speak) -> Changed:
    run = _locked(connection, run_id)
    step = run.step(number)
    if step is None:
        raise RunGone()
    if not run.is_open or not step.is_open or not is_first(connection, key, close.at):
        return Changed(run, by_now=True)
    values = {"done_at": close.at, "done_by": close.by, "skipped_why": close.why}
    connection.execute(_this(run_id, number).values(values))
    after = _one(connection, run_id)
    if not after.open_steps:
        after = _over(connection, after, close, "")
    put(connection, speak(after), close.at)
    return Changed(after)


def _reopen(connection: Connection, run_id: int, number: int, now: datetime, speak: Speak) -> Changed:
    run = _locked(connection, run_id)
    step = run.step(number)
    if step is None:
        raise RunGone()
    if not run.is_open or step.is_open:
        return Changed(run, by_now=True)
    connection.execute(_this(run_id, number).values(done_at=None, done_by=None, skipped_why=""))
    after = _one(connection, run_id)
    put(connection, speak(after), now)
    return Changed(after)


def _assign(
    connection: Connection, run_id: int, number: int, owner: str | None, key: str, now: datetime, speak: Speak
) -> Changed:
    run = _locked(connection, run_id)
    step = run.step(number)
    if step is None:
        raise RunGone()
    if not run.is_open or not step.is_open or step.owner == owner or not is_first(connection, key, now):
        return Changed(run, by_now=True)
    connection.execute(_this(run_id, number).values(owner=owner, reminded=None))
    after = _one(connection, run_id)
    put(connection, speak(after), now)
    return Changed(after)


def _stop(connection: Connection, run_id: int, close: Close, key: str, speak: Speak) -> Changed:
    run = _locked(connection, run_id)
    if not run.is_open or not is_first(connection, key, close.at):
        return Changed(run, by_now=True)
    after = _over(connection, run, close, close.why)
    put(connection, speak(after), close.at)
    return Changed(after)


def _over(connection: Connection, run: Run, close: Close, why: str) -> Run:
    """Closes a run; how it ended stands in the customer's history."""
    values = {"closed_at": close.at, "closed_by": close.by, "closed_why": why, "open_key": None}
    connection.execute(update(runs).where(runs.c.id == run.id).values(values))
    after = _one(connection, run.id)
    append(connection, run.customer_id, close.on, after.outcome(), close.by, close.at)
    return after


def _this(run_id: int, number: int) -> Any:
    return update(steps).where(steps.c.run_id == run_id, steps.c.number == number)


def _locked(connection: Connection, run_id: int) -> Run:
    """Changes of one run come one after the other, so that exactly one of them is the last step."""
    connection.execute(select(runs.c.id).where(runs.c.id == run_id).with_for_update())
    return _one(connection, run_id)


def _one(connection: Connection, run_id: int) -> Run:
    run = _find(connection, run_id)
    if run is None:
        raise RunGone()
    return run


def _find(connection: Connection, run_id: int) -> Run | None:
    return next(iter(_whole(connection, connection.execute(_ONE, {"which": run_id}))), None)


def _whole(connection: Connection, rows: Iterable[Any]) -> list[Run]:
    """Runs with their steps and where their message stands."""
    rows = list(rows)
    of: dict[int, list[RunStep]] = {}
    for row in connection.execute(_STEPS, {"ids": [one.id for one in rows]}) if rows else ():
        of.setdefault(row.run_id, []).append(_step(row))
    keys = [card_key(one.id) for one in rows]
    places = {row.key: row.result for row in connection.execute(_PLACES, {"keys": keys})} if rows else {}
    return [_run(row, tuple(of.get(row.id, ())), places.get(card_key(row.id)) or "") for row in rows]


def _run(row: Any, found: tuple[RunStep, ...], place: str) -> Run:
    return Run(
        row.id,
        row.customer_id,
        row.customer,
        row.kind,
        row.title,
        Anchor(row.counts_from),
        row.anchor,
        row.channel,
        row.started_by,
        row.started_at,
        found,
        row.closed_at,
        row.closed_by,
        row.closed_why,
        place,
        row.goes_on,
    )


def _step(row: Any) -> RunStep:
    return RunStep(
        row.number,
        row.title,
        row.detail,
        row.role,
        row.owner,
        row.days,
        row.due,
        row.done_at,
        row.done_by,
        row.skipped_why,
        row.reminded,
    )


def _waits(row: Any) -> Waiting:
    return Waiting(row.run_id, row.customer_id, row.channel, row.owner, row.number, row.started_by, row.started_at)
