"""Time by hand: the clock is moved, the bot does what became due, and somebody watches until it is quiet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.sandbox.changes import Changes
from bot.sandbox.feed import Feed
from bot.sandbox.seed import Person
from bot.sandbox.workspace import NotPossibleError

__all__ = ["Journeys", "NextOccasion", "OnTime"]

OnTime = Callable[[], Awaitable[object]]
NextOccasion = Callable[[], Awaitable[datetime | None]]
STEP_HOURS = 6  # how often the bot looks round at least while time goes by
MOST = 300  # steps to instants at which something is due; after that only the round hours are left
FARTHEST = timedelta(days=8)  # beyond that nobody waits for a bot that runs along; it is as if it had been down
MOMENT = timedelta(seconds=1)
LOOK = timedelta(minutes=1)  # how often the bot looks whether something is due


class Journeys(Changes):
    """Verbs of time. `on_time` lets the bot do what is due; `next_occasion` says when its next digest is due.

    `next_due` says when anything is due next, so that it happens at its time while the clock is moved.
    """

    on_time: OnTime | None = None
    next_occasion: NextOccasion | None = None
    next_due: NextOccasion | None = None
    feed: Feed = Feed()

    async def until(self, instant: datetime) -> datetime:
        """Let time go by with the bot running, up to an aware instant; returns what the clock shows."""
        steps = 0
        while (now := self.clock.now()) < instant:
            due = await self.next_due() if self.next_due is not None and steps < MOST else None
            self.clock.set(min(instant, _step_after(now, due)))
            await self._arrived()
            steps += 1
        return self.clock.now()

    async def jump(self, instant: datetime) -> datetime:
        """Set the clock, also back, and wake the bot there: what was due in between it has slept through."""
        self.clock.set(instant)
        await self._arrived()
        return self.clock.now()

    async def go_to(self, instant: datetime) -> datetime:
        """Go to an instant as the page does: with the bot running for up to eight days, otherwise by a jump."""
        near = timedelta(0) <= instant - self.clock.now() <= FARTHEST
        return await (self.until(instant) if near else self.jump(instant))

    async def next_monday(self, person: str | Person | None = None) -> datetime:
        """Go to next Monday 08:00 where this person lives."""
        zone = ZoneInfo(self.workspace.person(person or self.seed.default_person).tz)
        here = self.clock.now().astimezone(zone)
        day = here.date() + timedelta(days=7 - here.weekday())
        return await self.until(datetime(day.year, day.month, day.day, 8, tzinfo=zone))

    async def next_digest(self) -> datetime:
        """Go to the moment after the bot's next digest is due; NotPossibleError when none is."""
        due = await self.next_occasion() if self.next_occasion is not None else None
        if due is None:
            raise NotPossibleError("No digest is set up. Type /digest here in a channel first.")
        return await self.go_to(due + MOMENT)

    @property
    def usage_stories(self) -> tuple[str, ...]:
        """The labels of the buttons that import usage."""
        return tuple(self.feed.stories)

    async def import_story(self, label: str) -> str:
        """Import usage as a button of the page does and return the report; a minute later the bot has looked at it."""
        make = self.feed.stories.get(label)
        if make is None:
            raise NotPossibleError(f"no usage is called {label!r}; there is: {', '.join(self.feed.stories) or 'none'}")
        return await self._imported(make())

    async def import_usage(self, text: str) -> str:
        """Import a pasted CSV and return the report; a minute later the bot has looked at it."""
        if self.feed.take is None:
            raise NotPossibleError("nobody takes usage here")
        return await self._imported(self.feed.take(text))

    async def _imported(self, doing: Awaitable[str]) -> str:
        report = await doing
        await self.until(self.clock.now() + LOOK)
        return report

    async def _arrived(self) -> None:
        self.workspace.changed()
        await self.deliveries.due()
        if self.on_time is not None:
            await self.on_time()
        await self.quiet()


def _step_after(now: datetime, due: datetime | None) -> datetime:
    """Return the next round hour of the walk, or when something is due before; the bot looks once a minute at most."""
    whole = now.replace(minute=0, second=0, microsecond=0)
    step = whole + timedelta(hours=STEP_HOURS - whole.hour % STEP_HOURS)
    return max(min(step, due), now + LOOK) if due is not None and due > now else step
