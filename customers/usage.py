"""Reading a usage file: `customer,week,active_users[,seats]`, one row per customer and ISO week.

A wrong row is reported with its line number and left out; the rest goes in (design: "Bad inputs", usage). Every
distinct text is understood once and remembered, because a file repeats its weeks, names and counts all the time.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Protocol

from customers import weeks

COLUMNS = ("customer", "week", "active_users")
CHUNK = 20_000  # rows that are stored in one transaction
PULLED = "usage_query"  # the feed that remembers how the last pull from the product's database went
LARGEST = 100_000_000  # users; more is a mistake of the export, not a customer
_WHOLE = re.compile(r"(\d{1,12})(?:\.0+)?")
_SYNONYMS = {
    "customer": "customer", "slug": "customer", "account": "customer", "name": "customer",
    "week": "week", "iso_week": "week", "week_start": "week", "date": "week",
    "active_users": "active_users", "active": "active_users", "wau": "active_users", "users": "active_users",
    "seats": "seats", "licences": "seats", "licenses": "seats",
}  # fmt: skip

Row = tuple[int, int, int, int | None]  # customer id, week number, active users, seats


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, and why."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


@dataclass(frozen=True, slots=True)
class Failed:
    """A pull from the product's database that failed: when, and why in words of ours, never the server's."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the usage feed reaches: the number of the last week that was over when it came, when anything that is
    judged last changed, and how often. `pulled` is the last pull from the product's database that worked, `failed` the
    one after it that did not.
    """

    version: int = 0
    last_week: int | None = None
    at: datetime | None = None
    failed: Failed | None = None
    pulled: datetime | None = None


@dataclass(slots=True)
class Chunk:
    """Some rows that can be stored, and the rows between them that cannot."""

    rows: list[Row] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


class NoUsageFile(ValueError):
    """The file as a whole cannot be read; the message names the columns it needs."""


class _Bad(Exception):
    """Why one cell cannot be understood."""


class _Memo(dict[str, int]):
    """Understands each distinct text once; raises _Bad for what cannot be understood."""

    def __init__(self, understand: Callable[[str], int]) -> None:
        super().__init__()
        self._understand = understand

    def __missing__(self, text: str) -> int:
        value = self[text] = self._understand(text)
        return value


def read(lines: Iterable[str], today: date, customer_of: Callable[[str], int | None]) -> Iterator[Chunk]:
    """Chunks in the order of the file. `customer_of` knows the exact names (name, alias, slug) and never guesses.

    Raises NoUsageFile when the heading is wrong.
    """
    reader = csv.reader(_clean(lines), strict=False)
    try:
        at = _columns(next(reader, None))
    except csv.Error as problem:
        raise NoUsageFile(f"line 1: the heading is unreadable: {problem}") from problem
    yield from _chunks(reader, at, _Known(today, customer_of))


class Table:
    """The same for rows that a database answered: read them piece by piece with `chunk`.

    Raises NoUsageFile when `columns` lack one. A row's line is its number, from 1.
    """

    def __init__(self, columns: Sequence[str], today: date, customer_of: Callable[[str], int | None]) -> None:
        try:
            self._at = _columns(list(columns))
        except NoUsageFile:
            told = ", ".join(columns)[:200] or "nothing"
            raise NoUsageFile(f"it answers {told}; name its columns customer, week, active_users[, seats]") from None
        self._known = _Known(today, customer_of)
        self._row = 0

    def chunk(self, rows: Sequence[Sequence[object]]) -> Chunk:
        """What of these rows can be stored; at most CHUNK at a time, in the order of the query."""
        cells = _Cells(rows, self._row)
        self._row += len(rows)
        return next(_chunks(cells, self._at, self._known))


class _Known:
    """What was understood of one feed so far: every distinct text once, and which rows came already."""

    def __init__(self, today: date, customer_of: Callable[[str], int | None]) -> None:
        self.ids, self.weeks, self.counts = _Memo(_named(customer_of)), _Memo(_week(today)), _Memo(_count)
        self.licences = _Memo(lambda text: _count(text) if text.strip() else 0)
        self.seen: set[int] = set()


class _Numbered(Protocol):
    """Rows of cells that know how far they are: csv.reader, or a table."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


class _Cells:
    """Values of a database as the texts of a file."""

    def __init__(self, rows: Sequence[Sequence[object]], before: int) -> None:
        self._rows = iter(rows)
        self.line_num = before

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        row = next(self._rows)
        self.line_num += 1
        return [_text(value) for value in row]


def _text(value: object) -> str:
    """A date is its day. A moment with a zone is one at midnight UTC only: nobody knows whose Monday another is."""
    if isinstance(value, datetime):
        if value.tzinfo is not None and value.astimezone(UTC).time() == time():
            value = value.astimezone(UTC)
        elif value.tzinfo is not None:
            return f"{value.isoformat()} (cast the week to date)"
        return value.date().isoformat()
    return "" if value is None else str(value)


def _chunks(reader: _Numbered, at: Mapping[str, int], known: _Known) -> Iterator[Chunk]:
    customer, week, active, seats_at = at["customer"], at["week"], at["active_users"], at.get("seats")
    ids, numbers, counts, licences, seen = known.ids, known.weeks, known.counts, known.licences, known.seen
    chunk = Chunk()
    line = reader.line_num + 1  # where a row begins; in quotation marks it may go on for many lines
    try:
        for cells in reader:
            try:
                who, when = ids[cells[customer]], numbers[cells[week]]
                seats = None
                if seats_at is not None and seats_at < len(cells):
                    seats = licences[cells[seats_at]] or None
                key = who * 100_000 + when
                if key in seen:
                    raise _Bad(f"a second row for {_short(cells[customer])} in week {weeks.label(weeks.start(when))}")
                chunk.rows.append((who, when, counts[cells[active]], seats))
                seen.add(key)
            except _Bad as problem:
                chunk.bad.append(_left_out(line, reader.line_num, str(problem)))
            except IndexError:
                if any(cells):
                    chunk.bad.append(_left_out(line, reader.line_num, f"only {len(cells)} of the columns"))
            line = reader.line_num + 1
            if len(chunk.rows) + len(chunk.bad) >= CHUNK:
                yield chunk
                chunk = Chunk()
    except csv.Error as problem:
        chunk.bad.append(BadRow(line, f"unreadable from here on: {problem}"))
    yield chunk


def _left_out(line: int, until: int, why: str) -> BadRow:
    """A quotation mark that nobody closed swallows the rows after it, so it is said how far it went."""
    return BadRow(line, f"{why} (in quotation marks up to line {until})" if until > line else why)


def _clean(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            line = line.removeprefix("\ufeff")
        if '"' in line and line.count('"') % 2:
            line = line.replace('"', "")  # an open quote must not swallow the lines below it
        yield line.replace("\0", "\ufffd") if "\0" in line else line


def _columns(header: list[str] | None) -> dict[str, int]:
    if header and len(header) == 1 and ";" in header[0]:
        raise NoUsageFile("line 1: the columns are parted by semicolons; save the file as CSV with commas")
    names = [_SYNONYMS.get(cell.strip().casefold().replace(" ", "_"), "") for cell in header or ()]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise NoUsageFile(
            f"line 1: the heading lacks {', '.join(missing)}; the first line must be customer,week,active_users[,seats]"
        )
    return {name: at for at, name in enumerate(names) if name}


def _named(customer_of: Callable[[str], int | None]) -> Callable[[str], int]:
    def understand(text: str) -> int:
        found = customer_of(text)
        if found is None:
            raise _Bad(f"no customer is called {_short(text)}" if text.strip() else "no customer named")
        return found

    return understand


def _week(today: date) -> Callable[[str], int]:
    this_week = weeks.number(today)

    def understand(text: str) -> int:
        try:
            week = weeks.number(weeks.parse(text))
        except ValueError as problem:
            raise _Bad(str(problem)) from None
        if week > this_week:
            raise _Bad(f"week {_short(text)} lies in the future")
        if week < 0:
            raise _Bad(f"week {_short(text)} lies before 1970")
        return week

    return understand


def _count(text: str) -> int:
    match = _WHOLE.fullmatch(text.strip())
    if not match or int(match[1]) > LARGEST or not text.isascii():
        raise _Bad(f"{_short(text)} is not a whole number from 0")
    return int(match[1])


def _short(text: str) -> str:
    return f"“{' '.join(text[:100].split())[:40]}”"
