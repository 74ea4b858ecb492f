"""How long commands take while an import runs, beside the same commands when nothing else happens."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import documents, seeds, signing
from benchmarks.bench import Bench
from benchmarks.briefs import FULL
from benchmarks.load import Taken, pace
from benchmarks.outcome import Outcome, at_most, compared
from benchmarks.processes import Child, module
from benchmarks.rounds import Sample, Side, interleave
from benchmarks.servers import starting

AT_ONCE = 8
PER_SECOND = 150
CALM = 1.0  # seconds
LIMIT = at_most(2.5)
PARSER = "Documents are parsed in a thread of the bot, and its event loop waits when that thread holds the interpreter."
WHY = "The import is a process of its own that wants a whole core; bot and load have to make do with the other."
_WEEKS = 100  # of usage in the file that is imported beside the commands


async def measure(bench: Bench) -> Outcome:
    """Changed documents are imported inside the bot, a usage file by `dossier usage import` beside it."""
    count, seconds = bench.size(4_000, 600), bench.seconds(3.0)
    url = f"sqlite:///{bench.folder}/dossier.sqlite3"
    await seeds.imported(url, bench.folder, count)
    documents.write_usage(bench.folder / "long.csv", range(count), _WEEKS)
    async with AsyncExitStack() as stack:
        extra = starting.settings(await starting.slack(stack, bench.folder), bench.folder, url)
        extra |= {"CUSTOMER_DOCS": str(bench.folder / "customers"), "DOCUMENT_POLL_SECONDS": "3600"}
        load = Load(await starting.ours(stack, bench.folder, "ours", extra), seconds)
        feed = module("bot", "usage", "import", str(bench.folder / "long.csv"))
        sides = [
            Side("idle", load.idle),
            Side("documents", lambda: load.beside_documents(bench.folder / "customers", count)),
            Side("usage", lambda: load.beside_command(feed, extra)),
        ]
        samples = await interleave(sides, bench.rounds)
    rows = (
        compared("p99 while changed documents are imported ÷ idle", samples, "p99", ("documents", "idle"), LIMIT,
                 unit="ms", scale=1e3, why=PARSER),
        compared("… median", samples, "p50", ("documents", "idle"), unit="ms", scale=1e3),
        compared("p99 while a usage file is imported ÷ idle", samples, "p99", ("usage", "idle"), LIMIT,
                 unit="ms", scale=1e3, why=WHY),
        compared("… median", samples, "p50", ("usage", "idle"), unit="ms", scale=1e3),
    )  # fmt: skip
    took = [f"{samples.pooled(side, 'seconds'):.0f} s" for side in ("documents", "usage")]
    note = (
        f"{PER_SECOND} full briefs a second on {AT_ONCE} connections; latency counts from when a request was due. "
        f"{count:,} documents, all changed, are imported by the bot itself while it answers; a usage file of "
        f"{count * _WEEKS:,} rows by a process of its own on the same cores. The imports "
        f"took {' and '.join(took)}; the second after them counts as well."
    )
    return Outcome("import-latency", rows, (note,))


class Load:
    """Paced commands, alone or beside an import."""

    def __init__(self, server: Child, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._revision = 0

    async def _paced(self, seconds: float) -> Taken:
        requests = signing.asking("/brief", [documents.name(number) for number in range(300)])
        return await pace(self._server.told["port"], requests, AT_ONCE, PER_SECOND, seconds, FULL)

    async def idle(self) -> Sample:
        """What the import before this left to do is done before the clock starts."""
        await self._paced(CALM)
        return (await self._paced(self._seconds)).sample()

    async def beside_documents(self, folder: Path, count: int) -> Sample:
        """The bot notices that every document has changed."""
        self._revision += 1
        documents.write_folder(folder, range(count), self._revision)
        os.kill(self._server.pid, signal.SIGUSR1)

        async def done() -> None:
            report = await self._server.said()
            if report["changed"] != count:
                raise AssertionError(f"{report} instead of {count} changed customers")

        return await self._beside(done)

    async def beside_command(self, command: list[str], extra: dict[str, str]) -> Sample:
        """A command line of ours runs beside the bot."""
        async with Child(command, extra) as child:
            assert child.process
            process = child.process

            async def done() -> None:
                await process.communicate()
                if process.returncode:
                    raise AssertionError(f"the import ended with {process.returncode}")

            return await self._beside(done)

    async def _beside(self, done: Callable[[], Awaitable[None]]) -> Sample:
        """Paced until the import is over and a second longer, because what it leaves to do belongs to it."""
        importing = asyncio.ensure_future(done())
        parts = []
        while not importing.done():
            parts.append(await self._paced(CALM))
        await importing
        parts.append(await self._paced(CALM))
        latencies = [one for part in parts for one in part.latencies]
        return Taken(sum(part.seconds for part in parts), latencies).sample() | {"seconds": len(parts) - 1.0}
