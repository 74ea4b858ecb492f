"""Alerts about fallen usage: the weekly check adds them (`storage.sweep`), here they are told, claimed and closed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    update,
)

from customers import alerts as rules
from customers import outreach, weeks
from customers.alerts import WITHDRAWN, Alert, Change
from customers.errors import AlertGone, AlertOver
from customers.facts import Thresholds
from customers.intents import Intent, State
from customers.model import Person, Status, Week
from customers.outreach import Fallen
from customers.people import Reader
from customers.scope import All, One
from storage import captures, csms, history
from storage.outbox import put
from storage.readers import Reader as Reading
from storage.readers import utc
from storage.slots import take
from storage.tables import Utc, customers, outbox
from storage.upsert import add_all_once
from storage.watch_tables import alert_messages, alerts, snapshots
from storage.whose import csm_is
from storage.writer import Writer

TOGETHER = 500  # alerts that come back from a snooze in one transaction
SLOT = "usage_reminder"
_NEWER = alerts.alias("newer")
_CSM = func.coalesce(csms.IDENTITY, "")
_BOTH = alerts.join(customers, customers.c.id == alerts.c.customer_id)
_NEWEST = select(func.max(snapshots.c.week)).scalar_subquery()
_LATER = and_(
    snapshots.c.week == _NEWEST, snapshots.c.customer_id == alerts.c.customer_id, snapshots.c.week > alerts.c.week
)
_ALL = select(
    alerts, customers.c.name.label("customer"), customers.c.head, csms.EMAIL.label("csm_email"),
    snapshots.c.week.label("later"), snapshots.c.active.label("then"),
).select_from(_BOTH.outerjoin(snapshots, _LATER))  # fmt: skip
_TIMES = (
    select(func.count()).where(alert_messages.c.alert_id == alerts.c.id).correlate(alerts).scalar_subquery()
)  # fmt: skip
_TELLING = select(alerts.c.id, alerts.c.told_at, _CSM.label("csm"), _TIMES.label("again"))
_ONE = _ALL.where(alerts.c.id == bindparam("which"))
_COUNTS = and_(customers.c.internal.is_(False), customers.c.status != Status.CHURNED.value)
_DROP = (alerts.c.before - alerts.c.active) * 1.0 / case((alerts.c.before > 0, alerts.c.before), else_=literal(1))
# corrected numbers: what is still a fall shows them, what is none any more is taken back
_SNAPSHOT = """
FROM snapshots s WHERE s.week = alerts.week AND s.customer_id = alerts.customer_id
  AND s.before IS NOT NULL AND s.active IS NOT NULL"""
_CORRECTED = text(f"""
UPDATE alerts SET before = (SELECT s.before {_SNAPSHOT}), active = (SELECT s.active {_SNAPSHOT})
WHERE week = :week AND done_at IS NULL
  AND EXISTS (SELECT 1 {_SNAPSHOT} AND (s.before <> alerts.before OR s.active <> alerts.active))
RETURNING id
""")  # noqa: S608 - nothing of it is typed by anybody
_WITHDRAWN = text("""
UPDATE alerts SET done_at = :now, done_by = '', note = :why, snoozed_until = NULL
WHERE week = :week AND done_at IS NULL
  AND (before < :base OR CAST(before - active AS double precision) / NULLIF(before, 0) <= :drop)
RETURNING id
""").bindparams(bindparam("now", type_=Utc()))
_TOLD = (
    update(alerts)
    .where(alerts.c.week == bindparam("number"), alerts.c.told_at.is_(None), alerts.c.done_at.is_(None))
    .values(told_at=bindparam("at", type_=Utc()))
    .returning(alerts.c.id)
)
# asked every minute, so made once: making a statement takes longer than running it. What is closed is not snoozed,
# and to ask for that as well would lead past the index of those that are

Tell = Callable[[Sequence[Fallen], Mapping[str, int]], list[Intent]]
Remind = Callable[[Sequence[Fallen]], list[Intent]]
Return = Callable[[Sequence[Fallen], datetime], list[Intent]]


class Alerts:
    """The façade's store; see `customers.alerts.AlertStore`."""

    def __init__(self, writer: Writer, reading: Reading) -> None:
        self._writer = writer
        self._reading = reading

    async def tell(self, scope: All, week: date, limits: Thresholds, now: datetime, speak: Tell) -> int:
        """Tells what was not told, once; how many alerts that were."""
        number = weeks.number(week)

        def work(connection: Connection) -> int:
            asked = {"week": number, "now": now, "why": WITHDRAWN, "base": limits.drop_base, "drop": limits.usage_drop}
            mended = set(connection.scalars(_CORRECTED, {"week": number}))
            mended |= set(connection.scalars(_WITHDRAWN, asked))
            ours = set(connection.scalars(_TOLD, {"number": number, "at": now}))  # another process waits here
            untold, told = _of_week(connection, number, ours)
            mended |= {one.id for one in untold if one.again}
            _redraw(connection, mended, f"corrected:{now.isoformat()}", "", now)
            _put(connection, speak(untold, told), now)
            return len(untold)

        return await self._writer.run(work)

    async def remind(self, scope: All, week: date, since: date, before: datetime, now: datetime, speak: Remind) -> int:
        """Tells what nobody claimed of weeks from `since` on and before `week`, and noticed `before`, once a week.

        The newest open one speaks for its customer. How many alerts that were.
        """
        number = weeks.number(week)
        old = (alerts.c.week >= weeks.number(since), alerts.c.week < number, alerts.c.created_at <= before)
        query = select(alerts.c.id, _CSM.label("csm"), _DROP.label("lost")).select_from(csms.joined(_BOTH))
        query = query.where(_waits(now), _COUNTS, alerts.c.claimed_by.is_(None), *old, ~newer_is_open())

        def work(connection: Connection) -> int:
            if not take(connection, SLOT, weeks.label(week), now, now):
                return 0
            waiting = [Fallen(row.id, row.csm, float(row.lost)) for row in connection.execute(query)]
            _put(connection, speak(waiting), now)
            return len(waiting)

        return await self._writer.run(work)

    async def come_back(self, scope: All, now: datetime, speak: Return) -> int:
        """Wakes what was snoozed until now; how many alerts that were."""
        first = (await self._reading.rows("SELECT min(snoozed_until) FROM alerts", ()))[0][0]
        if first is None or utc(first) > now:
            return 0  # nearly always: then nobody who writes is made to wait
        query = select(alerts.c.id, alerts.c.snoozed_by, alerts.c.snoozed_until, _DROP.label("lost"))
        due = (
            query.where(alerts.c.snoozed_until <= now)
            .order_by(alerts.c.snoozed_until, alerts.c.id)
            .limit(TOGETHER)
            .with_for_update()
        )

        def work(connection: Connection) -> int:
            rows = connection.execute(due).all()
            if rows:
                ids = [row.id for row in rows]
                connection.execute(update(alerts).where(alerts.c.id.in_(ids)).values(snoozed_until=None))
                fallen = [Fallen(row.id, row.snoozed_by or "", float(row.lost)) for row in rows]
                _put(connection, speak(fallen, rows[0].snoozed_until), now)
            return len(rows)

        return await self._writer.run(work)

    async def claim(
        self, scope: All, change: Change, now: datetime, *, over: bool, later: Intent | None = None
    ) -> Alert:
        """See the façade. Of two people at once the first has it; `later` is what they are asked about it."""
        values = {"claimed_by": change.person, "claimed_at": now, "snoozed_until": None}

        def may(alert: Alert) -> bool:
            return alert.claimed_by != change.person and (over or not alert.claimed_by)

        def work(connection: Connection) -> Alert:
            had = _locked(connection, change.alert_id).claimed_by
            alert = _change(connection, change, values, now, may)
            is_new = (alert.claimed_by, alert.claimed_at) == (change.person, now) and had != change.person
            if is_new and had:
                put(connection, [outreach.taken(alert.id, had, change.person, change.key)], now)
            if later and is_new:
                put(connection, [later], now)
                _note(connection, later.key, [alert.id])
            return alert

        return await self._writer.run(work)

    async def give_back(self, scope: All, change: Change, now: datetime) -> Alert:
        """See the façade."""
        values = {"claimed_by": None, "claimed_at": None}
        return await self._writer.run(
            lambda connection: _change(connection, change, values, now, lambda it: it.claimed_by == change.person)
        )

    async def snooze(self, scope: All, change: Change, until: datetime, now: datetime) -> Alert:
        """See the façade."""
        values = {"snoozed_by": change.person, "snoozed_until": until}
        return await self._writer.run(lambda connection: _change(connection, change, values, now, lambda _alert: True))

    async def done(self, scope: All, change: Change, note: str, on: date, now: datetime) -> Alert:
        """See the façade: one fact with the entry of the history and with the customer's older alerts."""
        values = {"done_by": change.person, "done_at": now, "note": note, "snoozed_until": None}

        def work(connection: Connection) -> Alert:
            before = _locked(connection, change.alert_id)
            alert = _change(connection, change, values, now, lambda _alert: True)
            if before.is_open:
                words = rules.told_in_history(before, note)
                history.append(connection, before.customer_id, on, words, change.person, now)
                _close_older(connection, before, values | {"note": rules.closed_with(before, note)}, change, now)
            elif (before.done_by, before.note) != (change.person, note):
                raise AlertOver(f"{before.done_at:%Y-%m-%d %H:%M} UTC")
            return alert

        return await self._writer.run(work)

    async def some(self, scope: All, ids: Sequence[int]) -> list[Alert]:
        """Those of these that are there."""
        query = _ALL.where(alerts.c.id.in_(list(ids)))
        return await self._writer.read(lambda connection: _several(connection, query))

    async def shown(self, scope: All, message: str) -> list[Alert]:
        """Those that a message has rows of, the oldest first."""
        of = select(alert_messages.c.alert_id).where(alert_messages.c.message == message)
        query = _ALL.where(alerts.c.id.in_(of)).order_by(alerts.c.id)
        return await self._writer.read(lambda connection: _several(connection, query))

    async def waiting(self, scope: All, now: datetime, limit: int, reader: Reader | None) -> list[Alert]:
        """Neither done nor snoozed, of customers that count, the deepest fall first; of `reader`'s if there is one."""
        query = _ALL.where(_waits(now), _COUNTS, *([_theirs(reader)] if reader else []))
        ordered = query.order_by(_DROP.desc(), alerts.c.id).limit(limit)
        return await self._writer.read(lambda connection: _several(connection, ordered))

    async def of_customer(self, scope: One, now: datetime) -> Alert | None:
        """The newest one that waits."""
        query = _ALL.where(alerts.c.customer_id == scope.customer_id, _waits(now)).order_by(alerts.c.week.desc())
        found = await self._writer.read(lambda connection: _several(connection, query.limit(1)))
        return found[0] if found else None


def _of_week(connection: Connection, week: int, ours: set[int]) -> tuple[list[Fallen], dict[str, int]]:
    """What is to be told now (`ours`), and how many every CSM was told already."""
    query = _TELLING.add_columns(_DROP.label("lost")).select_from(csms.joined(_BOTH))
    untold: list[Fallen] = []
    told: dict[str, int] = {}
    for row in connection.execute(query.where(alerts.c.week == week, _COUNTS, alerts.c.told_at.is_not(None))):
        if row.id in ours:
            untold.append(Fallen(row.id, row.csm, float(row.lost), row.again))
        else:
            told[row.csm] = told.get(row.csm, 0) + 1
    return untold, told


def newer_is_open() -> ColumnElement[bool]:
    """Whether the customer has a newer alert that is open: that one speaks for the customer."""
    of = and_(_NEWER.c.customer_id == alerts.c.customer_id, _NEWER.c.week > alerts.c.week)
    return exists().where(of, _NEWER.c.done_at.is_(None))


def _put(connection: Connection, intents: Sequence[Intent], now: datetime) -> None:
    """Messages, and which alerts they have rows of."""
    put(connection, intents, now)
    for one in intents:
        _note(connection, one.key, outreach.told_of(one))


def _note(connection: Connection, message: str, ids: Sequence[int]) -> None:
    add_all_once(connection, alert_messages, [{"alert_id": one, "message": message[:255]} for one in ids])


def _redraw(connection: Connection, ids: Iterable[int], event: str, pressed: str, now: datetime) -> None:
    """Every message with a row of one of these is drawn anew, unless it was `pressed` and answered so already."""
    sent = (State.DONE.value, State.SENDING.value, State.UNKNOWN.value)  # what has not left will say what is true then
    query = select(outbox.c.id, outbox.c.key, outbox.c.lane, outbox.c.result).where(outbox.c.state.in_(sent))
    found: dict[str, Any] = {}
    for one in sorted(ids):
        of = select(alert_messages.c.message).where(alert_messages.c.alert_id == one)
        found |= {row.key: row for row in connection.execute(query.where(outbox.c.key.in_(of)))}
    put(
        connection,
        [
            outreach.changed(row.id, row.key, row.lane, event, pressed)
            for row in found.values()
            if not (pressed and f"{row.result}/".startswith(f"{pressed}/"))
        ],
        now,
    )


def _close_older(connection: Connection, alert: Alert, values: dict[str, Any], change: Change, now: datetime) -> None:
    """What came of the newest fall is what came of those before it."""
    older = update(alerts).where(alerts.c.customer_id == alert.customer_id, alerts.c.done_at.is_(None))
    older = older.where(alerts.c.week < weeks.number(alert.week)).values(values).returning(alerts.c.id)
    _redraw(connection, set(connection.scalars(older)), change.key, change.pressed, now)


def _change(
    connection: Connection, change: Change, values: dict[str, Any], now: datetime, may: Callable[[Alert], bool]
) -> Alert:
    """The alert afterwards. Closed ones stay as they are, and so does one for an input that was heard before."""
    alert = _locked(connection, change.alert_id)
    if not captures.is_first(connection, change.key, now) or not alert.is_open or not may(alert):
        return alert
    connection.execute(update(alerts).where(alerts.c.id == alert.id).values(values))
    _redraw(connection, [alert.id], change.key, change.pressed, now)
    return _several(connection, _ALL.where(alerts.c.id == alert.id))[0]


def _locked(connection: Connection, alert_id: int) -> Alert:
    """On PostgreSQL somebody who presses at the same moment waits here."""
    row = connection.execute(_ONE.with_for_update(of=alerts), {"which": alert_id}).first()
    if row is None:
        raise AlertGone()
    return _alert(row)


def _waits(now: datetime) -> ColumnElement[bool]:
    awake = or_(alerts.c.snoozed_until.is_(None), alerts.c.snoozed_until <= now)
    return and_(alerts.c.done_at.is_(None), awake)


def _theirs(reader: Reader) -> ColumnElement[bool]:
    """Of customers whose CSM is `reader`, as `Records.of_csm` finds them; and what they claimed."""
    return or_(alerts.c.claimed_by == reader.id, csm_is(reader))


def _several(connection: Connection, query: Select[Any]) -> list[Alert]:
    return [_alert(row) for row in connection.execute(query)]


def _alert(row: Any) -> Alert:
    return Alert(
        row.id,
        row.customer_id,
        row.customer,
        _csm(row.head, row.csm_email),
        weeks.start(row.week),
        row.before,
        row.active,
        row.created_at,
        row.claimed_by or "",
        row.claimed_at,
        row.snoozed_by or "",
        row.snoozed_until,
        row.done_by or "",
        row.done_at,
        row.note,
        Week(weeks.start(row.later), row.then) if row.then is not None else None,
    )


@lru_cache(maxsize=1024)
def _csm(head: str, email: str | None) -> Person | None:
    """The CSM as the document writes them, with the address that another document has for the same name."""
    named = orjson.loads(head).get("csm")
    return Person(named.get("name"), named.get("email") or email, named.get("handle")) if named else None
