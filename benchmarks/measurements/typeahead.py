"""Finding a name among 100,000 while somebody types: time, what is found, and whether the event loop stays free."""

import asyncio
import random
import statistics
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

from rapidfuzz import fuzz, process

from benchmarks import documents, seeds
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, Row, at_least, at_most, compared
from benchmarks.rounds import Sample, Samples, Side, Spread, interleave
from customers.desk import Desk
from customers.health import Thresholds
from customers.names import Named, NameIndex, fold
from storage.database import open_database

OFFERED = 20  # names that one answer holds
FIT = 60.0  # WRatio below which nobody would offer a name


async def measure(bench: Bench) -> Outcome:
    """Typing mistakes and beginnings of words, asked of the index, of rapidfuzz over everything, and of the desk."""
    count = bench.size(100_000, 5_000)
    names = [documents.name(number) for number in range(count)]
    began = perf_counter()
    index = NameIndex(Named(number, title) for number, title in enumerate(names))
    building = perf_counter() - began
    dice = random.Random(3)
    wanted = dice.sample(range(count), bench.size(400, 60))
    typed = [(number, mistyped(names[number], dice)) for number in wanted]
    begun = [(number, names[number][: dice.randrange(3, 9)]) for number in wanted]
    keys = [fold(title) for title in names]
    samples = await interleave(
        [
            Side("index, mistyped", _asking(lambda text: [n for n, _ in index.typeahead(text, OFFERED)], typed)),
            Side("index, begun", _asking(lambda text: [n for n, _ in index.typeahead(text, OFFERED)], begun)),
            Side("WRatio, mistyped", _asking(lambda text: _all(text, keys), typed[: max(10, len(typed) // 10)])),
        ],
        bench.rounds,
    )
    found = Samples(
        {
            "index": [_share(typed[: len(wanted) // 2], lambda text: [n for n, _ in index.typeahead(text, OFFERED)])],
            "WRatio": [_share(typed[: len(wanted) // 2], lambda text: _all(text, keys))],
        }
    )
    lag = await _lag(bench, count, [text for _, text in typed])
    return Outcome("typeahead", tuple(_rows(samples, found, lag)), tuple(_notes(count, building, typed)))


def mistyped(title: str, dice: random.Random) -> str:
    """One slip: a letter doubled, lost, swapped with its neighbour, or hit beside."""
    at = dice.randrange(1, len(title.split()[0]) - 1)
    match dice.randrange(4):
        case 0:
            return title[:at] + title[at] + title[at:]
        case 1:
            return title[:at] + title[at + 1 :]
        case 2:
            return title[:at] + title[at + 1] + title[at] + title[at + 2 :]
    return title[:at] + dice.choice("aeioqwrtz") + title[at + 1 :]


def _all(text: str, keys: Sequence[str]) -> list[int]:
    return [at for _, _, at in process.extract(fold(text), keys, scorer=fuzz.WRatio, limit=OFFERED, score_cutoff=FIT)]


def _asking(ask: Callable[[str], list[int]], queries: Sequence[tuple[int, str]]) -> Callable[[], Awaitable[Sample]]:
    async def run() -> Sample:
        times = []
        for _, text in queries:
            began = perf_counter()
            ask(text)
            times.append(perf_counter() - began)
        times.sort()
        return {"p50": statistics.median(times), "p99": times[min(len(times) - 1, int(0.99 * len(times)))]}

    return run


def _share(queries: Sequence[tuple[int, str]], ask: Callable[[str], list[int]]) -> Sample:
    return {"share": sum(number in ask(text) for number, text in queries) / len(queries)}


async def _lag(bench: Bench, count: int, texts: Sequence[str]) -> dict[int, Spread]:
    """How late a ten-millisecond timer comes while people type without a pause: p99 of each round in ms, by people."""
    url = f"sqlite:///{bench.folder}/names.sqlite3"
    await seeds.stored(url, bench.folder, count)
    database = await open_database(url)
    try:
        desk = Desk(database.records, database.channels, database.looks, Thresholds(), seeds.UTC_ZONE)
        await desk.refresh_names()
        late = {people: [await _late(desk, texts, people) for _ in range(bench.rounds)] for people in (1, 4)}
        return {people: Spread.of(found) for people, found in late.items()}
    finally:
        await database.close()


async def _late(desk: Desk, texts: Sequence[str], people: int) -> float:
    typing = [asyncio.ensure_future(_typing(desk, texts[at::people])) for at in range(people)]
    late: list[float] = []
    while not all(one.done() for one in typing):
        began = perf_counter()
        await asyncio.sleep(0.01)
        late.append((perf_counter() - began - 0.01) * 1_000)
    await asyncio.gather(*typing)
    late.sort()
    return late[int(0.99 * len(late))]


async def _typing(desk: Desk, texts: Sequence[str]) -> None:
    for text in texts:
        await desk.typeahead(text)


def _rows(samples: Samples, found: Samples, lag: dict[int, Spread]) -> list[Row]:
    def ms(side: str) -> Spread:
        one = samples.spread(side, "p99")
        return Spread(one.median * 1e3, one.low * 1e3, one.high * 1e3)

    shares = compared(
        "found ÷ found by WRatio over everything", found, "share", ("index", "WRatio"), at_least(1.0), unit="of 1"
    )
    speed = compared("median of an answer ÷ WRatio's", samples, "p50", ("index, mistyped", "WRatio, mistyped"),
                     unit="ms", scale=1e3)  # fmt: skip
    return [
        Row.of("p99 of an answer to a mistyped name", ms("index, mistyped"), at_most(20), unit="ms"),
        Row.of("p99 of an answer to the beginning of a name", ms("index, begun"), at_most(20), unit="ms"),
        speed,
        shares,
        Row.of("event loop late while somebody types without a pause, p99", lag[1], at_most(20), unit="ms"),
        Row.of("… while four people do", lag[4], unit="ms"),
    ]


def _notes(count: int, building: float, typed: Sequence[tuple[int, str]]) -> list[str]:
    return [
        f"{count:,} names of two words; {len(typed)} of them typed with one slip in the first word, such as "
        f"“{typed[0][1]}”, or begun with three to eight letters. Found means: among the {OFFERED} names offered.",
        "The design wants a free event loop and names no number: 20 ms, the bound of an answer, is taken for it.",
        f"Building the index took {building:.1f} s, once, in a thread; WRatio over everything holds the event loop.",
    ]
