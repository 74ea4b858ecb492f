"""What one person prefers: hours in which nobody is told anything, a time zone, the language of dates.

Also when they opened their Home tab, for what changed since.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from customers.records import SITTING
from customers.schedule import instant

LONGEST = timedelta(hours=20)  # of quiet hours: whatever happens, some of the day is left to be told things
DAY = timedelta(days=1)


class Dates(StrEnum):
    """How dates are written; the value names a language as in BCP 47, ISO is 2026-11-23."""

    ISO = "iso"
    ENGLISH_UK = "en-GB"
    ENGLISH_US = "en-US"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    PORTUGUESE = "pt"
    ITALIAN = "it"
    DUTCH = "nl"
    DANISH = "da"
    SWEDISH = "sv"
    NORWEGIAN = "nb"
    FINNISH = "fi"
    POLISH = "pl"
    JAPANESE = "ja"


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `starts` until `ends` on the person's clock; over midnight when it ends before it starts."""

    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"

    @property
    def over_midnight(self) -> bool:
        return self.ends <= self.starts

    @property
    def length(self) -> timedelta:
        """On a day without a change of the clock."""
        began = datetime.combine(date.min, self.starts)
        ended = datetime.combine(date.min + (DAY if self.over_midnight else timedelta()), self.ends)
        return ended - began

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours that `now` lies in are over (aware UTC); None outside of them.

        A local time that the clock skips is the first moment after the gap, one that comes twice counts when it
        comes first.
        """
        today = now.astimezone(zone).date()
        for day in (today - DAY, today):  # yesterday's may not be over yet
            begins = instant(day, self.starts, zone)
            over = instant(day + DAY if self.over_midnight else day, self.ends, zone)
            if begins <= now < over:
                return over
        return None


@dataclass(frozen=True, slots=True)
class Preferences:
    """Nothing set: no quiet hours, the zone that Slack or the team has, dates as 2026-11-23."""

    quiet: Quiet | None = None
    zone: str | None = None
    dates: Dates = Dates.ISO
    home_at: datetime | None = None  # the Home tab was opened; the beginning of the sitting
    home_before: datetime | None = None  # the same of the sitting before

    def opened(self, now: datetime) -> "Preferences":
        """The Home tab was opened at `now`: within one sitting it stays the same look."""
        if self.home_at is not None and timedelta() <= now - self.home_at < SITTING:
            return self
        return replace(self, home_at=now, home_before=self.home_at)

    def quiet_until(self, now: datetime, team: ZoneInfo) -> datetime | None:
        """When this person may be told something again; None when that is now."""
        return self.quiet.until(now, zone_of(self.zone, team)) if self.quiet else None


def zone_of(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of this name; `otherwise` for none, and for one that this machine does not know."""
    return (known_zone(name) if name else None) or otherwise


@lru_cache(maxsize=1024)
def known_zone(name: str) -> ZoneInfo | None:
    """The zone of this name; None when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there, no name of a file, the name of a folder
        return None
