"""What recurs by itself: plans of one kind, kept in memory until one is due, and slots that decide who does it.

Only the latest occasion of a plan counts. Not older than a day it is taken, together with what it sends; older ones are
skipped and told. A tick with nothing due compares one instant, and asks one cheap question: whether plans have changed.
"""

import heapq
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from customers.intents import Intent
from customers.schedule import Occasion, Rule
from customers.scope import All

BACK = timedelta(minutes=5)  # a clock that goes back further is not one that was merely corrected


class SlotState(StrEnum):
    """Whether the occasion was used."""

    TAKEN = "taken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Slot:
    """One occasion of one plan; `intents` leave with it."""

    kind: str
    key: str
    due: datetime
    intents: Sequence[Intent] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One thing that recurs. `prefix` tells it from others of its kind (`C123`); empty when there is only one.

    `since`: earlier occasions are none of its; not given, since Dossier first ran here.
    """

    prefix: str
    rule: Rule
    intents: Callable[[Occasion], Sequence[Intent]]
    since: datetime | None = None

    def key(self, occasion: Occasion) -> str:
        """`C123:2026-W48`."""
        return f"{self.prefix}:{occasion.key}" if self.prefix else occasion.key


class Plans(Protocol):
    """All plans of a kind."""

    @property
    def kind(self) -> str: ...

    async def version(self) -> Hashable:
        """Something cheap that is another when plans have changed."""

    async def plans(self) -> Sequence[Plan]: ...


class SlotStore(Protocol):
    """Who goes first."""

    async def take(
        self, scope: All, kind: str, key: str, due: datetime, now: datetime, intents: Sequence[Intent] = ()
    ) -> bool: ...

    async def take_all(self, scope: All, slots: Sequence[Slot], now: datetime) -> int: ...

    async def skip_all(self, scope: All, slots: Sequence[Slot], now: datetime, told: Sequence[Intent]) -> int: ...

    async def skipped(self, scope: All, at: datetime, limit: int) -> list[Slot]: ...

    async def used(self, scope: All, kind: str, keys: Sequence[str], now: datetime) -> set[str]: ...

    async def latest(self, scope: All, kind: str) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What one look came to; whoever looked tells `done` when it is stored."""

    due: tuple[Slot, ...]
    late: tuple[Slot, ...]


NOTHING = Found((), ())


class Table(Protocol):
    """Something that recurs. What it finds is stored by whoever looked, who then says `done`."""

    @property
    def kind(self) -> str: ...

    async def look(self, now: datetime, born: datetime) -> Found:
        """Slots to take and slots to skip; `born` is when Dossier first ran here."""

    def done(self, slots: Sequence[Slot]) -> None:
        """They are stored, by whomever."""

    def forget(self) -> None:
        """What was found could not be stored: everything is looked at anew."""

    async def coming(self, now: datetime) -> list[tuple[str, datetime]]:
        """The prefix and next instant of everything there is, for lists."""


@dataclass(slots=True)
class Timetable:
    """The plans of one kind with their next instants."""

    source: Plans
    slots: SlotStore
    _version: Hashable = None
    _plans: Sequence[Plan] = ()
    _next: list[tuple[datetime, int]] = field(default_factory=list)  # a heap: when a plan is due, and which one
    _over: dict[str, str] = field(default_factory=dict)  # by prefix: the latest key that is taken or skipped already
    _seen: datetime | None = None

    @property
    def kind(self) -> str:
        """Of its plans."""
        return self.source.kind

    async def look(self, now: datetime, born: datetime) -> Found:
        """Slots to take and slots to skip; `born` is when Dossier first ran here."""
        if self._seen is not None and now < self._seen - BACK:  # what is next is reckoned anew
            self.forget()
        version = await self.source.version()
        if version != self._version:
            self._plans, self._version = await self.source.plans(), version
            self._next = [(now, at) for at in range(len(self._plans))]
        self._seen = now
        if not self._next or self._next[0][0] > now:
            return NOTHING
        return await self._sorted(self._fresh(now, born), now)

    def done(self, slots: Sequence[Slot]) -> None:
        """They are stored, by whomever."""
        self._over.update((slot.key.rpartition(":")[0], slot.key) for slot in slots)

    def forget(self) -> None:
        """What was found could not be stored: everything is looked at anew."""
        self._version, self._seen = None, None
        self._over.clear()

    async def coming(self, now: datetime) -> list[tuple[str, datetime]]:
        """The prefix and next instant of every plan."""
        return [(plan.prefix, plan.rule.next(now).due) for plan in await self.source.plans()]

    def _fresh(self, now: datetime, born: datetime) -> list[tuple[Occasion, Plan]]:
        """The latest occasions that are not known to be over; each plan's next instant goes onto the heap."""
        found: list[tuple[Occasion, Plan]] = []
        while self._next[0][0] <= now:
            plan = self._plans[self._next[0][1]]
            heapq.heapreplace(self._next, (plan.rule.next(now).due, self._next[0][1]))
            latest = plan.rule.latest(now)
            if latest.due >= (plan.since or born) and plan.key(latest) != self._over.get(plan.prefix):
                found.append((latest, plan))
        return found

    async def _sorted(self, found: Sequence[tuple[Occasion, Plan]], now: datetime) -> Found:
        kind = self.source.kind
        keys = [plan.key(occasion) for occasion, plan in found]
        used = await self.slots.used(All("schedule"), kind, keys, now) if keys else set()
        due: list[Slot] = []
        late: list[Slot] = []
        for key, (occasion, plan) in zip(keys, found, strict=True):
            if key in used:
                self._over[plan.prefix] = key
                continue
            if occasion.is_late(now):
                late.append(Slot(kind, key, occasion.due))
            else:
                due.append(Slot(kind, key, occasion.due, tuple(plan.intents(occasion))))
        return Found(tuple(due), tuple(late))
