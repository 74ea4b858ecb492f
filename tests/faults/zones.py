"""Every time zone there is, weekly at awkward times, over nights and days that the clock jumps over or repeats.

What is looked at is the timetable itself, as two bots run it, with a clock that ticks irregularly and sometimes goes
back. Every local week must come out once and in order, at the instant that its own definition names.
"""

import itertools
import time as stopwatch
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo, available_timezones

from customers.intents import Intent
from customers.schedule import Occasion, Weekly
from customers.scope import All
from customers.timetable import Plan, Slot, Timetable

DAYS = {day: at for at, day in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))}
# the hours in which clocks change, the edges of a day and of a week, and an ordinary morning
TIMES = ("Sun 02:30", "Sun 00:00", "Fri 10:00", "Mon 00:00", "Sun 23:59", "Sat 00:30", "Mon 09:00")
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What is special in it is said in `why`."""

    begin: date
    end: date
    why: str


WINDOWS = (
    Window(date(1867, 9, 2), date(1868, 1, 6), "Alaska repeats a day, offsets have seconds"),
    Window(date(1969, 6, 2), date(1970, 1, 5), "Kwajalein repeats a day"),
    Window(date(1993, 6, 7), date(1995, 2, 6), "Kwajalein, Enderbury and Kiritimati leave a day out"),
    Window(date(2010, 11, 1), date(2012, 10, 29), "Apia and Fakaofo leave a day out, Moscow moves"),
    Window(date(2025, 1, 6), date(2028, 1, 3), "today's rules"),
)
FEW = (Window(date(2011, 10, 3), date(2012, 4, 9), "two nights of changing clocks, Apia leaves a day out"),)


@dataclass(slots=True)
class Store:
    """Slots in a dictionary: the database's part, as fast as it can be."""

    found: dict[str, tuple[bool, datetime]] = field(default_factory=dict)  # key → late or not, when it was due
    order: dict[str, list[str]] = field(default_factory=dict)  # by plan
    twice: int = 0

    def keep(self, slots: Iterable[Slot], late: bool) -> None:
        for slot in slots:
            prefix, _, week = slot.key.rpartition(":")
            self.twice += slot.key in self.found
            self.found[slot.key] = late, slot.due
            self.order.setdefault(prefix, []).append(week)

    async def used(self, scope: All, kind: str, keys: Sequence[str], now: datetime) -> set[str]:
        return {key for key in keys if key in self.found}


@dataclass(frozen=True, slots=True)
class Weeklies:
    """The same plans for ever."""

    every: Sequence[Plan]
    kind: str = "weekly"

    async def version(self) -> Hashable:
        return 1

    async def plans(self) -> Sequence[Plan]:
        return self.every


@dataclass(slots=True)
class Figures:
    """What was looked at, and what was wrong."""

    zones: int
    slots: int = 0
    skipped: int = 0
    jumped: int = 0  # local times that did not exist
    repeated: int = 0  # … that came twice
    ticks: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def _nothing(_occasion: Occasion) -> Sequence[Intent]:
    return ()


def weeklies(times: Sequence[str], since: datetime) -> dict[str, Weekly]:
    """By the prefix of the plan."""
    return {
        f"{zone}/{at}": Weekly(DAYS[at[:3]], time.fromisoformat(at[4:]), ZoneInfo(zone))
        for zone in sorted(available_timezones())
        for at in times
    }


async def every_zone(times: Sequence[str] = TIMES, windows: Sequence[Window] = WINDOWS, seed: int = 1) -> Figures:
    """Runs two timetables over one store through every window."""
    began = stopwatch.monotonic()
    figures = Figures(len(available_timezones()))
    for window in windows:
        await _through(window, times, Random(f"{seed} {window.begin}"), figures)
    figures.seconds = stopwatch.monotonic() - began
    return figures


async def _through(window: Window, times: Sequence[str], random: Random, figures: Figures) -> None:
    now = datetime.combine(window.begin, time(), UTC)
    end = datetime.combine(window.end, time(), UTC)
    rules = weeklies(times, now)
    plans = Weeklies([Plan(prefix, rule, _nothing, now) for prefix, rule in rules.items()])
    store = Store()
    bots = itertools.cycle([Timetable(plans, store), Timetable(plans, store)])  # type: ignore[arg-type]
    while now < end:
        bot = next(bots)
        found = await bot.look(now, now)
        for slots, late in ((found.late, True), (found.due, False)):
            store.keep(slots, late)
            bot.done(slots)
        figures.ticks += 1
        now += _gap(random)
    for prefix, rule in rules.items():
        _judge(prefix, rule, window, store, figures)
    figures.slots += len(store.found)
    figures.skipped += sum(late for late, _ in store.found.values())
    if store.twice:
        figures.wrong.append(f"{store.twice} slots came twice from {window.begin}")


def _gap(random: Random) -> timedelta:
    """Mostly a minute to some hours; now and then two days of downtime, or a clock that goes back."""
    drawn = random.random()
    if drawn < 0.01:
        return timedelta(days=random.uniform(1, 4))
    if drawn < 0.015:
        return -timedelta(hours=random.uniform(0, 30))
    return timedelta(minutes=random.choice((1, 1, 7, 60, 60, 240, 600)))


def _judge(prefix: str, rule: Weekly, window: Window, store: Store, figures: Figures) -> None:
    """Every ISO week between the edges once and in order; each at the right instant."""
    weeks = store.order.get(prefix, [])
    wanted = [f"{year}-W{week:02d}" for year, week in _weeks(window)]
    if weeks != sorted(weeks) or len(set(weeks)) != len(weeks) or not set(wanted) <= set(weeks):
        figures.wrong.append(f"{prefix} from {window.begin}: not every week once and in order")
    for week in weeks:
        due = store.found[f"{prefix}:{week}"][1]
        day = date.fromisocalendar(int(week[:4]), int(week[6:]), rule.weekday + 1)
        wall = datetime.combine(day, rule.at)
        local = due.astimezone(rule.zone)
        before = (due - SECOND).astimezone(rule.zone).replace(tzinfo=None)
        if local.replace(tzinfo=None) == wall:
            figures.repeated += local.replace(fold=1).utcoffset() != local.utcoffset()
            right = local.fold == 0
        else:  # the clock went from before it to after it, just then
            figures.jumped += 1
            right = before < wall < local.replace(tzinfo=None)
        if not right:
            figures.wrong.append(f"{prefix}:{week} is due {due:%Y-%m-%d %H:%M:%S} UTC")


def _weeks(window: Window) -> list[tuple[int, int]]:
    """Weeks whose occasion lies within the window in every zone."""
    first, count = window.begin + timedelta(weeks=1), (window.end - window.begin).days // 7 - 3
    return [(first + timedelta(weeks=at)).isocalendar()[:2] for at in range(count)]
