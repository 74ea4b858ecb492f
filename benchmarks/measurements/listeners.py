"""What registered listeners cost a request: ours with 50 and with 1, and Bolt alike."""

from contextlib import AsyncExitStack

from benchmarks import seeds
from benchmarks.bench import SLICES, Bench
from benchmarks.briefs import HI, side
from benchmarks.documents import name
from benchmarks.outcome import Outcome, at_least, compared
from benchmarks.rounds import interleave
from benchmarks.servers import starting


async def measure(bench: Bench) -> Outcome:
    """Four servers in one run."""
    count, seconds = bench.size(100, 40), bench.seconds(0.5)
    names = [name(number) for number in range(count)]
    url = f"sqlite:///{bench.folder}/dossier.sqlite3"
    await seeds.imported(url, bench.folder, count)
    async with AsyncExitStack() as stack:
        extra = starting.settings(await starting.slack(stack, bench.folder), bench.folder, url)
        many = await starting.ours(stack, bench.folder, "many", extra, "--listeners", "50")
        one = await starting.ours(stack, bench.folder, "one", extra, "--listeners", "1", "--only", "/brief")
        sides = [
            side("ours 50", many, names, seconds),
            side("ours 1", one, names, seconds),
            *[
                side(f"Bolt {n}", await starting.bare(stack, bench.folder, "--listeners", n), names, seconds, expect=HI)
                for n in ("50", "1")
            ],
        ]
        samples = await interleave(sides, bench.rounds, SLICES)
    ours = compared(
        "/brief with 50 listeners ÷ with 1", samples, "rate", ("ours 50", "ours 1"), at_least(0.95), unit="/s"
    )
    bolts = compared("Bolt with 50 listeners ÷ with 1", samples, "rate", ("Bolt 50", "Bolt 1"), unit="/s")
    note = "Both of ours read the same SQLite file at 64 concurrent; Bolt answers its last listener."
    return Outcome("listeners", (ours, bolts), (note,))
