"""A channel's subscription to the weekly risk digest: when it comes, whom it speaks of, and why it may be paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from customers.model import Tier
from customers.people import Reader
from customers.schedule import Occasion, Weekly

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CSMS = 100  # of one subscription; what a menu of Slack holds


@dataclass(frozen=True, slots=True)
class Csm:
    """A CSM as documents name one: `key` is the folded address, else the folded name or handle."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form says. No tiers or CSMs mean all of them."""

    weekday: int
    at: time
    zone: ZoneInfo
    tiers: tuple[Tier, ...] = ()
    csms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subscription:
    """One channel's digest. Times are aware UTC; `csms` are keys of CSMs.

    Occasions before `since` are none of its. `paused_by` is empty when Dossier paused it by itself. `unknown_zone` is
    the name of a zone that is not known here; UTC stands for it until somebody chooses another one.
    """

    channel: str
    weekday: int
    at: time
    zone: ZoneInfo
    tiers: tuple[Tier, ...]
    csms: tuple[str, ...]
    since: datetime
    created_by: str
    changed_at: datetime
    paused_at: datetime | None = None
    paused_by: str | None = None
    paused_why: str = ""
    unknown_zone: str = ""

    @cached_property
    def rule(self) -> Weekly:
        """When it comes."""
        return Weekly(self.weekday, self.at, self.zone)

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def next(self, now: datetime) -> Occasion:
        """Its next occasion, paused or not."""
        return self.rule.next(now)

    @property
    def words(self) -> str:
        """`Mondays at 09:00 (Europe/Berlin)`."""
        zone = f"{self.unknown_zone}, a time zone that is not known here" if self.unknown_zone else str(self.zone)
        return f"{DAYS[self.weekday]}s at {self.at:%H:%M} ({zone})"

    def about(self, names: Sequence[Csm]) -> str:
        """Whom it speaks of: `Enterprise and Growth, customers of Maya Okafor`."""
        known = {one.key: one.name for one in names}
        tiers = listed([one.value for one in self.tiers])
        csms = listed([known.get(key, key) for key in self.csms])
        told = f"{tiers} customers" if tiers else "all customers" if not csms else "customers"
        return f"{told} of {csms}" if csms else told


def keys_of(reader: Reader) -> tuple[str, ...]:
    """What documents may call this person when they name them as a CSM; see `Csm`."""
    address, name = (reader.email or "").casefold(), (reader.name or "").casefold()
    return tuple(filter(None, (address, name, f"@{reader.handle.casefold()}" if reader.handle else "")))


def listed(words: Sequence[str], most: int = 5) -> str:
    """`a, b and c`; of many the first and how many more."""
    if len(words) > most:
        return f"{', '.join(words[: most - 1])} and {len(words) - most + 1} more"
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def occasion_words(occasion: Occasion, zone: ZoneInfo) -> str:
    """`Mon 2026-11-23 09:00`, by its zone."""
    local = occasion.due.astimezone(zone)
    return f"{DAYS[local.weekday()][:3]} {local:%Y-%m-%d %H:%M}"
