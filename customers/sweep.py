"""The weekly check: everybody is judged for the week that is over, and whose usage fell is told (customer document,
"Weekly Check"). Late or corrected usage is judged again; nobody is told twice.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from customers import weeks
from customers.facts import Colour, Thresholds
from customers.records import Card
from customers.schedule import LATE, Rule
from customers.scope import All, One
from customers.snapshots import KEPT, NAMES, Snapshot

_SCOPE = All("weekly check")


@dataclass(frozen=True, slots=True)
class Feed:
    """The usage feed: how many imports changed something that is judged (0: there is none), when the last of them did,
    and the Monday of the last week that was over when it came.
    """

    version: int
    at: datetime | None = None
    last_week: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What a judging goes by: the limits, the team's local date, the Monday of the last week that the feed brought.

    Who is judged now, as in `/health` and in a dry run, is judged by the newest week that came whole, as long as it is
    fresh by the limits. A week's snapshot, however, tells of that very week: `settled` leaves usage out, so that it is
    unknown, when the feed has not brought it. Otherwise the colours of the week before would be told as that week's.
    """

    limits: Thresholds
    today: date
    fed: date | None

    @property
    def week(self) -> date:
        """The Monday of the complete week that is judged."""
        return weeks.monday(self.today) - timedelta(weeks=1)

    @property
    def settled(self) -> "Day":
        """The same for a snapshot of that week."""
        return self if self.fed is not None and self.fed >= self.week else replace(self, fed=None)


@dataclass(frozen=True, slots=True)
class Judged:
    """The colour of one customer and its marks, as a snapshot would hold them."""

    customer_id: int
    name: str
    colour: Colour
    marks: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One customer under the limits of now and under others."""

    now: Judged
    then: Judged

    @property
    def changes(self) -> bool:
        """Whether the colour would be another."""
        return self.now.colour is not self.then.colour

    @property
    def names(self) -> tuple[str, ...]:
        """The indicators that would say something else."""
        both = zip(NAMES, self.now.marks, self.then.marks, strict=False)
        return tuple([name for name, now, then in both if now != then])


class SweepStore(Protocol):
    """Everybody judged in chunks of customers by id, one transaction a chunk."""

    async def feed(self, scope: All) -> Feed: ...

    async def is_checked(self, scope: All, key: str) -> bool: ...

    async def judge(self, scope: All, day: Day, now: datetime) -> None: ...

    async def checked(self, scope: All, key: str, due: datetime, now: datetime) -> bool: ...

    async def judged(self, scope: All, day: Day, after: int, now: datetime) -> tuple[list[Judged], int | None]: ...

    async def history(self, scope: One, limit: int) -> tuple[Snapshot, ...]: ...

    async def forget(self, scope: All, before: date) -> int: ...


class Teller(Protocol):
    """Tells the alerts of a week (its Monday) that were not told yet; when `late` it says so once and sends none."""

    async def tell(self, week: date, now: datetime, late: bool) -> None: ...


class Nobody:
    """A teller for where nobody is told, such as a dry run."""

    async def tell(self, week: date, now: datetime, late: bool) -> None:
        """Says nothing."""


class Sweep:
    """The façade. `rule` says when the week is checked; `now` is aware UTC."""

    def __init__(self, store: SweepStore, alerts: Teller, rule: Rule, limits: Thresholds, zone: ZoneInfo) -> None:
        self._store = store
        self._alerts = alerts
        self._rule = rule
        self._limits = limits
        self._zone = zone
        self._done = ""  # the check that is known to be done, so that most ticks ask nothing but the feed

    async def check(self, now: datetime) -> bool:
        """Judges the week that is over, once for each state of the usage feed; True when it was done now.

        Not before the weekly time of this week, nor before the feed holds that week, unless it is a day late or
        there is no feed at all; then all that rests on usage is unknown.
        """
        today = now.astimezone(self._zone).date()
        occasion = self._rule.latest(now)
        if weeks.monday(occasion.day) != weeks.monday(today):
            return False
        feed = await self._store.feed(_SCOPE)
        day = Day(self._limits, today, feed.last_week)
        ready = _ready(feed, day.week, occasion.due)
        key = f"{weeks.label(day.week)}:{feed.version}"
        if now < ready or key == self._done:
            return False
        if fresh := not await self._store.is_checked(_SCOPE, key):
            await self._store.judge(_SCOPE, day.settled, now)
            # told before the check counts as done: after a crash in between it is done again, and tells who is left
            await self._alerts.tell(day.week, now, now - ready > LATE)
            await self._store.checked(_SCOPE, key, ready, now)
        self._done = key
        return fresh

    async def history(self, customer_id: int, limit: int = 12) -> tuple[Snapshot, ...]:
        """The last weeks of a customer, newest first."""
        return await self._store.history(One(customer_id), limit)

    async def aged(self, card: Card) -> Card:
        """The card with its last weeks, for a trend."""
        return replace(card, past=await self.history(card.record.customer_id))

    async def forget(self, now: datetime) -> int:
        """Drops snapshots that are older than two years; how many they were."""
        return await self._store.forget(All("retention"), now.date() - timedelta(weeks=KEPT))

    async def dry_run(self, limits: Thresholds, now: datetime) -> AsyncIterator[Sequence[Compared]]:
        """Everybody who counts as a customer, judged under the limits of now and under `limits`; chunk by chunk."""
        scope, today = All("dry run"), now.astimezone(self._zone).date()
        fed = (await self._store.feed(scope)).last_week
        after: int | None = 0
        while after is not None:
            before, _ = await self._store.judged(scope, Day(self._limits, today, fed), after, now)
            others, after = await self._store.judged(scope, Day(limits, today, fed), after, now)
            then = {one.customer_id: one for one in others}
            yield [Compared(one, then[one.customer_id]) for one in before if one.customer_id in then]


def _ready(feed: Feed, week: date, due: datetime) -> datetime:
    """From when that week can be checked: as soon as the feed has it, a day after the weekly time without."""
    if feed.version == 0:
        return due
    if feed.at is not None and feed.last_week is not None and feed.last_week >= week:
        return max(due, feed.at)
    return due + LATE
