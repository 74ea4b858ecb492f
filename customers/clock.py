"""Whether the computer's clock can be believed: one that leaps by more than a month holds what happens by itself.

A clock that wrongly stands in 2099 would forget, warn and give up everything at once. What people do goes on; what
happens by itself waits until the clock is back, or somebody says that the date is right.
"""

from datetime import datetime, timedelta
from typing import Protocol

from customers.intents import TEAM, Intent
from customers.scope import All

LEAP = timedelta(days=35)  # longer than any holiday that a bot is switched off for without somebody minding
KEEP = timedelta(hours=1)  # how often the time is written down
MARK, BORN = "clock", "watch"
KIND, SETTLED = "clock_held", "clock_settled"
_SCOPE = All("clock")


class Marks(Protocol):
    """Moments that outlive the process."""

    async def of(self, scope: All, kind: str) -> datetime | None: ...

    async def move(self, scope: All, kind: str, at: datetime) -> None: ...


class Clock:
    """The time as Dossier has seen it go on. `now` is aware UTC."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._mark: datetime | None = None  # the last time that was believed
        self._kept: datetime | None = None  # … and written down
        self._born: datetime | None = None
        self.held: datetime | None = None  # since when, by the clock that is not believed
        self.before: datetime | None = None  # the time believed last before this process, or the last leap

    async def believes(self, now: datetime) -> bool:
        """Looks at the clock. While it leaps nothing is written down, so that it may come back."""
        if self._mark is None or self.held:  # somebody may have said that the date is right, to another process
            self._mark = self._kept = self.before = await self._marks.of(_SCOPE, MARK)
        if self._mark is not None and leaps(self._mark, now):
            self.held = self.held or now
            return False
        came_back, self.held, self._mark = self.held is not None, None, now
        if came_back or self._kept is None or abs(now - self._kept) >= KEEP:  # the next leap is another one
            await self._keep(now)
        return True

    def doubts(self, now: datetime) -> datetime | None:
        """The same from memory, for those who act between two looks: the time believed last, when `now` is not."""
        is_far = self._mark is not None and leaps(self._mark, now)
        return self._mark if self.held or is_far else None

    async def confirm(self, now: datetime) -> bool:
        """Somebody says that it is `now`; False when nobody doubted it."""
        mark = await self._marks.of(_SCOPE, MARK)
        if mark is None or not leaps(mark, now):
            return False
        await self._keep(now)
        return True

    async def doubted(self, now: datetime) -> datetime | None:
        """The time that was believed last, when `now` leaps away from it."""
        mark = await self._marks.of(_SCOPE, MARK)
        return mark if mark and leaps(mark, now) else None

    async def born(self, now: datetime) -> datetime:
        """When Dossier first ran here, for schedules that do not say since when they are there."""
        if self._born is None:
            self._born = await self._marks.of(_SCOPE, BORN)
        if self._born is None:
            await self._marks.move(_SCOPE, BORN, now)
            self._born = now
        return self._born

    def forget(self) -> None:
        """The database was emptied: what was believed is believed no more."""
        self._mark = self._kept = self._born = self.held = self.before = None

    async def _keep(self, now: datetime) -> None:
        await self._marks.move(_SCOPE, MARK, now)
        self._kept = now


def leaps(mark: datetime, now: datetime) -> bool:
    """Either way: a computer that starts in 1970 is as wrong as one in 2099."""
    return abs(now - mark) > LEAP


def asking(mark: datetime) -> Intent:
    """Asks the team whether the date is right; once for each time that was believed last."""
    return Intent(KIND, f"clock:{mark.isoformat()}", TEAM, {"channel": TEAM, "mark": mark.isoformat()})


def settled(mark: datetime) -> Intent:
    """Changes that question: the clock is back."""
    at = mark.isoformat()
    return Intent(SETTLED, f"clock:{at}:back", TEAM, {"channel": TEAM, "mark": at})
