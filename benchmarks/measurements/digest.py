"""How long commands take while digests with pictures are made and posted, beside the same when nothing is due."""

import asyncio
from contextlib import AsyncExitStack

from benchmarks import documents, signing
from benchmarks.bench import Bench
from benchmarks.briefs import FULL
from benchmarks.digesting import monday
from benchmarks.load import Taken, pace
from benchmarks.outcome import Outcome, Row, at_most, compared, figure
from benchmarks.processes import Child, module, resident
from benchmarks.rounds import Sample, Samples, Side, Spread, interleave
from benchmarks.servers import starting
from bot.settings import load

AT_ONCE = 8
PER_SECOND = 150
CALM = 0.5  # seconds
DIGESTS, CALLS = 5, 35  # channels that want one at the same time; alerts, five for each of seven CSMs
PATIENCE = 60.0
WHY = "Composing, drawing and posting share the interpreter and the cores with the commands, and the load has its part."
_MEANWHILE = "p99 of /brief while digests are posted ÷ alone"


async def measure(bench: Bench) -> Outcome:
    """One bot, asked at a steady rate, with and without digests and alerts that are due at once."""
    count, seconds = bench.size(1_000, 300), bench.seconds(3.0)
    url = f"sqlite:///{bench.folder}/dossier.sqlite3"
    async with AsyncExitStack() as stack:
        extra = starting.settings(await starting.slack(stack, bench.folder), bench.folder, url)
        extra |= {"FALLBACK_CHANNEL": "C0BENCH"}
        alerts = await monday(load(extra), bench.folder / "customers", count, count * 3 // 10)
        if alerts < CALLS:
            raise AssertionError(f"{alerts} alerts instead of {CALLS}")
        log = bench.folder / "digesting.log"
        server = await starting.started(stack, log, module("benchmarks.servers.digesting"), extra)
        load_on = _Load(server, seconds)
        first = await load_on.first()
        samples = await interleave([Side("alone", load_on.alone), Side("digests", load_on.beside)], bench.rounds)
    return Outcome("digest", tuple(_rows(samples, first)), _notes(samples, count))


class _Load:
    """Paced commands, alone or beside digests."""

    def __init__(self, server: Child, seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._messages = self._pictures = 0.0  # so far

    async def _paced(self, seconds: float) -> Taken:
        requests = signing.asking("/brief", [documents.name(number) for number in range(300)])
        return await pace(self._server.told["port"], requests, AT_ONCE, PER_SECOND, seconds, FULL)

    async def _late(self) -> float:
        self._server.tell("late")
        late: float = (await self._server.said())["late"]
        return late

    async def first(self) -> Sample:
        """The first picture of a process, which imports what draws it."""
        await self._paced(self._seconds)
        before = self._server.memory()
        sample = await self._sent(1, 0)
        return dict(sample) | {"before": before, "after": self._server.memory()}

    async def alone(self) -> Sample:
        """What the digests before this left to do is done before the clock starts."""
        await self._paced(CALM)
        await self._late()
        taken = await self._paced(self._seconds)
        return taken.sample() | {"late": await self._late()}

    async def beside(self) -> Sample:
        """Everybody's digest is due now, and so are the alerts."""
        return dict(await self._sent(DIGESTS, CALLS)) | {"memory": self._server.memory()}

    async def _sent(self, digests: int, calls: int) -> Sample:
        """Paced until all is posted."""
        await self._late()
        self._server.tell(f"send {digests} {calls}")
        posted = asyncio.ensure_future(self._server.said(PATIENCE))
        parts = [await self._paced(CALM)]
        while not posted.done():
            parts.append(await self._paced(CALM))
        told = await posted
        messages, pictures = told["messages"] - self._messages, told["pictures"] - self._pictures
        self._messages, self._pictures = told["messages"], told["pictures"]
        if told["rest"] or pictures < digests + calls:
            raise AssertionError(f"{told}: {digests + calls} pictures should have been posted")
        drawer = resident(told["drawer"]) if told["drawer"] else 0.0
        seconds = sum(part.seconds for part in parts)
        taken = Taken(seconds, [one for part in parts for one in part.latencies])
        more = {"seconds": seconds, "messages": messages, "pictures": pictures, "drawer": drawer}
        return taken.sample() | {"late": await self._late()} | more


def _rows(samples: Samples, first: Sample) -> list[Row]:
    both = ("digests", "alone")
    late, before, after = first["late"] * 1e3, first["before"], first["after"]
    return [
        compared(_MEANWHILE, samples, "p99", both, at_most(2.5), unit="ms", scale=1e3, why=WHY),
        compared("… median", samples, "p50", both, unit="ms", scale=1e3),
        compared("the event loop's worst lateness meanwhile ÷ alone", samples, "late", both, unit="ms", scale=1e3),
        Row.of("… while the first picture is made", Spread.of([late]), unit="ms", ours=f"{figure(late)} ms"),
        Row.of("p99 while the first picture is made", Spread.of([first["p99"] * 1e3]), unit="ms",
               ours=f"{figure(first['p99'] * 1e3)} ms"),
        Row.of("resident memory after the first picture ÷ before", Spread.of([after / before]),
               ours=f"{figure(after)} MiB", theirs=f"{figure(before)} MiB"),
        Row.of("… and at the end", samples.spread("digests", "memory"), unit="MiB",
               ours=f"{figure(samples.pooled('digests', 'memory'))} MiB"),
    ]  # fmt: skip


def _notes(samples: Samples, count: int) -> tuple[str, ...]:
    asked = ("messages", "pictures", "seconds", "drawer")
    messages, pictures, seconds, drawer = (samples.pooled("digests", one) for one in asked)
    return (
        f"{PER_SECOND} full briefs a second on {AT_ONCE} connections; latency counts from when a request was due. "
        f"{count:,} customers of whom {count * 3 // 10} are at risk. {DIGESTS} channels are due at once, each for the "
        f"first time, and {CALLS} alerts for seven CSMs: {messages:.0f} messages, {pictures:.0f} with a chart, drawn "
        f"by a process of its own, uploaded and posted to a small Slack within {seconds:.1f} s, one a second and lane.",
        "The lateness is that of a timer of 5 ms in the bot; the memory is the bot's, without that of the process that "
        f"draws, which held {drawer:.0f} MiB and ends a minute after the last chart.",
    )
