"""Whether a brief costs more among 100,000 customers than among ten."""

from contextlib import AsyncExitStack

from benchmarks import seeds
from benchmarks.bench import Bench
from benchmarks.briefs import side
from benchmarks.documents import name
from benchmarks.outcome import Outcome, at_least, compared
from benchmarks.rounds import interleave
from benchmarks.servers import starting

FEW = 10
_ASKED = 500  # different customers that are asked for among the many


async def measure(bench: Bench) -> Outcome:
    """Both servers run side by side, on SQLite."""
    many, seconds = bench.size(100_000, 2_000), bench.seconds(2.0)
    sizes = {f"{FEW}": FEW, f"{many:,}": many}
    async with AsyncExitStack() as stack:
        api = await starting.slack(stack, bench.folder)
        sides, memory = [], []
        for title, count in sizes.items():
            url = f"sqlite:///{bench.folder}/{count}.sqlite3"
            await seeds.stored(url, bench.folder, count)
            server = await starting.ours(stack, bench.folder, title, starting.settings(api, bench.folder, url))
            asked = [name(number) for number in range(0, count, max(1, count // _ASKED))]
            sides.append(side(title, server, asked, seconds))
            memory.append(f"{server.memory():.0f} MiB with {title} customers")
        samples = await interleave(sides, bench.rounds)
    few, lots = sizes
    rows = (
        compared(
            f"/brief among {lots} customers ÷ among {few}", samples, "rate", (lots, few), at_least(0.8), unit="/s"
        ),
        compared("… its p99", samples, "p99", (lots, few), unit="ms", scale=1_000),
    )
    note = f"{seeds.WEEKS} weeks of usage for everybody; resident after start: {', '.join(memory)} (the name index)."
    return Outcome("catalogue", rows, (note,))
