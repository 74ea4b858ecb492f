"""Working time: opening hours on working days in one time zone, without the public holidays of one country.

Hours are read from the clock on the wall; between opening and closing real time counts, so that a day on which the
clocks change is as long as it is for the people who work it. Moments come in aware and go out aware, in UTC.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from customers.documents.places import is_zone

MIDNIGHT = time(0)  # as a closing time: the end of the day
NOTHING = timedelta(0)
DAY = timedelta(days=1)
FURTHEST = 30 * 366  # days looked at for one answer
LONGEST_SPRINT = 366  # days
_CODE = re.compile(r"[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?", re.ASCII | re.IGNORECASE)


class UnknownCountry(ValueError):
    """A sentence: the country, or its region, has no public holidays that we know."""


class UnknownZone(ValueError):
    """A sentence: no such time zone."""


class TooFar(ValueError):
    """A sentence: more time than a calendar counts (30 years)."""


def zone(name: str) -> ZoneInfo:
    """The IANA zone `Europe/Berlin`; raises UnknownZone."""
    if not is_zone(name.strip()):
        raise UnknownZone(
            f"“{name.strip()[:60]}” is not a time zone; write it as Area/City, for example Europe/Berlin."
        )
    return ZoneInfo(name.strip())


@lru_cache(maxsize=256)
def country_code(text: str) -> str:
    """`de-by` → `DE-BY`, for which public holidays are known; raises UnknownCountry.

    The first code that looks like one loads the list of all countries: about half a second and 20 MiB, once.
    """
    if not _CODE.fullmatch(text.strip()):
        raise UnknownCountry(f"“{text.strip()[:60]}” is not a country code; write one such as DE or DE-BY.")
    import holidays

    code = text.strip().upper()
    country, _, region = code.partition("-")
    regions = holidays.list_supported_countries().get(country)
    if regions is None:
        raise UnknownCountry(f"No public holidays are known for “{code}”; write a country code such as DE or DE-BY.")
    if region and region not in regions:
        raise UnknownCountry(f"No public holidays are known for the region “{code}”; write {country}.")
    return code


def known_country(code: str) -> bool:
    """Whether public holidays are known for `DE` or `DE-BY`, in capitals or not."""
    try:
        country_code(code)
    except UnknownCountry:
        return False
    return True


@lru_cache(maxsize=1024)
def _holidays(code: str, year: int) -> frozenset[date]:
    """The public holidays of one year, those moved from a weekend to a weekday included; no school or bank holidays."""
    import holidays

    country, _, region = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def learn(countries: Iterable[str], year: int) -> None:
    """Has the holidays of these countries at hand for this year and the next; unknown ones are left out."""
    for one in countries:
        if known_country(one):
            for near in (year, year + 1):
                _holidays(country_code(one), near)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people work. `closes` of 00:00 is the end of the day, `weekdays` count from Monday = 0.

    `country` is an ISO 3166 code, with or without a region (`DE`, `DE-BY`), whose public holidays are free; None has
    none. A sprint begins on `sprint_anchor` and every `sprint_days` before and after it.

    Raises ValueError with a sentence when nobody would ever work, and UnknownCountry.
    """

    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset(range(5))
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 -- immutable
    country: str | None = None
    sprint_days: int = 14
    sprint_anchor: date = date(2026, 1, 5)

    def __post_init__(self) -> None:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("Opening and closing times have no zone of their own.")
        if self.closes != MIDNIGHT and self.opens >= self.closes:
            raise ValueError(f"Work opens at {self.opens:%H:%M}, which is not before it closes at {self.closes:%H:%M}.")
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("Working days are numbers from 0 (Monday) to 6 (Sunday), and at least one of them.")
        if not 1 <= self.sprint_days <= LONGEST_SPRINT:
            raise ValueError(f"A sprint has 1 to {LONGEST_SPRINT} days, not {self.sprint_days}.")
        if self.country is not None:
            object.__setattr__(self, "country", country_code(self.country))

    @property
    def day_length(self) -> timedelta:
        """From opening to closing on the wall clock; what "1 business day" means."""
        end = timedelta(hours=24) if self.closes == MIDNIGHT else _since_midnight(self.closes)
        return end - _since_midnight(self.opens)

    def is_working(self, day: date) -> bool:
        """A working weekday that is no public holiday."""
        if day.weekday() not in self.weekdays:
            return False
        return self.country is None or day not in _holidays(self.country, day.year)

    def opening(self, day: date) -> datetime:
        """When `day` begins, in UTC, whether it is a working day or not."""
        return max(self._readings(datetime.combine(day, self.opens)))

    def closing(self, day: date) -> datetime:
        """When `day` ends, in UTC, whether it is a working day or not; never before it begins."""
        after = DAY if self.closes == MIDNIGHT else NOTHING
        return max(min(self._readings(datetime.combine(day, self.closes) + after)), self.opening(day))

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The moment when `amount` of working time has passed since `start`; always within working hours.

        An end at closing time is that day's closing time, not the next morning. None at all is `start` itself, or the
        next opening. A negative amount goes back, as `before` does. Raises TooFar.
        """
        if amount < NOTHING:
            return self.before(start, -amount)
        start, left = _utc(start), amount
        for day in self._days(start, 1):
            begin, end = max(self.opening(day), start), self.closing(day)
            if begin > end:
                continue
            if left <= end - begin:
                return begin + left
            left -= end - begin
        raise TooFar("That is more working time than 30 years have.")

    def before(self, end: datetime, amount: timedelta) -> datetime:
        """The moment from which `amount` of working time passed until `end`: `after` in a mirror."""
        if amount < NOTHING:
            return self.after(end, -amount)
        end, left = _utc(end), amount
        for day in self._days(end, -1):
            begin, last = self.opening(day), min(self.closing(day), end)
            if begin > last:
                continue
            if left <= last - begin:
                return last - left
            left -= last - begin
        raise TooFar("That is more working time than 30 years have.")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; negative when `end` is earlier. Raises TooFar."""
        start, end = _utc(start), _utc(end)
        if end < start:
            return -self.between(end, start)
        if end - start > FURTHEST * DAY:
            raise TooFar("Between these dates lie more than 30 years.")
        total = NOTHING
        for day in self._days(start, 1):
            begin = max(self.opening(day), start)
            if begin >= end:
                break
            total += max(min(self.closing(day), end) - begin, NOTHING)
        return total

    def sprint_end(self, day: date, ahead: int = 1) -> date:
        """The last day of the sprint after the one that `day` lies in, or of the one `ahead` sprints after it."""
        number = (day - self.sprint_anchor).days // self.sprint_days
        return self.sprint_anchor + timedelta(days=(number + ahead + 1) * self.sprint_days - 1)

    def last_working_day(self, end: date, days: int) -> date:
        """The last working day of the `days` that end with `end`; when they have none, the first one after them."""
        for back in range(days):
            if self.is_working(end - timedelta(days=back)):
                return end - timedelta(days=back)
        for on in range(1, FURTHEST):
            if self.is_working(end + timedelta(days=on)):
                return end + timedelta(days=on)
        raise TooFar("There is no working day in 30 years.")

    def local(self, moment: datetime) -> datetime:
        """What the wall clock shows at `moment`."""
        return _utc(moment).astimezone(self.zone)

    def _days(self, moment: datetime, step: int) -> Iterator[date]:
        """Working days from the one that `moment` lies in, forward or back; `FURTHEST` days at most.

        One day more on the near side, because a day that ends at midnight ends on the next date.
        """
        first = self.local(moment).date() - step * DAY
        for number in range(FURTHEST):
            day = first + number * step * DAY
            if self.is_working(day):
                yield day

    def _readings(self, wall: datetime) -> tuple[datetime, datetime]:
        """Both readings of a wall time. They differ where the change of clocks repeats or skips it: work then begins
        with the later and ends with the earlier reading, so that nothing outside the hours counts."""
        return tuple(wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))  # type: ignore[return-value]


def for_customer(team: Calendar, timezone: str | None, country: str | None) -> tuple[Calendar, tuple[str, ...]]:
    """The team's calendar in the customer's own zone and country, where the document names them.

    Also sentences about what was not understood; there the team's own counts. Never raises (design: "Business days").
    """
    calendar, told = team, []
    if timezone and timezone.strip():
        try:
            calendar = replace(calendar, zone=zone(timezone))
        except UnknownZone as unknown:
            told.append(f"{unknown} Until then the team's time zone counts ({team.zone}).")
    if country and country.strip():
        try:
            calendar = replace(calendar, country=country_code(country))
        except UnknownCountry as unknown:
            whose = f"the holidays of {team.country} count" if team.country else "no holidays count"
            told.append(f"{unknown} Until then {whose}.")
    return calendar, tuple(told)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return moment.astimezone(UTC)
