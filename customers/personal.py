"""What a person may set for themselves, and what has changed since they last looked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from customers.facts import RULES_VERSION, Colour
from customers.glance import Checked
from customers.people import Reader
from customers.preferences import Dates, Preferences, Quiet, zone_of
from customers.scope import All
from customers.weeks import number, start


class PreferenceStore(Protocol):
    """One row a person; `storage` fulfils it."""

    async def of(self, scope: All, person: str) -> Preferences: ...

    async def opened(self, scope: All, person: str, now: datetime) -> Preferences: ...

    async def keep(self, scope: All, person: str, quiet: Quiet | None, zone: str, dates: Dates) -> None: ...

    async def colours(self, scope: All, week: int, ids: tuple[int, ...]) -> dict[int, tuple[Colour, int]]:
        """(colour, version of the rules) of these customers in the snapshot of that week."""
        ...


@dataclass(frozen=True, slots=True)
class Mine:
    """A person's preferences with the zone that holds for them; `since` is when they opened Home before this time."""

    preferences: Preferences
    zone: ZoneInfo
    since: datetime | None


class Personal:
    """The façade. `now` is aware UTC; `zone` is the team's."""

    def __init__(self, store: PreferenceStore, zone: ZoneInfo) -> None:
        self._store = store
        self._zone = zone

    async def of(self, reader: Reader) -> Mine:
        """What `reader` set."""
        return self._mine(await self._store.of(All("preferences"), reader.id), reader)

    async def opened(self, reader: Reader, now: datetime) -> Mine:
        """The same, and remembers that `reader` opened the Home tab."""
        return self._mine(await self._store.opened(All("preferences"), reader.id, now), reader)

    async def save(self, reader: Reader, quiet: Quiet | None, zone: str, dates: Dates) -> None:
        """Keeps what `reader` set; saying the same twice changes nothing."""
        await self._store.keep(All("preferences"), reader.id, quiet, zone, dates)

    async def quiet_until(self, person: str, now: datetime) -> datetime | None:
        """When a person in quiet hours may be told something again; None when that is now."""
        return (await self._store.of(All("quiet hours"), person)).quiet_until(now, self._zone)

    async def checked_by(self, moment: datetime, ids: tuple[int, ...]) -> dict[int, Checked]:
        """How the weekly check found these customers in the newest week that was complete at `moment`.

        Only where today's rules judged, so that a change of the rules is never told as one of the customer.
        """
        week = number(moment.astimezone(self._zone).date()) - 1
        found = await self._store.colours(All("home"), week, ids)
        judged = {customer: colour for customer, (colour, version) in found.items() if version == RULES_VERSION}
        return {customer: Checked(colour, start(week)) for customer, colour in judged.items()}

    def _mine(self, preferences: Preferences, reader: Reader) -> Mine:
        zone = zone_of(preferences.zone, zone_of(reader.zone, self._zone))
        return Mine(preferences, zone, preferences.home_before)
