"""What is said regularly without being asked: renewals that come near, product's queue, usage data that is late."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from customers import weeks
from customers.intents import TEAM, Intent
from customers.schedule import Daily, Occasion, Weekly, instant
from customers.scope import All
from customers.timetable import NOTHING, Found, Plan, Slot, SlotStore
from customers.usage import Reach

BEFORE = (90, 60, 30, 7)  # days before a renewal on which the CSM is told (customer document, "Renewal Playbook")
MORNING = time(9)
QUEUE_AT = time(10)  # "Product reviews weekly" (customer document, "Feature Requests")
PATIENCE = timedelta(hours=12)  # after the weekly check, until usage that is not there counts as late
AGAIN = timedelta(hours=1)  # how often it is looked within one day: documents change
MISSED = 31  # days of downtime that are told one by one
RENEWAL, RENEWALS, QUEUE, FEED = "renewal", "renewals", "product_queue", "feed_late"
_SCOPE = All("rhythm")


@dataclass(frozen=True, slots=True)
class Renewing:
    """A customer whose contract is renewed on that day."""

    customer_id: int
    renewal: date


class RenewalStore(Protocol):
    """Whose renewal falls on one of these days; neither internal nor churned ones."""

    async def renewing(self, scope: All, days: Sequence[date]) -> list[Renewing]: ...


class FeedStore(Protocol):
    """How far the usage feed reaches."""

    async def reach(self, scope: All) -> Reach: ...


@dataclass(slots=True)
class Renewals:
    """Every morning: whose renewal is 90, 60, 30 or 7 days away. A renewal that is moved counts from its new day."""

    store: RenewalStore
    slots: SlotStore
    zone: ZoneInfo
    kind: str = RENEWALS
    _looked: datetime | None = None
    _day: str = ""
    _over: set[str] = field(default_factory=set)

    async def look(self, now: datetime, born: datetime) -> Found:
        """Reminders of this morning, and those of mornings that nobody was there."""
        morning = Daily(MORNING, self.zone).latest(now)
        if self._day == morning.key and self._looked and abs(now - self._looked) < AGAIN:
            return NOTHING
        late = [] if self._day == morning.key else await self._missed(morning, now)
        due = await self._of(morning.day, now)
        if self._day != morning.key:
            due.append(Slot(RENEWALS, morning.key, morning.due))  # so that the next process knows up to when
        self._looked, self._day = now, morning.key
        return Found(tuple(due), tuple(late))

    def done(self, slots: Sequence[Slot]) -> None:
        self._over = {slot.key for slot in slots} | (self._over if len(self._over) < 10_000 else set())

    def forget(self) -> None:
        self._looked, self._day = None, ""
        self._over.clear()

    async def coming(self, now: datetime) -> list[tuple[str, datetime]]:
        return [("", Daily(MORNING, self.zone).next(now).due)]

    async def _missed(self, morning: Occasion, now: datetime) -> list[Slot]:
        last = await self.slots.latest(_SCOPE, RENEWALS)
        if last is None:
            return []
        served = last.astimezone(self.zone).date()
        gone = [served + timedelta(days=at) for at in range(1, (morning.day - served).days)][-MISSED:]
        return [slot for day in gone for slot in await self._of(day, now)]

    async def _of(self, day: date, now: datetime) -> list[Slot]:
        """The reminders of one day that nobody gave yet."""
        left = {day + timedelta(days=days): days for days in BEFORE}
        found = {_key(one, left[one.renewal]): one for one in await self.store.renewing(_SCOPE, sorted(left))}
        fresh = [key for key in found if key not in self._over]
        used = await self.slots.used(_SCOPE, RENEWAL, fresh, now) if fresh else set()
        self._over |= used
        due = instant(day, MORNING, self.zone)
        return [
            Slot(RENEWAL, key, due, (_reminder(found[key], left[found[key].renewal]),))
            for key in fresh
            if key not in used
        ]


def _key(one: Renewing, days: int) -> str:
    return f"{one.customer_id}:{one.renewal.isoformat()}:{days}"


def _reminder(one: Renewing, days: int) -> Intent:
    about: dict[str, int | str] = {"customer": one.customer_id, "renewal": one.renewal.isoformat(), "days": days}
    key = f"{RENEWAL}:{_key(one, days)}"
    return Intent(RENEWAL, key, f"csm:{one.customer_id}", about, one.customer_id)


@dataclass(frozen=True, slots=True)
class QueuePlans:
    """Product's queue, every Monday; nothing is said when it is empty by then. `channel` may be TEAM."""

    channel: str
    zone: ZoneInfo
    kind: str = QUEUE

    async def version(self) -> Hashable:
        return self.channel

    async def plans(self) -> Sequence[Plan]:
        return [Plan("", Weekly(0, QUEUE_AT, self.zone), self._intents)]

    def _intents(self, occasion: Occasion) -> Sequence[Intent]:
        return [Intent(QUEUE, f"{QUEUE}:{occasion.key}", self.channel, {"channel": self.channel})]


@dataclass(slots=True)
class FeedWatch:
    """Tells the team once a week that the finished week's usage has not come.

    Where none ever came it is told only when a query is `asked` and that failed or found nothing: nobody expects a feed
    that was never set up.
    """

    store: FeedStore
    slots: SlotStore
    check: Weekly
    asked: bool = False
    name: str = "usage feed"
    _looked: datetime | None = None

    async def run(self, now: datetime) -> None:
        """Looks once an hour, half a day after the weekly check."""
        if self._looked and abs(now - self._looked) < AGAIN:
            return
        self._looked = now
        occasion = self.check.latest(now - PATIENCE)
        finished = weeks.number(occasion.day) - 1
        reach = await self.store.reach(_SCOPE)
        if not is_late(reach, finished) or (reach.last_week is None and not self._was_asked(reach)):
            return
        label = weeks.label(weeks.start(finished))
        about: dict[str, int | str] = {"channel": TEAM, "week": finished}
        intents = [Intent(FEED, f"{FEED}:{label}", TEAM, about)]
        await self.slots.take(_SCOPE, FEED, label, occasion.due + PATIENCE, now, intents)

    def _was_asked(self, reach: Reach) -> bool:
        return self.asked and (reach.failed is not None or reach.pulled is not None)


def is_late(reach: Reach, finished: int) -> bool:
    """Whether the feed has not brought that week."""
    return reach.last_week is None or reach.last_week < finished
