"""What people set for themselves, and when they opened their Home tab."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, select, update

from customers.facts import Colour
from customers.preferences import Dates, Preferences, Quiet
from customers.scope import All
from storage.upsert import add_once
from storage.watch_tables import preferences, snapshots
from storage.writer import Writer

_CLOCK = "%H:%M"


class PersonalPreferences:
    """One row a person; nobody has one until there is something to keep."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def of(self, scope: All, person: str) -> Preferences:
        """What is kept; the defaults for somebody of whom nothing is."""
        return await self._writer.read(lambda connection: _of(connection, person))

    async def opened(self, scope: All, person: str, now: datetime) -> Preferences:
        """Notes that the Home tab was opened, once a sitting; otherwise nothing is written."""
        kept = await self.of(scope, person)
        if kept.opened(now) == kept:
            return kept
        return await self._writer.run(lambda connection: _opened(connection, person, now))

    async def keep(self, scope: All, person: str, quiet: Quiet | None, zone: str, dates: Dates) -> None:
        """Overwrites what was set before."""
        values = {
            "quiet_from": f"{quiet.starts:{_CLOCK}}" if quiet else None,
            "quiet_to": f"{quiet.ends:{_CLOCK}}" if quiet else None,
            "zone": zone,
            "dates": dates.value,
        }
        await self._writer.run(lambda connection: _keep(connection, person, values))

    async def colours(self, scope: All, week: int, ids: tuple[int, ...]) -> dict[int, tuple[Colour, int]]:
        """(colour, version of the rules) of these customers in the snapshot of that week."""
        query = select(snapshots.c.customer_id, snapshots.c.colour, snapshots.c.rules)
        query = query.where(snapshots.c.week == week, snapshots.c.customer_id.in_(ids))
        rows = await self._writer.read(lambda connection: connection.execute(query).all())
        return {customer: (Colour(colour), rules) for customer, colour, rules in rows}


def _of(connection: Connection, person: str) -> Preferences:
    row = connection.execute(select(preferences).where(preferences.c.person == person)).first()
    return _read(row) if row else Preferences()


def _opened(connection: Connection, person: str, now: datetime) -> Preferences:
    opened = _of(connection, person).opened(now)
    _keep(connection, person, {"home_at": opened.home_at, "home_before": opened.home_before})
    return opened


def _keep(connection: Connection, person: str, values: dict[str, Any]) -> None:
    connection.execute(add_once(connection.dialect, preferences, {"person": person}))
    connection.execute(update(preferences).where(preferences.c.person == person).values(values))


def _read(row: Any) -> Preferences:
    quiet = None
    if row.quiet_from and row.quiet_to:
        quiet = Quiet(time.fromisoformat(row.quiet_from), time.fromisoformat(row.quiet_to))
    return Preferences(
        quiet,
        row.zone,
        next((one for one in Dates if one.value == row.dates), Dates.ISO),  # a language that is no longer offered
        row.home_at,
        row.home_before,
    )
