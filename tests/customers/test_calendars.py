"""Working time: hours, weekends, holidays, sprints, and clocks that change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customers import calendars
from customers.calendars import Calendar, TooFar, UnknownCountry, UnknownZone

ZONES = (
    "UTC",
    "Europe/Stockholm",
    "America/New_York",
    "America/Havana",  # changes its clocks at midnight
    "Africa/Cairo",
    "Asia/Kathmandu",  # +05:45
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Chatham",  # +12:45
    "Pacific/Apia",  # left out a whole day in 2011
    "Africa/Casablanca",  # summer time that is negative
)
HOUR = timedelta(hours=1)
STOCKHOLM = Calendar(zone=ZoneInfo("Europe/Stockholm"), country="SE")

moments = st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
amounts = st.timedeltas(timedelta(0), timedelta(hours=200))
signed = st.timedeltas(timedelta(hours=-100), timedelta(hours=100))
whole_hours = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))


@st.composite
def any_calendar(draw: st.DrawFn) -> Calendar:
    opens, closes = sorted((draw(whole_hours), draw(whole_hours)))
    closes = draw(st.sampled_from((closes, time(0))))
    assume(opens != closes or closes == time(0))
    calendar = Calendar(
        opens=opens,
        closes=closes,
        weekdays=draw(st.frozensets(st.integers(0, 6), min_size=1)),
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        country=draw(st.sampled_from((None, "SE", "DE-BY", "CN", "US", "IL"))),
    )
    assume(calendar.day_length >= HOUR)  # a minute a week would take 30 years
    return calendar


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-20 18:00", 8, "2026-11-23 17:00"),  # Friday evening: Monday's closing time
        ("2026-11-20 17:00", 8, "2026-11-23 17:00"),
        ("2026-11-20 16:59", 8, "2026-11-23 16:59"),
        ("2026-11-20 09:00", 8, "2026-11-20 17:00"),  # closing time, not the next morning
        ("2026-11-20 08:59", 8, "2026-11-20 17:00"),
        ("2026-11-21 12:00", 24, "2026-11-25 17:00"),
        ("2026-11-18 10:30", 0, "2026-11-18 10:30"),
        ("2026-11-18 17:00", 0, "2026-11-18 17:00"),
        ("2026-11-18 17:01", 0, "2026-11-19 09:00"),
        ("2026-12-23 12:00", 8, "2026-12-24 12:00"),  # Christmas Eve is no public holiday in Sweden …
        ("2026-12-24 12:00", 8, "2026-12-28 12:00"),  # … the two days after it are
        ("2026-04-02 16:00", 8, "2026-04-07 16:00"),  # over Easter, and the clocks changed before it
        ("2026-03-27 16:00", 2, "2026-03-30 10:00"),  # the night in which summer time begins
        ("2026-10-23 16:00", 2, "2026-10-26 10:00"),  # and ends
        ("2026-11-23 10:00", -2, "2026-11-20 16:00"),
        ("2026-11-23 10:00", -1, "2026-11-23 09:00"),
        ("2026-11-22 10:00", -8, "2026-11-20 09:00"),
    ],
)
def test_working_time_passes_in_stockholm(start: str, hours: int, end: str) -> None:
    told = STOCKHOLM.after(at(STOCKHOLM, start), hours * HOUR)
    assert told == at(STOCKHOLM, end)
    assert told.tzinfo is UTC


def test_moments_of_any_zone_come_out_in_utc() -> None:
    night = datetime(2026, 10, 25, 0, 30, tzinfo=STOCKHOLM.zone)  # the clocks change before the work is done
    round_the_clock = Calendar(time(0), time(0), frozenset(range(7)), STOCKHOLM.zone)
    end = round_the_clock.after(night, 4 * HOUR)
    assert (end, end.tzinfo) == (utc("2026-10-25 02:30"), UTC)


def test_the_midnight_that_ends_a_week_belongs_to_it() -> None:
    day_and_night = Calendar(time(0), time(0))
    assert day_and_night.after(utc("2026-11-21 00:00"), timedelta(0)) == utc("2026-11-21 00:00")
    assert day_and_night.after(utc("2026-11-20 00:00"), 24 * HOUR) == utc("2026-11-21 00:00")
    assert day_and_night.after(utc("2026-11-20 00:00"), 25 * HOUR) == utc("2026-11-23 01:00")


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-18 10:00", "2026-11-18 12:00", 2),
        ("2026-11-18 07:00", "2026-11-18 22:00", 8),
        ("2026-11-20 16:00", "2026-11-23 10:00", 2),
        ("2026-11-21 00:00", "2026-11-22 23:59", 0),
        ("2026-11-16 00:00", "2026-11-23 00:00", 40),
        ("2026-12-21 00:00", "2026-12-28 00:00", 32),
        ("2026-11-18 12:00", "2026-11-18 10:00", -2),
        ("2026-11-18 12:00", "2026-11-18 12:00", 0),
    ],
)
def test_working_time_between(start: str, end: str, hours: int) -> None:
    assert STOCKHOLM.between(at(STOCKHOLM, start), at(STOCKHOLM, end)) == hours * HOUR


@given(any_calendar(), moments, amounts)
def test_what_passes_can_be_measured(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    assert calendar.between(start, calendar.after(start, amount)) == amount
    assert calendar.between(calendar.before(start, amount), start) == amount
    assert calendar.after(start, -amount - HOUR) == calendar.before(start, amount + HOUR)


@given(any_calendar(), moments, amounts, amounts)
def test_more_is_never_earlier(calendar: Calendar, start: datetime, one: timedelta, other: timedelta) -> None:
    less, more = sorted((one, other))
    assert start <= calendar.after(start, less) <= calendar.after(start, more)
    assert calendar.after(start, less) <= calendar.after(start + more, less)
    assert calendar.after(calendar.after(start, less), more) == calendar.after(start, less + more)


@given(any_calendar(), moments, signed)
def test_it_ends_within_working_hours(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    end = calendar.local(calendar.after(start, amount))
    until_midnight = calendar.closes == time(0)
    at_midnight = until_midnight and end.time() == time(0) and calendar.is_working(end.date() - timedelta(days=1))
    within = calendar.opens <= end.time() and (until_midnight or end.time() <= calendar.closes)
    assert at_midnight or (within and calendar.is_working(end.date()))


@given(any_calendar(), moments, amounts, amounts)
def test_time_between_adds_up(calendar: Calendar, start: datetime, one: timedelta, other: timedelta) -> None:
    middle, end = start + one, start + one + other
    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end)
    assert timedelta(0) <= calendar.between(start, end) <= end - start
    assert calendar.between(end, start) == -calendar.between(start, end)


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes", "hours"),
    [
        ("Europe/Stockholm", date(2026, 3, 29), time(0), time(0), 23),
        ("Europe/Stockholm", date(2026, 10, 25), time(0), time(0), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(0), time(0), 24.5),
        ("Europe/Stockholm", date(2026, 3, 29), time(2, 30), time(2, 45), 0),  # an hour that does not exist
        ("Europe/Stockholm", date(2026, 3, 29), time(2, 30), time(4), 0.5),  # opens at 03:30 summer time
        ("Europe/Stockholm", date(2026, 10, 25), time(1), time(2, 30), 1.5),  # the first 02:30
        ("Europe/Stockholm", date(2026, 10, 25), time(2, 30), time(4), 1.5),  # the second
        ("Pacific/Apia", date(2011, 12, 30), time(9), time(17), 0),  # a day that never was
    ],
)
def test_a_day_on_which_the_clocks_change(zone: str, day: date, opens: time, closes: time, hours: float) -> None:
    calendar = Calendar(opens, closes, frozenset(range(7)), ZoneInfo(zone))
    assert calendar.closing(day) - calendar.opening(day) == hours * HOUR


@pytest.mark.parametrize(
    ("opens", "closes", "hours"), [(time(9), time(17), 8), (time(8, 30), time(12), 3.5), (time(0), time(0), 24)]
)
def test_the_length_of_a_working_day(opens: time, closes: time, hours: float) -> None:
    assert Calendar(opens, closes).day_length == hours * HOUR


@pytest.mark.parametrize(
    ("country", "day", "working"),
    [
        (None, "2026-12-25", True),
        ("DE", "2026-12-25", False),
        ("de", "2026-12-25", False),
        ("DE", "2026-01-06", True),
        ("DE-BY", "2026-01-06", False),  # Epiphany is a holiday in Bavaria
        (" de-by ", "2026-01-06", False),
        ("US", "2026-07-03", False),  # the fourth is a Saturday
        ("US", "2027-12-31", False),  # the first day of the next year is one
        ("UK", "2026-12-28", False),
        ("DE", "2026-11-21", False),  # a Saturday
    ],
)
def test_a_working_day(country: str | None, day: str, working: bool) -> None:
    assert Calendar(country=country).is_working(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("day", "end"),
    [
        ("2026-01-05", "2026-02-01"),
        ("2026-01-18", "2026-02-01"),
        ("2026-01-19", "2026-02-15"),
        ("2026-01-04", "2026-01-18"),  # before the anchor
        ("2025-12-22", "2026-01-18"),
    ],
)
def test_the_next_sprint_ends(day: str, end: str) -> None:
    assert Calendar().sprint_end(date.fromisoformat(day)) == date.fromisoformat(end)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(1, 366), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_sprints_follow_each_other(day: date, length: int, anchor: date) -> None:
    calendar = Calendar(sprint_days=length, sprint_anchor=anchor)
    running = calendar.sprint_end(day, 0)
    assert day <= running < day + timedelta(days=length)
    assert calendar.sprint_end(day) == running + timedelta(days=length)
    assert (running + timedelta(days=1) - anchor).days % length == 0


@pytest.mark.parametrize(
    ("end", "days", "told"),
    [
        ("2026-11-22", 14, "2026-11-20"),
        ("2026-11-20", 14, "2026-11-20"),
        ("2026-11-22", 2, "2026-11-23"),  # a weekend only: the first working day after it
        ("2026-12-27", 3, "2026-12-28"),
        ("2026-12-27", 4, "2026-12-24"),  # the first of the four
    ],
)
def test_the_last_working_day(end: str, days: int, told: str) -> None:
    assert STOCKHOLM.last_working_day(date.fromisoformat(end), days) == date.fromisoformat(told)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"opens": time(17)}, "Work opens at 17:00, which is not before it closes at 17:00."),
        ({"opens": time(18)}, "Work opens at 18:00, which is not before it closes at 17:00."),
        ({"opens": time(9, tzinfo=UTC)}, "Opening and closing times have no zone of their own."),
        (
            {"weekdays": frozenset()},
            "Working days are numbers from 0 (Monday) to 6 (Sunday), and at least one of them.",
        ),
        (
            {"weekdays": frozenset({7})},
            "Working days are numbers from 0 (Monday) to 6 (Sunday), and at least one of them.",
        ),
        ({"sprint_days": 0}, "A sprint has 1 to 366 days, not 0."),
        ({"sprint_days": 367}, "A sprint has 1 to 366 days, not 367."),
        ({"country": "Sweden"}, "“Sweden” is not a country code; write one such as DE or DE-BY."),
        ({"country": "ZZ"}, "No public holidays are known for “ZZ”; write a country code such as DE or DE-BY."),
        ({"country": "DE-QQ"}, "No public holidays are known for the region “DE-QQ”; write DE."),
    ],
)
def test_a_calendar_in_which_nobody_works_is_none(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as told:
        Calendar(**wrong)  # type: ignore[arg-type]
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("DE", True),
        ("se", True),
        ("US-CA", True),
        ("ZZ", False),
        ("DE-ZZ", False),
        ("", False),
        ("Germany", False),
        ("ſe", False),
    ],
)
def test_known_countries(text: str, known: bool) -> None:
    assert calendars.known_country(text) is known
    if not known:
        with pytest.raises(UnknownCountry):
            calendars.country_code(text)


@pytest.mark.parametrize("name", ["PST", "../etc/passwd", "", "Europe/Nowhere", "UTC+2", "x" * 5000, "\0"])
def test_what_is_no_zone_is_told(name: str) -> None:
    with pytest.raises(UnknownZone, match="is not a time zone"):
        calendars.zone(name)


def test_a_customer_works_in_its_own_zone_and_country() -> None:
    calendar, told = calendars.for_customer(STOCKHOLM, "America/New_York", "us")
    assert (calendar.zone, calendar.country, told) == (ZoneInfo("America/New_York"), "US", ())
    assert calendar.sprint_anchor == STOCKHOLM.sprint_anchor


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_a_customer_without_zone_and_country_has_the_teams(nothing: str | None) -> None:
    assert calendars.for_customer(STOCKHOLM, nothing, nothing) == (STOCKHOLM, ())


def test_what_was_not_understood_is_told() -> None:
    calendar, told = calendars.for_customer(STOCKHOLM, "Mars/Olympus", "ZZ")
    assert calendar == STOCKHOLM
    assert told == (
        "“Mars/Olympus” is not a time zone; write it as Area/City, for example Europe/Berlin. "
        "Until then the team's time zone counts (Europe/Stockholm).",
        "No public holidays are known for “ZZ”; write a country code such as DE or DE-BY. "
        "Until then the holidays of SE count.",
    )
    assert calendars.for_customer(Calendar(), None, "Sverige")[1][0].endswith("Until then no holidays count.")


@given(st.text(max_size=30), st.text(max_size=12))
def test_no_text_breaks_a_customers_calendar(timezone: str, country: str) -> None:
    calendar, told = calendars.for_customer(STOCKHOLM, timezone, country)
    assert calendar.zone == STOCKHOLM.zone or calendar.zone == ZoneInfo(timezone.strip())
    assert calendar.country == "SE" or calendar.country == country.strip().upper()
    assert len(told) <= (calendar.zone == STOCKHOLM.zone) + (calendar.country == "SE")


@pytest.mark.parametrize("method", ["after", "before"])
def test_too_much_is_refused_not_looped_over(method: str) -> None:
    with pytest.raises(TooFar, match="30 years"):
        getattr(Calendar(weekdays=frozenset({2})), method)(utc("2026-12-24 12:00"), timedelta(days=3660))


def test_too_long_ago_is_refused() -> None:
    with pytest.raises(TooFar, match="30 years"):
        STOCKHOLM.between(utc("1990-01-01"), utc("2026-01-01"))


@pytest.mark.parametrize("method", ["after", "before"])
def test_a_moment_needs_a_zone(method: str) -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        getattr(STOCKHOLM, method)(datetime(2026, 1, 1), HOUR)  # noqa: DTZ001
