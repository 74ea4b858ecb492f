"""By when a reported bug is to be resolved, how much of that time is used, and how a pause moves it.

The source of every rule is the customer document, "Bug Reports", "SLA". "High" and "Medium" count working time,
"Critical" and "Low" count every hour.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from customers.calendars import NOTHING, Calendar

CRITICAL_HOURS = timedelta(hours=4)
HIGH_DAYS = 1
MEDIUM_DAYS = 3
WARNINGS = (0.5, 0.8, 1.0)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


class Severity(StrEnum):
    """How bad a bug is for the customer, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def meaning(self) -> str:
        """The words in brackets in the customer document."""
        return _MEANINGS[self]

    @property
    def promise(self) -> str:
        """What the team promises, in words: "1 business day"."""
        return _PROMISES[self]

    @property
    def counts_working_time(self) -> bool:
        """Whether nights, weekends and holidays are left out."""
        return self in (Severity.HIGH, Severity.MEDIUM)


_MEANINGS = {
    Severity.CRITICAL: "system down",
    Severity.HIGH: "feature broken",
    Severity.MEDIUM: "inconvenience",
    Severity.LOW: "cosmetic",
}
_PROMISES = {
    Severity.CRITICAL: "4 hours",
    Severity.HIGH: "1 business day",
    Severity.MEDIUM: "3 business days",
    Severity.LOW: "end of the next sprint",
}


def due(severity: Severity, reported: datetime, calendar: Calendar) -> datetime:
    """When it is to be resolved, in UTC. `reported` is aware; `calendar` is the customer's (calendars.for_customer)."""
    return _RULES[severity](reported, calendar)


def _critical(reported: datetime, _calendar: Calendar) -> datetime:
    """ "Critical (system down): 4 hours", day and night."""
    return reported.astimezone(UTC) + CRITICAL_HOURS


def _high(reported: datetime, calendar: Calendar) -> datetime:
    """ "High (feature broken): 1 business day", one working day's length: Fri 18:00 → Mon 17:00 for 9-17."""
    return calendar.after(reported, HIGH_DAYS * calendar.day_length)


def _medium(reported: datetime, calendar: Calendar) -> datetime:
    """ "Medium (inconvenience): 3 business days"."""
    return calendar.after(reported, MEDIUM_DAYS * calendar.day_length)


def _low(reported: datetime, calendar: Calendar) -> datetime:
    """ "Low (cosmetic): Next sprint": closing time of the last working day of the sprint after the running one."""
    end = calendar.sprint_end(calendar.local(reported).date())
    return calendar.closing(calendar.last_working_day(end, calendar.sprint_days))


_RULES: dict[Severity, Callable[[datetime, Calendar], datetime]] = {
    Severity.CRITICAL: _critical,
    Severity.HIGH: _high,
    Severity.MEDIUM: _medium,
    Severity.LOW: _low,
}


def span(severity: Severity, start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Time from `start` to `end` as this severity counts it; of a pause, how far it moves the due time."""
    return calendar.between(start, end) if severity.counts_working_time else end - start


def left(severity: Severity, due_at: datetime, now: datetime, calendar: Calendar) -> timedelta:
    """Time to go as this severity counts it; negative when overdue.

    Working time stands still at night: what was due at closing is overdue by nothing until the next morning.
    """
    return span(severity, now, due_at, calendar)


def resumed(severity: Severity, left: timedelta, at: datetime, calendar: Calendar) -> datetime:
    """The new due time when the clock runs again at `at` with `left` to go; what was overdue stays so by as much."""
    if not severity.counts_working_time:
        return at.astimezone(UTC) + left
    return calendar.after(at, left) if left > NOTHING else calendar.before(at, -left)


def used(
    severity: Severity,
    reported: datetime,
    due_at: datetime,
    now: datetime,
    calendar: Calendar,
    paused: timedelta = NOTHING,
) -> float:
    """Share of the allowance that is used: 0 when reported, 1 when due, more when overdue.

    `due_at` is the due time after all pauses that have ended and `paused` the sum of their `span`, which is no part
    of the allowance. While the clock stands, `now` is when it stopped.
    """
    allowed = span(severity, reported, due_at, calendar) - paused
    if allowed <= NOTHING:
        return 1.0 if now >= due_at else 0.0
    return max((allowed - span(severity, now, due_at, calendar)) / allowed, 0.0)


def level(used: float) -> int:
    """The highest warning reached, in percent: 0, 50, 80 or 100."""
    return max((round(warning * 100) for warning in WARNINGS if used >= warning), default=0)


def words(due_at: datetime, calendar: Calendar) -> str:
    """`Mon 2026-11-23 17:00 (Europe/Stockholm)`, whatever the machine's language."""
    local = calendar.local(due_at)
    return f"{_WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M} ({calendar.zone})"


def in_words(delta: timedelta, day: timedelta = timedelta(days=1)) -> str:
    """`3 h 20 min`, `2 days 4 h`: the two largest units, cut off, without a sign.

    Working time is told in working days: pass the calendar's `day_length` as `day`.
    """
    days, rest = divmod(abs(delta), day)
    hours, rest = divmod(rest, _HOUR)
    minutes = rest // _MINUTE
    parts = [f"{days} day" if days == 1 else f"{days} days"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes and not days else []
    return " ".join(parts) or "less than a minute"
