"""A usage file: what is wrong in a row is told with its line, and the rest goes in. Today is 2026-11-18."""

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers import usage, weeks
from customers.usage import NoUsageFile, Row, read

TODAY = date(2026, 11, 18)
HEADING = "customer,week,active_users,seats"
W46 = weeks.number(date(2026, 11, 9))
CUSTOMERS = {"acme": 1, "acme inc": 1, "beta": 2, "ünïcode": 3}


def known(text: str) -> int | None:
    return CUSTOMERS.get(text.strip().casefold())


def told(text: str, today: date = TODAY) -> tuple[list[Row], list[str]]:
    """All rows and all problems of a file with this content."""
    chunks = list(read(io.StringIO(text, newline=""), today, known))
    return [row for chunk in chunks for row in chunk.rows], [str(bad) for chunk in chunks for bad in chunk.bad]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("acme,2026-W45,-5,1", "“-5” is not a whole number from 0"),
        ("acme,2026-W45,NaN,1", "“NaN” is not a whole number from 0"),
        ("acme,2026-W45,inf,1", "“inf” is not a whole number from 0"),
        ("acme,2026-W45,1e5,1", "“1e5” is not a whole number from 0"),
        ("acme,2026-W45,1.5,1", "“1.5” is not a whole number from 0"),
        ("acme,2026-W45,0x1F,1", "“0x1F” is not a whole number from 0"),
        ("acme,2026-W45,1_000,1", "“1_000” is not a whole number from 0"),
        ('acme,2026-W45,"1,000",1', "“1,000” is not a whole number from 0"),
        ("acme,2026-W45,٣,1", "“٣” is not a whole number from 0"),
        ("acme,2026-W45,100000001,1", "“100000001” is not a whole number from 0"),
        (f"acme,2026-W45,{'9' * 60},1", f"“{'9' * 40}” is not a whole number from 0"),
        ("acme,2026-W45,,1", "“” is not a whole number from 0"),
        ("acme,2026-W45,5,many", "“many” is not a whole number from 0"),
        ("acme,2026-W48,5,1", "week “2026-W48” lies in the future"),
        ("acme,2026-11-23,5,1", "week “2026-11-23” lies in the future"),
        ("acme,1969-12-28,5,1", "week “1969-12-28” lies before 1970"),
        ("acme,2025-W53,5,1", "there is no week 2025-W53"),
        ("acme,soon,5,1", "“soon” is no week; write 2026-W46 or a date such as 2026-11-09"),
        ("acme,,5,1", "“” is no week; write 2026-W46 or a date such as 2026-11-09"),
        ("nobody,2026-W45,5,1", "no customer is called “nobody”"),
        ("acm,2026-W45,5,1", "no customer is called “acm”"),
        (",2026-W45,5,1", "no customer named"),
        ("acme\0,2026-W45,5,1", "no customer is called “acme\ufffd”"),
        ("beta,2026-W46,9,1", "a second row for “beta” in week 2026-W46"),
        ("beta,2026-11-12,9,1", "a second row for “beta” in week 2026-W46"),
        ("acme,2026-W45", "only 2 of the columns"),
        ("acme", "only 1 of the columns"),
        ("acme;2026-W45;5;1", "no customer is called “acme;2026-W45;5;1”"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_the_rest_goes_in(row: str, why: str) -> None:
    rows, problems = told(f"{HEADING}\nbeta,2026-W46,7,9\n{row}\nacme,2026-W46,5,8\n")
    assert rows == [(2, W46, 7, 9), (1, W46, 5, 8)]
    assert problems == [f"line 3: {why}"]


@pytest.mark.parametrize(
    ("row", "stored"),
    [
        ("acme,2026-W46,5,8", (1, W46, 5, 8)),
        ("acme,2026-W46,5,", (1, W46, 5, None)),
        ("acme,2026-W46,5, ", (1, W46, 5, None)),
        ("acme,2026-W46,5", (1, W46, 5, None)),
        ("acme,2026-W46,5,0", (1, W46, 5, None)),  # no seats are unknown seats
        ("acme,2026-W46,0,8", (1, W46, 0, 8)),
        ("acme,2026-W46,5.0,8", (1, W46, 5, 8)),  # as spreadsheets write it
        (" acme , 2026-W46 , 5 , 8 ", (1, W46, 5, 8)),
        ('"Acme Inc",2026-W46,"5",8', (1, W46, 5, 8)),
        ("acme,2026-W46,100000000,8", (1, W46, 100_000_000, 8)),
        ("acme,2026-W46,5,8,more,columns", (1, W46, 5, 8)),
        ("acme,2026W46,5,8", (1, W46, 5, 8)),
        ("acme,2026-11-09,5,8", (1, W46, 5, 8)),
        ("acme,2026-11-15,5,8", (1, W46, 5, 8)),
        ("acme,2026-W47,5,8", (1, W46 + 1, 5, 8)),  # the running week
        ("ÜNÏCODE,2026-W46,5,8", (3, W46, 5, 8)),
    ],
)
def test_a_row_that_can_be_understood_is_stored(row: str, stored: Row) -> None:
    assert told(f"{HEADING}\n{row}\n") == ([stored], [])


@pytest.mark.parametrize(
    ("day", "monday"),
    [("2027-01-01", date(2026, 12, 28)), ("2026-W53", date(2026, 12, 28)), ("2025-W01", date(2024, 12, 30))],
)
def test_a_week_over_new_year_is_one_week(day: str, monday: date) -> None:
    rows, problems = told(f"{HEADING}\nacme,{day},5,8\n", date(2027, 1, 10))
    assert (rows, problems) == ([(1, weeks.number(monday), 5, 8)], [])


@pytest.mark.parametrize(
    "heading",
    [
        "customer,week,active_users",
        "\ufeffcustomer,week,active_users",
        '\ufeff"customer","week","active_users"',
        "Customer, ISO Week ,Active Users",
        "slug,date,WAU",
        "account,week_start,users,region",
        "name,week,active",
    ],
)
def test_a_heading_has_synonyms(heading: str) -> None:
    assert told(f"{heading}\nacme,2026-W46,5\n") == ([(1, W46, 5, None)], [])


def test_columns_may_stand_in_any_order() -> None:
    assert told("region,seats,active_users,week,customer\nEU,8,5,2026-W46,acme\n") == ([(1, W46, 5, 8)], [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "",
            "the heading lacks customer, week, active_users; the first line must be customer,week,active_users[,seats]",
        ),
        ("\n", "the heading lacks customer, week, active_users;"),
        ("customer,week\n", "the heading lacks active_users;"),
        ("acme,2026-W46,5\n", "the heading lacks customer, week, active_users;"),
        ("customer;week;active_users\n", "the columns are parted by semicolons;"),
        ("a" * 200_000, "the heading is unreadable: field larger than field limit"),
    ],
)
def test_a_file_without_its_heading_is_refused_as_a_whole(text: str, problem: str) -> None:
    with pytest.raises(NoUsageFile) as refused:
        told(text)
    assert str(refused.value).startswith(f"line 1: {problem}")


def test_line_ends_of_every_system_are_read() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = end.join([HEADING, "acme,2026-W46,5,8", "", "nobody,2026-W46,5,8", "beta,2026-W46,7,9"])
        assert told(text) == ([(1, W46, 5, 8), (2, W46, 7, 9)], ["line 4: no customer is called “nobody”"])


def test_a_quotation_mark_nobody_closed_takes_nothing_from_the_rows_below() -> None:
    rows, problems = told(f'{HEADING}\nacme,2026-W46,5,8\n"beta,2026-W46,7,9\nacme,2026-W45,5,8\n')
    assert rows == [(1, W46, 5, 8), (2, W46, 7, 9), (1, W46 - 1, 5, 8)]
    assert problems == []


def test_a_cell_over_many_lines_is_told_line_by_line_and_later_rows_keep_their_numbers() -> None:
    rows, problems = told(f'{HEADING}\n"no\nbody",2026-W46,5,8\nbeta,2026-W46,x,9\n"acme",2026-W46,"5",8\n')
    assert rows == [(1, W46, 5, 8)]
    assert problems == [
        "line 2: no customer is called “no”",
        "line 3: no customer is called “body”",
        "line 4: “x” is not a whole number from 0",
    ]


def test_a_row_that_still_swallows_others_says_how_far_it_went() -> None:
    rows, problems = told(f'{HEADING}\nacme,2026-W46,5,8\nno"body,"2026-W46,5,8\nbeta,2026-W46,7,9\n')
    assert rows == [(1, W46, 5, 8)]
    assert problems == ['line 3: no customer is called “no"body” (in quotation marks up to line 4)']


def test_an_endless_cell_ends_the_file_and_says_so() -> None:
    rows, problems = told(f"{HEADING}\nacme,2026-W46,5,8\n{'x' * 200_000},2026-W46,7,9\n")
    assert rows == [(1, W46, 5, 8)]
    assert problems == ["line 3: unreadable from here on: field larger than field limit (131072)"]


def test_a_wrong_row_does_not_stand_in_the_way_of_its_correction() -> None:
    rows, problems = told(f"{HEADING}\nacme,2026-W46,x,8\nacme,2026-W46,5,8\n")
    assert (rows, len(problems)) == ([(1, W46, 5, 8)], 1)


def test_large_files_come_in_chunks_with_the_lines_of_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "CHUNK", 5_000)
    rows = [f"acme,{weeks.label(weeks.start(number))},5,8\n" for number in range(2_900)]
    text = f"{HEADING}\n{''.join(rows)}{''.join(row.replace('acme', 'beta') for row in rows)}nobody,2026-W46,1,1\n"
    chunks = list(read(io.StringIO(text), TODAY, known))
    assert [len(chunk.rows) for chunk in chunks] == [5_000, 800]
    assert [str(bad) for bad in chunks[-1].bad] == ["line 5802: no customer is called “nobody”"]


ROWS = st.lists(
    st.tuples(
        st.sampled_from([1, 2, 3]),
        st.integers(0, W46),
        st.integers(0, usage.LARGEST),
        st.none() | st.integers(1, 10**6),
    ),
    max_size=20,
    unique_by=lambda row: (row[0], row[1]),
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.booleans())
def test_rows_written_down_are_read_back(rows: list[Row], dates: bool) -> None:
    names = {1: "Acme", 2: "beta", 3: "Ünïcode"}
    shown = (
        f"{names[who]},{start.isoformat() if dates else weeks.label(start)},{active},{seats or ''}"
        for who, start, active, seats in ((who, weeks.start(week), active, seats) for who, week, active, seats in rows)
    )
    assert told("\n".join([HEADING, *shown])) == (rows, [])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.sampled_from('acme,beta2026-W4605."\n\r\0;'), max_size=30), max_size=8))
def test_every_line_is_stored_or_told(lines: list[str]) -> None:
    rows, problems = told("\n".join([HEADING, *lines]))
    numbers = [int(problem.removeprefix("line ").partition(":")[0]) for problem in problems]
    assert numbers == sorted(numbers)
    assert all(2 <= number <= 2 + sum(1 + line.count("\r") + line.count("\n") for line in lines) for number in numbers)
    assert all(who in (1, 2) and week <= W46 + 1 for who, week, _, _ in rows)
