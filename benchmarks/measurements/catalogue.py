"""Whether a brief costs more among 100,000 customers than among ten."""

from contextlib import AsyncExitStack

from benchmarks import seeds
from benchmarks.bench import SLICES, Bench
from benchmarks.briefs import side
from benchmarks.documents import name
from benchmarks.outcome import Outcome, at_least, compared
from benchmarks.rounds import interleave
from benchmarks.servers import starting

FEW = 10
FLAT = at_least(0.8)
COLD = "A brief that is not remembered is parsed, judged and rendered anew, which costs as much as all the rest."


async def measure(bench: Bench) -> Outcome:
    """Both servers run side by side, on SQLite."""
    many, asked, seconds = bench.size(100_000, 5_000), bench.size(5_000, 2_500), bench.seconds(0.5)
    async with AsyncExitStack() as stack:
        api = await starting.slack(stack, bench.folder)
        servers = {}
        for count in (FEW, many):
            url = f"sqlite:///{bench.folder}/{count}.sqlite3"
            await seeds.stored(url, bench.folder, count)
            extra = starting.settings(api, bench.folder, url)
            servers[count] = await starting.ours(stack, bench.folder, f"{count}", extra)
        memory = [f"{server.memory():.0f} MiB with {count:,} customers" for count, server in servers.items()]
        few = [name(number) for number in range(FEW)]
        spread = [name(number) for number in range(0, many, many // asked)]
        sides = [
            side("few", servers[FEW], few, seconds),
            side("same", servers[many], few, seconds),
            side("spread", servers[many], spread, seconds),
        ]
        samples = await interleave(sides, bench.rounds, SLICES)
    rows = (
        compared(f"the same {FEW} asked for among {many:,} customers ÷ among {FEW}", samples, "rate", ("same", "few"),
                 FLAT, unit="/s"),
        compared(f"{len(spread):,} different ones asked for ÷ the {FEW}", samples, "rate", ("spread", "few"), FLAT,
                 unit="/s", why=COLD),
        compared("… its p99", samples, "p99", ("spread", "few"), unit="ms", scale=1_000),
    )  # fmt: skip
    notes = (
        f"{seeds.WEEKS} weeks of usage for everybody. Resident after start: {', '.join(memory)}; the difference is "
        "mostly the name index.",
        "The first line is what the size of the catalogue costs. The second also loses what the bot remembers of rows "
        "that did not change, because more customers are asked for than it remembers.",
    )
    return Outcome("catalogue", rows, notes)
