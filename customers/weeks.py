"""ISO weeks: `2026-W46` ↔ its Monday ↔ a small number for the database."""

import re
from datetime import date, timedelta
from functools import lru_cache

EPOCH = date(1970, 1, 5)  # the first Monday of 1970, so that week numbers are small and positive
_ISO = re.compile(r"(\d{4})-?W(\d{2})")


def monday(day: date) -> date:
    """The Monday of the ISO week that `day` lies in."""
    return day - timedelta(days=day.weekday())


def number(day: date) -> int:
    """Weeks since Monday 1970-01-05; what the database stores."""
    return (day - EPOCH).days // 7


def start(week: int) -> date:
    """The Monday of week `number`."""
    return EPOCH + timedelta(weeks=week)


@lru_cache(maxsize=1024)
def label(day: date) -> str:
    """`2026-W46`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def parse(text: str) -> date:
    """The Monday of `2026-W46`, or of the week that the date `2026-11-10` lies in.

    Raises ValueError with a sentence for people.
    """
    text = text.strip()
    if match := _ISO.fullmatch(text):
        try:
            return date.fromisocalendar(int(match[1]), int(match[2]), 1)
        except ValueError:
            raise ValueError(f"there is no week {text}") from None
    try:
        return monday(date.fromisoformat(text))
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no week; write 2026-W46 or a date such as 2026-11-09") from None
