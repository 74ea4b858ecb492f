"""Bugs that customers report, with their clock and what GitHub says about them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Integer, and_, bindparam, func, insert, or_, select, update

from customers.bugs import Bug, BugPage, Draft, Filing, Filter, Issue, Pause, Reported, Seen, Stop
from customers.errors import BugGone, BugOver, CustomerGone
from customers.intents import GITHUB, Intent, Source
from customers.scope import All, One
from customers.sla import Severity
from storage import captures
from storage.outbox import put
from storage.readers import Reader as Reading
from storage.tables import bug_pauses, bugs, customers
from storage.writer import Writer

KIND = "bug"
Speak = Callable[[Reported], list[Intent]]
Told = Callable[[Bug, Bug], list[Intent]]
Moved = Callable[[Bug], list[Intent]]

# made once: making a statement takes longer than running it
_CUSTOMER = select(customers.c.name).where(customers.c.id == bindparam("which"))
_BORN = insert(bugs).returning(bugs.c.id)
_ALL = select(bugs, customers.c.name.label("customer")).join(customers, customers.c.id == bugs.c.customer_id)
_ONE = _ALL.where(bugs.c.id == bindparam("which"))
_RUNNING = (
    _ALL.where(
        bugs.c.closed_at.is_(None), bugs.c.paused_at.is_(None), bugs.c.warned < 100, bugs.c.id > bindparam("after")
    )
    .order_by(bugs.c.id)
    .limit(bindparam("most", type_=Integer))
)
_STOPS = (
    select(bug_pauses.c.bug_id, bug_pauses.c.since, bug_pauses.c.until)
    .where(bug_pauses.c.bug_id.in_(bindparam("ids", expanding=True)))
    .order_by(bug_pauses.c.id)
)


_ANY_RUNNING = "SELECT 1 FROM bugs WHERE closed_at IS NULL AND paused_at IS NULL AND warned < 100 LIMIT 1"


class Bugs:
    """What the tracker asks and tells."""

    def __init__(self, writer: Writer, reading: Reading) -> None:
        self._writer = writer
        self._reading = reading

    async def report(
        self, scope: One, draft: Draft, due_at: datetime, person: str, key: str, now: datetime, speak: Speak
    ) -> Reported:
        """Stores a bug with everything that follows, once. Raises CustomerGone, storing nothing."""
        return await self._writer.run(lambda connection: _report(connection, draft, due_at, person, key, now, speak))

    async def find(self, scope: All, bug_id: int) -> Bug | None:
        """One bug with its customer's name."""
        return await self._writer.read(lambda connection: _find(connection, bug_id))

    async def page(self, scope: All | One, wanted: Filter, offset: int, limit: int) -> BugPage:
        """Open ones by due time, closed ones newest first."""
        where = _where(wanted)
        order = bugs.c.closed_at.desc() if wanted.closed else bugs.c.due_at

        def work(connection: Connection) -> BugPage:
            total = connection.scalar(select(func.count()).select_from(bugs).where(*where)) or 0
            query = _ALL.where(*where).order_by(order, bugs.c.id).offset(offset).limit(limit)
            return BugPage(tuple(_bug(row) for row in connection.execute(query)), offset, total)

        return await self._writer.read(work)

    async def filed(self, scope: One, bug_id: int, issue: Issue, why: str) -> None:
        """The issue exists; `why` says what GitHub left out."""
        values = {"filing": Filing.FILED.value, "filing_why": why, "issue_number": issue.number, "issue_url": issue.url}
        await self._change(bug_id, values)

    async def filing(self, scope: One, bug_id: int, filing: Filing, why: str) -> None:
        """Where the issue of a bug without one stands; a bug that has one keeps it."""
        query = update(bugs).where(bugs.c.id == bug_id, bugs.c.issue_number.is_(None))
        values = {"filing": filing.value, "filing_why": why[:500]}
        await self._writer.run(lambda connection: connection.execute(query.values(values)).rowcount)

    async def pause(self, scope: One, bug_id: int, pause: Pause, person: str, key: str, speak: Moved) -> Bug:
        """Stops the clock. Raises BugOver when it stands still or the bug is closed."""
        return await self._writer.run(lambda connection: _pause(connection, bug_id, pause, person, key, speak))

    async def resume(
        self, scope: One, bug_id: int, due_at: datetime, person: str, key: str, now: datetime, speak: Moved
    ) -> Bug:
        """The clock runs again, with a new due time."""
        return await self._writer.run(lambda connection: _resume(connection, bug_id, due_at, person, key, now, speak))

    async def observed(
        self, scope: All, seen: Seen, change: Callable[[Bug], Bug], told: Told, now: datetime
    ) -> Bug | None:
        """What GitHub says, applied once and never backwards; None when it is no bug of ours or nothing new."""
        return await self._writer.run(lambda connection: _observed(connection, seen, change, told, now))

    async def tell(self, scope: One, intents: Sequence[Intent], now: datetime) -> None:
        """News that change nothing; a second time they are nothing."""
        await self._writer.run(lambda connection: put(connection, intents, now))

    async def running(self, scope: All, limit: int, after: int = 0) -> list[Bug]:
        """Open bugs whose clock runs and that can still be warned about, by id."""
        if not after and not await self._reading.rows(_ANY_RUNNING, ()):
            return []  # often; the heartbeat asks every minute

        def work(connection: Connection) -> list[Bug]:
            found = [_bug(row) for row in connection.execute(_RUNNING, {"after": after, "most": limit})]
            return _with_stops(connection, found) if found else []

        return await self._writer.read(work)

    async def warned(self, scope: One, bug_id: int, level: int, intents: Sequence[Intent], now: datetime) -> bool:
        """Remembers a warning with what it says; False when another process gave it."""
        query = update(bugs).where(bugs.c.id == bug_id, bugs.c.warned < level, bugs.c.closed_at.is_(None))

        def work(connection: Connection) -> bool:
            if not connection.execute(query.values(warned=level)).rowcount:
                return False
            put(connection, intents, now)
            return True

        return await self._writer.run(work)

    async def of_issue(self, scope: All, seen: Seen) -> Bug | None:
        """The bug that this issue is about: by its address, or by the marker when its address is not known yet."""

        def work(connection: Connection) -> Bug | None:
            row = connection.execute(_ALL.where(_is_of(seen))).first()
            return _with_stops(connection, [_bug(row)])[0] if row else None

        return await self._writer.read(work)

    async def _change(self, bug_id: int, values: dict[str, Any]) -> None:
        query = update(bugs).where(bugs.c.id == bug_id).values(values)
        await self._writer.run(lambda connection: connection.execute(query).rowcount)


def _report(
    connection: Connection, draft: Draft, due_at: datetime, person: str, key: str, now: datetime, speak: Speak
) -> Reported:
    if not captures.is_first(connection, key, now):
        return Reported(_one(connection, captures.item_of(connection, KIND, draft.source, key) or 0), True, heard=True)
    before = captures.taken(connection, KIND, draft.source, key, person, now)
    if before is None:
        reported = Reported(_born(connection, draft, due_at.astimezone(UTC), person, key, now.astimezone(UTC)), False)
    else:
        reported = Reported(_one(connection, before), True)
    put(connection, speak(reported), now)
    return reported


def _born(connection: Connection, draft: Draft, due_at: datetime, person: str, key: str, now: datetime) -> Bug:
    """A new bug. All of it is known here, so nothing is read back."""
    customer = connection.scalar(_CUSTOMER, {"which": draft.customer_id})
    if customer is None:
        raise CustomerGone()
    bug_id = int(connection.execute(_BORN, _row(draft, due_at, person, now)).scalar_one())
    captures.became(connection, KIND, draft.source, key, bug_id)
    return Bug(
        bug_id,
        draft.customer_id,
        customer,
        draft.title,
        draft.steps,
        draft.severity,
        person,
        now,
        due_at,
        draft.source,
        Filing.FILING,
    )


def _row(draft: Draft, due_at: datetime, person: str, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": draft.customer_id, "title": draft.title, "steps": draft.steps,
        "severity": draft.severity.value, "reported_by": person, "reported_at": now, "due_at": due_at,
        "channel": draft.source.channel, "message_ts": draft.source.ts, "thread_ts": draft.source.thread,
        "permalink": draft.source.permalink, "filing": Filing.FILING.value, "filing_why": "", "closed_why": "",
        "paused_why": "", "warned": 0,
    }  # fmt: skip


def _pause(connection: Connection, bug_id: int, pause: Pause, person: str, key: str, speak: Moved) -> Bug:
    bug = _locked(connection, bug_id)
    if not captures.is_first(connection, key, pause.since):
        return bug
    if not bug.is_open or bug.pause:
        raise BugOver("the clock stands still already" if bug.is_open else "the bug is closed")
    values = {"paused_at": pause.since, "paused_why": pause.reason}
    connection.execute(update(bugs).where(bugs.c.id == bug_id).values(values))
    row = {"bug_id": bug_id, "since": pause.since, "reason": pause.reason, "paused_by": person}
    connection.execute(insert(bug_pauses).values(row))
    after = _one(connection, bug_id)
    put(connection, speak(after), pause.since)
    return after


def _resume(
    connection: Connection, bug_id: int, due_at: datetime, person: str, key: str, now: datetime, speak: Moved
) -> Bug:
    bug = _locked(connection, bug_id)
    if not captures.is_first(connection, key, now):
        return bug
    if not bug.is_open or bug.pause is None:
        raise BugOver("the clock is running" if bug.is_open else "the bug is closed")
    values = {"due_at": due_at, "paused_at": None, "paused_why": ""}
    connection.execute(update(bugs).where(bugs.c.id == bug_id).values(values))
    _end_stop(connection, bug_id, now, person)
    after = _one(connection, bug_id)
    put(connection, speak(after), now)
    return after


def _observed(
    connection: Connection, seen: Seen, change: Callable[[Bug], Bug], told: Told, now: datetime
) -> Bug | None:
    row = connection.execute(_ALL.where(_is_of(seen)).with_for_update(of=bugs)).first()
    if row is None:
        return None
    before = _with_stops(connection, [_bug(row)])[0]
    if before.issue and before.issue.seen_at and before.issue.seen_at > seen.at:
        return None  # an answer that was on its way while a newer one came
    after = change(before)
    if after == before and before.issue == Issue(seen.number, seen.url, seen.at):
        return None
    if before.is_open != after.is_open:
        _end_stop(connection, before.id, seen.at, GITHUB)
        if not after.is_open:
            stop = {"bug_id": before.id, "since": seen.at, "reason": "closed", "paused_by": GITHUB}
            connection.execute(insert(bug_pauses).values(stop))
    values: dict[str, Any] = {
        "severity": after.severity.value, "due_at": after.due_at, "closed_at": after.closed_at,
        "closed_why": after.closed_why, "warned": after.warned, "filing": Filing.FILED.value,
        "issue_number": seen.number, "issue_url": seen.url, "issue_seen_at": seen.at,
    }  # fmt: skip
    if not after.pause:
        values |= {"paused_at": None, "paused_why": ""}
    if before.filing is not Filing.FILED:
        values["filing_why"] = ""
    connection.execute(update(bugs).where(bugs.c.id == before.id).values(values))
    put(connection, told(before, after), now)
    return after


def _end_stop(connection: Connection, bug_id: int, at: datetime, by: str) -> None:
    ended = update(bug_pauses).where(bug_pauses.c.bug_id == bug_id, bug_pauses.c.until.is_(None))
    connection.execute(ended.values(until=at, resumed_by=by))


def _is_of(seen: Seen) -> Any:
    by_address = bugs.c.issue_url == seen.url
    if seen.bug_id is None:
        return by_address
    return or_(by_address, and_(bugs.c.id == seen.bug_id, bugs.c.issue_url.is_(None)))


def _find(connection: Connection, bug_id: int) -> Bug | None:
    row = connection.execute(_ONE, {"which": bug_id}).first()
    return _with_stops(connection, [_bug(row)])[0] if row else None


def _with_stops(connection: Connection, found: Sequence[Bug]) -> list[Bug]:
    """The bugs with the times in which their clock stood still."""
    stops: dict[int, list[Stop]] = {}
    for row in connection.execute(_STOPS, {"ids": [bug.id for bug in found]}):
        stops.setdefault(row.bug_id, []).append(Stop(row.since, row.until))
    return [replace(bug, stops=tuple(stops[bug.id])) if bug.id in stops else bug for bug in found]


def _one(connection: Connection, bug_id: int) -> Bug:
    bug = _find(connection, bug_id)
    if bug is None:
        raise BugGone()
    return bug


def _locked(connection: Connection, bug_id: int) -> Bug:
    connection.execute(select(bugs.c.id).where(bugs.c.id == bug_id).with_for_update())
    return _one(connection, bug_id)


def _where(wanted: Filter) -> list[Any]:
    where: list[Any] = [bugs.c.closed_at.is_not(None) if wanted.closed else bugs.c.closed_at.is_(None)]
    if wanted.customer_id is not None:
        where.append(bugs.c.customer_id == wanted.customer_id)
    if wanted.severity is not None:
        where.append(bugs.c.severity == wanted.severity.value)
    return where


def _bug(row: Any) -> Bug:
    pause = Pause(row.paused_at, row.paused_why) if row.paused_at else None
    return Bug(
        row.id,
        row.customer_id,
        row.customer,
        row.title,
        row.steps,
        Severity(row.severity),
        row.reported_by,
        row.reported_at,
        row.due_at,
        Source(row.channel, row.message_ts, row.permalink, row.thread_ts),
        Filing(row.filing),
        row.filing_why,
        Issue(row.issue_number, row.issue_url, row.issue_seen_at) if row.issue_number else None,
        row.closed_at,
        row.closed_why,
        pause,
        row.warned,
    )
