"""Dates and times in a person's language; sums of what Unicode's tables say for short dates with a weekday."""

import subprocess
import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.dates import NAMES, day_words, moment_words, time_words
from customers.preferences import Dates

DAY = date(2026, 11, 23)
MOMENT = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("style", "words"),
    [
        (Dates.ISO, "Mon 2026-11-23 17:05"),
        (Dates.ENGLISH_UK, "Mon, 23 Nov 2026 17:05"),
        (Dates.ENGLISH_US, "Mon, Nov 23, 2026 5:05 PM"),
        (Dates.GERMAN, "Mo., 23. Nov. 2026 17:05"),
        (Dates.FRENCH, "lun. 23 nov. 2026 17:05"),
        (Dates.SPANISH, "lun, 23 nov 2026 17:05"),
        (Dates.DUTCH, "ma 23 nov 2026 17:05"),
        (Dates.ITALIAN, "lun 23 nov 2026 17:05"),
        (Dates.JAPANESE, "2026年11月23日(月) 17:05"),
    ],
)
def test_a_moment_in_each_language(style: Dates, words: str) -> None:
    assert moment_words(MOMENT, BERLIN, style) == words


@given(day=st.dates(date(1900, 1, 1), date(2199, 12, 31)), style=st.sampled_from(Dates))
def test_every_date_has_words_with_its_day_and_year(day: date, style: Dates) -> None:
    words = day_words(day, style)
    assert str(day.day) in words
    assert str(day.year) in words
    assert words == words.replace("\u202f", " ").replace("\u00a0", " ").strip()


def test_every_language_has_a_name() -> None:
    assert set(NAMES) == set(Dates)


def test_the_day_is_that_of_the_zone() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert moment_words(late, BERLIN, Dates.ISO) == "Tue 2026-11-24 00:30"
    assert time_words(late, BERLIN, Dates.ENGLISH_US) == "12:30 AM"


def test_babel_is_imported_by_nobody_who_does_not_want_it() -> None:
    asked = "import sys, bot.app, commands.dates as d, datetime; d.day_words(datetime.date(2026, 1, 1), d.Dates.ISO); "
    found = subprocess.run([sys.executable, "-c", asked + "print('babel' in sys.modules)"], capture_output=True)
    assert found.stdout.strip() == b"False", found.stderr
