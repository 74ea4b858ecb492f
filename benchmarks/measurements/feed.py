"""A usage file into PostgreSQL beside COPY into a staging table and INSERT … ON CONFLICT of rows already parsed."""

import csv
from pathlib import Path
from time import perf_counter

from benchmarks import documents, seeds
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, Row, at_least, compared
from benchmarks.postgres import NoPostgres, postgres
from benchmarks.rounds import Sample, Side, interleave
from bot.feed import import_usage
from customers import weeks
from customers.scope import All
from customers.usage import CHUNK
from storage.database import Database, open_database

GOAL = at_least(0.5)
WHAT = "usage file ÷ COPY and one INSERT … ON CONFLICT of rows already parsed"
_WEEKS = 260
_STAGE = "CREATE TEMPORARY TABLE staged (customer_id bigint, week int, active int, seats int) ON COMMIT DROP"
_MERGE = (
    "INSERT INTO usage (customer_id, week, active, seats) SELECT customer_id, week, active, seats FROM staged "
    "ON CONFLICT (customer_id, week) DO UPDATE SET active = excluded.active, seats = excluded.seats"
)
_COLUMNS = ["customer_id", "week", "active", "seats"]
Parsed = list[tuple[int, int, int, int]]


async def measure(bench: Bench) -> Outcome:
    """Each into an empty table of the same server. SQLite's part is in `import`."""
    customers = bench.size(1_000, 100)
    file = bench.folder / "usage.csv"
    rows = documents.write_usage(file, range(customers), _WEEKS)
    try:
        with postgres() as url:
            await seeds.imported(url, bench.folder / "seeded", customers)
            database = await open_database(url)
            try:
                row = await _row(database, file, rows, bench.rounds)
            finally:
                await database.close()
    except NoPostgres as problem:
        row = Row.absent(WHAT, GOAL, str(problem))
    return Outcome("feed", (row,), _notes(rows))


async def _row(database: Database, file: Path, rows: int, rounds: int) -> Row:
    _, named = await database.records.names(All("benchmark"))
    parsed = _parsed(file, {one.name: one.customer_id for one in named})
    sides = [Side("ours", lambda: _imported(database, file, rows)), Side("copy", lambda: _copied(database, parsed))]
    return compared(WHAT, await interleave(sides, rounds), "rate", ("ours", "copy"), GOAL, unit="rows/s")


async def _imported(database: Database, file: Path, rows: int) -> Sample:
    await _empty(database)
    now = seeds.now()
    with file.open(encoding="utf-8", newline="") as lines:
        began = perf_counter()
        report = await import_usage(database, lines, now, now.date())
        seconds = perf_counter() - began
    if report.stored != rows or report.left_out:
        raise AssertionError(f"{report.stored} of {rows} rows stored, {report.left_out} left out")
    return {"rate": rows / seconds}


async def _copied(database: Database, parsed: Parsed) -> Sample:
    await _empty(database)
    async with database._writer.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        began = perf_counter()
        async with driver.transaction():
            await driver.execute(_STAGE)
            await driver.copy_records_to_table("staged", records=parsed, columns=_COLUMNS)
            await driver.execute(_MERGE)
        seconds = perf_counter() - began
    return {"rate": len(parsed) / seconds}


async def _empty(database: Database) -> None:
    await database._facts.run(lambda connection: connection.exec_driver_sql("TRUNCATE usage"))


def _parsed(file: Path, ids: dict[str, int]) -> Parsed:
    numbers: dict[str, int] = {}
    found = []
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            week = numbers.setdefault(row["week"], weeks.number(weeks.parse(row["week"])))
            found.append((ids[row["customer"]], week, int(row["active_users"]), int(row["seats"])))
    return found


def _notes(rows: int) -> tuple[str, ...]:
    return (
        f"{rows:,} rows. Ours reads, checks and names each of them and stores {CHUNK:,} a transaction; the yardstick "
        "has them as numbers before the clock starts and stores them in one transaction.",
    )
