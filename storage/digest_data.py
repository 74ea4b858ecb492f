"""What a digest is made of: a few statements over all customers, of which only the rows that are told come back.

Two weeks of snapshots are merged by (week, customer), which is their order on disk. Internal and churned customers are
counted nowhere. Everything is ordered so that the worst comes first: the larger contract tier, then the more seats.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
)  # fmt: skip

from customers import weeks
from customers.digest import (
    DAYS_BEFORE,
    DRAWN,
    MOST,
    SOON,
    Lines,
    Material,
    Point,
    Section,
    Tally,
    Window,
    Worst,
)
from customers.editions import Bounds, BugRow, Wanted
from customers.facts import Colour
from customers.model import Status
from customers.requests import ENOUGH
from customers.requests import Status as RequestStatus
from customers.sla import Severity
from customers.subscriptions import Csm
from storage import csms as people
from storage.alerts import newer_is_open
from storage.digest_colours import RANK, among, coloured, compared, told_now
from storage.digest_colours import who as of_digest
from storage.sweep import KIND as USAGE_CHECK
from storage.tables import bugs, changes, channel_links, customers, feature_evidence, features, feeds, usage
from storage.watch_tables import alerts, slots, snapshots

_CURRENT = and_(customers.c.internal.is_(False), customers.c.status != Status.CHURNED.value)


def bounds(connection: Connection, newest: int) -> Bounds:
    """See `Bounds`."""
    fed = connection.scalar(select(feeds.c.last_week).where(feeds.c.kind == "usage"))
    checks = select(func.count()).select_from(slots).where(
        slots.c.kind == USAGE_CHECK, slots.c.key.startswith(f"{weeks.label(weeks.start(newest))}:")
    )  # fmt: skip
    return Bounds(judged(connection, newest, 0), fed, bool(connection.scalar(checks)))


def judged(connection: Connection, newest: int, oldest: int) -> int | None:
    """The last judged week between the two."""
    query = select(func.max(snapshots.c.week)).where(snapshots.c.week <= newest, snapshots.c.week >= oldest)
    found: int | None = connection.scalar(query)
    return found


def material(connection: Connection, wanted: Wanted, window: Window, now: datetime) -> Material:
    """See `Material`."""
    who, worst, counts, points = of_digest(wanted), Worst(), Tally(), tuple[Point, ...]()
    same_seats, known = None, dict[int, Colour]()
    if window.week is not None:
        worst, counts = coloured(connection, wanted, window, window.week)
        points, same_seats = _adoption(connection, wanted, window.week), compared(connection, wanted, window.week)
        known = told_now(connection, wanted, window, window.week)
    lines = worst.lines()
    told = [row for one in lines if one.section in (Section.RED, Section.YELLOW) for row in one.ids]
    lines += [_drops(connection, who, window, now, worst.at_risk), _unclaimed(connection, who, window, now)]
    lines.append(_bugs(connection, who, window, now))
    lines += [_renewals(connection, who, window, wanted), _requests(connection, who, window)]
    attached = _attached(connection, told, window, now)
    return Material(window, counts, tuple(lines), points, attached, worst.changes(), known, same_seats)


def _lines(connection: Connection, section: Section, ordered: Select[Any]) -> Lines:
    """The first rows of a section; they are counted only when there are more."""
    most = MOST[section]
    ids = tuple(connection.scalars(ordered.limit(most + 1)).all())
    if len(ids) <= most:
        return Lines(section, ids, len(ids))
    total = connection.scalar(select(func.count()).select_from(ordered.order_by(None).subquery()))
    return Lines(section, ids[:most], int(total or 0))


def _open(now: datetime) -> ColumnElement[bool]:
    """Alerts that somebody may still take or is at; a snoozed one rests."""
    return and_(alerts.c.done_at.is_(None), or_(alerts.c.snoozed_until.is_(None), alerts.c.snoozed_until <= now))


_ALERTS = select(alerts.c.id).select_from(alerts.join(customers, customers.c.id == alerts.c.customer_id))
_LOST = (alerts.c.before - alerts.c.active).desc()


def _drops(
    connection: Connection, who: ColumnElement[bool], window: Window, now: datetime, told: Collection[int]
) -> Lines:
    """Drops of the week, the steepest first, of customers of whom nothing worse is `told` already."""
    if _told(window):
        return Lines(Section.DROPS, (), 0)
    query = _ALERTS.add_columns(alerts.c.customer_id).where(_open(now), who, alerts.c.week == window.week)
    rows = connection.execute(query.order_by(RANK, _LOST, alerts.c.id))
    ids = [alert for alert, customer in rows if customer not in told]
    return Lines(Section.DROPS, tuple(ids[: MOST[Section.DROPS]]), len(ids))


def _unclaimed(connection: Connection, who: ColumnElement[bool], window: Window, now: datetime) -> Lines:
    """Older alerts that nobody claimed, the oldest first; the newest open one speaks for its customer."""
    week = window.week or 0
    older = alerts.c.week <= week if _told(window) else alerts.c.week < week
    query = _ALERTS.where(_open(now), who, older, alerts.c.claimed_by.is_(None), ~newer_is_open())
    return _lines(connection, Section.ALERTS, query.order_by(alerts.c.week, RANK, _LOST, alerts.c.id))


def _told(window: Window) -> bool:
    """Whether the last digest spoke of the same week already."""
    return window.before == window.week


def _attached(connection: Connection, told: Sequence[int], window: Window, now: datetime) -> dict[int, int]:
    if not told or _told(window):
        return {}
    query = select(alerts.c.customer_id, alerts.c.id).where(alerts.c.customer_id.in_(told))
    query = query.where(_open(now), alerts.c.week == window.week)
    return {row.customer_id: row.id for row in connection.execute(query)}


def _bugs(connection: Connection, who: ColumnElement[bool], window: Window, now: datetime) -> Lines:
    """Those that fell due since the last digest, or will before long, by due time; older ones are told by /bugs."""
    both = bugs.join(customers, customers.c.id == bugs.c.customer_id)
    due = and_(bugs.c.due_at > window.since, bugs.c.due_at <= now + SOON)
    since = bugs.c.due_at <= now + SOON if window.first else due
    query = (
        select(bugs.c.id).select_from(both).where(bugs.c.closed_at.is_(None), bugs.c.paused_at.is_(None), since, who)
    )
    return _lines(connection, Section.BUGS, query.order_by(bugs.c.due_at, bugs.c.id))


def _renewals(connection: Connection, who: ColumnElement[bool], window: Window, wanted: Wanted) -> Lines:
    """Said when 90, 60, 30 or 7 days before began since the last digest, or when it or the customer is new here."""
    today, last = wanted.today, wanted.since_day
    longest = today + timedelta(days=max(DAYS_BEFORE))
    entered = [_between(last + timedelta(days=days), today + timedelta(days=days)) for days in DAYS_BEFORE]
    new = or_(customers.c.first_seen > window.since, _moved(window, wanted))
    said = true() if window.first else or_(new, *entered)
    query = select(customers.c.id).where(customers.c.renewal >= today, customers.c.renewal <= longest, said, who)
    return _lines(connection, Section.RENEWALS, query.order_by(customers.c.renewal, customers.c.id))


def _moved(window: Window, wanted: Wanted) -> ColumnElement[bool]:
    """Renewals on another day than the last digest knew, and of customers who were nobody's that it spoke of then."""
    fields = ["Renewal", *(["CSM"] if wanted.csms else []), *(["Tier"] if wanted.tiers else [])]
    told = or_(*(changes.c.what.startswith(f"{field}: ") for field in fields))  # as `customers.changes` says it
    said = exists().where(changes.c.customer_id == customers.c.id, changes.c.at > window.since, told)
    return and_(customers.c.changed_at > window.since, said)


def _between(after: date, until: date) -> ColumnElement[bool]:
    return and_(customers.c.renewal > after, customers.c.renewal <= until)


def _requests(connection: Connection, who: ColumnElement[bool], window: Window) -> Lines:
    """Those that came to be wanted by two customers since the last digest (customer document: "prioritize")."""
    of = feature_evidence.c.customer_id == customers.c.id
    recent = select(feature_evidence.c.feature_id).where(feature_evidence.c.at > window.since)
    first = func.min(feature_evidence.c.at).label("first")
    wishes = (
        select(feature_evidence.c.feature_id, feature_evidence.c.customer_id, first)
        .where(feature_evidence.c.feature_id.in_(recent), of, _CURRENT)
        .group_by(feature_evidence.c.feature_id, feature_evidence.c.customer_id)
        .subquery()
    )
    before = func.sum(case((wishes.c.first <= window.since, 1), else_=0))
    enough = (
        select(wishes.c.feature_id)
        .group_by(wishes.c.feature_id)
        .having(func.count() >= ENOUGH, before < ENOUGH)
    )  # fmt: skip
    theirs = select(feature_evidence.c.feature_id).where(of, who, feature_evidence.c.feature_id.in_(recent))
    over = (RequestStatus.SHIPPED.value, RequestStatus.DECLINED.value)
    query = select(features.c.id).where(
        features.c.id.in_(enough), features.c.id.in_(theirs), features.c.merged_into.is_(None),
        features.c.status.not_in(over),
    )  # fmt: skip
    return _lines(connection, Section.REQUESTS, query.order_by(features.c.customers_count.desc(), features.c.id))


def _adoption(connection: Connection, wanted: Wanted, week: int) -> tuple[Point, ...]:
    """Users and seats of the last weeks, of those of whom both are known.

    Weeks before the first judgement come from the usage feed, with the seats of that judgement.
    """
    drawn = range(week - DRAWN + 1, week + 1)
    told = (
        select(snapshots.c.week, func.sum(snapshots.c.active), func.sum(snapshots.c.seats))
        .where(snapshots.c.week.in_(drawn), snapshots.c.active.is_not(None), snapshots.c.seats > 0, among(wanted))
        .group_by(snapshots.c.week)
    )
    rows = list(connection.execute(told))
    first = connection.scalar(select(func.min(snapshots.c.week)).where(snapshots.c.week >= drawn.start)) or week
    if first > drawn.start:
        whole = select(feeds.c.last_week).where(feeds.c.kind == "usage").scalar_subquery()
        of = and_(usage.c.customer_id == snapshots.c.customer_id, usage.c.week >= drawn.start, usage.c.week < first)
        fed = (
            select(usage.c.week, func.sum(usage.c.active), func.sum(snapshots.c.seats))
            .select_from(snapshots.join(usage, of))
            .where(snapshots.c.week == first, snapshots.c.seats > 0, usage.c.week <= whole, among(wanted))
            .group_by(usage.c.week)
        )
        rows += connection.execute(fed)
    return tuple(Point(number, int(active), int(seats)) for number, active, seats in sorted(map(tuple, rows)))


def bug_rows(connection: Connection, ids: Sequence[int]) -> list[BugRow]:
    """What of these bugs is still open."""
    both = bugs.join(customers, customers.c.id == bugs.c.customer_id)
    query = select(bugs, customers.c.name.label("customer")).select_from(both)
    query = query.where(bugs.c.id.in_(ids), bugs.c.closed_at.is_(None), _CURRENT).order_by(bugs.c.due_at, bugs.c.id)
    return [
        BugRow(row.id, row.title, row.customer, Severity(row.severity), row.due_at, row.issue_number, row.issue_url)
        for row in connection.execute(query)
    ]


def csms(connection: Connection) -> list[Csm]:
    """Everybody whom a current customer names, as one of their customers' documents writes the name."""
    key = people.IDENTITY
    query = select(key.label("key"), people.FOUND_BY.label("one")).select_from(people.joined(customers))
    found = {row.one: row.key for row in connection.execute(query.where(_CURRENT, key.is_not(None)).group_by(key))}
    heads = select(customers.c.id, customers.c.csm_name, customers.c.head).where(customers.c.id.in_(found))
    named = [Csm(found[one], _name(head) or found[one]) for one, _, head in connection.execute(heads)]
    return sorted(named, key=lambda one: one.name.casefold())


def linked(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Channels that are linked to current customers of this CSM."""
    both = channel_links.join(customers, customers.c.id == channel_links.c.customer_id)
    query = select(channel_links.c.channel).select_from(both)
    current = customers.c.status != Status.CHURNED.value
    return set(connection.scalars(query.where(current, people.have(keys))))


def _name(head: str) -> str | None:
    csm = orjson.loads(head).get("csm") or {}
    return csm.get("name") or csm.get("email")
