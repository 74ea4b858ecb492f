"""Importing 10,000 documents beside parsing them alone, and a usage file beside plain sqlite3."""

import itertools
import shutil
import sqlite3
from pathlib import Path

from benchmarks import documents, seeds
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, Row, at_least, at_most, compared
from benchmarks.processes import Child, module
from benchmarks.rounds import Sample, Samples, Side, interleave
from customers.usage import CHUNK

PATIENCE = 300.0
DISK = "Storing waits for the disk at the end of every transaction."
PAGES = "A file that is ordered by week touches most pages of the table in every one of its transactions."
_WEEKS = 260


async def measure(bench: Bench) -> Outcome:
    """Every run is a process of its own on a fresh database."""
    many, some = bench.size(10_000, 600), bench.size(2_000, 150)
    documents.write_folder(bench.folder / "many", range(many))
    documents.write_folder(bench.folder / "some", range(some))
    work = Work(bench.folder)
    folders = await interleave(
        [
            Side("import", lambda: work.on_new("import", "many", many)),
            Side("import some", lambda: work.on_new("import", "some", some)),
            Side("parse", lambda: work.run("parse", str(bench.folder / "many"), count=many)),
        ],
        bench.rounds,
    )
    customers = bench.size(1_000, 100)
    await seeds.imported(f"sqlite:///{bench.folder}/seeded.sqlite3", bench.folder / "seeded", customers)
    work.forget_usage(bench.folder / "seeded.sqlite3")
    rows = documents.write_usage(bench.folder / "usage.csv", range(customers), _WEEKS)
    usage = await interleave(
        [Side(name, Copied(work, name, rows)) for name in ("usage", "upsert", "read-upsert")], bench.rounds
    )
    size = sum(file.stat().st_size for file in (bench.folder / "many").iterdir()) / 2**20
    return Outcome("import", tuple(_rows(folders, usage)), _notes(many, some, rows, size))


class Copied:
    """A piece of usage work on a fresh copy of the seeded database."""

    def __init__(self, work: "Work", name: str, rows: int) -> None:
        self._work = work
        self._name = name
        self._rows = rows

    async def __call__(self) -> Sample:
        return await self._work.on_copy(self._name, self._rows)


class Work:
    """Runs `benchmarks.work`; speed is customers or rows a second of the work alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    async def run(self, *arguments: str, count: int) -> Sample:
        async with Child(module("benchmarks.work", *arguments), log=self._folder / "work.log") as child:
            found = await child.said(PATIENCE)
        if found["count"] != count or found["problems"]:
            raise AssertionError(f"{arguments[0]}: {found} instead of {count} without a problem")
        return {"rate": count / found["seconds"], "peak": found["peak"]}

    async def on_new(self, name: str, documents_in: str, count: int) -> Sample:
        """On an empty database, which is removed afterwards."""
        place = self._folder / f"new-{next(self._numbers)}"
        place.mkdir()
        try:
            url = f"sqlite:///{place}/dossier.sqlite3"
            return await self.run(name, str(self._folder / documents_in), url, count=count)
        finally:
            shutil.rmtree(place)

    async def on_copy(self, name: str, count: int) -> Sample:
        """On a copy of the database with customers and without usage."""
        place = self._folder / f"copy-{next(self._numbers)}"
        place.mkdir()
        try:
            file = shutil.copy(self._folder / "seeded.sqlite3", place / "dossier.sqlite3")
            where = f"sqlite:///{file}" if name == "usage" else str(file)
            return await self.run(name, str(self._folder / "usage.csv"), where, count=count)
        finally:
            shutil.rmtree(place)

    def forget_usage(self, file: Path) -> None:
        """Empties the table, and folds the log into the file so that it can be copied."""
        connection = sqlite3.connect(file)
        connection.execute("DELETE FROM usage")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def _rows(folders: Samples, usage: Samples) -> list[Row]:
    return [
        compared("importing a folder ÷ parsing it", folders, "rate", ("import", "parse"), at_least(0.5),
                 unit="customers/s", why=DISK),
        compared("most memory for many files ÷ for some", folders, "peak", ("import", "import some"), at_most(1.15),
                 unit="MiB"),
        compared("usage file ÷ sqlite3 with rows already parsed", usage, "rate", ("usage", "upsert"), at_least(0.5),
                 unit="rows/s", why=PAGES),
        compared("usage file ÷ sqlite3 that reads the file too", usage, "rate", ("usage", "read-upsert"),
                 unit="rows/s"),
    ]  # fmt: skip


def _notes(many: int, some: int, rows: int, size: float) -> tuple[str, ...]:
    return (
        f"Many are {many:,} files with one customer each ({size:.0f} MiB), some are {some:,}; every round imports "
        "into an empty database. The design says “flat” without a number: up to 1.15 is taken as flat.",
        f"The usage file has {rows:,} rows. Ours reads, checks and names each row and stores {CHUNK:,} a transaction; "
        "the yardstick is one `executemany` of upserts in one transaction with the same WAL and synchronous=FULL, "
        "first with rows parsed before the clock starts (the strict one), then reading the file without checking it.",
    )
