"""What a digest is made from and what was made of it: values between the façade, its store and its views."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from customers.alerts import Alert
from customers.digest import Material, Plan, Window
from customers.facts import Colour
from customers.intents import Intent
from customers.model import Tier
from customers.people import Reader
from customers.records import Card
from customers.requests import Request
from customers.scope import All
from customers.sla import Severity
from customers.subscriptions import Csm, Subscription


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a digest speaks of, and the team's dates of today and of the last one.

    `told` is everybody's colour as the channel was told it last; empty when it was told nothing.
    """

    tiers: tuple[Tier, ...]
    csms: tuple[str, ...]
    today: date
    since_day: date
    told: Mapping[int, Colour] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The last week that was judged, and the last one that the usage feed has (None: there is no such).

    `checked`: the weekly check of the week that was asked about has come to its end.
    """

    judged: int | None
    fed: int | None
    checked: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A message of a digest as it was composed: blocks of Slack, those that must stay, and the summary."""

    blocks: list[dict[str, Any]]
    more: list[dict[str, Any]]
    summary: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A digest that was made. The colours of `week` were told; the next one is compared with that week.

    `said` are its messages by number, as soon as they were composed: what is drawn anew says the same words.
    """

    key: str
    week: int
    plan: Plan
    at: datetime
    said: Mapping[int, Words] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BugRow:
    """An open bug as a digest shows it; `due_at` is aware UTC."""

    id: int
    title: str
    customer: str
    severity: Severity
    due_at: datetime
    issue: int | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One message of a digest with everything it shows, as it is at `now`. What is gone since is not there."""

    plan: Plan
    number: int
    now: datetime
    today: date
    zone: ZoneInfo
    about: str
    cards: Mapping[int, Card]
    bugs: Mapping[int, BugRow]
    requests: Mapping[int, Request]
    alerts: Mapping[int, Alert]
    names: Mapping[str, str] | None = None  # of the people whom rows name; without them they are mentioned

    @property
    def total(self) -> int:
        return len(self.plan.pages)


class DigestStore(Protocol):
    """Subscriptions, editions, and what they are made of; `storage` fulfils it."""

    async def find(self, scope: All, channel: str) -> Subscription | None: ...

    async def every(self, scope: All) -> list[Subscription]: ...

    async def version(self, scope: All) -> Hashable: ...

    async def save(self, scope: All, wanted: Subscription) -> None: ...

    async def pause(
        self, scope: All, channel: str, by: str, why: str, now: datetime, intents: Sequence[Intent] = ()
    ) -> bool: ...

    async def resume(self, scope: All, channel: str, now: datetime) -> bool: ...

    async def drop(self, scope: All, channel: str) -> bool: ...

    async def tell(self, scope: All, key: str, intents: Sequence[Intent], now: datetime) -> bool: ...

    async def edition(self, scope: All, channel: str, key: str) -> Edition | None: ...

    async def last(self, scope: All, channel: str, but: str = "") -> Edition | None:
        """The newest one of which the first message was posted: what was refused or given up has told nobody."""
        ...

    async def keep(self, scope: All, channel: str, edition: Edition) -> Edition: ...

    async def say(self, scope: All, channel: str, key: str, number: int, words: Words) -> Words:
        """Keeps the words of a message until the next digest is made; those that are kept already win."""
        ...

    async def bounds(self, scope: All, newest: int) -> Bounds: ...

    async def earlier(self, scope: All, newest: int, oldest: int) -> int | None: ...

    async def material(self, scope: All, wanted: Wanted, window: Window, now: datetime) -> Material: ...

    async def bugs(self, scope: All, ids: Sequence[int]) -> list[BugRow]: ...

    async def csms(self, scope: All) -> list[Csm]: ...

    async def names_version(self, scope: All) -> int: ...

    async def linked(self, scope: All, keys: Sequence[str]) -> set[str]:
        """Channels that are linked to current customers of this CSM; see `subscriptions.keys_of`."""
        ...


Cards = Callable[[Sequence[int], Reader, datetime], Awaitable[list[Card]]]
Wishes = Callable[[All, Sequence[int]], Awaitable[list[Request]]]
AlertsOf = Callable[[Sequence[int]], Awaitable[list[Alert]]]
