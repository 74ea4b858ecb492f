"""ISO weeks: their labels, their Mondays, and what people write for them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers import weeks

DAYS = st.dates(date(1970, 1, 5), date(2999, 12, 31))


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("2026-W46", date(2026, 11, 9)),
        ("2026W46", date(2026, 11, 9)),
        (" 2026-W46\n", date(2026, 11, 9)),
        ("2026-11-09", date(2026, 11, 9)),  # its Monday
        ("2026-11-15", date(2026, 11, 9)),  # its Sunday
        ("20261112", date(2026, 11, 9)),
        ("2026-W46-3", date(2026, 11, 9)),
        ("2026-W53", date(2026, 12, 28)),  # a year with 53 weeks
        ("2020-W53", date(2020, 12, 28)),
        ("2027-01-01", date(2026, 12, 28)),  # belongs to the last week of the year before
        ("2024-12-30", date(2024, 12, 30)),  # belongs to the first week of the year after
        ("2025-W01", date(2024, 12, 30)),
        ("1970-01-05", date(1970, 1, 5)),
    ],
)
def test_a_week_is_understood_however_it_is_written(text: str, monday: date) -> None:
    assert weeks.parse(text) == monday


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2025-W53", "there is no week 2025-W53"),
        ("2026-W00", "there is no week 2026-W00"),
        ("2026-W54", "there is no week 2026-W54"),
        ("2026-02-30", "“2026-02-30” is no week; write 2026-W46 or a date such as 2026-11-09"),
        ("46", "“46” is no week; write 2026-W46 or a date such as 2026-11-09"),
        ("9.11.2026", "“9.11.2026” is no week; write 2026-W46 or a date such as 2026-11-09"),
        ("", "“” is no week; write 2026-W46 or a date such as 2026-11-09"),
    ],
)
def test_what_is_no_week_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="week") as told:
        weeks.parse(text)
    assert str(told.value) == sentence


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 11, 18), "2026-W47"),
        (date(2026, 1, 1), "2026-W01"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2024, 12, 31), "2025-W01"),
    ],
)
def test_the_label_names_the_iso_year(day: date, label: str) -> None:
    assert weeks.label(day) == label


@given(DAYS)
def test_a_label_is_read_back_as_its_monday(day: date) -> None:
    assert weeks.parse(weeks.label(day)) == weeks.monday(day) == weeks.parse(day.isoformat())


@given(DAYS)
def test_a_number_is_read_back_as_its_monday(day: date) -> None:
    assert weeks.start(weeks.number(day)) == weeks.monday(day)
    assert weeks.monday(day) <= day < weeks.monday(day) + timedelta(weeks=1)


@given(DAYS)
def test_numbers_count_weeks(day: date) -> None:
    assert weeks.number(day + timedelta(weeks=1)) == weeks.number(day) + 1 > 0
    assert weeks.number(weeks.monday(day)) == weeks.number(day)


@given(st.text(max_size=60))
def test_any_text_is_a_monday_or_a_sentence(text: str) -> None:
    try:
        assert weeks.parse(text).weekday() == 0
    except ValueError as told:
        assert "week" in str(told)
        assert len(str(told)) <= 110
