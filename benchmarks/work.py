"""Long work in a process of its own: `python -m benchmarks.work parse|import|usage|upsert|read-upsert …`.

Prints one line of JSON: seconds of the work alone, what came of it, and the most memory the process ever held.
"""

import asyncio
import csv
import json
import sqlite3
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.seeds import now
from bot.catalogue import Importer, read_only
from bot.feed import import_usage
from customers import weeks
from storage.database import open_database

_MOST_MB = 16
_UPSERT = (
    "INSERT INTO usage (customer_id, week, active, seats) VALUES (?, ?, ?, ?) ON CONFLICT (customer_id, week) "
    "DO UPDATE SET active = excluded.active, seats = excluded.seats"
)
Found = dict[str, Any]


def parse(folder: str) -> Found:
    """Reads and parses every document, stores nothing."""
    began = perf_counter()
    read, problems = read_only(Path(folder), _MOST_MB)
    return {"seconds": perf_counter() - began, "count": len(read), "problems": len(problems)}


def import_(folder: str, url: str) -> Found:
    """`dossier import` without the start of a process."""

    async def work() -> Found:
        database = await open_database(url)
        try:
            began = perf_counter()
            report = await Importer(database.catalogue, Path(folder), now, _MOST_MB).run()
            seconds = perf_counter() - began
        finally:
            await database.close()
        return {"seconds": seconds, "count": report.counts.added, "problems": len(report.problems)}

    return asyncio.run(work())


def usage(file: str, url: str) -> Found:
    """`dossier usage import` without the start of a process."""

    async def work() -> Found:
        database = await open_database(url)
        try:
            began = perf_counter()
            report = await import_usage(database, lines, now(), now().date())
            seconds = perf_counter() - began
        finally:
            await database.close()
        return {"seconds": seconds, "count": report.stored, "problems": report.left_out}

    with Path(file).open(encoding="utf-8", newline="") as lines:
        return asyncio.run(work())


def upsert(file: str, database: str) -> Found:
    """The yardstick: the same rows, parsed before the clock starts, in one executemany and one commit."""
    return _upserted(database, lambda connection: list(_rows(file, connection)))


def read_upsert(file: str, database: str) -> Found:
    """The yardstick with its own reading of the file inside the clock, without any check of what it reads."""
    return _upserted(database, lambda connection: connection, lambda connection: _rows(file, connection))


def _upserted(
    database: str,
    before: Callable[[sqlite3.Connection], Any],
    inside: Callable[[sqlite3.Connection], Iterable[Any]] | None = None,
) -> Found:
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    prepared = before(connection)
    began = perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_UPSERT, inside(connection) if inside else prepared)
    connection.execute("COMMIT")
    seconds = perf_counter() - began
    count = connection.execute("SELECT count(*) FROM usage").fetchone()[0]
    connection.close()
    return {"seconds": seconds, "count": count, "problems": 0}


def _rows(file: str, connection: sqlite3.Connection) -> Iterable[tuple[int, int, int, int]]:
    ids = dict(connection.execute("SELECT name, id FROM customers").fetchall())
    numbers: dict[str, int] = {}
    with Path(file).open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        for name, week, active, seats in reader:
            number = numbers.get(week)
            if number is None:
                number = numbers[week] = weeks.number(weeks.parse(week))
            yield ids[name], number, int(active), int(seats)


_WORK: dict[str, Callable[..., Found]] = {
    "parse": parse,
    "import": import_,
    "usage": usage,
    "upsert": upsert,
    "read-upsert": read_upsert,
}


def main() -> None:
    """One piece of work."""
    found = _WORK[sys.argv[1]](*sys.argv[2:])
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps(found | {"peak": int(peak.split()[1]) / 1024}), flush=True)


if __name__ == "__main__":
    main()
