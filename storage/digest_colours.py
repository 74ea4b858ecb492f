"""Colours that a digest tells: of its week beside the earlier one, with those set by hand and those corrected."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from customers.digest import Compared, Tally, Window, Worst
from customers.editions import Wanted
from customers.facts import Colour
from customers.judgements import Kind
from customers.model import Status, Tier
from storage import csms as people
from storage.tables import customers
from storage.watch_tables import judgements, snapshots

_BEFORE = snapshots.alias("earlier")
RANK = case(
    (customers.c.tier == Tier.ENTERPRISE.value, 0),
    (customers.c.tier == Tier.GROWTH.value, 1),
    (customers.c.tier == Tier.STARTUP.value, 2),
    else_=3,
)


def who(wanted: Wanted) -> ColumnElement[bool]:
    """Whom a digest speaks of."""
    # written so that SQLite leaves the index of everybody alone when there is a better one
    internal = customers.c.internal.is_distinct_from(True) if wanted.csms else customers.c.internal.is_(False)
    found = [internal, customers.c.status != Status.CHURNED.value]
    if wanted.tiers:
        found.append(customers.c.tier.in_([one.value for one in wanted.tiers]))
    if wanted.csms:
        found.append(people.have(wanted.csms))
    return and_(*found)


def among(wanted: Wanted) -> ColumnElement[bool]:
    """The same for snapshots. Few are left out when all are wanted, and to look for few costs half as much."""
    if wanted.tiers or wanted.csms:
        return snapshots.c.customer_id.in_(select(customers.c.id).where(who(wanted)))
    internal = select(customers.c.id).where(customers.c.internal.is_(True))
    churned = select(customers.c.id).where(
        customers.c.internal.is_(False), customers.c.status == Status.CHURNED.value
    )  # fmt: skip
    return snapshots.c.customer_id.not_in(internal.union_all(churned))


def coloured(connection: Connection, wanted: Wanted, window: Window, week: int) -> tuple[Worst, Tally]:
    """Everybody's colour is counted; only who has another one, or was judged by other rules, is read.

    Whose earlier colour was corrected since the channel was told it is compared with what it was told.
    """
    counted = {
        colour: func.sum(case((snapshots.c.colour == colour.value, 1), else_=0)).label(colour.value)
        for colour in Colour
    }
    query = select(*counted.values()).where(snapshots.c.week == week, among(wanted))
    totals = dict(zip(counted, (int(one or 0) for one in connection.execute(query).one()), strict=True))
    set_by_hand = list(connection.execute(_by_hand(wanted, week)))
    worst = Worst(settled=window.is_settled, by_hand={row.customer_id: Colour(row.shown) for row in set_by_hand})
    for row in set_by_hand:
        totals[Colour(row.colour)] -= 1
        totals[Colour(row.shown)] += 1
        if row.at > window.since:
            worst.by_hand_since(Colour(row.shown))
    corrected = _corrected(connection, wanted, window)
    for row in connection.execute(_changed(wanted, window, week)).yield_per(1_000):
        if row.customer_id not in corrected:
            worst.add(row.customer_id, row.seats, row.colour, row.then, row.same, *row[5:])
    ids = list(corrected)
    for at in range(0, len(ids), 500):
        for row in connection.execute(_changed(wanted, window, week, ids[at : at + 500])):
            if (then := corrected[row.customer_id].value) != row.colour:
                worst.add(
                    row.customer_id,
                    row.seats,
                    row.colour,
                    then,
                    row.same,
                    row[5],
                    row[6],
                    row[7],
                    row[8],
                    corrected=True,
                )
    return worst, worst.tally(totals)


def _by_hand(wanted: Wanted, week: int) -> Select[Any]:
    """Whose colour was set by hand to another one than the computed, as long as it holds."""
    set_so = and_(judgements.c.kind == Kind.OVERRIDE.value, judgements.c.ended_at.is_(None))
    both = judgements.join(snapshots, snapshots.c.customer_id == judgements.c.customer_id)
    return (
        select(snapshots.c.customer_id, snapshots.c.colour, judgements.c.colour.label("shown"), judgements.c.at)
        .select_from(both)
        .where(set_so, judgements.c.until >= wanted.today, judgements.c.colour != snapshots.c.colour)
        .where(snapshots.c.week == week, among(wanted))
    )


def _everybody(connection: Connection, wanted: Wanted, week: int) -> dict[int, Colour]:
    query = select(snapshots.c.customer_id, snapshots.c.colour).where(snapshots.c.week == week, among(wanted))
    return {one: Colour(colour) for one, colour in connection.execute(query).yield_per(10_000)}


def _corrected(connection: Connection, wanted: Wanted, window: Window) -> dict[int, Colour]:
    """What the channel was told of whom the week is judged otherwise by now."""
    if not wanted.told or window.before is None:
        return {}
    judged_now = _everybody(connection, wanted, window.before)
    return {one: told for one, told in wanted.told.items() if judged_now.get(one, told) is not told}


def told_now(connection: Connection, wanted: Wanted, window: Window, week: int) -> dict[int, Colour]:
    """What the channel knows of everybody's colour once it has read this; what lacks usage is not settled."""
    if window.is_settled or window.before is None:
        return _everybody(connection, wanted, week)
    return dict(wanted.told) or _everybody(connection, wanted, window.before)


def _changed(wanted: Wanted, window: Window, week: int, only: Sequence[int] | None = None) -> Select[Any]:
    """The week's snapshots beside those of the earlier week, where the two differ, or of `only` these customers."""
    same = and_(_BEFORE.c.customer_id == snapshots.c.customer_id, _BEFORE.c.week == (window.before or 0))
    differs = or_(
        _BEFORE.c.colour.is_(None), _BEFORE.c.colour != snapshots.c.colour, _BEFORE.c.rules != snapshots.c.rules
    )
    if window.before is None:  # how things stand names nobody else
        differs = snapshots.c.colour.in_((Colour.RED.value, Colour.YELLOW.value))
    if only is not None:
        differs = snapshots.c.customer_id.in_(only)
    rows = (
        select(
            snapshots.c.customer_id,
            snapshots.c.seats,
            snapshots.c.colour,
            _BEFORE.c.colour.label("then"),
            (_BEFORE.c.rules == snapshots.c.rules).label("same"),
            snapshots.c.marks,
            _BEFORE.c.marks.label("marks_then"),
        )
        .select_from(snapshots.outerjoin(_BEFORE, same))
        .where(snapshots.c.week == week, differs, among(wanted))
        .subquery()
    )
    named = rows.join(customers, customers.c.id == rows.c.customer_id)
    columns = (rows.c.customer_id, rows.c.seats, rows.c.colour, rows.c.then, rows.c.same)
    return select(*columns, RANK, customers.c.sort_key, rows.c.marks, rows.c.marks_then).select_from(named)


def compared(connection: Connection, wanted: Wanted, week: int) -> Compared | None:
    """The same seats in both weeks: whoever lacks one of the two would pass for a change of everybody's."""
    known = and_(snapshots.c.active.is_not(None), snapshots.c.before.is_not(None))
    of = (snapshots.c.active, snapshots.c.before, snapshots.c.seats)
    both = [func.sum(case((known, one), else_=0)) for one in of]
    missing = func.sum(case((snapshots.c.active.is_(None), snapshots.c.seats), else_=0))
    query = select(*both, missing).where(snapshots.c.week == week, snapshots.c.seats > 0, among(wanted))
    found = [int(one or 0) for one in connection.execute(query).one()]
    return Compared(*found) if found[2] else None
