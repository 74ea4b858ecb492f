"""Requests that may say the same, looked for among 50,000 while somebody types a title."""

import asyncio
import random
import statistics
from collections.abc import Awaitable, Sequence
from pathlib import Path
from time import perf_counter

from rapidfuzz import fuzz, process

from benchmarks import facts, history, seeds
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, Row, at_most, compared
from benchmarks.rounds import Sample, Samples, Side, Spread, interleave
from customers.backlog import SIMILAR, Backlog
from storage.database import open_database

LATE = at_most(20)  # ms; see the measurement "typeahead"
TICK = 0.01  # seconds


async def measure(bench: Bench) -> Outcome:
    """What a form asks for, beside rapidfuzz over all titles; and how late the event loop is meanwhile."""
    count, customers = bench.size(50_000, 5_000), bench.size(300, 60)
    file = bench.folder / "dossier.sqlite3"
    await seeds.imported(f"sqlite:///{file}", bench.folder, customers)
    history.add(file, count, 0, range(1, customers + 1))
    typed = list(_typed(count, bench.size(400, 60)))
    titles = [facts.title(number) for number in range(count)]
    database = await open_database(f"sqlite:///{file}")
    try:
        backlog = Backlog(database.requests)
        built = await _built(backlog)
        samples = await interleave(
            [
                Side("one", lambda: _asked(backlog, typed, 1)),
                Side("four", lambda: _asked(backlog, typed, 4)),
                Side("ratio", lambda: _over_all(titles, typed[:: max(1, len(typed) // 20)])),
            ],
            bench.rounds,
        )
        found = sum([bool(await backlog.similar(title)) for title in typed])
    finally:
        await database.close()
    return Outcome("similar", tuple(_rows(samples)), _notes(count, typed, found, built))


def _typed(count: int, many: int) -> list[str]:
    """Titles that exist with their words in another order, one of them left out or in another form."""
    dice = random.Random(3)
    found = []
    for number in dice.sample(range(count), many):
        words = facts.title(number).split()
        match dice.randrange(3):
            case 0:
                dice.shuffle(words)
            case 1:
                words.pop(dice.randrange(len(words)))
            case _:
                words = ["We", "need", "to", words[0].lower() + "ing", *words[1:]]
        found.append(" ".join(words))
    return found


async def _built(backlog: Backlog) -> Sample:
    """Seconds, MiB that stay, and the worst lateness while the index is made for the first time."""
    before, began = _resident(), perf_counter()
    late = await _late_beside(backlog.refresh())
    return {"seconds": perf_counter() - began, "memory": _resident() - before, "late": max(late)}


async def _asked(backlog: Backlog, typed: Sequence[str], people: int) -> Sample:
    times: list[float] = []

    async def person(titles: Sequence[str]) -> None:
        for title in titles:
            began = perf_counter()
            await backlog.similar(title)
            times.append(perf_counter() - began)

    async def everybody() -> None:
        await asyncio.gather(*(person(typed[at::people]) for at in range(people)))

    late = await _late_beside(everybody())
    return {"p50": statistics.median(times), "p99": _quantile(times), "late": _quantile(late), "latest": max(late)}


async def _late_beside(work: Awaitable[None]) -> list[float]:
    """How late a timer of ten milliseconds comes while something runs."""
    running = asyncio.ensure_future(work)
    late = []
    while not running.done():
        began = perf_counter()
        await asyncio.sleep(TICK)
        late.append(perf_counter() - began - TICK)
    await running
    return late


async def _over_all(titles: Sequence[str], typed: Sequence[str]) -> Sample:
    times = []
    for title in typed:
        began = perf_counter()
        process.extract(title, titles, scorer=fuzz.token_set_ratio, limit=SIMILAR)
        times.append(perf_counter() - began)
    return {"p50": statistics.median(times)}


def _quantile(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.99 * len(values)))]


def _resident() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _rows(samples: Samples) -> list[Row]:
    def ms(side: str, quantity: str) -> Spread:
        one = samples.spread(side, quantity)
        return Spread(one.median * 1e3, one.low * 1e3, one.high * 1e3)

    return [
        Row.of("p99 of the similar requests for a title", ms("one", "p99"), at_most(50), unit="ms"),
        Row.of("… while four people type", ms("four", "p99"), unit="ms"),
        compared("median ÷ that of rapidfuzz's token_set_ratio over all titles", samples, "p50", ("one", "ratio"),
                 unit="ms", scale=1e3),
        Row.of("event loop late while somebody types without a pause, p99", ms("one", "late"), LATE, unit="ms"),
        Row.of("… at the worst", ms("one", "latest"), unit="ms"),
        Row.of("… at the worst while four people do", ms("four", "latest"), unit="ms"),
    ]  # fmt: skip


def _notes(count: int, typed: Sequence[str], found: int, built: Sample) -> tuple[str, ...]:
    return (
        f"{count:,} requests in SQLite, with titles such as “{facts.title(7)}”; {len(typed)} titles that exist were "
        f"typed with their words in another order, one left out, or another form, such as “{typed[0]}”. Something "
        f"was found for {found} of them. The time is that of everything: new titles, the index, and reading what it "
        "found from the database. Requests are asked for one after the other.",
        f"The index was built in {built['seconds']:.1f} s, once and in a thread, and took {built['memory']:.0f} MiB; "
        f"the event loop was {built['late'] * 1e3:.0f} ms late at the worst meanwhile.",
        "token_set_ratio does not know that some words are rare, and holds the event loop.",
    )
