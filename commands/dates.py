"""Dates and times as one person reads them. Babel is imported when somebody wants another language than ISO's."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from customers.preferences import Dates

NAMES = {
    Dates.ISO: "2026-11-23 (ISO)",
    Dates.ENGLISH_UK: "English (UK)",
    Dates.ENGLISH_US: "English (US)",
    Dates.GERMAN: "Deutsch",
    Dates.FRENCH: "Français",
    Dates.SPANISH: "Español",
    Dates.PORTUGUESE: "Português",
    Dates.ITALIAN: "Italiano",
    Dates.DUTCH: "Nederlands",
    Dates.DANISH: "Dansk",
    Dates.SWEDISH: "Svenska",
    Dates.NORWEGIAN: "Norsk bokmål",
    Dates.FINNISH: "Suomi",
    Dates.POLISH: "Polski",
    Dates.JAPANESE: "日本語",
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = "yMMMEd"  # Unicode TR 35, "Date Format Patterns": year, short month, short weekday, day


def day_words(day: date, style: Dates) -> str:
    """`Mon 2026-11-23`, `Mon, 23 Nov 2026`, `Mo., 23. Nov. 2026`: the weekday is always said."""
    if style is Dates.ISO:
        return f"{_WEEKDAYS[day.weekday()]} {day:%Y-%m-%d}"
    from babel.dates import format_skeleton

    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - Babel would move an aware one
    return _spaced(format_skeleton(_DAY, midnight, locale=_locale(style)))


def time_words(moment: datetime, zone: ZoneInfo, style: Dates) -> str:
    """`17:05`, `5:05 PM`, by this zone's clock."""
    local = moment.astimezone(zone)
    if style is Dates.ISO:
        return f"{local:%H:%M}"
    from babel.dates import format_time

    return _spaced(format_time(local.time(), "short", locale=_locale(style)))


def moment_words(moment: datetime, zone: ZoneInfo, style: Dates) -> str:
    """`Mon 2026-11-23 17:05`, without the zone's name."""
    return f"{day_words(moment.astimezone(zone).date(), style)} {time_words(moment, zone, style)}"


def _locale(style: Dates) -> str:
    return style.value.replace("-", "_")


def _spaced(words: str) -> str:
    """Narrow and unbreakable blanks as plain ones, which people can search for."""
    return words.replace("\u202f", " ").replace("\u00a0", " ")
