"""When something that recurs is due: rules by local date, so that no night of a changing clock loses or doubles one.

An occasion belongs to a local date first and to an instant second. A local time that the clock jumps over happens at
the first instant after the jump, even when a whole day is left out (Pacific/Apia, 2011-12-30); one that comes twice
happens the first time. So every week, month or quarter of a zone has exactly one occasion, and its key says which.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from customers import weeks

LATE = timedelta(hours=24)  # older than that is not made up for (design: "Schedule")
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Occasion:
    """`key` is `2026-W48`, `2026-12`, `2026-Q4` or `2026-11-23`; `due` is aware UTC; `day` is the local date."""

    key: str
    due: datetime
    day: date

    def is_late(self, now: datetime) -> bool:
        """Whether it is left out by now, and somebody is told."""
        return now - self.due > LATE


class Rule(Protocol):
    """Recurs. `now` is aware."""

    def latest(self, now: datetime) -> Occasion:
        """The last one that is due at `now`."""

    def next(self, now: datetime) -> Occasion:
        """The first one that is not."""


@dataclass(frozen=True, slots=True)
class Weekly:
    """Once in every ISO week; Monday is 0, `at` is local. Keys are `2026-W48`."""

    weekday: int
    at: time
    zone: ZoneInfo

    def latest(self, now: datetime) -> Occasion:
        return self._of(_latest(self._due, weeks.number(_local(now, self.zone)), now))

    def next(self, now: datetime) -> Occasion:
        return self._of(_next(self._due, weeks.number(_local(now, self.zone)), now))

    def _of(self, week: int) -> Occasion:
        day = self._day(week)
        return Occasion(weeks.label(day), instant(day, self.at, self.zone), day)

    def _due(self, week: int) -> datetime:
        return instant(self._day(week), self.at, self.zone)

    def _day(self, week: int) -> date:
        return weeks.start(week) + timedelta(days=self.weekday)


@dataclass(frozen=True, slots=True)
class Daily:
    """Every local date; of a date that the calendar left out nothing is heard. Keys are `2026-11-23`."""

    at: time
    zone: ZoneInfo

    def latest(self, now: datetime) -> Occasion:
        return self._of(_latest(self._due, _local(now, self.zone).toordinal(), now))

    def next(self, now: datetime) -> Occasion:
        return self._of(_next(self._due, _local(now, self.zone).toordinal(), now))

    def _of(self, ordinal: int) -> Occasion:
        day = date.fromordinal(ordinal)
        return Occasion(day.isoformat(), instant(day, self.at, self.zone), day)

    def _due(self, ordinal: int) -> datetime:
        return instant(date.fromordinal(ordinal), self.at, self.zone)


@dataclass(frozen=True, slots=True)
class Monthly:
    """The `nth` weekday (1 to 4, or -1 for the last) of every month, or with `months=3` of every quarter's first month.

    Keys are `2026-12`, or `2026-Q4`.
    """

    nth: int
    weekday: int
    at: time
    zone: ZoneInfo
    months: int = 1

    def latest(self, now: datetime) -> Occasion:
        return self._of(_latest(self._due, self._period(_local(now, self.zone)), now))

    def next(self, now: datetime) -> Occasion:
        return self._of(_next(self._due, self._period(_local(now, self.zone)), now))

    def _period(self, day: date) -> int:
        return (day.year * 12 + day.month - 1) // self.months

    def _of(self, period: int) -> Occasion:
        year, month = divmod(period * self.months, 12)
        day = self._day(period)
        key = f"{year}-{month + 1:02d}" if self.months == 1 else f"{year}-Q{month // self.months + 1}"
        return Occasion(key, instant(day, self.at, self.zone), day)

    def _due(self, period: int) -> datetime:
        return instant(self._day(period), self.at, self.zone)

    def _day(self, period: int) -> date:
        year, month = divmod(period * self.months, 12)
        return nth_weekday(year, month + 1, self.nth, self.weekday)


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date:
    """The `nth` weekday of a month; -1 is the last one."""
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


@lru_cache(maxsize=8192)
def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When it is `at` on that local date, in UTC: the first time when it is so twice, else the end of the jump."""
    wall = datetime.combine(day, at, zone)
    found = wall.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return found
    # PEP 495: in a jump, fold=0 reckons by the offset before it and fold=1 by the one after, on either side of its end
    return _jump(wall.replace(fold=1).astimezone(UTC), found, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant that has the offset of `after`, by halving."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _local(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def _latest(due: Callable[[int], datetime], near: int, now: datetime) -> int:
    """A local date is at most a day away from where a jump of the calendar puts it, so a neighbour may be meant."""
    period = near + 1
    while due(period) > now:
        period -= 1
    return period


def _next(due: Callable[[int], datetime], near: int, now: datetime) -> int:
    period = near - 1
    while due(period) <= now:
        period += 1
    return period
