"""The weekly check and a digest over a herd. `python -m benchmarks.watching URL` does both in a process of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import Connection, text

from benchmarks import herd
from benchmarks.rounds import Sample, Side
from customers import weeks
from customers.digest import Window
from customers.editions import Wanted
from customers.facts import Thresholds
from customers.records import WAITING
from customers.scope import All
from customers.sweep import Day
from storage.database import Database, open_database
from storage.marks import judged
from storage.sweep import AT_ONCE, CHUNKS, moments

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
LIMITS = Thresholds()
WEEK = timedelta(weeks=1)
_SCOPE = All("benchmark")
_SUM = text("SELECT sum(active) FROM usage")


@dataclass(frozen=True, slots=True)
class Watching:
    """Everything that is measured over one database of `count` customers."""

    database: Database
    count: int

    def sides(self) -> list[Side]:
        """Each is timed once a round."""
        return [
            Side("scan", self.scan),
            Side("read", self.read),
            Side("check", self.check),
            Side("digest", self.digest),
        ]

    async def scan(self) -> Sample:
        """The yardstick."""
        began = perf_counter()
        await self.database._facts.read(lambda connection: connection.scalar(_SUM))
        return _since(began)

    async def read(self) -> Sample:
        """The check's own statement, whose rows the database counts instead of keeping them."""
        dialect = "sqlite" if self.database.file else "postgresql"
        everybody = judged(Day(LIMITS, TODAY, TODAY - WEEK), dialect)
        query = f"SELECT count(marks), count(colour), count(seats) FROM ({everybody}) one"
        chunks = iter(range(0, self.count, CHUNKS[dialect]))

        async def work() -> None:
            for after in chunks:
                values = {"after": after, "until": after + CHUNKS[dialect], "now": NOW, "waiting": NOW - WAITING}
                await self.database._facts.read(lambda one, v=values: one.execute(moments(text(query)), v).one())

        began = perf_counter()
        await asyncio.gather(*(work() for _ in range(AT_ONCE[dialect])))
        return _since(began)

    async def check(self) -> Sample:
        """As in the bot, for a week of which nothing is kept yet."""
        await self._forget(weeks.number(TODAY - WEEK))
        began = perf_counter()
        await self.judge(TODAY)
        return _since(began)

    async def _forget(self, week: int) -> None:
        """Takes the week away, so that every round adds rows as a new week does, and not between dead ones."""

        def work(connection: Connection) -> None:
            connection.exec_driver_sql(f"DELETE FROM snapshots WHERE week = {week}")
            connection.exec_driver_sql("DELETE FROM alerts")

        await self.database._facts.run(work)
        if self.database.file is None:
            await herd.vacuum(self.database, "snapshots, alerts")

    async def judge(self, today: date) -> None:
        """The weekly check without its slot, and without telling anybody."""
        await self.database.sweeps.judge(_SCOPE, Day(LIMITS, today, weeks.monday(today) - WEEK), NOW)

    async def digest(self) -> Sample:
        """Both questions of a digest of everybody that was last made a week ago."""
        week = weeks.number(TODAY - WEEK)
        window = Window(week, week - 1, None, NOW - WEEK, False)
        began = perf_counter()
        await self.database.digests.bounds(_SCOPE, week)
        await self.database.digests.material(_SCOPE, Wanted((), (), TODAY, TODAY - WEEK), window, NOW)
        return _since(began)


@asynccontextmanager
async def herd_in(url: str, folder: Path, count: int, *, light: bool = False) -> AsyncIterator[Watching]:
    """A database with so many customers and the snapshots of eleven weeks before; see `herd.fill`."""
    database = await open_database(url)
    try:
        await herd.fill(database, folder, count, TODAY, light=light)
        watching = Watching(database, count)
        await watching.judge(TODAY - WEEK)
        await database._facts.run(_copy_snapshots)
        yield watching
    finally:
        await database.close()


def _copy_snapshots(connection: Connection) -> None:
    """Ten weeks more, as a bot has them that has watched for a quarter."""
    week = weeks.number(TODAY - WEEK) - 1
    for back in range(1, 11):
        connection.exec_driver_sql(
            "INSERT INTO snapshots (week, customer_id, colour, marks, rules, active, before, seats) "
            f"SELECT week - {back}, customer_id, colour, marks, rules, active, before, seats "
            f"FROM snapshots WHERE week = {week}"
        )


def _since(began: float) -> Sample:
    return {"ms": (perf_counter() - began) * 1_000}


async def _both(url: str) -> None:
    database = await open_database(url)
    try:
        watching = Watching(database, 0)
        await watching.check()
        await watching.digest()
    finally:
        await database.close()


def main() -> None:
    """Prints the most memory that the process ever held, in MiB."""
    asyncio.run(_both(sys.argv[1]))
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"peak": int(peak.split()[1]) / 1024}), flush=True)


if __name__ == "__main__":
    main()
