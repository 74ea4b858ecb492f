"""The weekly check of 100,000 customers with 26 weeks of usage, beside a plain sum over the same rows."""

from collections.abc import Mapping

from benchmarks import herd, onebyone
from benchmarks.bench import Bench
from benchmarks.outcome import Outcome, Row, at_least, at_most, compared, figure
from benchmarks.postgres import NoPostgres, postgres
from benchmarks.processes import Child, module
from benchmarks.rounds import Samples, Spread, interleave
from benchmarks.watching import herd_in

PATIENCE = 600.0


async def measure(bench: Bench) -> Outcome:
    """Both engines, one after the other."""
    count = bench.size(100_000, 5_000)
    rows = await _engine("SQLite", f"sqlite:///{bench.folder}/dossier.sqlite3", count, bench)
    try:
        with postgres() as url:
            rows += await _engine("PostgreSQL", url, count, bench)
    except NoPostgres as problem:
        rows.append(Row.absent("the same on PostgreSQL", None, str(problem)))
    return Outcome("watch", tuple(rows), _notes(count))


async def _engine(name: str, url: str, count: int, bench: Bench) -> list[Row]:
    async with herd_in(url, bench.folder / name, count) as watching:
        samples = await interleave(watching.sides(), bench.rounds)
        ids = onebyone.sample(watching, bench.size(1_000, 100))
        alone = {"objects": await onebyone.objects(watching, ids), "records": await onebyone.records(watching, ids)}
    async with Child(module("benchmarks.watching", url), log=bench.folder / "watching.log") as child:
        peak = (await child.said(PATIENCE))["peak"]
    return [*_compared(name, samples), *_alone(name, samples, alone), _memory(name, peak)]


def _compared(name: str, samples: Samples) -> list[Row]:
    return [
        compared(f"{name}: everybody judged ÷ the sum", samples, "ms", ("read", "scan"), at_most(4), unit="ms"),
        compared(f"{name}: … and kept with alerts ÷ the sum", samples, "ms", ("check", "scan"), unit="ms"),
        compared(f"{name}: what a digest of everybody is made of ÷ the sum", samples, "ms", ("digest", "scan"),
                 unit="ms"),
        _together(name, samples),
    ]  # fmt: skip


def _together(name: str, samples: Samples) -> Row:
    """The two rows above it, for which the design has one goal."""
    rounds = zip(*(samples.taken[side] for side in ("check", "digest", "scan")), strict=True)
    ratios = Spread.of([(check["ms"] + digest["ms"]) / scan["ms"] for check, digest, scan in rounds])
    ours = samples.pooled("check", "ms") + samples.pooled("digest", "ms")
    theirs = f"{figure(samples.pooled('scan', 'ms'))} ms"
    return Row.of(f"{name}: snapshots and digest data ÷ the sum", ratios, at_most(15), ours=f"{figure(ours)} ms",
                  theirs=theirs)  # fmt: skip


def _alone(name: str, samples: Samples, alone: Mapping[str, float]) -> list[Row]:
    """How many times as long a loop over customers takes."""
    judged = f"{figure(samples.pooled('read', 'ms') / 1_000)} s"

    def row(what: str, seconds: float, goal: bool) -> Row:
        ratios = Spread.of([seconds * 1_000 / one["ms"] for one in samples.taken["read"]])
        words = f"{name}: {what} ÷ everybody judged"
        return Row.of(words, ratios, at_least(50) if goal else None, ours=judged, theirs=f"{figure(seconds)} s")

    return [
        row("an ORM's query a customer", alone["objects"], True),
        row("a brief's statement and the rules a customer", alone["records"], False),
    ]


def _memory(name: str, peak: float) -> Row:
    found = Spread.of([peak])
    words = f"{name}: most memory of a process that does both"
    return Row.of(words, found, at_most(200), unit="MiB", ours=f"{figure(peak)} MiB")


def _notes(count: int) -> tuple[str, ...]:
    return (
        f"{count:,} customers with documents of their own, {herd.WEEKS} weeks of usage stored week by week, a bug and "
        "a request for one in ten. The sum is one statement over all rows of usage.",
        "“Judged” is the statement of the weekly check, all nine indicators of everybody, in the chunks of the bot, "
        "and the database counts the rows. “Kept” is the check itself: snapshots and alerts, a durable transaction a "
        "chunk. The digest is that of a channel that wants everybody, one week after the last.",
        "A loop over customers is reckoned from a thousand of them. The ORM's query only fetches usage rows as "
        "objects; a brief's statement is the one that `/brief` asks past SQLAlchemy.",
    )
