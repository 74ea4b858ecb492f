"""Saving what people capture, each in a durable transaction, beside plain sqlite3 that writes the same rows."""

import itertools
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

from benchmarks import forms, plain, seeds
from benchmarks.bench import SLICES, Bench
from benchmarks.load import drive
from benchmarks.outcome import Outcome, Row, at_least, at_most, compared
from benchmarks.rounds import Sample, Samples, Side, Spread, interleave
from benchmarks.saving import saver, together
from benchmarks.servers import starting
from storage.database import open_database

AT_ONCE = 50
WRITERS = 4
MOST = 2_500  # forms a second that one side could possibly take
SAVED = b"clear"  # the answer that closes all forms
PATIENCE = 300.0
GOAL = at_least(0.5)
WHY = "SQLAlchemy and the event loop are Python, and plain sqlite3 does nothing but its statements."
KINDS = {"request": "feature request", "bug": "bug"}


async def measure(bench: Bench) -> Outcome:
    """Storage beside sqlite3 in one process; forms over HTTP; four processes that write into one file."""
    customers = bench.size(300, 60)
    files = {name: bench.folder / f"{name}.sqlite3" for name in ("ours", "theirs", "served", "shared")}
    await seeds.imported(f"sqlite:///{files['ours']}", bench.folder, customers)
    for name in ("theirs", "served", "shared"):
        shutil.copy(files["ours"], files[name])
    beside = await _beside_sqlite(bench, files["ours"], files["theirs"], customers)
    served = await _over_http(bench, files["served"], customers)
    shared = await _by_several(bench, files["shared"], customers)
    rows = [
        compared(f"a {what} saved by {AT_ONCE} at once ÷ its rows by plain sqlite3", beside, "rate",
                 (kind, f"plain {kind}"), GOAL, unit="/s", why=WHY)
        for kind, what in KINDS.items()
    ]  # fmt: skip
    return Outcome("submit", (*rows, *_served(served), *_shared(shared)), _notes(bench, customers))


async def _beside_sqlite(bench: Bench, ours: Path, theirs: Path, customers: int) -> Samples:
    count, numbers = bench.size(500, 200), itertools.count()
    database, copying, connection = await open_database(f"sqlite:///{ours}"), plain.Copying(ours), plain.opened(theirs)

    def saving(kind: str) -> Callable[[], Awaitable[Sample]]:
        save = saver(database, kind, customers)

        async def run() -> Sample:
            return {"rate": count / await together(save, numbers, count, AT_ONCE)}

        return run

    def copied(kind: str) -> Callable[[], Awaitable[Sample]]:
        async def run() -> Sample:
            rows = copying.added(kind)
            began = perf_counter()
            plain.written(connection, rows)
            return {"rate": len(rows) / (perf_counter() - began)}

        return run

    sides = [side for kind in KINDS for side in (Side(kind, saving(kind)), Side(f"plain {kind}", copied(kind)))]
    try:
        samples = await interleave(sides, bench.rounds, SLICES)
    finally:
        await database.close()
        copying.close()
        connection.close()
    if wrong := plain.differences(ours, theirs):
        raise AssertionError(f"the two databases do not hold the same: {wrong}")
    return samples


async def _over_http(bench: Bench, file: Path, customers: int) -> Samples:
    """Signed submissions, from the first byte sent to the last byte of the acknowledgement."""
    numbers, seconds = itertools.count(), bench.seconds(2.0)
    async with AsyncExitStack() as stack:
        api = await starting.slack(stack, bench.folder)
        extra = starting.settings(api, bench.folder, f"sqlite:///{file}")
        server = await starting.ours(stack, bench.folder, "served", extra)

        async def run() -> Sample:
            sent = [forms.filled(next(numbers), customers) for _ in range(int(seconds * MOST))]
            return (await drive(server.told["port"], sent, AT_ONCE, seconds, SAVED)).sample()

        return await interleave([Side("forms", run)], bench.rounds)


async def _by_several(bench: Bench, file: Path, customers: int) -> Samples:
    """Every writer is a process; they begin together."""
    count, starts = bench.size(2_000, 200), itertools.count(0, bench.size(2_000, 200))

    async def run() -> Sample:
        async with AsyncExitStack() as stack:
            writers = [
                await starting.writer(stack, bench.folder, f"sqlite:///{file}", customers, next(starts), count)
                for _ in range(WRITERS)
            ]
            for one in writers:
                one.tell("go")
            found = [await one.said(PATIENCE) for one in writers]
        return {
            "rate": WRITERS * count / max(one["seconds"] for one in found),
            "locked": sum(one["locked"] for one in found),
            "longest": max(one["longest"] for one in found),
        }

    return await interleave([Side("writers", run)], bench.rounds)


def _served(samples: Samples) -> list[Row]:
    rate = f"{samples.pooled('forms', 'rate'):,.0f} /s"
    return [
        Row.of("acknowledgement of a submitted form at 50 at once, p99", _ms(samples, "forms", "p99"), at_most(300),
               unit="ms", ours=rate),
        Row.of("… median", _ms(samples, "forms", "p50"), unit="ms"),
    ]  # fmt: skip


def _shared(samples: Samples) -> list[Row]:
    rate = f"{samples.pooled('writers', 'rate'):,.0f} /s"
    return [
        Row.of(f"lock errors of {WRITERS} processes that write at once", samples.spread("writers", "locked"),
               at_most(0), ours=rate),
        Row.of("… the longest that one of their facts took", _ms(samples, "writers", "longest"), unit="ms"),
    ]  # fmt: skip


def _ms(samples: Samples, side: str, quantity: str) -> Spread:
    found = samples.spread(side, quantity)
    return Spread(found.median * 1e3, found.low * 1e3, found.high * 1e3)


def _notes(bench: Bench, customers: int) -> tuple[str, ...]:
    return (
        "A request is its input's key, the capture, the request with its array, the evidence and what will be posted: "
        "five rows, and for every fifth, which two customers want, more. A bug has its confirmation and its issue.",
        "Plain sqlite3 inserts the very rows that ours wrote a moment before (the two databases are compared at the "
        "end): one connection, WAL, synchronous=FULL, a transaction and a flush for each fact. Ours looks customers "
        "up, decides, and flushes once for those that wait at the same moment.",
        f"Forms: {AT_ONCE} connections send signed submissions without a pause, and the bot delivers meanwhile. "
        f"Writers: {WRITERS} processes with {bench.size(2_000, 200):,} requests each, eight at once; the time is that "
        f"of the slowest. {customers} customers.",
    )
